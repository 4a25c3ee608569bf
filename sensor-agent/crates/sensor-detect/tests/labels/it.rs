//! Published events of captures of office protocols.

use super::{Anomaly, Event, Policy, Protocol, event};
use sensor_detect::catalogue::Engine;

pub(super) const EVENTS: &[Event] = &[
    event(
        "ftp/zeek_ftp_bruteforce.pcap",
        Anomaly,
        "excessive_login_attempts",
        &["192.168.56.1", "192.168.56.101"],
        20,
    ),
    event(
        "ssh/zeek_ssh_guess.pcap",
        Anomaly,
        "ssh_repeated_logins",
        &["192.168.56.1", "192.168.56.103"],
        10,
    ),
    event("dhcp/zeek_dhcp_flood.pcap", Anomaly, "dhcp_flood", &[], 200),
    event(
        "malware/zeek_heartbleed_success.pcap",
        Engine::Malware,
        "heartbleed",
        &["173.203.79.216", "107.170.241.107"],
        1,
    ),
    event(
        "tls/zeek_ssl_v2.pcap",
        Policy,
        "tls_obsolete_version",
        &[],
        1,
    ),
    event(
        "malformed/tcpdump_lldp_infinite_loop.pcap",
        Protocol,
        "malformed_it_message",
        &[],
        1,
    ),
    event(
        "malformed/zeek_rdp_invalid_length.pcap",
        Protocol,
        "malformed_it_message",
        &[],
        1,
    ),
];
