//! Messages of `iti_beckhoff_iplink_tc2.pcap` and `icsnpp_io_cm_mixed_1.pcap`, and a node status by hand.

use super::*;
use crate::dissect::collected::rig::{feed, hex, hostile};
use crate::observation::Transport;

const QUERY: &str = "d57c 0110 0001 0000 0000 0000 \
     20 454f454646454644434e4542454e434e454e454a464146444441444243414141 00 0020 0001";

const REGISTRATION_OF_WORK: &str = "92fa 2810 0001 0000 0000 0001 \
     20 464845504643454c454846434550464646414341434143414341434143414141 00 0020 0001 \
     c00c 0020 0001 000493e0 0006 6000 c0a80101";

fn seen(names: &mut NetbiosNames, sender: Role, frame: u64, bytes: &[u8]) -> String {
    let mut all = feed(names, Transport::Udp, sender, frame, bytes, false);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn alone(text: &str) -> String {
    seen(&mut NetbiosNames::default(), Role::Client, 1, &hex(text))
}

/// A node status of two names.
fn status() -> Vec<u8> {
    let mut bytes = hex("d57c 8400 0000 0001 0000 0000 20");
    bytes.extend(b"CK".iter().chain(&[b'A'; 30]));
    bytes.extend(hex("00 0021 0001 00000000 002b 02"));
    bytes.extend(b"WORKGROUP      \x00\x84\x00");
    bytes.extend(b"HMI-3          \x00\x04\x00");
    bytes.extend([2, 0, 0, 0, 0, 7]);
    bytes
}

#[test]
fn names_are_asked_for_and_registered() {
    let query = alone(QUERY);
    assert!(
        query.starts_with("Request query.32 Discovery [name_suffix=0 \"NETS-AM-MIPS01\"]"),
        "{query}"
    );
    let group = alone(REGISTRATION_OF_WORK);
    assert!(
        group.contains("[name_suffix=0 \"WORKGROUP\" 192.168.1.1] None "),
        "{group}"
    );
    assert!(
        group.contains("hostname=WORKGROUP"),
        "unique by its flags: {group}"
    );
    let group = alone(&REGISTRATION_OF_WORK.replace("6000 c0a8", "e000 c0a8"));
    assert!(!group.contains("hostname"), "{group}");
}

#[test]
fn a_node_tells_its_names_and_who_answers_a_query_only_claims_one() {
    let mut names = NetbiosNames::default();
    seen(&mut names, Role::Client, 1, &hex(QUERY));
    let line = seen(&mut names, Role::Server, 2, &status());
    assert!(
        line.starts_with("Response query.33 Discovery [name_suffix=0 \"*\""),
        "{line}"
    );
    assert!(
        line.contains("\"HMI-3\" hardware_address=2199023255559]"),
        "{line}"
    );
    assert!(line.contains("Ok hostname=HMI-3 req=Some(1) {}"), "{line}");
    let answer = QUERY
        .replacen("0110 0001 0000", "8580 0000 0001", 1)
        .replacen("0020 0001", "0020 0001 000493e0 0006 0000 0a000007", 1);
    let line = alone(&answer);
    assert!(line.contains("10.0.0.7] Ok  req"), "{line}");
}

#[test]
fn what_departs_from_the_standard() {
    assert!(
        alone(&QUERY.replacen("20 45", "20 7a", 1)).contains("bad_value"),
        "no letter of a name"
    );
    assert!(
        alone(&QUERY.replacen("0110", "1910", 1)).contains("reserved_code"),
        "opcode 3"
    );
    assert!(
        alone("d57c 8583 0000 0000 0000 0000").contains("Error { code: 3, name: \"name_error\" }")
    );
    let mut short = status();
    short[56] = 9;
    let line = seen(&mut NetbiosNames::default(), Role::Server, 1, &short);
    assert!(line.contains("bad_length"), "{line}");
}

#[test]
fn what_is_left_out_shows() {
    // Three questions, where there is room for two names.
    let question = &QUERY[30..];
    let three = alone(&format!(
        "d57c 0110 0003 0000 0000 0000 {}",
        question.repeat(3)
    ));
    assert!(three.contains("limit_reached"), "{three}");
    // One record of a name in 65 groups, whose name points elsewhere.
    let groups = "8000 0a000001".repeat(65);
    let many = format!("d57c 8580 0000 0001 0000 0000 c00c 0020 0001 00000000 0186 {groups}");
    assert!(alone(&many).contains("limit_reached"));
    let empty = "c00c 0022 0001 00000000 0000".repeat(257);
    let many = format!("d57c 8580 0000 0101 0000 0000 {empty}");
    assert!(alone(&many).contains("limit_reached"));
}

#[test]
fn without_a_header_nobody_knows_what_it_is() {
    let line = alone("d57c 8580 0001 0000 0000");
    assert!(
        line.starts_with("OneWay unknown Unknown []") && line.contains("truncated"),
        "{line}"
    );
}

#[test]
fn hostile_bytes() {
    for whole in [hex(QUERY), hex(REGISTRATION_OF_WORK), status()] {
        hostile(ENTRY.create, Transport::Udp, &whole);
        for len in 1..whole.len() {
            let line = seen(&mut NetbiosNames::default(), Role::Client, 1, &whole[..len]);
            assert!(line.contains("truncated"), "{len}: {line}");
        }
    }
}
