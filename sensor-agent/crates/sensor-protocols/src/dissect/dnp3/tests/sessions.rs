//! Exchanges of named captures, and departures made from them.

use super::{Session, bytes, check, fragment, framed, told};
use crate::dissect::Role;
use crate::observation::Transport;

/// `zeek_select_operate.pcap`.
#[test]
fn a_point_is_selected_and_operated() {
    check(
        &[
            "> 05641ac40200030040f2 c6c7030c0128010001000301640000008fda 6400000000005b",
            "< 05641c44030002004b91 fcc78100000c0128010001000301640001a4 00006400000000005b",
            "> 05641ac40200030040f2 c7c8040c012801000100030164000000a9cf 6400000000005b",
            "< 05641c44030002004b91 fdc88100000c0128010001000301640 0f709 00006400000000005b",
        ],
        &[
            "> 3 SELECT (write) @2 master:3 12/1 binary_output_command:1+1",
            "< 129 RESPONSE (write) @2 master:3 12/1 binary_output_command:1+1 iin:0000 ok \
             answers #1 after 1 ms",
            "> 4 OPERATE (write) @2 master:3 12/1 binary_output_command:1+1",
            "< 129 RESPONSE (write) @2 master:3 12/1 binary_output_command:1+1 iin:0000 ok \
             answers #3 after 1 ms",
        ],
    );
}

/// `iti_cold_restart.pcap`, frames 4 and 6: the outstation does not support it.
#[test]
fn a_restart_is_refused() {
    check(
        &[
            "> 056408c40a000100fc42 c0c00d9c86",
            "< 05640a4401000a006e25 c0c0810001c2de",
        ],
        &[
            "> 13 COLD_RESTART (control) @10 master:1",
            "< 129 RESPONSE (control) @10 master:1 iin:0001 error 1 NO_FUNC_CODE_SUPPORT \
             answers #1 after 1 ms",
        ],
    );
}

/// `iti_full_exchange.pcap`, frames 4, 5, 7, 8, 10, 12 and 17.
#[test]
fn a_start_up_with_unsolicited_responses() {
    check(
        &[
            "< 05640a4401000a006e25 c0f08280006b7d",
            "> 056411c40a0001000615 c0c0153c02063c03063c04061a55",
            "< 05640a4401000a006e25 c1c0818000b5d0",
            "> 056408c40a000100fc42 c1d000a350",
            "> 05640ec40a0001002529 c2c102500100070700c5af",
            "< 05640a4401000a006e25 c2c1810000786c",
            "> 056411c40a0001000615 c4c3143c02063c03063c0406fdc9",
        ],
        &[
            "- 130 UNSOLICITED_RESPONSE (event) @10 master:1 iin:8000",
            "> 21 DISABLE_UNSOLICITED (config) @10 master:1 60/2 60/3 60/4",
            "< 129 RESPONSE (config) @10 master:1 iin:8000 ok answers #2 after 1 ms",
            "- 0 CONFIRM (session) @10 master:1",
            "> 2 WRITE (write) @10 master:1 80/1 internal_indications:7+1",
            "< 129 RESPONSE (write) @10 master:1 iin:0000 ok answers #5 after 1 ms",
            "> 20 ENABLE_UNSOLICITED (config) @10 master:1 60/2 60/3 60/4",
        ],
    );
}

/// `zeek_link_only.pcap`, frames 1 and 2; `opendnp3_conformance_8.6.5.4.pcap` has 0 and ACK.
#[test]
fn link_functions_are_messages_of_their_own() {
    check(
        &["< 05640549640001007e5f", "> 0564058b01006400a097"],
        &[
            "- 265 REQUEST_LINK_STATUS (session) @1 master:100",
            "- 523 LINK_STATUS (session) @1 master:100",
        ],
    );
}

/// `zeek_file_read.pcap`, frames 4 and 6.
#[test]
fn a_file_is_opened() {
    check(
        &[
            "> 056432c4040003009c8d f7ce1946035b0124001a000a00000000b3c5 \
             0000000000000000000000000001000047e6 0404002e2f746573742e786d6ced8f",
            "< 05641d44030004008308 f2ce81100046045b010d00785634123e7abf \
             0300000004040000027f",
        ],
        &[
            "> 25 OPEN_FILE (file) @4 master:3 70/3 \"./test.xml\"",
            "< 129 RESPONSE (file) @4 master:3 70/4 iin:1000 ok answers #1 after 1 ms",
        ],
    );
}

/// `iti_operate_aggressive_mode.pcap`: authentication stands around the command.
#[test]
fn a_command_in_aggressive_mode() {
    check(
        &[
            "> 05643ac4040003004017 d3cc05780307010900000001000c01281e6d 01000100030164000000640000000078454b \
             095b011000ba8db44d5e72cd0ad418e5a302e415256867bed2",
            "< 05641c440300040064bd d5cc8100000c0128010001000301640 0bf07 00006400000000005b",
        ],
        &[
            "> 5 DIRECT_OPERATE (write) @4 master:3 120/3 12/1 binary_output_command:1+1 120/9",
            "< 129 RESPONSE (write) @4 master:3 12/1 binary_output_command:1+1 iin:0000 ok \
             answers #1 after 1 ms",
        ],
    );
}

/// `iti_crob_malformed_good_crc.pcap`: a count of two, and one object.
#[test]
fn a_count_that_the_objects_contradict_is_a_wrong_length() {
    check(
        &["> 05641ac404000300c2e6 e2ca050c01280200010002016400000057ab 6400000000005b"],
        &[
            "> 5 DIRECT_OPERATE (write) @4 master:3 12/1 binary_output_command:1+1 \
             !truncated !bad_length",
        ],
    );
}

/// `quickdraw_dnp3_part1.pcap`, frame 163: group 1 has no variation 7, and the last qualifier is
/// reserved.
#[test]
fn objects_that_do_not_exist_are_shown_with_their_number() {
    check(
        &["> 056411c4040003004eef c1c1123c02060107063c04ed8763"],
        &["> 18 STOP_APPL (control) @4 master:3 60/2 1/7 60/4 !bad_value"],
    );
}

#[test]
fn a_wrong_checksum_is_reported_and_its_data_not_looked_into() {
    let good = bytes("056408c40a000100fc42 c0c00d9c86");
    let mut data = good.clone();
    data[12] ^= 1;
    let mut header = good.clone();
    header[4] ^= 1;
    let mut session = Session::new();
    for frame in [&data, &header, &good] {
        session.segment(Role::Client, frame, false);
    }
    assert_eq!(
        session.seen,
        [
            "- 260 UNCONFIRMED_USER_DATA (session) @10 master:1 !bad_checksum",
            "> 0 bad_link_header (unknown) !bad_checksum",
            "> 13 COLD_RESTART (control) @10 master:1",
        ]
    );
}

/// Made of the outstation's words in `iti_full_exchange.pcap`: a response in two segments.
#[test]
fn segments_are_put_together() {
    let response = bytes("c281000001020000 0902020202020202020202");
    let (first, second) = response.split_at(8);
    let segment =
        |transport: u8, part: &[u8]| framed(0x44, 1, 10, &[[transport].as_slice(), part].concat());
    let mut session = Session::new();
    session.segment(Role::Server, &segment(0x43, first), false);
    session.segment(Role::Server, &segment(0x84, second), false);
    // The end of one whose beginning is not there.
    session.segment(Role::Server, &segment(0x86, second), false);
    assert_eq!(
        session.seen,
        [
            "- 260 UNCONFIRMED_USER_DATA (session) @10 master:1",
            "< 129 RESPONSE (read) @10 master:1 1/2 binary_input:0+10 iin:0000 ok",
            "- 260 UNCONFIRMED_USER_DATA (session) @10 master:1 !out_of_sequence",
        ]
    );
}

/// What begins before the capture, or in what it lost, is no fault of the sender.
#[test]
fn segments_without_a_beginning_are_passed_over_after_a_loss() {
    let mut session = Session::new();
    let end = framed(0x44, 1, 10, &bytes("86 0202"));
    session.segment(Role::Server, &end, false);
    session.segment(Role::Server, &fragment(false, &bytes("c0810000")), false);
    session.gap(Role::Server, 100);
    session.segment(Role::Server, &end, false);
    let silent = "- 260 UNCONFIRMED_USER_DATA (session) @10 master:1";
    assert_eq!(session.seen[0], silent);
    assert_eq!(session.seen[2], silent);
}

#[test]
fn a_response_in_several_fragments_answers_one_request() {
    let mut session = Session::new();
    let mut say = |from_master, application: &str| {
        let sender = if from_master {
            Role::Client
        } else {
            Role::Server
        };
        session.segment(sender, &fragment(from_master, &bytes(application)), false);
    };
    say(true, "ce01 3c0106");
    say(false, "ae810000");
    say(true, "ce00");
    say(false, "6f810000");
    say(false, "c0810000");
    assert_eq!(
        session.seen,
        [
            "> 1 READ (read) @10 master:1 60/1",
            "< 129 RESPONSE (read) @10 master:1 iin:0000 ok answers #1 after 1 ms",
            "- 0 CONFIRM (session) @10 master:1",
            "< 129 RESPONSE (read) @10 master:1 iin:0000 ok answers #1 after 3 ms",
            "< 129 RESPONSE (read) @10 master:1 iin:0000 ok !unsolicited",
        ]
    );
}

/// `icsnpp_dnp3_example.pcap`, frames 378 to 387: several requests before the first response.
#[test]
fn requests_may_be_sent_one_behind_the_other() {
    let mut session = Session::new();
    for application in ["c701 3c0106", "c801 3c0206", "c701 3c0106"] {
        session.segment(Role::Client, &fragment(true, &bytes(application)), false);
    }
    for application in ["c7810000", "c8810000", "c7810000"] {
        session.segment(Role::Server, &fragment(false, &bytes(application)), false);
    }
    // The latest of those with the same number is answered first.
    let answered = ["#3 after 1 ms", "#2 after 3 ms", "#1 after 5 ms"];
    for (line, request) in session.seen[3..].iter().zip(answered) {
        assert!(line.ends_with(&format!("answers {request}")), "{line}");
    }
}

/// A response that comes much later answers nothing, also when its number fits.
#[test]
fn a_request_is_not_answered_hours_later() {
    let mut session = Session::new();
    let poll = fragment(true, &bytes("c701 3c0106"));
    session.segment(Role::Client, &poll, false);
    session.segment(Role::Client, &poll, false);
    let response = fragment(false, &bytes("c7810000"));
    session.segment(Role::Server, &response, false);
    assert!(
        session.seen[2].ends_with("answers #2 after 1 ms"),
        "{}",
        session.seen[2]
    );
    session.frame += 3_600_000;
    session.segment(Role::Server, &response, false);
    assert!(
        session.seen[3].contains("!unsolicited"),
        "{}",
        session.seen[3]
    );
}

#[test]
fn a_control_that_failed_says_why() {
    assert_eq!(
        told(false, "c0810000 0c0128 0100 0100 0301 64000000 64000000 02"),
        "< 129 RESPONSE (read) @10 master:1 12/1 binary_output_command:1+1 iin:0000 \
         error 258 NO_SELECT"
    );
    assert_eq!(
        told(false, "c0810000 290228 0100 0300 1000 0c"),
        "< 129 RESPONSE (read) @10 master:1 41/2 analog_output:3+1 iin:0000 error 268 OUT_OF_RANGE"
    );
    assert_eq!(
        told(
            false,
            "c0810000 46045b 01 0d00 00000000 00000000 0000 0100 03"
        ),
        "< 129 RESPONSE (read) @10 master:1 70/4 iin:0000 error 515 FILE_NOT_FOUND"
    );
    assert_eq!(
        told(
            false,
            "c0830000 78075b 01 0f00 01000000 0100 0000 07 000000000000"
        ),
        "< 131 AUTHENTICATE_RESP (auth) @10 master:1 120/7 iin:0000 error 775 AUTHORIZATION_FAILED"
    );
}

/// Device attributes 252, 250, 242 and 248 (IEEE 1815-2012, A.1).
#[test]
fn device_attributes_identify_the_device() {
    assert_eq!(
        told(
            false,
            "c0810000 00fc00 00 00 01 04 41636d65  00fa00 00 00 01 05 5254552d31 \
             00f200 00 00 01 03 322e31  00f800 00 00 01 02 3432"
        ),
        "< 129 RESPONSE (read) @10 master:1 0/252 device_attribute:0+1 0/250 \
         device_attribute:0+1 0/242 device_attribute:0+1 0/248 device_attribute:0+1 iin:0000 ok \
         vendor=\"Acme\" model=\"RTU-1\" firmware=\"2.1\" serial=\"42\""
    );
}

#[test]
fn values_that_the_standard_does_not_allow_show() {
    for (application, what) in [
        ("c105 0c01 00 0100", "a range that runs backwards"),
        ("c101 0101 0a 00", "a reserved range specifier"),
        ("c101 0101 10 0000", "an index before a range"),
        ("c101 6301 06", "a group that does not exist"),
        (
            "c105 0c0128 0100 0100 0501 64000000 64000000 00",
            "an operation type",
        ),
        ("d101 3c0106", "a request marked unsolicited"),
    ] {
        let line = told(true, application);
        assert!(line.contains("!bad_value"), "{what}: {line}");
    }
    assert!(
        told(false, "c0810040").contains("!bad_value"),
        "a reserved indication"
    );
    assert!(told(true, "c022").contains("!reserved_code"), "function 34");
    assert!(
        told(true, "c0810000").contains("!wrong_role"),
        "a response of a master"
    );
    assert!(
        told(false, "c001 3c0106").contains("!wrong_role"),
        "a request of an outstation"
    );
}

#[test]
fn a_broadcast_is_not_waited_for() {
    let mut session = Session::new();
    let broadcast = framed(0xc4, 0xffff, 3, &bytes("c1c112"));
    session.segment(Role::Client, &broadcast, false);
    assert_eq!(session.seen, ["> 18 STOP_APPL (control) @65535 master:3"]);
}

#[test]
fn a_datagram_never_grows() {
    let mut session = Session::new();
    session.transport = Transport::Udp;
    let frame = bytes("056408c40a000100fc42 c0c00d9c86");
    session.segment(Role::Client, &frame, false);
    session.segment(Role::Client, &frame[..12], false);
    assert_eq!(
        session.seen,
        [
            "> 13 COLD_RESTART (control) @10 master:1",
            "> 0 incomplete_message (unknown) !truncated",
        ]
    );
}

/// `iti_dnp3_malformed.pcap`, frame 1.
#[test]
fn a_length_too_small_for_a_header_is_wrong() {
    check(
        &["> 056402c40a00010097fe c1c1012532353478"],
        &["> 0 unframed_bytes (unknown) !bad_length"],
    );
}

#[test]
fn after_a_loss_the_next_frame_is_found() {
    let mut session = Session::new();
    session.gap(Role::Client, 100);
    let frame = bytes("056408c40a000100fc42 c0c00d9c86");
    session.segment(Role::Client, &[&[7; 30], &frame[..6]].concat(), false);
    session.segment(Role::Client, &frame[6..], false);
    assert_eq!(session.seen, ["> 13 COLD_RESTART (control) @10 master:1"]);
}

#[test]
fn another_protocol_ends_dissection_of_a_fresh_connection() {
    let mut session = Session::new();
    session.segment(Role::Client, b"GET / HTTP/1.1\r\n", false);
    assert!(session.ended);
}

/// IEEE 1815-2012, 4.2.2.4.3: CON asks for a confirmation, which a master does not need.
#[test]
fn a_request_that_is_to_be_confirmed_says_so() {
    let told_of = |application| told(true, application);
    assert!(told_of("e0 01 3c 02 06").ends_with("60/2 to_be_confirmed:1"));
    assert!(!told_of("c0 01 3c 02 06").contains("to_be_confirmed"));
    assert!(
        !told(false, "e0 81 00 00").contains("to_be_confirmed"),
        "an outstation may ask for it"
    );
}
