//! Handshakes after RFC 6143, 7; no capture here has the protocol.

use super::*;
use crate::dissect::harness::{
    Script, damage_is_survived, lines, splits_do_not_matter, truncation_invents_nothing,
};

const CLIENT: Role = Role::Client;
const SERVER: Role = Role::Server;

const SCRIPT: Script<'_> = &[
    (SERVER, b"RFB 003.008\n"),
    (CLIENT, b"RFB 003.008\n"),
    (SERVER, b"\x02\x01\x02"),
    (CLIENT, b"\x02"),
    (SERVER, b"0123456789abcdef"),
    (CLIENT, b"fedcba9876543210"),
    (SERVER, b"\0\0\0\0"),
    (CLIENT, b"\x01"),
    (SERVER, b"\x04\0\x03\0pixel format 16.\0\0\0\x05hmi-1"),
    (CLIENT, b"\x03\0\0\0\0\0\0\0\0\0"),
];

#[test]
fn a_log_in_with_a_password() {
    assert_eq!(
        lines(ENTRY.create, SCRIPT),
        [
            "Response protocol_version Session version=\"003.008\"",
            "Request protocol_version Session version=\"003.008\"",
            "Response security_offer Auth security_type:1 security=\"none\" security_type:2 \
             security=\"vnc_authentication\"",
            "Request security_choice Auth security_type:2 security=\"vnc_authentication\"",
            "Response vnc_challenge Auth",
            "Request vnc_response Auth credential=\"password\" \
             credential_protection=\"challenge_response_des\"",
            "Response security_result Auth login=\"accepted\"",
            "Request client_init Session",
            "Response server_init Session width:1024 height:768 desktop=\"hmi-1\" [hostname hmi-1]",
        ]
    );
}

#[test]
fn cuts_truncation_and_damage() {
    splits_do_not_matter(ENTRY.create, SCRIPT);
    truncation_invents_nothing(ENTRY.create, SCRIPT);
    damage_is_survived(ENTRY.create, SCRIPT);
}

#[test]
fn refusals_and_older_versions() {
    let failed = [
        &SCRIPT[..6],
        &[(SERVER, b"\0\0\0\x01\0\0\0\x03bad".as_slice())],
    ]
    .concat();
    let seen = lines(ENTRY.create, &failed);
    assert_eq!(
        seen[6],
        "Response security_result Auth login=\"failed\" reason=\"bad\" error 1 failed"
    );
    let seen = lines(
        ENTRY.create,
        &[
            (SERVER, b"RFB 003.003\n"),
            (CLIENT, b"RFB 003.003\n"),
            (SERVER, b"\0\0\0\x01"),
            (CLIENT, b"\x01"),
        ],
    );
    assert_eq!(
        seen[2],
        "Response security_choice Auth security_type:1 security=\"none\""
    );
    assert_eq!(seen[3], "Request client_init Session");
    let refused = [&SCRIPT[..2], &[(SERVER, b"\0\0\0\0\x04busy".as_slice())]].concat();
    assert_eq!(
        lines(ENTRY.create, &refused)[2],
        "Response security_offer Auth reason=\"busy\" error 0 connection_refused"
    );
}

#[test]
fn what_departs_is_flagged_and_caps_show() {
    let one = |bytes: &[u8]| lines(ENTRY.create, &[(SERVER, bytes)]).join("|");
    assert!(one(b"RFB 003.099\n").ends_with("!bad_version"));
    let unknown = [&SCRIPT[..2], &[(SERVER, b"\x01\x63".as_slice())]].concat();
    assert!(lines(ENTRY.create, &unknown)[2].ends_with("!reserved_code"));
    let mut long = b"\x04\0\x03\0pixel format 16.\0\x01\0\0".to_vec();
    long.resize(30_000, b'n');
    let long = [&SCRIPT[..8], &[(SERVER, long.as_slice())]].concat();
    assert!(lines(ENTRY.create, &long)[8].ends_with("!limit_reached"));
}

#[test]
fn content_decides_on_any_port() {
    let probed = |bytes| {
        (ENTRY.probe)(&ProbeInput {
            bytes,
            transport: Transport::Tcp,
            hinted: false,
            sender: None,
        })
    };
    assert_eq!(probed(b"RFB 003.008\n".as_slice()), Probe::Recognised(None));
    assert_eq!(probed(b"RFB"), Probe::Incomplete);
    assert_eq!(probed(b"RFX 003"), Probe::Unrecognised);
}
