//! Datagrams of ICSNPP's capture of BSAP over IP, a write made after the layout, and what departs from them.

use super::ENTRY;
use crate::dissect::Role;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::observation::Transport;

/// `>` from the client, `<` from the server.
const MESSAGES: &[&str] = &[
    ">0e0001000600834b0000744b00006d0000000c834b0000a0000403d0010f074047562e445331004047562e53797374656d53687574446f776e004047562e54616e6b32427970617373004047562e54616e6b31427970617373004047562e4d616e75616c537769746368004047562e415334004047562e41533400",
    ">0e0001000600844b0000744b0000390000000c844b0000a0000403d0010f054047562e415333004047562e415333004047562e415332004047562e415332004047562e44533200",
    "<0e0002000500754b0000844b00003b0000000c834b000000070000040024770000140024770000130024770000120024770001110024770220d282be060024770220d282be06002477350000000c844b000000050282df82be030024770282df82be03002477020000a04200002477020000a04200002477000005002477",
    ">0e000000000000000000754b0000",
];

/// Octet 7 into the signal `@GV.DO1`.
const WRITE: &str =
    "0e00010006001000 00000f000000 17000000 0c 10000000 a0 00 84 0f 01 404756 2e444f3100 07";

#[test]
fn messages_are_told() {
    check(
        &ENTRY,
        Transport::Udp,
        MESSAGES,
        &[
            "> bsap 0x4 read_signal_by_name (read) \"@GV.DS1\" \"@GV.SystemShutDown\" \"@GV.Tank2Bypass\" \"@GV.Tank1Bypass\" \"@GV.ManualSwitch\" \"@GV.AS4\" \"@GV.AS4\"",
            "> bsap 0x4 read_signal_by_name (read) \"@GV.AS3\" \"@GV.AS3\" \"@GV.AS2\" \"@GV.AS2\" \"@GV.DS2\"",
            "< bsap 0x4 read_signal_by_name (read) ok answers #1",
            "< bsap 0x4 read_signal_by_name (read) ok answers #2",
            "- bsap 0x20000 poll (session)",
        ],
    );
}

#[test]
fn a_signal_is_written_and_the_write_refused() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            &format!(">{WRITE}"),
            "<0e000100050011000000 10000000 0b000000 0c 10000000 04 00",
        ],
        &[
            "> bsap 0x84 write_signal_by_name (write) \"@GV.DO1\"",
            "< bsap 0x84 write_signal_by_name (write) error 0x4 refused answers #1",
        ],
    );
}

/// Frames 121 and 122 of the capture: octet 0AH into signal 11H; then two signals at once.
#[test]
fn signals_are_written_by_address() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            ">0e00010006009e4b00008e4b0000130000000c9e4b0000a0008024770f0111000a",
            "<0e00010005008f4b00009e4b00000b0000000c9e4b00000000",
            ">0e00010006009f4b00008f4b0000160000000c9f4b0000a0008024770f0211000a12000b",
            ">0e0001000600a04b0000904b00000d0000000ca04b0000a1000101",
        ],
        &[
            "> bsap 0x80 write_signal_by_address (write) signal=17",
            "< bsap 0x80 write_signal_by_address (write) ok answers #1",
            "> bsap 0x80 write_signal_by_address (write) signal=17 signals=2",
            "> bsap 0x100a1/0x101 remote_data_base_extension (control)",
        ],
    );
}

/// A length that goes beyond the datagram must not hide what the message does.
#[test]
fn a_write_that_claims_more_than_there_is_is_told() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(
        Role::Client,
        &bytes("0e00010006009e4b00008e4b0000150000000c9e4b0000a0008024770f0111000a"),
        false,
    );
    assert_eq!(
        flow.seen[0],
        "> bsap 0x80 write_signal_by_address (write) signal=17 !truncated"
    );
}

#[test]
fn a_length_that_does_not_count_itself_is_flagged() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(
        Role::Client,
        &bytes("0e000100060010000000 0f000000 02000000"),
        false,
    );
    assert!(flow.seen[0].contains("!bad_length"), "{:?}", flow.seen);
}

#[test]
fn hostile_input_is_survived() {
    let seeds: Vec<&str> = MESSAGES.iter().map(|m| &m[1..]).chain([WRITE]).collect();
    hostile(&ENTRY, Transport::Udp, &seeds);
}
