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

/// The services that engineering tools download with today, and those of routers: none of them is a read.
#[test]
fn extended_services_are_told_by_their_own_name() {
    let telegram = |apdu: &str| {
        let length = bytes(apdu).len() - 1;
        let total = 6 + 9 + bytes(apdu).len();
        format!(">06100530{total:04x}2900b06011011103{length:02x}{apdu}")
    };
    let messages = [
        "41fb 02 012345 aabb",
        "41d4 0001 001034 0a",
        "41ce 000b 00 1034 01 0001 ff",
        "43d0 01 0100 00 ff",
        "43e7 01 01 0a03",
        "41c1 00 0000",
    ]
    .map(telegram);
    check(
        &ENTRY,
        Transport::Udp,
        &messages.each_ref().map(String::as_str),
        &[
            "- knx 0x530/0x1fb memory_extended_write (write) source_address=4353 individual_address=4355 memory[74565+2]",
            "- knx 0x530/0x1d4 function_property_extended_command (control) source_address=4353 individual_address=4355",
            "- knx 0x530/0x1ce property_extended_value_write_confirmed (config) source_address=4353 individual_address=4355",
            "- knx 0x530/0x3d0 memory_bit_write (write) source_address=4353 individual_address=4355",
            "- knx 0x530/0x3e7 link_write (config) source_address=4353 individual_address=4355",
            "- knx 0x530/0x1c0 adc_response (read) source_address=4353 individual_address=4355",
        ],
    );
}

/// Confirmations by the gateway: of a telegram that went out and one that did not, of a property that may not be
/// written, of a function; the answer to a download that was refused.
#[test]
fn refusals_are_not_told_as_done() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            "<061004200015041501002e00bce011010a03010081",
            "<061004200015041501002e00bde011010a03010081",
            "<06100310001204160000f5000b0134000105",
            "<06100310001104160000f5000b01341001",
            "<06100310001204160000fa000b013401aabb",
            "<0610042000190415010029 00 b060 1103 1101 05 41fc f7 012345",
            "<061009540008 01 00",
        ],
        &[
            "< knx 0x420/0x80 group_value_write (write) channel=21 source_address=4353 group_address=2563 ok",
            "< knx 0x420/0x80 group_value_write (write) channel=21 source_address=4353 group_address=2563 error 0x1 not_sent",
            "< knx 0x310/0xf5 property_write_confirmation (config) channel=22 object=11 property=52 error 0x5 read_only",
            "< knx 0x310/0xf5 property_write_confirmation (config) channel=22 object=11 property=52 ok",
            "< knx 0x310/0xfa function_property_confirmation (read) channel=22 object=11 property=52 error 0x1 refused",
            "< knx 0x420/0x1fc memory_extended_write_response (write) channel=21 source_address=4355 individual_address=4353 memory[74565+0] error 0xf7 refused",
            "- knx 0x954 session_status (auth) error 0x1 authentication_failed",
        ],
    );
}

/// A length that goes beyond the frame must not hide a restart.
#[test]
fn a_telegram_that_claims_more_than_there_is_is_told() {
    check(
        &ENTRY,
        Transport::Udp,
        &[">0610053000112900b06011011103094381"],
        &[
            "- knx 0x530/0x380 restart (control) source_address=4353 individual_address=4355 !truncated",
        ],
    );
}

/// A raw frame may be a write; a function of the device itself; a message code that is not defined.
#[test]
fn other_frames_are_told_as_such() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            ">06100420001504150100 1000 bc11010a03e1008100",
            ">06100310001204160000 f8 000b 01 34 0a 0b 0c",
            ">06100310001a04160000 41 00 000000000000 06 03d7 0b 34 1001 ff",
            ">0610042000150415010077 00 bce011010a03010081",
        ],
        &[
            "> knx 0x420/0x10 raw_frame_request (write) channel=21",
            "> knx 0x310/0xf8 function_property_command (control) channel=22 object=11 property=52",
            "> knx 0x310/0x3d7 property_value_write (config) channel=22 object=11 property=52",
            "> knx 0x420/0x77 unknown (unknown) channel=21 !reserved_code",
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
