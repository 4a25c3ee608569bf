//! Connections of `zeek_rdp_to_ssl.pcap` and `zeek_rdp_x509.pcap`.

use super::*;
use crate::dissect::harness::{
    Talk, damage_is_survived, hex, lines, splits_do_not_matter, truncation_invents_nothing,
};

const CLIENT: Role = Role::Client;
const SERVER: Role = Role::Server;

const REQUEST_TLS: &str = "0300002f2ae00000000000436f6f6b69653a206d737473686173683d4157414b45434f4449\
    0d0a0100080003000000";
const CONFIRM_TLS: &str = "030000130ed000001234000201080002000000";
const REQUEST_PLAIN: &str = "0300002f2ae00000000000436f6f6b69653a206d737473686173683d4a4f484e2d504320\
    200d0a0100080000000000";
const CONFIRM_PLAIN: &str = "030000130ed000001234000200080000000000";
/// Start of TLS: a record with an alert.
const ALERT: &str = "15030100020228";

fn probed(bytes: &[u8], hinted: bool) -> Probe {
    (ENTRY.probe)(&ProbeInput {
        bytes,
        transport: Transport::Tcp,
        hinted,
        sender: None,
    })
}

#[test]
fn security_is_negotiated_and_tls_follows() {
    let script = [
        (CLIENT, hex(REQUEST_TLS)),
        (SERVER, hex(CONFIRM_TLS)),
        (CLIENT, hex(ALERT)),
    ];
    let script: Vec<_> = script
        .iter()
        .map(|(role, bytes)| (*role, bytes.as_slice()))
        .collect();
    assert_eq!(
        lines(ENTRY.create, &script),
        [
            "Request connection_request Session cookie=\"Cookie: mstshash=AWAKECODI\" \
             user=\"AWAKECODI\" requested=\"tls\" requested=\"credssp\"",
            "Response connection_confirm Session selected=\"credssp\" answers",
            "OneWay alert/40 Session level=\"fatal\" error 40 handshake_failure",
        ]
    );
    splits_do_not_matter(ENTRY.create, &script);
    truncation_invents_nothing(ENTRY.create, &script);
    damage_is_survived(ENTRY.create, &script);
}

#[test]
fn standard_security_is_told_and_packets_are_passed() {
    let data = hex("0300000802f08000");
    let mut talk = Talk::new(ENTRY.create);
    talk.say(CLIENT, &hex(REQUEST_PLAIN));
    talk.say(SERVER, &hex(CONFIRM_PLAIN));
    for _ in 0..5 {
        talk.say(CLIENT, &data);
    }
    assert_eq!(
        talk.seen,
        [
            "Request connection_request Session cookie=\"Cookie: mstshash=JOHN-PC  \" user=\"JOHN-PC\" \
             requested=\"standard_rdp\"",
            "Response connection_confirm Session selected=\"standard_rdp\" answers",
            "OneWay data Session",
            "OneWay data Session",
        ]
    );
    talk.say(CLIENT, &hex("0300400002f080"));
    assert_eq!(talk.waiting(CLIENT), 0);
    talk.gap(CLIENT, 0x4000 - 7);
    talk.say(CLIENT, &[0x44; 50]);
    assert_eq!(
        (talk.seen.len(), talk.waiting(CLIENT)),
        (4, 0),
        "fast-path input"
    );
}

#[test]
fn failures_and_departures() {
    let one = |text: &str| lines(ENTRY.create, &[(SERVER, &hex(text))]).join("|");
    assert_eq!(
        one("030000130ed000001234000300080005000000"),
        "Response connection_confirm Session error 5 hybrid_required_by_server"
    );
    assert!(one("030000130ed000001234000300080063000000").ends_with("!reserved_code"));
    assert!(one("030000130ed000001234000200090000000000").ends_with("!bad_length"));
    assert!(one("030000130ed000001234000200080003000000").ends_with("!bad_value"));
    assert!(one("0300000b06d00000123400").contains("selected=\"standard_rdp\""));
    assert!(one("03000004").ends_with("unframed_bytes Unknown !bad_length"));
    assert!(one("0300000b0cd00000123400").ends_with("unframed_bytes Unknown !bad_length"));
    assert!(one(REQUEST_TLS).ends_with("!wrong_role"));
    let mut long = hex("030000fffae00000000000");
    long.extend(b"Cookie: mstshash=");
    long.resize(0xff - 2, b'u');
    long.extend(b"\r\n");
    let seen = lines(ENTRY.create, &[(CLIENT, &long)]);
    assert!(seen[0].ends_with("!limit_reached"), "{seen:?}");
}

#[test]
fn content_decides_on_any_port() {
    let client = Probe::Recognised(Some(CLIENT));
    assert_eq!(probed(&hex(REQUEST_TLS), false), client);
    assert_eq!(probed(&hex("0300002f2ae00000000000"), true), client);
    assert_eq!(
        probed(&hex("0300001308e000000000000100080003000000"), false),
        client
    );
    assert_eq!(probed(&hex("0300002f"), false), Probe::Incomplete);
    // A connection of the ISO transport has parameters, C0h to C2h.
    let iso = hex("0300001611e00000000100c0010ac1020100c2020102");
    assert_eq!(probed(&iso, false), Probe::Unrecognised);
    assert_eq!(probed(b"GET / HTTP/1.1", true), Probe::Unrecognised);
}
