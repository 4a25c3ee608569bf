//! Messages of named captures, and input that somebody made to break the sensor.

use super::ENTRY;
use crate::dissect::message::tests::{check, hostile, values};
use crate::observation::Transport;

/// `icsnpp_hart_ip.pcap`, frames 3, 4, 9 and 10.
#[test]
fn a_device_says_what_it_is() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            ">010003000003001182264e0000d2000038",
            "<010103000003002986264e0000d2001800d0fe264e050704010e0c0000d205020002d00026002684e4",
            ">01000300000a001182264e0000d214002c",
            "<01010300000a003386264e0000d2142200d07769686172746777000000000000000000000000000000000000\
             000000000000db",
        ],
        &[
            "> hart_ip 0x30000 read_unique_identifier (discovery) device_address=164517380306",
            "< hart_ip 0x30000 read_unique_identifier (discovery) device_address=164517380306 \
             device_status=208 ok vendor:Rosemount model:device type 0x264E firmware:1 serial:0000D2 \
             answers #1",
            "> hart_ip 0x30014 read_long_tag (read) device_address=164517380306",
            "< hart_ip 0x30014 read_long_tag (read) device_address=164517380306 device_status=208 ok \
             hostname:wihartgw answers #3",
        ],
    );
}

/// `icsnpp_all_types_and_commands.pcapng`, frames 108 and 109, 148 and 149: what is written, in a token-passing
/// and in a direct PDU.
#[test]
fn what_is_written_is_told() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            ">0100030000340013822695eb27b8350200fa88",
            "<010103000034001386a695eb27b83502840072",
            ">0100040000270 02d000000152062382d32372d65622d39352d32362d3666000000000000000000000000000000",
            "<0101040000270 0240000 00151700fef9fd000702324e0095266f0003000a0100f900f941",
        ],
        &[
            "> hart_ip 0x30035 write_device_variable_units (config) device_address=165723973560 \
             device_variable=0",
            "< hart_ip 0x30035 write_device_variable_units (config) device_address=165723973560 \
             error 0x84 communication error answers #1",
            "> hart_ip 0x40015 read_unique_identifier_by_long_tag (discovery) \"b8-27-eb-95-26-6f\"",
            "< hart_ip 0x40015 read_unique_identifier_by_long_tag (discovery) ok \
             vendor:manufacturer 249 model:device type 0xF9FD firmware:50 serial:95266F answers #3",
        ],
    );
}

/// An octet that does not belong there does not hide what follows.
#[test]
fn a_flow_goes_on_behind_octets_that_are_no_message() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            ">0100020000020008 00",
            ">010003000003001182264e0000d2000038",
        ],
        &[
            "> hart_ip 0x20000 keep_alive (session)",
            "- hart_ip 0x0 unframed_bytes (unknown) !bad_value",
            "> hart_ip 0x30000 read_unique_identifier (discovery) device_address=164517380306",
        ],
    );
}

/// Direct PDUs: 768 writes a join key, 541 a password, 961 and 130 are not known, 77 carries another command, 19 writes
/// a number.
#[test]
fn keys_are_not_kept() {
    let direct = |command: &str| format!("010004000005000f 0000 {command} 02 4142");
    let commands = ["0300", "021d", "03c1", "0082", "004d", "0013"].map(direct);
    let commands = commands.each_ref().map(String::as_str);
    let kept = values(&ENTRY, Transport::Tcp, &commands);
    assert_eq!(kept, [&b""[..], b"", b"", b"", b"", b"AB"]);
}

/// A response that ends before its response code says nothing of success.
#[test]
fn without_a_response_code_nothing_is_a_success() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            ">010003000003001182264e0000d2000038",
            "<010103000003002986264e0000d20018",
        ],
        &[
            "> hart_ip 0x30000 read_unique_identifier (discovery) device_address=164517380306",
            "< hart_ip 0x30000 token_passing_pdu (unknown) answers #1 !truncated",
        ],
    );
}

/// HCF_SPEC-85, 5.2: type 15 refuses. A response code of the errors that has no name is one all the same.
#[test]
fn a_refusal_is_no_success() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            ">010000000002000d0100007530",
            "<010f000000020008",
            ">010004000003000e 0000 004f 01 00",
            "<010104000003000e 0000 004f 01 28",
        ],
        &[
            "> hart_ip 0x0 session_initiate (session) master_type=1 inactivity_timer=30000",
            "< hart_ip 0x0 session_initiate (session) message_type=15 error 0x0 unknown answers #1",
            "> hart_ip 0x4004f write_device_variable (write) device_variable=0",
            "< hart_ip 0x4004f write_device_variable (write) error 0x28 unknown answers #3",
        ],
    );
}

/// HCF_SPEC-85, 5.2: type 2 publishes; a status that is a warning.
#[test]
fn status_and_type_of_a_direct_pdu_are_told() {
    check(
        &ENTRY,
        Transport::Tcp,
        &["<0102040800050 00e 0000 0001 01 00"],
        &["- hart_ip 0x40001 read_primary_variable (read) message_type=2 message_status=8"],
    );
}

const SEEDS: &[&str] = &[
    "010000000002000d0100007530",
    "010003000003001182264e0000d2000038",
    "010103000003002986264e0000d2001800d0fe264e050704010e0c0000d205020002d00026002684e4",
    "01000300000a001182264e0000d214002c",
    "010004000004000e000000360100",
    "010004000027002d000000152062382d32372d65622d39352d32362d3666000000000000000000000000000000",
    "010005000005000a00ff",
    "0100020000020008",
];

#[test]
fn hostile_input() {
    hostile(&ENTRY, Transport::Tcp, SEEDS);
    hostile(&ENTRY, Transport::Udp, SEEDS);
}
