//! What needs more than one message: pairing, roles, segments, losses.

use super::{Session, bytes, check};
use crate::dissect::Role;

const READ: &str = "> 0001 0000 0006 01 03 0000 0002";
const ANSWER: &str = "< 0001 0000 0007 01 03 04 0001 0002";

#[test]
fn an_exception_carries_the_range_of_its_request() {
    check(
        &[READ, "< 0001 0000 0003 01 83 02"],
        &[
            "> 3 read_holding_registers (read) holding_register:0+2",
            "< 3 read_holding_registers (read) holding_register:0+2 error 2 illegal_data_address \
             answers #1 after 1 ms",
        ],
    );
}

#[test]
fn a_client_that_sends_an_exception_is_in_the_wrong_role() {
    check(
        &["> 0001 0000 0003 01 81 02"],
        &["> 129 read_coils (read) error 2 illegal_data_address !wrong_role"],
    );
}

#[test]
fn exceptions_that_the_specification_does_not_know() {
    check(
        &[
            "< 0001 0000 0003 01 81 09",
            "< 0002 0000 0002 01 81",
            "< 0003 0000 0004 01 81 06 00",
        ],
        &[
            "< 1 read_coils (read) error 9 unknown !bad_value",
            "< 1 read_coils (read) error 0 missing !truncated !bad_length",
            "< 1 read_coils (read) error 6 server_device_busy !bad_length !trailing_bytes",
        ],
    );
}

#[test]
fn responses_out_of_order_find_their_requests() {
    check(
        &[
            "> 0001 0000 0006 01 01 0000 0008",
            "> 0002 0000 0006 01 03 0010 0001",
            "< 0002 0000 0005 01 03 02 0007",
            "< 0001 0000 0004 01 01 01 ff",
        ],
        &[
            "> 1 read_coils (read) coil:0+8",
            "> 3 read_holding_registers (read) holding_register:16+1",
            "< 3 read_holding_registers (read) holding_register:16+1 =0007 ok answers #2 after 1 ms",
            "< 1 read_coils (read) coil:0+8 =ff ok answers #1 after 3 ms",
        ],
    );
}

#[test]
fn a_byte_count_other_than_the_quantity_needs_is_a_mismatch() {
    check(
        &[READ, "< 0001 0000 0005 01 03 02 0001"],
        &[
            "> 3 read_holding_registers (read) holding_register:0+2",
            "< 3 read_holding_registers (read) holding_register:0+2 =0001 ok \
             answers #1 after 1 ms !mismatch",
        ],
    );
}

#[test]
fn another_function_unit_or_echo_is_a_mismatch() {
    check(
        &[
            READ,
            "< 0001 0000 0004 01 01 01 00",
            READ,
            "< 0001 0000 0007 02 03 04 0001 0002",
            "> 0001 0000 0006 01 06 0001 0002",
            "< 0001 0000 0006 01 06 0001 0003",
        ],
        &[
            "> 3 read_holding_registers (read) holding_register:0+2",
            "< 1 read_coils (read) =00 ok answers #1 after 1 ms !mismatch",
            "> 3 read_holding_registers (read) holding_register:0+2",
            "< 3 read_holding_registers (read) holding_register:0+2 =00010002 ok \
             answers #3 after 1 ms !mismatch",
            "> 6 write_single_register (write) holding_register:1+1 =0002",
            "< 6 write_single_register (write) holding_register:1+1 =0003 ok \
             answers #5 after 1 ms !mismatch",
        ],
    );
}

#[test]
fn a_response_without_request_is_unsolicited_only_where_all_requests_were_seen() {
    let after = |first: &[&str]| {
        let mut session = Session::new();
        for message in first.iter().chain(&[ANSWER]) {
            let sender = if message.starts_with('>') {
                Role::Client
            } else {
                Role::Server
            };
            session.segment(sender, &bytes(&message[1..]), false);
        }
        session.seen.pop().unwrap().contains("!unsolicited")
    };
    assert!(
        !after(&[]),
        "the capture may have started after the request"
    );
    assert!(after(&[READ, ANSWER]), "answered twice");
}

#[test]
fn a_lost_request_excuses_its_response() {
    let mut session = Session::new();
    session.segment(Role::Client, &bytes(&READ[1..]), false);
    session.segment(Role::Server, &bytes(&ANSWER[1..]), false);
    session.gap(Role::Client, 100);
    session.segment(Role::Server, &bytes(&ANSWER[1..]), false);
    assert!(
        !session.seen[2].contains("!unsolicited"),
        "{:?}",
        session.seen
    );
}

/// `iti_modbus_test.pcap`, frames 68 to 72: three writes under one identifier, answered in order.
#[test]
fn an_identifier_used_again_at_once_is_answered_in_order() {
    check(
        &[
            "> 01f8 0000 0006 07 06 0004 09c4",
            "> 01f8 0000 0006 07 06 0004 0000",
            "< 01f8 0000 0006 07 06 0004 09c4",
            "< 01f8 0000 0006 07 06 0004 0000",
        ],
        &[
            "> 6 write_single_register (write) holding_register:4+1 =09c4",
            "> 6 write_single_register (write) holding_register:4+1 =0000",
            "< 6 write_single_register (write) holding_register:4+1 =09c4 ok answers #1 after 2 ms",
            "< 6 write_single_register (write) holding_register:4+1 =0000 ok answers #2 after 2 ms",
        ],
    );
}

#[test]
fn an_identifier_used_again_later_ends_the_older_request() {
    let mut session = Session::new();
    session.segment(
        Role::Client,
        &bytes("0000 0000 0006 01 01 0000 0008"),
        false,
    );
    session.frame = 1000;
    session.segment(
        Role::Client,
        &bytes("0000 0000 0006 01 01 0009 0008"),
        false,
    );
    let answer = bytes("0000 0000 0004 01 01 01 00");
    session.segment(Role::Server, &answer, false);
    session.segment(Role::Server, &answer, false);
    assert_eq!(
        session.seen[2..],
        [
            "< 1 read_coils (read) coil:9+8 =00 ok answers #1001 after 1 ms",
            // Late, not unsolicited: the request given up has its answer.
            "< 1 read_coils (read) =00 ok",
        ]
    );
}

#[test]
fn more_open_requests_than_the_window_show() {
    let mut session = Session::new();
    for transaction in 0..=crate::limits::MODBUS_OPEN_REQUESTS {
        let id = u16::try_from(transaction).unwrap().to_be_bytes();
        let mut request = id.to_vec();
        request.extend(bytes("0000 0006 01 03 0000 0001"));
        session.segment(Role::Client, &request, false);
    }
    let flagged: Vec<bool> = session
        .seen
        .iter()
        .map(|line| line.contains("!limit_reached"))
        .collect();
    assert_eq!(flagged.iter().filter(|f| **f).count(), 1);
    assert_eq!(flagged.last(), Some(&true));
}

#[test]
fn values_out_of_range_are_flagged() {
    check(
        &[
            "> 0001 0000 0006 01 01 0000 07d1",
            "> 0002 0000 0006 01 03 0000 0000",
            "> 0003 0000 0006 01 04 ffff 0002",
            "> 0004 0000 0006 01 05 0000 0001",
            "> 0005 0000 0008 01 0f 0000 0004 02 0900",
        ],
        &[
            "> 1 read_coils (read) coil:0+2001 !bad_value",
            "> 3 read_holding_registers (read) holding_register:0+0 !bad_value",
            "> 4 read_input_registers (read) input_register:65535+2 !bad_value",
            "> 5 write_single_coil (write) coil:0+1 =0001 !bad_value",
            "> 15 write_multiple_coils (write) coil:0+4 =09 !bad_length",
        ],
    );
}

#[test]
fn several_messages_in_one_segment_and_one_over_many() {
    let mut whole = bytes(&READ[1..]);
    whole.extend(bytes("0002 0000 0006 01 01 0000 0008"));
    let mut one = Session::new();
    one.segment(Role::Client, &whole, false);
    let mut many = Session::new();
    for octet in &whole {
        many.segment(Role::Client, &[*octet], false);
    }
    assert_eq!(one.seen.len(), 2);
    assert_eq!(one.seen, many.seen);
}

#[test]
fn after_a_gap_the_next_message_is_found() {
    let mut session = Session::new();
    session.segment(Role::Server, &bytes(&ANSWER[1..]), false);
    session.segment(Role::Server, &bytes("0002 0000 0023 01 03 20 0101"), false);
    session.gap(Role::Server, 100);
    let mut rest = bytes("0505 0606 0707 0808");
    rest.extend(bytes(&ANSWER[1..]));
    session.segment(Role::Server, &rest, false);
    assert_eq!(session.seen.len(), 2, "{:?}", session.seen);
    assert_eq!(session.seen[0], session.seen[1]);
}

/// The length in the header tells where the message ends, whatever stands in its other half.
#[test]
fn a_loss_inside_a_message_does_not_hide_the_next_one() {
    let looks_like_a_header = bytes("0001 0000 0006 01 03 0000 0002");
    for lost in [2, 4] {
        let mut session = Session::new();
        session.segment(Role::Server, &bytes("0002 0000 0013 01 03 10"), false);
        session.gap(Role::Server, lost);
        let mut rest = looks_like_a_header.clone();
        rest.extend(vec![0; usize::try_from(4 - lost).unwrap()]);
        rest.extend(bytes(&ANSWER[1..]));
        session.segment(Role::Server, &rest, false);
        let expected = "< 3 read_holding_registers (read) =00010002 ok";
        assert_eq!(session.seen, [expected]);
    }
}

/// `zeek_fuzz_72.pcap`, frame 9: function 35 is reserved, but the message fills its segment.
#[test]
fn after_a_gap_a_message_with_a_reserved_code_is_found() {
    let mut session = Session::new();
    session.segment(Role::Client, &bytes(&READ[1..]), false);
    session.gap(Role::Client, 100);
    session.segment(
        Role::Client,
        &bytes("0000 0000 0006 01 23 0000 0000"),
        false,
    );
    assert_eq!(session.seen.len(), 2, "{:?}", session.seen);
}

#[test]
fn a_wrong_protocol_identifier_is_reported_with_the_message() {
    check(
        &[READ, "> 0002 0001 0006 01 03 0000 0002"],
        &[
            "> 3 read_holding_registers (read) holding_register:0+2",
            "> 3 read_holding_registers (read) holding_register:0+2 protocol_identifier:1 \
             !bad_version",
        ],
    );
}

/// `quickdraw_modbus_part1.pcap`, frame 76: a length field of 34820.
#[test]
fn a_length_that_no_message_has_is_reported() {
    check(
        &["> 0001 0000 8804 0507 0809 1000 0100 0088 0405 0708"],
        &["> 0 unframed_bytes (unknown) =0001000088040507080910000100008804050708 !bad_length"],
    );
}

#[test]
fn another_protocol_is_left_alone() {
    let mut session = Session::new();
    session.segment(Role::Client, b"GET / HTTP/1.1\r\nHost: plc\r\n\r\n", false);
    assert!(session.ended);
    assert!(session.seen.is_empty());
}

#[test]
fn other_bytes_between_messages_are_reported_and_passed_over() {
    let mut data = bytes(&READ[1..]);
    data.extend(b"GET / HTTP/1.1\r\n");
    data.extend(bytes("0002 0000 0006 01 01 0000 0008"));
    let mut session = Session::new();
    session.segment(Role::Client, &data, false);
    assert_eq!(
        session.seen,
        [
            "> 3 read_holding_registers (read) holding_register:0+2",
            "> 0 unframed_bytes (unknown) =474554202f20485454502f312e310d0a !bad_version",
            "> 1 read_coils (read) coil:0+8",
        ]
    );
}

#[test]
fn a_message_that_the_connection_did_not_finish_is_reported() {
    let mut session = Session::new();
    session.segment(Role::Client, &bytes("0001 0000 0006 01 03 00"), true);
    assert_eq!(
        session.seen,
        ["> 0 incomplete_message (unknown) =000100000006010300 !truncated"]
    );
}
