//! Messages made after the layouts, each checked with tshark, and what departs from them.

use super::ENTRY;
use crate::dissect::Role;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::observation::Transport;

/// `>` from the client, `<` from the server.
const MESSAGES: &[&str] = &[
    ">525450530202010f010203040506070809aabbcc090108000000000000000000150540000000100000000000000100c200000000010000000003000050001000010203040506070809aabbcc000001c162000c0006000000706c632d3100000001000000",
    ">5254505302020101010203040506070809aabbcc09010800000000000000000015051c000000100000000000000001020000000001000000000100002a00000007011c0000000000000001020000000001000000000000000100000001000000",
    ">5254505302020101010203040506070809aabbcc15053c000000100000000000000003c200000000010000000003000005000c000700000072742f636d64000007000c0006000000547769737400000001000000",
];

#[test]
fn messages_are_told() {
    check(
        &ENTRY,
        Transport::Udp,
        MESSAGES,
        &[
            "- rtps 0x15/0x100c2 participant_discovery (discovery) guid_prefix=72623859790382856 writer=65730 participant=\"plc-1\" vendor:eProsima",
            "- rtps 0x15 data (event) guid_prefix=72623859790382856 writer=258 vendor:Real-Time Innovations",
            "- rtps 0x7 heartbeat (session) guid_prefix=72623859790382856 writer=258 vendor:Real-Time Innovations",
            "- rtps 0x15/0x3c2 publication_discovery (discovery) guid_prefix=72623859790382856 writer=962 topic=\"rt/cmd\" type=\"Twist\" vendor:Real-Time Innovations",
        ],
    );
}

#[test]
fn many_submessages_are_cut() {
    let mut message = b"RTPS\x02\x02\x01\x01".to_vec();
    message.extend([0; 12]);
    message.extend(bytes("31010400 00000000").repeat(70));
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(Role::Client, &message, false);
    assert_eq!(flow.seen.len(), 64);
    assert!(
        flow.seen[63].ends_with("!limit_reached"),
        "{}",
        flow.seen[63]
    );
}

/// Submessages that are not told must not hide others.
#[test]
fn what_stands_behind_too_much_context_is_flagged() {
    let mut message = b"RTPS\x02\x02\x01\x06".to_vec();
    message.extend([0; 12]);
    message.extend(bytes("01010000").repeat(64));
    message.extend(bytes(&MESSAGES[1][41..]));
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(Role::Client, &message, false);
    assert_eq!(
        flow.seen,
        [
            "- rtps 0x0 no_submessage (session) guid_prefix=0 vendor:Twin Oaks Computing !limit_reached"
        ]
    );
}

#[test]
fn unknown_submessages_are_flagged_and_those_of_vendors_are_not() {
    let mut message = b"RTPS\x02\x02\x01\x01".to_vec();
    message.extend([0; 12]);
    message.extend(bytes("40010400 00000000 80010400 00000000"));
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(Role::Client, &message, false);
    assert!(flow.seen[0].ends_with("!reserved_code"), "{:?}", flow.seen);
    assert!(flow.seen[1].contains("vendor_specific"), "{:?}", flow.seen);
    assert!(!flow.seen[1].contains('!'), "{:?}", flow.seen);
}

#[test]
fn hostile_input_is_survived() {
    // Of one submessage: how many there are is not in the message.
    hostile(&ENTRY, Transport::Udp, &[&MESSAGES[2][1..]]);
}
