//! Protocols and transports by name.

use serde::{Deserialize, Serialize};

/// What carries a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Directly on Ethernet.
    Link,
    /// Directly on IP (ICMP and everything without ports).
    Ip,
    Tcp,
    Udp,
    Sctp,
}

/// The protocol a message belongs to. The identifier is the one the API and the catalogue use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    Ethernet,
    Arp,
    Ipv4,
    Ipv6,
    Icmp,
    Icmpv6,
    Tcp,
    Udp,
    Sctp,
    Dns,
    Modbus,
    /// IEC 60870-5-104.
    Iec104,
    Dnp3,
    /// Transport service of ISO 8073 over TCP: what S7comm and MMS run on.
    Cotp,
    S7comm,
    /// S7comm-plus, of the S7-1200 and S7-1500.
    S7commPlus,
    /// The encapsulation protocol of EtherNet/IP, and its I/O.
    Enip,
    /// The Common Industrial Protocol, and PCCC in it.
    Cip,
    /// BACnet/IP and BACnet/IPv6.
    Bacnet,
    /// Substation events of IEC 61850-8-1, and GSE management.
    Goose,
    /// Sampled values of IEC 61850-9-2.
    #[serde(rename = "sv")]
    SampledValues,
    /// Real-time frames of PROFINET: cyclic data, alarms, fragments.
    Profinet,
    /// Discovery and basic configuration of PROFINET.
    ProfinetDcp,
    /// Context management and records of PROFINET IO, over DCE/RPC.
    ProfinetIo,
    /// Precision transparent clock protocol of PROFINET.
    Ptcp,
    /// Media redundancy protocol, IEC 62439-2.
    Mrp,
    /// ISO 9506, which IEC 61850 devices speak.
    Mms,
}

impl Protocol {
    /// Every protocol, in the order of the enum.
    pub const ALL: &'static [Self] = &[
        Self::Ethernet,
        Self::Arp,
        Self::Ipv4,
        Self::Ipv6,
        Self::Icmp,
        Self::Icmpv6,
        Self::Tcp,
        Self::Udp,
        Self::Sctp,
        Self::Dns,
        Self::Modbus,
        Self::Iec104,
        Self::Dnp3,
        Self::Cotp,
        Self::S7comm,
        Self::S7commPlus,
        Self::Enip,
        Self::Cip,
        Self::Bacnet,
        Self::Goose,
        Self::SampledValues,
        Self::Profinet,
        Self::ProfinetDcp,
        Self::ProfinetIo,
        Self::Ptcp,
        Self::Mrp,
        Self::Mms,
    ];

    /// Stable machine identifier, for instance `modbus`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ethernet => "ethernet",
            Self::Arp => "arp",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Icmp => "icmp",
            Self::Icmpv6 => "icmpv6",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
            Self::Dns => "dns",
            Self::Modbus => "modbus",
            Self::Iec104 => "iec104",
            Self::Dnp3 => "dnp3",
            Self::Cotp => "cotp",
            Self::S7comm => "s7comm",
            Self::S7commPlus => "s7comm_plus",
            Self::Enip => "enip",
            Self::Cip => "cip",
            Self::Bacnet => "bacnet",
            Self::Goose => "goose",
            Self::SampledValues => "sv",
            Self::Profinet => "profinet",
            Self::ProfinetDcp => "profinet_dcp",
            Self::ProfinetIo => "profinet_io",
            Self::Ptcp => "ptcp",
            Self::Mrp => "mrp",
            Self::Mms => "mms",
        }
    }

    /// Name for people, for instance `Modbus/TCP`.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ethernet => "Ethernet",
            Self::Arp => "ARP",
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
            Self::Icmp => "ICMP",
            Self::Icmpv6 => "ICMPv6",
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
            Self::Dns => "DNS",
            Self::Modbus => "Modbus",
            Self::Iec104 => "IEC 60870-5-104",
            Self::Dnp3 => "DNP3",
            Self::Cotp => "ISO transport",
            Self::S7comm => "S7comm",
            Self::S7commPlus => "S7comm-plus",
            Self::Enip => "EtherNet/IP",
            Self::Cip => "CIP",
            Self::Bacnet => "BACnet/IP",
            Self::Goose => "GOOSE",
            Self::SampledValues => "Sampled Values",
            Self::Profinet => "PROFINET",
            Self::ProfinetDcp => "PROFINET DCP",
            Self::ProfinetIo => "PROFINET IO-CM",
            Self::Ptcp => "PTCP",
            Self::Mrp => "MRP",
            Self::Mms => "MMS",
        }
    }

    /// Whether a plant speaks it to control or observe its process.
    pub const fn is_ot(self) -> bool {
        matches!(
            self,
            Self::Modbus
                | Self::Iec104
                | Self::Dnp3
                | Self::Cotp
                | Self::S7comm
                | Self::S7commPlus
                | Self::Enip
                | Self::Cip
                | Self::Bacnet
                | Self::Goose
                | Self::SampledValues
                | Self::Profinet
                | Self::ProfinetDcp
                | Self::ProfinetIo
                | Self::Ptcp
                | Self::Mrp
                | Self::Mms
        )
    }
}
