//! Protocols of operational technology by ethertype (IEEE registration authority) and by port.

use crate::maps::PORT_PROTOCOLS_UDP;
use crate::operation::Aggregated;

/// PROFINET RT, including DCP (IEC 61158-6-10).
pub const ETHERTYPE_PROFINET: u16 = 0x8892;
/// EtherCAT (IEC 61158-4-12).
pub const ETHERTYPE_ETHERCAT: u16 = 0x88a4;
/// Ethernet POWERLINK (IEC 61158-4-13).
pub const ETHERTYPE_POWERLINK: u16 = 0x88ab;
/// GOOSE (IEC 61850-8-1).
pub const ETHERTYPE_GOOSE: u16 = 0x88b8;
/// GSE management (IEC 61850-8-1).
pub const ETHERTYPE_GSE: u16 = 0x88b9;
/// Sampled values (IEC 61850-9-2).
pub const ETHERTYPE_SV: u16 = 0x88ba;
/// Link Layer Discovery Protocol (IEEE 802.1AB).
pub const ETHERTYPE_LLDP: u16 = 0x88cc;
/// Media Redundancy Protocol (IEC 62439-2).
pub const ETHERTYPE_MRP: u16 = 0x88e3;
/// Precision Time Protocol (IEEE 1588, annex E).
pub const ETHERTYPE_PTP: u16 = 0x88f7;

/// Whether an ethertype is one of the link-layer protocols above.
#[inline(always)]
pub const fn is_ot_ethertype(ethertype: u16) -> bool {
    matches!(
        ethertype,
        ETHERTYPE_PROFINET
            | ETHERTYPE_ETHERCAT
            | ETHERTYPE_POWERLINK
            | ETHERTYPE_GOOSE
            | ETHERTYPE_GSE
            | ETHERTYPE_SV
            | ETHERTYPE_LLDP
            | ETHERTYPE_MRP
            | ETHERTYPE_PTP
    )
}

/// A port whose messages the program recognises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortProtocol {
    pub transport: Transport,
    pub port: u16,
    pub protocol: Aggregated,
}

/// What carries a port number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Tcp,
    Udp,
}

impl PortProtocol {
    const fn new(transport: Transport, port: u16, protocol: Aggregated) -> Self {
        Self {
            transport,
            port,
            protocol,
        }
    }

    /// Index in the map of [port protocols](crate::maps::PORT_PROTOCOLS).
    pub const fn index(&self) -> u32 {
        let first = match self.transport {
            Transport::Tcp => 0,
            Transport::Udp => PORT_PROTOCOLS_UDP,
        };
        first + self.port as u32
    }
}

/// The ports the protocols are assigned (IANA service names and port numbers). On port 102 of ISO
/// transport there is MMS too, which is told apart by its messages.
pub const AGGREGATED_PORTS: [PortProtocol; 9] = [
    PortProtocol::new(Transport::Tcp, 102, Aggregated::S7comm),
    PortProtocol::new(Transport::Tcp, 502, Aggregated::Modbus),
    PortProtocol::new(Transport::Udp, 2222, Aggregated::EthernetIp),
    PortProtocol::new(Transport::Tcp, 2404, Aggregated::Iec104),
    PortProtocol::new(Transport::Tcp, 4840, Aggregated::OpcUa),
    PortProtocol::new(Transport::Tcp, 20000, Aggregated::Dnp3),
    PortProtocol::new(Transport::Udp, 20000, Aggregated::Dnp3),
    PortProtocol::new(Transport::Tcp, 44818, Aggregated::EthernetIp),
    PortProtocol::new(Transport::Udp, 47808, Aggregated::Bacnet),
];

/// The protocol of an ethertype whose frames the program recognises.
#[inline(always)]
pub const fn aggregated_ethertype(ethertype: u16) -> Aggregated {
    match ethertype {
        ETHERTYPE_PROFINET => Aggregated::Profinet,
        ETHERTYPE_GOOSE => Aggregated::Goose,
        ETHERTYPE_SV => Aggregated::SampledValues,
        _ => Aggregated::None,
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::maps::PORT_PROTOCOLS_CAPACITY;

    #[test]
    fn every_port_has_a_place_of_its_own() {
        let mut places: Vec<u32> = AGGREGATED_PORTS.iter().map(PortProtocol::index).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), AGGREGATED_PORTS.len());
        assert!(places.iter().all(|place| *place < PORT_PROTOCOLS_CAPACITY));
    }

    #[test]
    fn every_protocol_has_a_way_to_it() {
        for protocol in Aggregated::ALL {
            let by_port = AGGREGATED_PORTS
                .iter()
                .any(|entry| entry.protocol == protocol);
            let by_ethertype = (0..=u16::MAX).any(|ethertype| {
                protocol != Aggregated::None && aggregated_ethertype(ethertype) == protocol
            });
            let none = matches!(protocol, Aggregated::None | Aggregated::Tcp);
            assert_eq!(by_port || by_ethertype, !none, "{protocol:?}");
        }
    }
}
