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

/// Makes the enum and what is said of each row: variant, identifier, name for people, and whether a plant
/// speaks it to control or observe its process (`Ot`) or not (`It`).
macro_rules! protocols {
    ($($(#[$doc:meta])* $variant:ident $id:literal $title:literal $kind:ident,)*) => {
        /// The protocol a message belongs to. The identifier is the one the API and the catalogue use.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Protocol {
            $($(#[$doc])* #[serde(rename = $id)] $variant,)*
        }

        impl Protocol {
            /// Every protocol, in the order of the enum.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Stable machine identifier, for instance `modbus`.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }

            /// Name for people, for instance `Modbus/TCP`.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)*
                }
            }

            const fn kind(self) -> Kind {
                match self {
                    $(Self::$variant => Kind::$kind,)*
                }
            }
        }
    };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ot,
    It,
}

impl Protocol {
    /// Whether a plant speaks it to control or observe its process.
    pub const fn is_ot(self) -> bool {
        matches!(self.kind(), Kind::Ot)
    }
}

protocols! {
    Ethernet "ethernet" "Ethernet" It,
    Arp "arp" "ARP" It,
    Ipv4 "ipv4" "IPv4" It,
    Ipv6 "ipv6" "IPv6" It,
    Icmp "icmp" "ICMP" It,
    Icmpv6 "icmpv6" "ICMPv6" It,
    Tcp "tcp" "TCP" It,
    Udp "udp" "UDP" It,
    Sctp "sctp" "SCTP" It,
    Dns "dns" "DNS" It,
    Modbus "modbus" "Modbus" Ot,
    /// IEC 60870-5-104.
    Iec104 "iec104" "IEC 60870-5-104" Ot,
    Dnp3 "dnp3" "DNP3" Ot,
    /// Transport service of ISO 8073 over TCP: what S7comm and MMS run on.
    Cotp "cotp" "ISO transport" Ot,
    S7comm "s7comm" "S7comm" Ot,
    /// S7comm-plus, of the S7-1200 and S7-1500.
    S7commPlus "s7comm_plus" "S7comm-plus" Ot,
    /// The encapsulation protocol of EtherNet/IP, and its I/O.
    Enip "enip" "EtherNet/IP" Ot,
    /// The Common Industrial Protocol, and PCCC in it.
    Cip "cip" "CIP" Ot,
    /// BACnet/IP and BACnet/IPv6.
    Bacnet "bacnet" "BACnet/IP" Ot,
    /// Substation events of IEC 61850-8-1, and GSE management.
    Goose "goose" "GOOSE" Ot,
    /// Sampled values of IEC 61850-9-2.
    SampledValues "sv" "Sampled Values" Ot,
    /// Real-time frames of PROFINET: cyclic data, alarms, fragments.
    Profinet "profinet" "PROFINET" Ot,
    /// Discovery and basic configuration of PROFINET.
    ProfinetDcp "profinet_dcp" "PROFINET DCP" Ot,
    /// Context management and records of PROFINET IO, over DCE/RPC.
    ProfinetIo "profinet_io" "PROFINET IO-CM" Ot,
    /// Precision transparent clock protocol of PROFINET.
    Ptcp "ptcp" "PTCP" Ot,
    /// Media redundancy protocol, IEC 62439-2.
    Mrp "mrp" "MRP" Ot,
    /// ISO 9506, which IEC 61850 devices speak.
    Mms "mms" "MMS" Ot,
    /// Omron FINS, over UDP and TCP.
    Fins "fins" "Omron FINS" Ot,
    /// HART over UDP and TCP.
    HartIp "hart_ip" "HART-IP" Ot,
    /// ADS over AMS, of Beckhoff TwinCAT.
    Ads "ads" "Beckhoff ADS" Ot,
    /// EtherCAT, on Ethernet and over UDP.
    Ethercat "ethercat" "EtherCAT" Ot,
    /// Synchrophasors of IEEE C37.118.
    Synchrophasor "synchrophasor" "C37.118 synchrophasor" Ot,
    /// Precision time protocol, IEEE 1588.
    Ptp "ptp" "PTP" Ot,
    /// SLMP frames and MELSOFT, of Mitsubishi controllers.
    Melsec "melsec" "Mitsubishi MELSEC" Ot,
    /// Service request transport protocol of GE controllers.
    GeSrtp "ge_srtp" "GE SRTP" Ot,
    /// Ethernet POWERLINK.
    Powerlink "powerlink" "POWERLINK" Ot,
    /// SMB1, SMB2 and SMB3.
    Smb "smb" "SMB" It,
    /// Remote procedure calls of DCE, what DCOM, WMI and classic OPC run on.
    DceRpc "dcerpc" "DCE/RPC" It,
    Ldap "ldap" "LDAP" It,
    Kerberos "kerberos" "Kerberos" It,
    /// Microsoft SQL Server, and Sybase.
    Tds "tds" "TDS" It,
    /// Oracle databases.
    Tns "tns" "TNS" It,
    /// HTTP/1.0 and HTTP/1.1.
    Http "http" "HTTP" It,
    /// TLS, SSL 3.0 and SSL 2.0.
    Tls "tls" "TLS" It,
    Ssh "ssh" "SSH" It,
    Ftp "ftp" "FTP" It,
    /// What Triconex safety controllers are engineered with.
    TriStation "tristation" "TriStation" Ot,
    /// MQTT, and Sparkplug B in it.
    Mqtt "mqtt" "MQTT" Ot,
    /// ANSI C12.22 of electricity meters.
    C1222 "c1222" "ANSI C12.22" Ot,
    Genisys "genisys" "Genisys" Ot,
    /// Niagara Fox.
    Fox "fox" "Niagara Fox" Ot,
    /// ROC Plus of Emerson flow computers.
    Roc "roc_plus" "Emerson ROC Plus" Ot,
    /// BSAP over IP, of Bristol controllers.
    Bsap "bsap" "BSAP" Ot,
    /// SAIA S-Bus over Ethernet.
    Sbus "sbus" "SAIA S-Bus" Ot,
    /// KNXnet/IP, and KNX telegrams in it.
    Knx "knx" "KNXnet/IP" Ot,
    /// Ethernet Global Data of GE.
    Egd "egd" "GE EGD" Ot,
    /// `LonTalk` over CN/IP.
    Lontalk "lontalk" "LonTalk" Ot,
    /// CODESYS V3.
    Codesys "codesys" "CODESYS V3" Ot,
    /// Foundation Fieldbus HSE.
    Hse "ff_hse" "Foundation Fieldbus HSE" Ot,
    /// RTPS, the wire protocol of DDS.
    Rtps "rtps" "RTPS" Ot,
    /// OPC UA over its binary protocol.
    OpcUa "opcua" "OPC UA" Ot,
    /// Multicast DNS.
    Mdns "mdns" "mDNS" It,
    /// Link-local multicast name resolution.
    Llmnr "llmnr" "LLMNR" It,
    /// The name service of `NetBIOS` over TCP/IP.
    Nbns "nbns" "NetBIOS name service" It,
    Dhcp "dhcp" "DHCP" It,
    Ntp "ntp" "NTP" It,
    Snmp "snmp" "SNMP" It,
    Lldp "lldp" "LLDP" It,
    Cdp "cdp" "CDP" It,
    /// Spanning tree, its rapid and multiple forms included.
    Stp "stp" "Spanning Tree" It,
    Igmp "igmp" "IGMP" It,
    Syslog "syslog" "Syslog" It,
    Ssdp "ssdp" "SSDP" It,
    Tftp "tftp" "TFTP" It,
    Telnet "telnet" "Telnet" It,
    Rdp "rdp" "RDP" It,
    /// The Remote Framebuffer protocol.
    Vnc "vnc" "VNC" It,
}
