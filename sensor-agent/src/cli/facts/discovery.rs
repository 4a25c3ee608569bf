//! Sections `arp`, `icmp`, `icmpv6` and `dns`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use sensor_protocols::addr::MacAddr;
use sensor_protocols::decode::{Icmp, Layer4, Network, Packet};
use sensor_protocols::observation::{Direction, Object, Observation, Outcome, Protocol};

use super::report::{self, Histogram, Listed, count};

/// Operation codes of ARP requests and replies.
const ARP_REQUEST_OR_REPLY: std::ops::RangeInclusive<u16> = 1..=2;
/// Protocol numbers of ICMP and `ICMPv6`.
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;
/// Octets of an ICMP header, in front of what it quotes.
const ICMP_HEADER: usize = 8;
/// Octets of an IPv6 header.
const IPV6_HEADER: usize = 40;

/// Address resolution.
#[derive(Default)]
pub(super) struct Arp {
    seen: bool,
    opcodes: Histogram,
    gratuitous: u64,
    owners: BTreeMap<Ipv4Addr, BTreeSet<MacAddr>>,
}

impl Arp {
    pub(super) fn packet(&mut self, packet: &Packet<'_>) {
        let Network::Arp(arp) = &packet.network else {
            return;
        };
        self.seen = true;
        count(&mut self.opcodes, u64::from(arp.opcode));
        let Some(addresses) = arp.addresses else {
            return;
        };
        let announces = addresses.sender_ip == addresses.target_ip;
        self.gratuitous += u64::from(announces && ARP_REQUEST_OR_REPLY.contains(&arp.opcode));
        if !addresses.sender_ip.is_unspecified() {
            let macs = self.owners.entry(addresses.sender_ip).or_default();
            macs.insert(addresses.sender_mac);
        }
    }

    pub(super) fn finish(self) -> Option<report::Arp> {
        let several = |(address, macs): (&Ipv4Addr, &BTreeSet<MacAddr>)| {
            let macs = macs.iter().map(MacAddr::to_string).collect();
            (address.to_string(), macs)
        };
        self.seen.then(|| report::Arp {
            opcodes: self.opcodes,
            gratuitous: self.gratuitous,
            bindings: self.owners.values().map(BTreeSet::len).sum(),
            addresses_claimed_by_several_macs: self
                .owners
                .iter()
                .filter(|(_, macs)| macs.len() > 1)
                .map(several)
                .collect(),
        })
    }
}

/// Message types of ICMP and `ICMPv6`.
#[derive(Default)]
pub(super) struct IcmpTypes {
    v4: Histogram,
    v6: Histogram,
}

impl IcmpTypes {
    pub(super) fn packet(&mut self, packet: &Packet<'_>) {
        match &packet.layer4 {
            Layer4::Icmp(icmp) => self.message(icmp, ICMP),
            Layer4::Icmpv6(icmp) => self.message(icmp, ICMPV6),
            Layer4::None
            | Layer4::Tcp(_)
            | Layer4::Udp(_)
            | Layer4::Sctp(_)
            | Layer4::Fragment(_)
            | Layer4::Other(_) => {}
        }
    }

    fn message(&mut self, icmp: &Icmp<'_>, protocol: u8) {
        let types = if protocol == ICMP {
            &mut self.v4
        } else {
            &mut self.v6
        };
        count(types, u64::from(icmp.kind));
        if icmp
            .quoted
            .is_some_and(|quoted| quoted.protocol == protocol)
            && let Some(kind) = quoted_type(icmp.message)
        {
            count(types, u64::from(kind));
        }
    }

    /// The sections for ICMP and `ICMPv6`.
    pub(super) fn finish(self) -> (Option<report::Types>, Option<report::Types>) {
        let section = |types: Histogram| (!types.is_empty()).then_some(report::Types { types });
        (section(self.v4), section(self.v6))
    }
}

/// Type of the ICMP message in a quoted packet.
fn quoted_type(message: &[u8]) -> Option<u8> {
    let quoted = message.get(ICMP_HEADER..)?;
    let first = quoted.first()?;
    let header = if first >> 4 == 4 {
        usize::from(first & 0x0f) * 4
    } else {
        IPV6_HEADER
    };
    quoted.get(header).copied()
}

/// Name resolution.
#[derive(Default)]
pub(super) struct Dns {
    types: Histogram,
    responses: Histogram,
    codes: Histogram,
    names: BTreeSet<String>,
    /// DNS proper was seen, not only its multicast relatives.
    unicast: bool,
    last_frame: u64,
}

impl Dns {
    /// Takes a message; answers the oracle's name of its protocol when the frame is a new one.
    pub(super) fn message(&mut self, observation: &Observation<'_>) -> Option<&'static str> {
        let response = match observation.direction {
            Direction::Request => 0,
            Direction::Response => 1,
            // Without a header there is nothing to count.
            Direction::OneWay => return None,
        };
        count(&mut self.responses, response);
        self.questions(observation);
        if let Some(code) = response_code(&observation.outcome) {
            count(&mut self.codes, u64::from(code));
        }
        self.unicast |= observation.protocol == Protocol::Dns;
        let new = self.last_frame != observation.frame;
        self.last_frame = observation.frame;
        // The oracle's names are the identifiers.
        new.then(|| observation.protocol.id())
    }

    /// Counts names and types: with one question its type is that of the operation, with several
    /// each has its own.
    fn questions(&mut self, observation: &Observation<'_>) {
        let mut several = false;
        for object in observation.objects {
            match object {
                // A name without a question is that of who announces itself.
                Object::Name(_) if observation.operation.sub.is_none() => {}
                Object::Name(name) => drop(self.names.insert((*name).to_owned())),
                Object::Id { id, .. } => {
                    several = true;
                    count(&mut self.types, *id);
                }
                Object::Range { .. }
                | Object::Text { .. }
                | Object::Address(IpAddr::V4(_) | IpAddr::V6(_)) => {}
            }
        }
        if let (false, Some(kind)) = (several, observation.operation.sub) {
            count(&mut self.types, u64::from(kind));
        }
    }

    pub(super) fn finish(self) -> Option<report::Dns> {
        (!self.responses.is_empty()).then(|| report::Dns {
            query_types: self.types,
            responses: self.responses,
            response_codes: self.codes,
            query_names: self.unicast.then(|| Listed::new(self.names.into_iter())),
        })
    }
}

fn response_code(outcome: &Outcome) -> Option<u32> {
    match outcome {
        Outcome::None => None,
        Outcome::Ok => Some(0),
        Outcome::Error { code, .. } => Some(*code),
    }
}
