//! Messages of `malware/tricotools_triton_exec.pcap`, and what departs from them.

use super::ENTRY;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

/// Frames 1, 3, 5, 7, 11 and 12, and the answer to a request to run.
const CONNECT: &str = "0100000001fc";
const CONNECTED: &str = "0200000001b8";
const GET_STATUS: &str = "05000a0000001300000027000a005010";
const UPLOAD: &str = "0500120000004103000066001200020000000000 00002431";
const REFUSED: &str = "05000c0001016404000052010c00d0002829";

#[test]
fn a_channel_is_opened_and_a_command_refused() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            &format!(">{CONNECT}"),
            &format!("<{CONNECTED}"),
            &format!(">{GET_STATUS}"),
            ">050012000000410400006c0012000300000000000000aaf7",
            &format!("<{REFUSED}"),
        ],
        &[
            "> tristation 0x10001 connect_request (session)",
            "< tristation 0x10002 connect_reply (session) ok answers #1",
            "> tristation 0x13 get_cp_status (read)",
            "> tristation 0x41 upload_program (program) program=3 block=0",
            "< tristation 0x41 upload_program (program) error 0xd0 network_is_out_of_range answers #4",
        ],
    );
}

#[test]
fn checksums_are_checked() {
    for (message, wrong) in [
        ("05000a0000001300000027000a005011", true),
        ("05000a000000130000002700 0a005010", false),
    ] {
        let mut flow = Flow::new(&ENTRY, Transport::Udp);
        flow.offer(Role::Client, &bytes(message), false);
        assert_eq!(
            flow.seen[0].contains("!bad_checksum"),
            wrong,
            "{:?}",
            flow.seen
        );
    }
}

#[test]
fn on_another_port_everything_has_to_fit() {
    let probed = |octets: &[u8]| {
        (ENTRY.probe)(&ProbeInput {
            bytes: octets,
            transport: Transport::Udp,
            hinted: false,
            sender: None,
        })
    };
    let whole = bytes(GET_STATUS);
    assert_eq!(probed(&whole), Probe::Recognised(Some(Role::Client)));
    for bit in 0..whole.len() * 8 {
        let mut bent = whole.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(probed(&bent), Probe::Unrecognised, "bit {bit}");
    }
    assert_eq!(
        probed(&bytes(CONNECT)),
        Probe::Unrecognised,
        "too little to be sure"
    );
}

#[test]
fn commands_of_the_other_end_and_without_a_row_are_flagged() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(
        Role::Server,
        &bytes("05000a0001001300000028000a000000"),
        false,
    );
    flow.offer(
        Role::Client,
        &bytes("05000a0000004b0000005f000a000000"),
        false,
    );
    assert!(flow.seen[0].contains("!wrong_role"), "{:?}", flow.seen);
    assert!(
        flow.seen[1].contains("unknown (unknown)"),
        "{:?}",
        flow.seen
    );
    assert!(flow.seen[1].contains("!reserved_code"), "{:?}", flow.seen);
}

/// A Modbus message may write; a command that nobody knows may be a refusal.
#[test]
fn what_may_write_and_what_may_refuse_is_not_told_as_read_and_ok() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(
        Role::Client,
        &bytes("05000a0000002900000001000a000000"),
        false,
    );
    flow.offer(
        Role::Server,
        &bytes("05000a0001007300000001000a000000"),
        false,
    );
    assert!(
        flow.seen[0].contains("process_modbus (write)"),
        "{:?}",
        flow.seen
    );
    assert!(
        flow.seen[1].contains("unknown (unknown) answers #1"),
        "{:?}",
        flow.seen
    );
}

/// Frame 5 with a length that goes beyond the datagram: a halt of the program.
#[test]
fn a_command_that_claims_more_than_there_is_is_told() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(
        Role::Client,
        &bytes("05000c0000001500000027000a005010"),
        false,
    );
    assert_eq!(
        flow.seen,
        ["> tristation 0x15 halt_program (control) !truncated"]
    );
}

/// The first message that is seen may be the answer.
#[test]
fn messages_of_the_channel_tell_who_sends_them() {
    for (message, role) in [(CONNECT, Role::Client), (CONNECTED, Role::Server)] {
        let octets = bytes(message);
        let probed = (ENTRY.probe)(&ProbeInput {
            bytes: &octets,
            transport: Transport::Udp,
            hinted: true,
            sender: None,
        });
        assert_eq!(probed, Probe::Recognised(Some(role)), "{message}");
    }
}

#[test]
fn hostile_input_is_survived() {
    hostile(
        &ENTRY,
        Transport::Udp,
        &[CONNECT, CONNECTED, GET_STATUS, UPLOAD, REFUSED],
    );
}
