//! Messages made after the layouts, each checked with tshark, and what departs from them.

use super::ENTRY;
use crate::dissect::message::tests::{check, hostile};
use crate::observation::Transport;

/// `>` from the client, `<` from the server.
const MESSAGES: &[&str] = &[
    ">01c00c820001000200000018000001900000000100000007",
    "<01c00d820001000200000018412000000000000100000007",
    ">01c00c83000100020000001900000191010000000100000007",
    "<01c00e83000100020000002806030000000000000000000000000000000000000000000100000007",
    ">01c00c8100010002000000140000000100000007",
    "<01c00d81000100020000007456656e646f7220202020202020202020202020202020202020202020202020204d6f64656c203720202020202020202020202020202020202020202020202020312e3220202020202020202020202020202020202020202020202020202020200000000100000007",
    ">01c00c940001000200000018000000050000000100000007",
    ">018008100000000000000060000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
];

#[test]
fn messages_are_told() {
    check(
        &ENTRY,
        Transport::Udp,
        MESSAGES,
        &[
            "> ff_hse 0x382 read (read) @1 device=2 index=400",
            "< ff_hse 0x382 read (read) @1 device=2 ok answers #1",
            "> ff_hse 0x383 write (write) @1 device=2 index=401",
            "< ff_hse 0x383 write (write) @1 device=2 error 0x603 access answers #3",
            "> ff_hse 0x381 identify (discovery) @1 device=2",
            "< ff_hse 0x381 identify (discovery) @1 device=2 ok vendor:Vendor model:Model 7 firmware:1.2 answers #5",
            "> ff_hse 0x394 stop (control) @1 device=2 index=5",
            "- ff_hse 0x210 device_annunciation (discovery) @0 device=0",
        ],
    );
}

#[test]
fn over_tcp_messages_follow_each_other() {
    let seeds: Vec<&str> = MESSAGES.iter().map(|m| &m[1..]).collect();
    hostile(&ENTRY, Transport::Tcp, &seeds);
}

#[test]
fn hostile_input_is_survived() {
    let seeds: Vec<&str> = MESSAGES.iter().map(|m| &m[1..]).collect();
    hostile(&ENTRY, Transport::Udp, &seeds);
}
