//! Frames made after the layouts, each checked with tshark, and what departs from them.

use super::ENTRY;
use crate::dissect::Role;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::observation::Transport;

/// `>` from the client, `<` from the server.
const MESSAGES: &[&str] = &[
    ">06100203000e08010a0000010e57",
    "<06100204004036010200110500000001deadbeefe000170c0001020304054b4e5820495020526f75746572000000000000000000000000000000000004020201",
    ">06100205001a08010a0000010e5708010a0000010e5704040200",
    "<061002060014150008010a0000010e5704041101",
    ">061004200015041500001100bce011010a03010081",
    "<06100421000a04150000",
    ">061004200019041501001100b060000011030546820100aabb",
    ">0610053000112900bcd011010a03010000",
    ">0610053000112900b06011011103014381",
    ">06100310001104160000fc000b01341001",
];

#[test]
fn messages_are_told() {
    check(
        &ENTRY,
        Transport::Udp,
        MESSAGES,
        &[
            "> knx 0x203 description_request (discovery)",
            "< knx 0x204 description_response (discovery) individual_address=4357 mac=4328719365 ok model:KNX IP Router serial:0001deadbeef answers #1",
            "> knx 0x205 connect_request (session) connection_type=4",
            "< knx 0x206 connect_response (session) channel=21 ok answers #3",
            "> knx 0x420/0x80 group_value_write (write) channel=21 source_address=4353 group_address=2563",
            "< knx 0x421 tunnelling_ack (session) channel=21 ok answers #5",
            "> knx 0x420/0x280 memory_write (write) channel=21 source_address=0 individual_address=4355 memory[256+2]",
            "- knx 0x530/0x0 group_value_read (read) source_address=4353 group_address=2563",
            "- knx 0x530/0x380 restart (control) source_address=4353 individual_address=4355",
            "> knx 0x310/0xfc property_read_request (read) channel=22 object=11 property=52",
        ],
    );
}

/// What a key is must not be told; the service is.
#[test]
fn keys_are_not_told() {
    let mut message = None;
    let mut dissector = (ENTRY.create)();
    let octets = bytes("0610 0530 0016 2900 b060 1101 1103 06 43d1 00 deadbeef");
    let input = crate::dissect::Input {
        time: crate::time::Timestamp::ZERO,
        frame: 1,
        sender: Role::Client,
        transport: Transport::Udp,
        bytes: &octets,
        cut: false,
        last: false,
    };
    dissector.parse(&input, &mut |facts| {
        message = Some((facts.operation.name, facts.values.to_vec()));
    });
    assert_eq!(message, Some(("authorize_request", Vec::new())));
}

#[test]
fn unknown_services_are_flagged() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(Role::Client, &bytes("0610 0999 0006"), false);
    flow.offer(
        Role::Client,
        &bytes("0610 0530 0011 2900 b060 1101 1103 01 43ff"),
        false,
    );
    assert!(flow.seen[0].contains("!reserved_code"), "{:?}", flow.seen);
    assert!(flow.seen[1].contains("!reserved_code"), "{:?}", flow.seen);
}

#[test]
fn hostile_input_is_survived() {
    let seeds: Vec<&str> = MESSAGES.iter().map(|m| &m[1..]).collect();
    hostile(&ENTRY, Transport::Udp, &seeds);
}
