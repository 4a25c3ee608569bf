//! Messages in chunks, sequence numbers, and what follows a loss.

use super::{Session, chunk, seed};
use crate::dissect::Role;

#[test]
fn a_message_in_chunks_is_told_with_its_last_one() {
    let mut session = Session::open();
    let body = &seed("WriteRequest").body;
    let (first, rest) = body.split_at(50);
    let (second, third) = rest.split_at(30);
    session.segment(Role::Client, &chunk(*b"MSGC", 2, 2, first), false);
    session.segment(Role::Client, &chunk(*b"MSGC", 3, 2, second), false);
    session.segment(Role::Client, &chunk(*b"MSGF", 4, 2, third), false);
    session.segment(Role::Server, &seed("WriteResponse").chunk(2, 2), false);
    assert_eq!(
        session.seen,
        [
            "> 65540 message_chunk (session)/67",
            "> 65540 message_chunk (session)/67",
            "> 673 write (write) ns=2;s=Pump.Speed ns=2;i=5 attribute=4 +98",
            "< 673 write (write) ok answers #7",
        ]
    );
}

#[test]
fn an_aborted_message_tells_why() {
    let mut session = Session::open();
    session.segment(Role::Client, &seed("BrowseRequest").chunk(2, 2), false);
    session.segment(Role::Server, &chunk(*b"MSGC", 2, 2, &[1; 40]), false);
    let why = [
        &0x80b9_0000_u32.to_le_bytes()[..],
        &3_u32.to_le_bytes(),
        b"big",
    ]
    .concat();
    session.segment(Role::Server, &chunk(*b"MSGA", 3, 2, &why), false);
    assert_eq!(
        session.seen[1..],
        [
            "< 65540 message_chunk (session)/67",
            "< 65541 abort (session)/65 reason=\"big\" error 0x80b90000 BadResponseTooLarge answers #5",
        ]
    );
    assert!(session.opcua.pairing_is_empty());
}

/// Chunks of two messages mixed: the first is given up.
#[test]
fn chunks_of_another_message_are_out_of_sequence() {
    let mut session = Session::open();
    session.segment(
        Role::Client,
        &chunk(*b"MSGC", 2, 2, &seed("WriteRequest").body[..40]),
        false,
    );
    session.segment(Role::Client, &seed("ReadRequest").chunk(3, 3), false);
    assert!(session.last().contains(" read ") && session.last().ends_with("!out_of_sequence"));
}

#[test]
fn sequence_numbers_follow_by_one_and_wrap_near_the_end() {
    let ask = seed("ReadRequest");
    for (before, number, follows) in [
        (5_u32, 6_u32, true),
        (5, 5, false),
        (5, 7, false),
        (u32::MAX, 0, true),
        (u32::MAX - 1000, 17, true),
        (u32::MAX - 2000, 17, false),
        (u32::MAX - 1000, 1024, false),
    ] {
        let mut session = Session::default();
        session.segment(Role::Client, &ask.chunk(before, 2), false);
        session.segment(Role::Client, &ask.chunk(number, 3), false);
        let flagged = session.last().contains("!out_of_sequence");
        assert_eq!(flagged, !follows, "{before} then {number}");
    }
}

/// Segments that were not captured are no fault of the sender.
#[test]
fn after_a_loss_the_next_chunk_is_found_and_nobody_is_blamed() {
    let mut session = Session::open();
    let ask = seed("ReadRequest");
    session.segment(Role::Client, &ask.chunk(2, 2)[..60], false);
    session.gap(Role::Client, 1000);
    let middle = [&[0x4d_u8; 30][..], &ask.chunk(9, 9)].concat();
    session.segment(Role::Client, &middle, false);
    session.segment(Role::Server, &seed("ReadResponse").chunk(2, 8), false);
    session.segment(Role::Server, &seed("ReadResponse").chunk(3, 9), false);
    assert_eq!(session.seen.len(), 3, "{:?}", session.seen);
    assert!(
        session.seen.iter().all(|line| !line.contains('!')),
        "{:?}",
        session.seen
    );
    assert!(session.last().contains("answers #"));
}

/// Chunks whose beginning was lost are dropped until a message begins.
#[test]
fn the_rest_of_a_message_whose_start_was_lost_is_not_taken_for_one() {
    let mut session = Session::open();
    let body = &seed("WriteRequest").body;
    session.segment(Role::Client, &chunk(*b"MSGC", 2, 2, &body[..60]), false);
    session.gap(Role::Client, 10);
    session.segment(Role::Client, &chunk(*b"MSGF", 4, 2, &body[90..]), false);
    session.segment(Role::Client, &seed("ReadRequest").chunk(5, 3), false);
    assert_eq!(
        session.seen,
        [
            "> 65540 message_chunk (session)/67",
            "> 65540 message_chunk (session)/70",
            "> 631 read (read) ns=2;s=Pump.Speed i=2260 ns=2;i=5 attribute=3",
        ]
    );
}
