//! Blocks made after the published layouts, and what departs from them. No tool here knows the protocol: there is
//! nothing to check them with.

use super::ENTRY;
use crate::dissect::Role;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::observation::Transport;

/// `>` from the client, `<` from the server.
const MESSAGES: &[&str] = &[
    ">000117e818000000c56b40030000000002c2000401000000",
    "<000117e86d000000c56b40040000000080c200040100000004000100000005000f00020000100100000000000a100503000000000300000050004c0043002d003700000043004f0044004500530059005300200043006f006e00740072006f006c000000330053000000533031",
    ">000117e824000000c56b404000000000c3000101000000000900000000401f0005000000",
    "<000117e828000000c56b4040000000008300010100000000090000000000210000401f0004000000",
    ">000117e857000000c56b404000000000018121000100000000000000330000000000000055cd0c0001000200000000002300000022040100000081011a100661646d696e00111030313233343536373839616263646566",
    "<000117e83b000000c56b404000000000010121000100000000000000170000000000000055cd0c0081000200000000000700000082010420021900",
    ">000117e837000000c56b404000000000018121000100000000000000130000000000000055cd0c00020011003412000003000000110101",
    "<000117e834000000c56b404000000000010121000100000000000000100000000000000055cd0c00820011003412000000000000",
    ">000117e834000000c56b404000000000018121000100000000000000100000000000000055cd0c00020005003412000000000000",
    ">000117e81f000000c56b404000000000018021000200000000000000010203",
    ">000117e818000000c56b4040000000000280210002000000",
    ">000117e814000000c56b40400000000003002100",
    ">000117e81c000000c56b404000000000c40001010000000021000000",
];

#[test]
fn messages_are_told() {
    check(
        &ENTRY,
        Transport::Tcp,
        MESSAGES,
        &[
            "> codesys 0x2c202 resolve_name (discovery)",
            "< codesys 0x2c280 device_information (discovery) ok vendor:3S model:CODESYS Control firmware:3.5.16.10 serial:S01 hostname:PLC-7 answers #1",
            "> codesys 0x100c3 open_channel (session)",
            "< codesys 0x10083 channel_opened (session) channel=33 ok answers #3",
            "> codesys 0x1/0x2 login (auth) channel=33 user=\"admin\" password_hash=1",
            "< codesys 0x1/0x2 login (auth) channel=33 error 0x19 refused answers #5",
            "> codesys 0x2/0x11 stop (control) channel=33 session=4660",
            "< codesys 0x2/0x11 stop (control) channel=33 session=4660 answers #7",
            "> codesys 0x2/0x5 download (program) channel=33 session=4660",
            "- codesys 0x10001 continued_block (session) channel=33",
            "- codesys 0x10002 acknowledge (session) channel=33",
            "- codesys 0x10003 keep_alive (session) channel=33",
            "- codesys 0x100c4 close_channel (session) channel=33",
        ],
    );
}

/// Without the header of the block driver.
#[test]
fn over_udp_there_is_no_block() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    let datagram = bytes("c56b40030000 0000 02c20004 01000000");
    flow.offer(Role::Client, &datagram, false);
    assert_eq!(flow.seen, ["> codesys 0x2c202 resolve_name (discovery)"]);
}

#[test]
fn a_password_is_never_told() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &bytes(&MESSAGES[4][1..]), false);
    assert!(
        flow.seen[0].contains("user=\"admin\" password_hash=1"),
        "{:?}",
        flow.seen
    );
    assert!(!flow.seen[0].contains("0123"), "{:?}", flow.seen);
}

/// A login that went well says so; where a secured one has its result nobody knows.
#[test]
fn only_a_result_that_is_read_is_told() {
    let mut done = bytes(&MESSAGES[5][1..]);
    let last = done.len();
    done[last - 2..].copy_from_slice(&[0, 0]);
    let mut secured = bytes(&MESSAGES[5][1..]);
    let at = secured.windows(2).position(|two| two == [0x55, 0xcd]);
    secured[at.unwrap()..][..2].copy_from_slice(&[0x57, 0x75]);
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Server, &done, false);
    flow.offer(Role::Server, &secured, false);
    assert_eq!(
        flow.seen,
        [
            "< codesys 0x1/0x2 login (auth) channel=33 ok",
            "< codesys 0x1/0x2 login (auth) channel=33",
        ]
    );
}

#[test]
fn hostile_input_is_survived() {
    let seeds: Vec<&str> = MESSAGES.iter().map(|m| &m[1..]).collect();
    hostile(&ENTRY, Transport::Tcp, &seeds);
}
