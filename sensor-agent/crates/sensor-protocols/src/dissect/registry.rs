//! Every dissector on one page: hints, probe, constructor.
//!
//! Order is the order of probing among rows whose hint fits, then among the rest. A flow is probed
//! once; port numbers are hints, so Modbus on port 5020 is Modbus.

mod index;

use super::{Dissector, Probe, ProbeInput, Role};
use crate::decode::{Link, LlcProtocol};
use crate::flow::End;
use crate::observation::{Protocol, Transport};
use index::Index;

/// Where a protocol is usually found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Server port over TCP.
    Tcp(u16),
    /// Server port over UDP.
    Udp(u16),
    /// Protocol number in the IP header. Decides: nothing else is tried.
    IpProtocol(u8),
    /// Ethertype. Decides: nothing else is tried.
    Ethertype(u16),
    /// What an LLC header announces. Decides: nothing else is tried.
    Llc(LlcProtocol),
}

/// One row of the registry.
pub struct Entry {
    pub protocol: Protocol,
    pub hints: &'static [Hint],
    /// Whether content on any other port is probed as well, and over what.
    pub anywhere: &'static [Transport],
    pub probe: fn(&ProbeInput<'_>) -> Probe,
    pub create: fn() -> Box<dyn Dissector>,
}

/// All dissectors, in order of probing.
pub const REGISTRY: &[Entry] = &[
    // OT protocols first: they are what the sensor is for.
    super::modbus::ENTRY,
    super::iec104::ENTRY,
    super::dnp3::ENTRY,
    // Carries S7comm and S7comm-plus.
    super::cotp::ENTRY,
    super::enip::ENTRY,
    super::bacnet::ENTRY,
    super::goose::ENTRY,
    super::sv::ENTRY,
    // GOOSE and sampled values over UDP.
    super::iec61850::ROUTED,
    super::profinet::ENTRY_IO,
    super::fins::ENTRY,
    super::hart_ip::ENTRY,
    super::ads::ENTRY,
    super::ethercat::ENTRY,
    super::synchrophasor::ENTRY,
    super::ptp::ENTRY,
    super::melsec::ENTRY,
    super::ge_srtp::ENTRY,
    super::powerlink::ENTRY,
    super::tristation::ENTRY,
    super::mqtt::ENTRY,
    super::c1222::ENTRY,
    super::genisys::ENTRY,
    super::fox::ENTRY,
    super::roc::ENTRY,
    super::bsap::ENTRY,
    super::sbus::ENTRY,
    super::knx::ENTRY,
    super::egd::ENTRY,
    super::lontalk::ENTRY,
    super::codesys::ENTRY,
    super::hse::ENTRY,
    super::rtps::ENTRY,
    super::opcua::ENTRY,
    // IT protocols.
    super::dns::ENTRY,
    super::smb::ENTRY,
    super::dcerpc::ENTRY,
    super::ldap::ENTRY,
    super::kerberos::ENTRY,
    super::tds::ENTRY,
    super::tns::ENTRY,
    super::http::ENTRY,
    super::tls::ENTRY,
    super::ssh::ENTRY,
    super::ftp::ENTRY,
    super::dns::ENTRY_MDNS,
    super::dns::ENTRY_LLMNR,
    super::dns::netbios::ENTRY,
    super::dhcp::ENTRY,
    super::ntp::ENTRY,
    super::snmp::ENTRY,
    super::syslog::ENTRY,
    super::ssdp::ENTRY,
    super::tftp::ENTRY,
    super::telnet::ENTRY,
    super::rdp::ENTRY,
    super::rfb::ENTRY,
    // Protocols that a number below the transport decides.
    super::profinet::ENTRY,
    super::mrp::ENTRY,
    super::lldp::ENTRY,
    super::cdp::ENTRY,
    super::stp::ENTRY,
    super::igmp::ENTRY,
    super::arp::ENTRY,
    super::icmp::ENTRY,
    super::icmp::ENTRY_V6,
];

/// What the registry says about the first bytes of a flow.
pub enum Decision {
    /// This dissector takes the flow; with the role of the sender where the bytes tell it.
    Known(&'static Entry, Option<Role>),
    /// A dissector wants to see more.
    Wait,
    Unrecognised,
}

/// Asks the dissectors about the first bytes between two ports (the sender's first): those whose
/// hint fits, then those that look anywhere.
pub fn decide(input: &ProbeInput<'_>, ports: (u16, u16)) -> Decision {
    let Some(index) = Index::of(input.transport) else {
        return Decision::Unrecognised;
    };
    let known = index.knows(ports.0) || index.knows(ports.1);
    let is_hinted = |entry: &Entry| known && entry.is_hinted(input.transport, ports);
    // Most flows are between ports that no protocol is known for.
    let rows: &[Entry] = if known { REGISTRY } else { &[] };
    let hinted = rows.iter().filter(|entry| is_hinted(entry));
    let anywhere = index.anywhere.iter().copied();
    let others = anywhere.filter(|entry| !is_hinted(entry));
    let mut wait = false;
    let candidates = hinted.map(|entry| (entry, true));
    for (entry, hinted) in candidates.chain(others.map(|entry| (entry, false))) {
        match (entry.probe)(&ProbeInput { hinted, ..*input }) {
            Probe::Recognised(role) => return Decision::Known(entry, role),
            Probe::Incomplete => wait = true,
            Probe::Unrecognised => {}
        }
    }
    if wait {
        Decision::Wait
    } else {
        Decision::Unrecognised
    }
}

/// The protocol that one of two ports is known for.
pub fn hinted(transport: Transport, ports: (u16, u16)) -> Option<&'static Entry> {
    let index = Index::of(transport)?;
    let known = index.knows(ports.0) || index.knows(ports.1);
    let mut rows = REGISTRY.iter().filter(|_| known);
    rows.find(|entry| entry.is_hinted(transport, ports))
}

/// Whether a port is one that a protocol is known for.
pub fn is_usual(entry: &Entry, transport: Transport, port: u16) -> bool {
    entry.is_hinted_by(transport, port)
}

/// Which end is taken for the client before anything else tells: the one whose peer's port is
/// known, else the sender of the first packet.
pub fn client_by_port(transport: Transport, source: u16, destination: u16, sender: End) -> End {
    let known = |port| Index::of(transport).is_some_and(|index| index.knows(port));
    if source != destination && known(source) && !known(destination) {
        sender.peer()
    } else {
        sender
    }
}

/// The dissector of what is behind a link header: by its ethertype, or by its LLC header.
pub fn by_link(link: &Link) -> Option<&'static Entry> {
    by_hint(match link.llc {
        Some(llc) => Hint::Llc(llc.protocol),
        None => Hint::Ethertype(link.ethertype),
    })
}

/// The dissector of an IP protocol number.
pub fn by_ip_protocol(number: u8) -> Option<&'static Entry> {
    by_hint(Hint::IpProtocol(number))
}

fn by_hint(hint: Hint) -> Option<&'static Entry> {
    REGISTRY.iter().find(|e| e.hints.contains(&hint))
}

impl Entry {
    fn is_hinted(&self, transport: Transport, (a, b): (u16, u16)) -> bool {
        self.is_hinted_by(transport, a) || self.is_hinted_by(transport, b)
    }

    fn is_hinted_by(&self, transport: Transport, port: u16) -> bool {
        let hint = match transport {
            Transport::Tcp => Hint::Tcp(port),
            Transport::Udp => Hint::Udp(port),
            Transport::Link | Transport::Ip | Transport::Sctp => return false,
        };
        self.hints.contains(&hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hint_belongs_to_one_protocol() {
        for entry in REGISTRY {
            for hint in entry.hints {
                let owner = by_hint(*hint).map(|e| e.protocol);
                assert_eq!(owner, Some(entry.protocol), "{hint:?}");
            }
        }
    }

    #[test]
    fn every_row_can_be_found_by_a_hint_or_by_content() {
        for entry in REGISTRY {
            assert!(!entry.hints.is_empty() || !entry.anywhere.is_empty());
        }
    }

    #[test]
    fn the_end_behind_a_known_port_is_the_server() {
        let client =
            |source, destination| client_by_port(Transport::Udp, source, destination, End::High);
        assert_eq!(client(5000, 53), End::High);
        assert_eq!(client(53, 5000), End::Low, "an answer came first");
        assert_eq!(client(5353, 5353), End::High);
        assert_eq!(client(1, 2), End::High);
    }

    #[test]
    fn random_bytes_on_an_unknown_port_are_no_protocol() {
        let input = ProbeInput {
            bytes: &[0x5a; 64],
            transport: Transport::Tcp,
            hinted: false,
            sender: None,
        };
        assert!(matches!(
            decide(&input, (40_000, 40_001)),
            Decision::Unrecognised
        ));
    }
}
