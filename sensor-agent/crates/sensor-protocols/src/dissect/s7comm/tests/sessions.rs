//! Exchanges of named captures, and departures made from them.

use crate::dissect::Role;
use crate::dissect::cotp::tests::{Session, bytes, check, packet};

/// `icsnpp_snap7.pcap`, frames 1 and 2.
#[test]
fn communication_is_set_up() {
    check(
        &[
            "> 0300001902f08032010000000000080000f0000001000101e0",
            "< 0300001b02f080320300000000000800000000f0000001000100f0",
        ],
        &[
            "> s7comm 0xf0 setup communication (session) parallel_jobs_calling=1 \
             parallel_jobs_called=1 pdu_size=480",
            "< s7comm 0xf0 setup communication (session) parallel_jobs_calling=1 \
             parallel_jobs_called=1 pdu_size=240 ok answers #1 after 1 ms",
        ],
    );
}

/// `icsnpp_snap7.pcap`, frames 49 to 52: flags from octet 16.
#[test]
fn variables_are_written_and_read() {
    check(
        &[
            "> 0300002702f080320100001800000e00080501120a100800010000830000800007000479e9f642",
            "< 0300001602f0803203000018000002000100000501ff",
            "> 0300001f02f080320100001900000e00000401120a10080001000083000080",
            "< 0300001d02f0803203000019000002000800000401ff07000400000000",
        ],
        &[
            "> s7comm 0x5 write variable (write) flag_byte 16+4 =0007000479e9f642",
            "< s7comm 0x5 write variable (write) flag_byte 16+4 =ff ok answers #1 after 1 ms",
            "> s7comm 0x4 read variable (read) flag_byte 16+4",
            "< s7comm 0x4 read variable (read) flag_byte 16+4 =ff07000400000000 ok \
             answers #3 after 1 ms",
        ],
    );
}

/// `iti_wincc_s400_production.pcapng`, frames 24, 25 and 76: areas of data blocks, a bit.
#[test]
fn octets_of_data_blocks_have_the_block_in_their_number() {
    check(
        &[
            "> 0300002602f080320100000d000015000004011211b00302004a006c04004c0194020051003c",
            "< 0300002402f080320300000d000002000f00000401ff09000bff040aff0544053eff040a",
            "> 0300002402f080320100002700000e00050501120a100100010083840000400003000101",
        ],
        &[
            "> s7comm 0x4 read variable (read) data_block_byte 4849772+2 \
             data_block_byte 4981140+4 data_block_byte 5308476+2",
            "< s7comm 0x4 read variable (read) data_block_byte 4849772+2 \
             =ff09000bff040aff0544053eff040a ok answers #1 after 1 ms",
            "> s7comm 0x5 write variable (write) data_block_byte 8585224+1 =0003000101",
        ],
    );
    assert_eq!(
        [0x4a, 0x4c, 0x51].map(|block| block * 65_536),
        [4_849_664, 4_980_736, 5_308_416]
    );
}

/// `icsnpp_s7ident.pcap`, frames 31 and 32: five items, none of which exists; timers and counters.
#[test]
fn the_first_item_that_failed_is_the_outcome() {
    check(
        &[
            "> 0300004f02f080320100000a00003e00000405120a10020010000083000000120a10020010000081000000\
             120a10020010000082000000120a101d000800001d000000120a101c000800001c000000",
            "< 0300002902f080320300000a0000020014000004050a0000040a0000040a0000040a0000040a000004",
        ],
        &[
            "> s7comm 0x4 read variable (read) flag_byte 0+16 input_byte 0+16 output_byte 0+16 \
             timer 0+8 counter 0+8",
            "< s7comm 0x4 read variable (read) flag_byte 0+16 \
             =0a0000040a0000040a0000040a0000040a000004 error 0xa object does not exist \
             answers #1 after 1 ms",
        ],
    );
}

/// `icsnpp_s7ident.pcap`, frames 20 and 21: an acknowledgement without data has no function of its own.
#[test]
fn a_job_is_refused() {
    check(
        &[
            "> 0300002302f080320100000600001200001d00000000000000095f3042303030303041",
            "< 0300001302f08032020000060000000000d241",
        ],
        &[
            "> s7comm 0x1d start upload (program) system_data_block=0",
            "< s7comm 0x1d start upload (program) system_data_block=0 rosctr=2 \
             error 0xd241 not permitted at the current protection level answers #1 after 1 ms",
        ],
    );
}

/// `iti_wincc_s400_production.pcapng`, frames 26 to 28 and 84: a subscription and what it brings.
#[test]
fn a_subscription_names_what_it_wants() {
    check(
        &[
            "> 0300002a02f080320700000f00000800110001120411420500ff09000d000101011207b0010500510172",
            "< 0300002d02f080320700000f00000c0010000112081282050100000000ff09000c0001ff090006ff43f6903560",
            "< 0300003202f080320700000000000c0015000112081202050300000000ff0900110001ff09000bff000000000000ff000000",
            "> 0300001f02f080320700001200000800060001120411420400ff0900020501",
        ],
        &[
            "> s7comm 0x102/5 change driven transfer (read) data_block_byte 5308786+5 \
             =ff09000d000101011207b0010500510172",
            "< s7comm 0x102/5 change driven transfer (read) data_block_byte 5308786+5 \
             =ff09000c0001ff090006ff43f6903560 ok answers #1 after 1 ms",
            "- s7comm 0x102/5 change driven transfer (read) \
             =ff0900110001ff09000bff000000000000ff000000",
            "> s7comm 0x102/4 unsubscribe (read) job=1 =ff0900020501",
        ],
    );
}

/// Symbolic access of an S7-1200 (1200SYM), and a variable of a numerical control.
#[test]
fn symbols_are_numbers() {
    check(
        &[
            "> 0300002302f080320100000100001200000401 120e b2ff 0000000e cc889900 3000000a",
            "> 0300001d02f080320100000200000c00000401 1208 82 41 0001 0002 7f 01",
        ],
        &[
            "> s7comm 0x4 read variable (read) symbol_root=14 symbol_checksum=3431504128 \
             symbol_part=805306378",
            "> s7comm 0x4 read variable (read) nck_variable=18295877781323521",
        ],
    );
}

#[test]
fn departures_are_told() {
    let read = "320100000001000e00000401120a10020004000184000000";
    for (from, to, anomalies) in [
        // Kind of PDU, function, number of items.
        ("32010000", "32050000", "!reserved_code"),
        ("0401", "3301", "!reserved_code"),
        ("0401", "0402", "!truncated !bad_length"),
        ("0401", "0400", "!bad_length !bad_value !trailing_bytes"),
        // Specification, syntax, transport size, area, bits of an octet, no element, end of the block.
        ("120a", "130a", "!bad_value"),
        ("0a10", "0a77", "!reserved_code"),
        ("1002", "1077", "!bad_value"),
        ("84000000", "99000000", "!bad_value"),
        ("84000000", "84000001", "!bad_value"),
        ("020004", "020000", "!bad_value"),
        ("84000000", "8407fff0", "!bad_value"),
        // Lengths of the two parts.
        (
            "000e0000",
            "000d0000",
            "!truncated !bad_length !trailing_bytes",
        ),
        ("000e0000", "000e0001", "!truncated !bad_length"),
    ] {
        let mut session = Session::default();
        let at = read.find(from).unwrap();
        let changed = format!("{}{to}{}", &read[..at], &read[at + from.len()..]);
        session.segment(Role::Client, &packet(&bytes(&changed)), false);
        assert_eq!(session.seen.len(), 1, "{changed}");
        let (_, found) = session.last().split_once('!').unwrap_or_default();
        assert_eq!(format!("!{found}"), anomalies, "{from} {to}");
    }
}

#[test]
fn an_acknowledgement_is_compared_with_its_job() {
    let job = packet(&bytes("320100000001000e00000401120a10020004000184000000"));
    for (answer, found) in [
        (
            "3203000000010002000500000401ff04000811",
            " ok answers #1 after 1 ms",
        ),
        (
            "3203000000010002000500000402ff04000811",
            "!truncated !bad_length !mismatch",
        ),
        ("320300000001000200010000 0501ff", "!mismatch"),
        ("3203000000010002000100000401ff", "!truncated !bad_length"),
        (
            "320300000001000000008104",
            "not implemented, or wrong frame answers #1 after 1 ms",
        ),
        (
            "3203000000010002000081040401",
            "not implemented, or wrong frame answers #1 after 1 ms",
        ),
    ] {
        let mut session = Session::default();
        session.segment(Role::Client, &job, false);
        session.segment(Role::Server, &packet(&bytes(answer)), false);
        assert!(
            session.last().ends_with(found),
            "{answer}: {}",
            session.last()
        );
    }
}

/// Once a job was acknowledged, all of them are seen.
#[test]
fn an_acknowledgement_of_no_job_is_told() {
    let mut session = Session::default();
    let job = packet(&bytes("320100000001000e00000401120a10020004000184000000"));
    let answer = packet(&bytes("3203000000010002000500000401ff04000811"));
    session.segment(Role::Server, &answer, false);
    assert!(
        !session.last().contains("unsolicited"),
        "it may be from before"
    );
    session.segment(Role::Client, &job, false);
    session.segment(Role::Server, &answer, false);
    session.segment(Role::Server, &answer, false);
    assert!(
        session.last().ends_with("!unsolicited"),
        "{}",
        session.last()
    );
    session.gap(Role::Client, 20);
    session.segment(Role::Server, &answer, false);
    assert!(
        !session.last().contains("unsolicited"),
        "its job may be lost"
    );
}

/// Where many segments are missing, answers may come before what they answer.
#[test]
fn a_connection_that_keeps_losing_is_not_judged() {
    let job = packet(&bytes("320100000001000e00000401120a10020004000184000000"));
    let other = packet(&bytes("3203000000010002000100000501ff"));
    for (losses, judged) in [(2, true), (3, false)] {
        let mut session = Session::default();
        session.segment(
            Role::Client,
            &packet(&bytes("320100000002 0001 0000 00")),
            false,
        );
        for _ in 0..losses {
            session.gap(Role::Client, 7);
        }
        session.segment(Role::Client, &job, false);
        session.segment(Role::Server, &other, false);
        assert_eq!(session.last().contains("!mismatch"), judged, "{losses}");
    }
}
