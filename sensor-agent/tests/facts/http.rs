//! IT protocols over TCP against the oracle: where the two differ on purpose, and HTTP's section.

use super::{folder, oracle, ours};

/// The oracle's section of HTTP also counts what is sent over UDP; over TCP the two are the same.
#[test]
fn methods_and_status_codes_are_those_of_the_oracle() {
    for capture in folder("http") {
        assert_eq!(
            ours(&capture)["http"],
            oracle(&capture)["http"],
            "{capture}"
        );
    }
}

/// The oracle names the layer in the first segment of a record that goes on, unless the record holds
/// application data. A record is told when its last octet is there (RFC 8446, 5.1).
#[test]
fn a_record_is_told_where_it_ends() {
    let sensor = &ours("tls/zeek_tls12.pcap")["sensor"]["tls"];
    for (operation, count) in [
        ("client_hello", 1),
        ("server_hello", 1),
        ("certificate", 1),
        ("change_cipher_spec", 2),
        ("encrypted_handshake", 2),
        ("application_data", 4),
    ] {
        assert_eq!(sensor["operations"][operation], count, "{operation}");
    }
}

/// The oracle names every segment on port 443 TLS. What is sent there is no record of any version: it starts with
/// ceb5h and 0000h (RFC 8446, 5.1 has content types 20 to 24). The sensor says that it is another protocol.
#[test]
fn what_is_no_tls_is_not_named_so() {
    let sensor = &ours("enip/openics_lock_or_unlock_plc.pcap")["sensor"]["tls"];
    assert_eq!(sensor["anomalies"]["not_this_protocol"], 1);
    assert_eq!(sensor["messages"], 0);
}

/// Frame 72 ends with the first octet of a command (RFC 854) and frame 73 begins with the second one. The oracle
/// does not join segments there and calls the frame malformed.
#[test]
fn a_command_over_two_segments_is_whole() {
    let facts = ours("telnet/suricata_telnet.pcap");
    let sensor = &facts["sensor"]["telnet"];
    assert!(
        sensor
            .get("anomalies")
            .is_none_or(|all| all.get("truncated").is_none())
    );
}

/// The oracle looks into the two packets that exchange settings (MS-RDPBCGR, 2.2.1.3 and 2.2.1.4) and shows fields
/// of RDP there; the sensor tells that they are there.
#[test]
fn settings_of_standard_rdp_are_told_without_content() {
    let facts = ours("rdp/zeek_rdp_x509.pcap");
    assert_eq!(facts["sensor"]["rdp"]["operations"]["data"], 2);
}
