//! Which packets belong to one flow.

use std::net::IpAddr;

use crate::addr::MacAddr;
use crate::decode::{Ip, Layer4, LlcProtocol, Macs, Packet};
use crate::observation::{Protocol, Transport};

/// One end of a flow: the lower or the higher of its two addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum End {
    #[default]
    Low,
    High,
}

impl End {
    /// The other end.
    #[must_use]
    #[inline]
    pub const fn peer(self) -> Self {
        match self {
            Self::Low => Self::High,
            Self::High => Self::Low,
        }
    }
}

/// Identifies a flow: both ends, lower one first, so that both directions have the same key.
///
/// Three integers, so that hashing and comparing are cheap. `rest` holds, from the lowest bit:
/// port of the high end (16), port of the low end or ethertype (16), IP protocol (8), family (2),
/// VLAN plus one (13). Behind an 802.3 length field, in place of the first three: protocol (16) and
/// organisation (24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlowKey {
    low: u128,
    high: u128,
    rest: u64,
}

const FAMILY_V4: u64 = 0;
const FAMILY_V6: u64 = 1;
const FAMILY_LINK: u64 = 2;
/// 802.3 with a length field.
const FAMILY_LLC: u64 = 3;

/// Number that no organisation has, in place of one where there is only an access point.
const NO_OUI: u32 = 0x00ff_ffff;

/// Protocol number under which fragments of incomplete datagrams are kept (IPv6-Frag).
const FRAGMENTS: u8 = 44;

/// What of a packet decides about its flow.
#[derive(Clone, Copy, Debug)]
pub struct Keyed {
    pub key: FlowKey,
    /// End that sent the packet.
    pub sender: End,
    /// Lowest protocol that names the flow.
    pub protocol: Protocol,
    pub transport: Transport,
}

/// The flow of a packet; `None` when it has neither IP nor MAC addresses. Frames without IP never leave
/// their VLAN, so there it always counts; of packets with `vlan_in_key`.
#[inline]
pub fn of(packet: &Packet<'_>, vlan_in_key: bool) -> Option<Keyed> {
    let vlan = packet.link.vlans.innermost();
    let vlan = vlan.map_or(0, |id| u64::from(id).saturating_add(1));
    match (packet.ip(), packet.link.macs) {
        (Some(ip), _) => Some(by_ip(packet, ip, if vlan_in_key { vlan } else { 0 })),
        (None, Some(macs)) => Some(by_mac(packet, macs, vlan)),
        (None, None) => None,
    }
}

#[inline]
fn by_ip(packet: &Packet<'_>, ip: &Ip, vlan: u64) -> Keyed {
    let (source, destination, family, lowest) = match (ip.source, ip.destination) {
        (IpAddr::V4(s), IpAddr::V4(d)) => (
            u128::from(s.to_bits()),
            u128::from(d.to_bits()),
            FAMILY_V4,
            Protocol::Ipv4,
        ),
        (source, destination) => (bits(source), bits(destination), FAMILY_V6, Protocol::Ipv6),
    };
    let (protocol, transport) = match packet.layer4 {
        Layer4::Tcp(_) => (Protocol::Tcp, Transport::Tcp),
        Layer4::Udp(_) => (Protocol::Udp, Transport::Udp),
        Layer4::Sctp(_) => (Protocol::Sctp, Transport::Sctp),
        Layer4::Icmp(_) => (Protocol::Icmp, Transport::Ip),
        Layer4::Icmpv6(_) => (Protocol::Icmpv6, Transport::Ip),
        Layer4::None | Layer4::Fragment(_) | Layer4::Other(_) => (lowest, Transport::Ip),
    };
    let number = if let Layer4::Fragment(_) = packet.layer4 {
        FRAGMENTS
    } else {
        ip.protocol
    };
    let (source_port, destination_port) = packet.ports();
    let rest = u64::from(number) << 32 | family << 40 | vlan << 42;
    let (key, sender) = order((source, source_port), (destination, destination_port), rest);
    Keyed {
        key,
        sender,
        protocol,
        transport,
    }
}

const fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn by_mac(packet: &Packet<'_>, macs: Macs, vlan: u64) -> Keyed {
    let (family, number) = match packet.link.llc.map(|llc| llc.protocol) {
        None => (FAMILY_LINK, u64::from(packet.link.ethertype) << 16),
        Some(LlcProtocol::Sap(sap)) => (FAMILY_LLC, llc_bits(NO_OUI, u16::from(sap))),
        Some(LlcProtocol::Snap { oui, protocol }) => (FAMILY_LLC, llc_bits(oui, protocol)),
    };
    let (mut key, sender) = order(
        (mac_bits(macs.source), 0),
        (mac_bits(macs.destination), 0),
        family << 40 | vlan << 42,
    );
    key.rest |= number;
    Keyed {
        key,
        sender,
        protocol: Protocol::Ethernet,
        transport: Transport::Link,
    }
}

const fn llc_bits(oui: u32, protocol: u16) -> u64 {
    (oui as u64) << 16 | protocol as u64
}

const fn mac_bits(mac: MacAddr) -> u128 {
    let MacAddr([a, b, c, d, e, f]) = mac;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f]) as u128
}

#[inline]
fn order(source: (u128, u16), destination: (u128, u16), rest: u64) -> (FlowKey, End) {
    let (low, high, sender) = if source <= destination {
        (source, destination, End::Low)
    } else {
        (destination, source, End::High)
    };
    let key = FlowKey {
        low: low.0,
        high: high.0,
        rest: rest | u64::from(low.1) << 16 | u64::from(high.1),
    };
    (key, sender)
}
