//! Exchanges of named captures, and departures made from them.

use super::{Session, bytes, check};
use crate::dissect::Role;

/// `zeek_iec104_first.pcap`, frames 4 to 12.
#[test]
fn a_connection_starts_and_is_interrogated() {
    check(
        &[
            "> 6804 43000000",
            "< 6804 83000000",
            "> 6804 07000000",
            "< 6804 0b000000",
            "> 680e 0000 0000 6401 0600 0a00 000000 14",
            "< 680e 0000 0000 4601 0400 0a00 000000 00",
            "< 680e 0200 0200 6401 0700 0a00 000000 14",
            "< 681a 0400 0200 0104 1400 0a00 010000 00 020000 00 030000 00 040000 00",
            "> 6804 0100 0600",
        ],
        &[
            "> 528 TESTFR act (session)",
            "< 544 TESTFR con (session) ok answers #1 after 1 ms",
            "> 513 STARTDT act (session)",
            "< 514 STARTDT con (session) ok answers #3 after 1 ms",
            "> 100 C_IC_NA_1 (read) activation @10 =14",
            "- 70 M_EI_NA_1 (event) initialised @10 =00",
            "< 100 C_IC_NA_1 (read) activation_confirmation @10 =14 ok answers #5 after 2 ms",
            "< 1 M_SP_NA_1 (read) interrogated_by_station @10 1+4 \
             =01000000020000000300000004000000 ok answers #5 after 3 ms",
            "- 256 S-format acknowledgement (session)",
        ],
    );
}

/// `iti_test_dissect_malformed.pcap`, frame 110: a sequence of nine.
#[test]
fn a_sequence_has_one_address() {
    check(
        &["< 6816 0400 0200 0189 1400 0d91 1a2700 d0808080c080808080"],
        &["< 1 M_SP_NA_1 (read) interrogated_by_station @37133 10010+9 =d0808080c080808080 ok"],
    );
}

/// `iti_090813_diverse.pcap`, frames 25 to 33: select before operate, then termination.
#[test]
fn a_command_is_selected_executed_and_terminated() {
    check(
        &[
            "> 680e 2c00 a200 2d01 0600 0300 941100 81",
            "< 680e a200 2e00 2d01 0700 0300 941100 81",
            "> 680e 2e00 a400 2d01 0600 0300 941100 01",
            "< 680e a400 3000 2d01 0700 0300 941100 01",
            "< 680e a600 3000 2d01 0a00 0300 941100 01",
        ],
        &[
            "> 45 C_SC_NA_1 select (write) activation select @3 4500+1 =81",
            "< 45 C_SC_NA_1 select (write) activation_confirmation select @3 4500+1 =81 ok \
             answers #1 after 1 ms",
            "> 45 C_SC_NA_1 (write) activation @3 4500+1 =01",
            "< 45 C_SC_NA_1 (write) activation_confirmation @3 4500+1 =01 ok \
             answers #3 after 1 ms",
            "< 45 C_SC_NA_1 (write) activation_termination @3 4500+1 =01 ok \
             answers #3 after 2 ms",
        ],
    );
}

/// `iti_090813_diverse.pcap`, frames 9, 13, 15 and 17: the confirmation has a time tag of its own.
/// The controlling station counts years from 1900, which the standard does not allow.
#[test]
fn a_time_tag_is_not_compared() {
    check(
        &[
            "> 6815 2800 9c00 3a01 0600 0300 951100 81 080017130d086d",
            "> 6815 2a00 9c00 3a01 0600 0300 951100 01 080017130d086d",
            "< 6815 9c00 2c00 3a01 0700 0300 951100 81 080017130d0809",
            "< 6815 9e00 2c00 3a01 0700 0300 951100 01 080017130d0809",
        ],
        &[
            "> 58 C_SC_TA_1 select (write) activation select @3 4501+1 =81080017130d086d !bad_value",
            "> 58 C_SC_TA_1 (write) activation @3 4501+1 =01080017130d086d !bad_value",
            "< 58 C_SC_TA_1 select (write) activation_confirmation select @3 4501+1 \
             =81080017130d0809 ok answers #1 after 2 ms",
            "< 58 C_SC_TA_1 (write) activation_confirmation @3 4501+1 =01080017130d0809 ok \
             answers #2 after 2 ms",
        ],
    );
}

/// `iti_test_dissect_malformed.pcap`, frames 117 and 118, and 133 and 134: with the test bit.
#[test]
fn a_negative_confirmation_refuses() {
    check(
        &[
            "> 680e 0200 0a00 2e01 0601 0d91 983a00 82",
            "< 680e 0a00 0400 2e01 4701 0d91 983a00 82",
        ],
        &[
            "> 46 C_DC_NA_1 select (write) activation select @37133 15000+1 =82",
            "< 46 C_DC_NA_1 select (write) activation_confirmation negative select @37133 15000+1 \
             =82 error 7 negative_activation_confirmation answers #1 after 1 ms",
        ],
    );
    check(
        &[
            "> 680e 0800 1400 2d01 8602 0d91 ce5600 81",
            "< 680e 1400 0a00 2d01 c702 0d91 ce5600 81",
        ],
        &[
            "> 45 C_SC_NA_1 select (write) activation test select @37133 22222+1 =81",
            "< 45 C_SC_NA_1 select (write) activation_confirmation negative test select @37133 \
             22222+1 =81 error 7 negative_activation_confirmation answers #1 after 1 ms",
        ],
    );
}

/// The same capture, frame 136: P/N set in a command.
#[test]
fn a_command_cannot_be_negative() {
    check(
        &["> 680e 0a00 1600 2d01 4603 0d91 358200 81"],
        &[
            "> 45 C_SC_NA_1 select (write) activation negative select @37133 33333+1 =81 \
             !bad_value",
        ],
    );
}

/// The same capture, frames 139 and 140: the confirmation of a clock need not repeat the time.
#[test]
fn a_clock_is_set() {
    check(
        &[
            "> 6814 0c00 1600 6701 0604 0d91 000000 c83239081d0808",
            "< 6814 1600 0e00 6701 0704 0d91 000000 d13239081d0808",
        ],
        &[
            "> 103 C_CS_NA_1 (config) activation @37133 =c83239081d0808",
            "< 103 C_CS_NA_1 (config) activation_confirmation @37133 =d13239081d0808 ok \
             answers #1 after 1 ms",
        ],
    );
}

/// `zeek_iec104_first.pcap`, frames 94 and 95: the controlled station tests, which does not make a
/// server of the other one.
#[test]
fn either_station_tests_the_connection() {
    check(
        &["< 6804 43000000", "> 6804 83000000", "> 6804 83000000"],
        &[
            "- 528 TESTFR act (session)",
            "- 544 TESTFR con (session) answers #1 after 1 ms",
            "- 544 TESTFR con (session) !unsolicited",
        ],
    );
}

#[test]
fn a_confirmation_that_says_another_value_contradicts_its_command() {
    check(
        &[
            "> 680e 0000 0000 2d01 0600 0300 941100 01",
            "< 680e 0000 0200 2d01 0700 0300 941100 00",
        ],
        &[
            "> 45 C_SC_NA_1 (write) activation @3 4500+1 =01",
            "< 45 C_SC_NA_1 (write) activation_confirmation @3 4500+1 =00 ok \
             answers #1 after 1 ms !mismatch",
        ],
    );
}

/// Once a command was answered, what answers nothing was not asked for; a loss takes that back.
#[test]
fn a_confirmation_without_a_command_is_unsolicited() {
    let confirmation = bytes("680e 0000 0000 2d01 0700 0300 951100 01");
    let last = |session: &Session| session.seen.last().unwrap().contains("!unsolicited");
    let mut session = Session::default();
    session.segment(Role::Server, &confirmation, false);
    assert!(!last(&session), "the capture may have missed the command");
    let command = bytes("680e 0000 0200 2d01 0600 0300 951100 01");
    session.segment(Role::Client, &command, false);
    session.segment(Role::Server, &confirmation, false);
    assert!(!last(&session));
    session.segment(Role::Server, &confirmation, false);
    assert!(last(&session));
    session.gap(Role::Client, 16);
    session.segment(Role::Server, &confirmation, false);
    assert!(!last(&session));
}

#[test]
fn a_station_that_does_not_know_what_is_asked_refuses() {
    check(
        &[
            "> 680d 0000 0000 6601 0500 0300 951100",
            "< 680d 0000 0200 6601 6f00 0300 951100",
            "> 680d 0200 0200 6601 0500 0300 961100",
            "< 6812 0200 0400 0d01 0500 0300 961100 0000404100",
        ],
        &[
            "> 102 C_RD_NA_1 (read) request @3 4501+1",
            "< 102 C_RD_NA_1 (read) unknown_information_object_address negative @3 4501+1 \
             error 47 unknown_information_object_address answers #1 after 1 ms",
            "> 102 C_RD_NA_1 (read) request @3 4502+1",
            "< 13 M_ME_NC_1 (read) request @3 4502+1 =0000404100 ok answers #3 after 1 ms",
        ],
    );
}

/// 101, 7.2.3: counters are asked for in general or by group.
#[test]
fn counters_answer_their_interrogation() {
    check(
        &[
            "> 680e 0000 0000 6501 0600 ffff 000000 05",
            "< 680e 0000 0200 6501 0700 0300 000000 05",
            "< 6812 0200 0200 0f01 2500 0300 010000 2a00000000",
            "< 6812 0400 0200 0f01 2600 0300 010000 2a00000000",
        ],
        &[
            "> 101 C_CI_NA_1 (read) activation @65535 =05",
            "< 101 C_CI_NA_1 (read) activation_confirmation @3 =05 ok answers #1 after 1 ms",
            "< 15 M_IT_NA_1 (read) requested_by_general_counter @3 1+1 =2a00000000 ok \
             answers #1 after 2 ms",
            "< 15 M_IT_NA_1 (read) requested_by_group_1_counter @3 1+1 =2a00000000 ok",
        ],
    );
}

#[test]
fn values_that_the_standard_does_not_allow_show() {
    for (apdu, what) in [
        (
            "680e 0000 0000 2e01 0600 0300 941100 03",
            "double command 3",
        ),
        ("680e 0000 0000 6401 0600 0300 000000 00", "qualifier 0"),
        (
            "680e 0000 0000 6401 0600 0300 010000 14",
            "address of a system command",
        ),
        ("680e 0000 0000 6401 0000 0300 000000 14", "cause 0"),
        (
            "680e 0000 0000 6401 0600 0000 000000 14",
            "common address 0",
        ),
        (
            "680e 0000 0000 2d01 0600 ffff 941100 01",
            "single command to all stations",
        ),
        (
            "680e 0000 0000 2d81 0600 0300 941100 01",
            "sequence of commands",
        ),
        (
            "680e 0000 0100 2d01 0600 0300 941100 01",
            "reserved bit of the control field",
        ),
        ("680e 0000 0000 0001 0600 0300 000000 14", "type 0"),
        ("6804 17000000", "two functions"),
        ("6805 07000000 00", "U format with an ASDU"),
    ] {
        let mut session = Session::default();
        session.segment(Role::Client, &bytes(apdu), false);
        let line = &session.seen[0];
        assert!(line.contains("!bad_"), "{what}: {line}");
    }
}

#[test]
fn types_that_are_not_defined_show_with_their_number() {
    check(
        &[
            "> 680e 0000 0000 1601 0300 0300 010000 00",
            "> 680e 0200 0000 c801 0300 0300 010000 00",
        ],
        &[
            "> 22 unknown (unknown) spontaneous @3 =01000000 !reserved_code",
            "> 200 private (unknown) spontaneous @3 =01000000",
        ],
    );
}

/// Only the controlling station starts and stops (104, 5.3).
#[test]
fn a_controlled_station_does_not_start_the_transfer() {
    check(
        &["< 6804 07000000", "> 6804 0b000000"],
        &[
            "> 513 STARTDT act (session) !wrong_role",
            "< 514 STARTDT con (session) ok answers #1 after 1 ms !wrong_role",
        ],
    );
}

/// `iti_test_dissect_malformed.pcap`, frames 7 and 18: bytes that no APDU has, in one segment each.
#[test]
fn bytes_between_apdus_are_reported_up_to_the_next_one() {
    check(
        &[
            "> 6804 07000000",
            "> 0202 68001212",
            "> 0404 0404 6802 1414 14 6804 43000000",
            "> 6802 1414 6804 43000000",
        ],
        &[
            "> 513 STARTDT act (session)",
            "> 0 unframed_bytes (unknown) =020268001212 !bad_value",
            "> 0 unframed_bytes (unknown) =040404046802141414 !bad_value",
            "> 528 TESTFR act (session)",
            "> 0 unframed_bytes (unknown) =68021414 !bad_length",
            "> 528 TESTFR act (session)",
        ],
    );
}

#[test]
fn after_a_loss_inside_an_apdu_the_next_one_is_found_by_its_length() {
    let mut session = Session::default();
    let apdu = bytes("6816 0400 0200 0189 1400 0d91 1a2700 d0808080c080808080");
    session.segment(Role::Server, &apdu[..8], false);
    session.gap(Role::Server, 10);
    session.segment(Role::Server, &apdu[18..], false);
    session.segment(Role::Server, &bytes("6804 43000000"), false);
    assert_eq!(session.seen, ["- 528 TESTFR act (session)"]);
}

#[test]
fn after_a_longer_loss_the_next_apdu_is_found_by_its_look() {
    let mut session = Session::default();
    session.gap(Role::Server, 1000);
    session.segment(Role::Server, &bytes("8080 68ff 00 6804 43000000"), false);
    assert_eq!(session.seen, ["- 528 TESTFR act (session)"]);
}

#[test]
fn another_protocol_ends_dissection_of_a_fresh_connection() {
    let mut session = Session::default();
    session.segment(Role::Client, b"GET / HTTP/1.1\r\n", false);
    assert!(session.ended);
}
