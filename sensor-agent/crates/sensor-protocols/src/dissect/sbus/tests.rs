//! Telegrams made after the layouts, each checked with tshark, and what departs from them.

use super::ENTRY;
use crate::dissect::Role;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::observation::Transport;

/// `>` from the client, `<` from the server.
const MESSAGES: &[&str] = &[
    ">0000001001000001000506020064c495",
    "<000000170100000101000000010000000200000003b309",
    ">000000180100000200050e0900640000002a0000002b88cd",
    "<0000000d010000020200006d0d",
    ">0000000d01000003000520ae4e",
    "<00000014010000030144324d313730413500794e",
    ">0000000d0100000400053f1cbd",
    "<0000000d010000040200026ad6",
    ">000000120100000500050d03002007a5cbe3",
    ">000000110100000600051e030010007cfb",
    ">00000012010000070005960300050000116c",
];

#[test]
fn messages_are_told() {
    check(
        &ENTRY,
        Transport::Udp,
        MESSAGES,
        &[
            "> sbus 0x6 read_registers (read) @5 register[100+3]",
            "< sbus 0x6 read_registers (read) register[100+3] ok answers #1",
            "> sbus 0xe write_registers (write) @5 register[100+2]",
            "< sbus 0xe write_registers (write) register[100+2] ok answers #3",
            "> sbus 0x20 read_firmware_version (read) @5",
            "< sbus 0x20 read_firmware_version (read) ok vendor:Saia-Burgess model:D2M17 firmware:0A5 answers #5",
            "> sbus 0x3f stop_procedure_cpu_3 (control) @5",
            "< sbus 0x3f stop_procedure_cpu_3 (control) error 0x2 password answers #7",
            "> sbus 0xd write_outputs (write) @5 output[32+8]",
            "> sbus 0x1e read_user_memory (read) @5 user_memory[4096+4]",
            "> sbus 0x96 read_data_block (read) @5 data_block=5 element=0",
        ],
    );
}

#[test]
fn a_wrong_checksum_is_flagged() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    let mut telegram = bytes(&MESSAGES[0][1..]);
    telegram[10] = 7;
    flow.offer(Role::Client, &telegram, false);
    assert!(flow.seen[0].contains("!bad_checksum"), "{:?}", flow.seen);
}

#[test]
fn codes_without_a_row_are_flagged() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(
        Role::Client,
        &bytes("0000000d 01 00 0009 00 05 f0 0000"),
        false,
    );
    assert!(
        flow.seen[0].contains("unknown (unknown)"),
        "{:?}",
        flow.seen
    );
    assert!(flow.seen[0].contains("!reserved_code"), "{:?}", flow.seen);
}

/// What the controller keeps of its failures is gone after it.
#[test]
fn a_history_that_is_cleared_is_control() {
    let mut telegram = bytes("0000000d 01 00 0009 00 05 6f");
    telegram.extend(super::CHECKSUM.checksum(&telegram).to_be_bytes());
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(Role::Client, &telegram, false);
    assert_eq!(
        flow.seen,
        ["> sbus 0x6f clear_history_failure (control) @5"]
    );
}

#[test]
fn a_response_without_its_request_says_so() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(Role::Server, &bytes(&MESSAGES[1][1..]), false);
    assert!(
        flow.seen[0].contains("0x10000 response (session)"),
        "{:?}",
        flow.seen
    );
}

#[test]
fn hostile_input_is_survived() {
    let seeds: Vec<&str> = MESSAGES.iter().map(|m| &m[1..]).collect();
    hostile(&ENTRY, Transport::Udp, &seeds);
}
