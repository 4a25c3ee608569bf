//! Malformed messages, one row per layer.
//!
//! Why: implementations of OT protocols often crash on lengths and values that do not fit, so a
//! malformed message is an attempt at denial of service or at an exploit until shown otherwise.
//! False positives: equipment that departs from its specification every day, and captures in which
//! a network card joined or split frames. Mute the pair.
//! The reference catalogue has only [`super::malformed_session`], which is off by default; these
//! rows make the first malformed message visible.

use sensor_protocols::observation::{Anomaly, AnomalySet, Protocol};

use crate::catalogue::Engine;
use crate::engines::tables::{ANOMALY_VALUES, AnomalyRow, AnomalyRule};
use crate::engines::{Build, Protocols, Raises, Rule};

const TABLE: &[AnomalyRow] = &[
    AnomalyRow {
        id: "malformed_ethernet_frame",
        protocols: Protocols::These(&[Protocol::Ethernet]),
        when: AnomalySet::is_malformed,
    },
    AnomalyRow {
        id: "malformed_arp_message",
        protocols: Protocols::These(&[Protocol::Arp]),
        when: AnomalySet::is_malformed,
    },
    AnomalyRow {
        id: "malformed_ip_packet",
        protocols: Protocols::These(&[Protocol::Ipv4, Protocol::Ipv6]),
        when: AnomalySet::is_malformed,
    },
    AnomalyRow {
        id: "malformed_transport_segment",
        protocols: Protocols::These(&[
            Protocol::Tcp,
            Protocol::Udp,
            Protocol::Sctp,
            Protocol::Icmp,
            Protocol::Icmpv6,
        ]),
        when: |anomalies| anomalies.is_malformed() || anomalies.contains(Anomaly::BadChecksum),
    },
    AnomalyRow {
        id: "malformed_dns_message",
        protocols: Protocols::These(&[Protocol::Dns, Protocol::Mdns, Protocol::Llmnr]),
        when: AnomalySet::is_malformed,
    },
    AnomalyRow {
        id: "malformed_ot_message",
        protocols: Protocols::Ot,
        when: |anomalies| anomalies.is_malformed() || anomalies.contains(Anomaly::BadChecksum),
    },
    AnomalyRow {
        id: "bacnet_illegal_message",
        protocols: Protocols::These(&[Protocol::Bacnet]),
        when: |anomalies| {
            anomalies.is_malformed()
                || anomalies.contains(Anomaly::ReservedCode)
                || anomalies.contains(Anomaly::TrailingBytes)
        },
    },
    AnomalyRow {
        id: "malformed_it_message",
        protocols: Protocols::These(SERVICES),
        when: AnomalySet::is_malformed,
    },
    AnomalyRow {
        id: "foreign_protocol_on_ot_port",
        protocols: Protocols::Ot,
        when: |anomalies| anomalies.contains(Anomaly::NotThisProtocol),
    },
    AnomalyRow {
        id: "conflicting_overlap",
        protocols: Protocols::Any,
        when: |anomalies| anomalies.contains(Anomaly::ConflictingOverlap),
    },
    AnomalyRow {
        id: "illegal_protocol_version",
        protocols: Protocols::Any,
        when: |anomalies| anomalies.contains(Anomaly::BadVersion),
    },
];

/// Services of office networks that have a dissector; name services have a row, and HTTP types of its own.
const SERVICES: &[Protocol] = &[
    Protocol::Cdp,
    Protocol::DceRpc,
    Protocol::Dhcp,
    Protocol::Ftp,
    Protocol::Igmp,
    Protocol::Kerberos,
    Protocol::Ldap,
    Protocol::Lldp,
    Protocol::Ntp,
    Protocol::Rdp,
    Protocol::Vnc,
    Protocol::Smb,
    Protocol::Snmp,
    Protocol::Ssh,
    Protocol::Stp,
    Protocol::Tds,
    Protocol::Telnet,
    Protocol::Tftp,
    Protocol::Tls,
    Protocol::Tns,
];

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[
        raises("malformed_ethernet_frame"),
        raises("malformed_arp_message"),
        raises("malformed_ip_packet"),
        raises("malformed_transport_segment"),
        raises("malformed_dns_message"),
        raises("malformed_ot_message"),
        raises("bacnet_illegal_message"),
        raises("malformed_it_message"),
        raises("foreign_protocol_on_ot_port"),
        raises("conflicting_overlap"),
        raises("illegal_protocol_version"),
    ],
    build: Build::Pair {
        interest: AnomalyRule::INTEREST,
        new: |setup| Box::new(AnomalyRule::new(TABLE, setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: ANOMALY_VALUES,
    }
}
