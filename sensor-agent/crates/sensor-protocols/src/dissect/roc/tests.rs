//! Messages with the layouts of the manual's tables, as ICSNPP's capture of all opcodes has them.

use super::ENTRY;
use crate::dissect::framed::hex;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

const CLOCK: &str = "0102030407003bbf";
const SET_CLOCK: &str = "0102030408071e2d0c0f0307e8890d";
const LOGIN: &str = "0102030411064f503112340141bc";
const LOGOUT: &str = "01020304110b4f503112344c4f474f5554b593";
const READ: &str = "01020304b40a030101010202020303038737";
const WRITE: &str = "01020304b50d03010101420202024303030344a0c0";

/// A message with its checksum.
fn sealed(hex: &str) -> String {
    let octets = bytes(hex);
    let crc = super::CHECKSUM.checksum(&octets).to_le_bytes();
    format!("{hex}{:02x}{:02x}", crc[0], crc[1])
}

#[test]
fn opcodes_of_the_capture() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            &format!(">{SET_CLOCK}"),
            &format!(">{LOGIN}"),
            &format!(">{LOGOUT}"),
            &format!(">{READ}"),
            &format!(">{WRITE}"),
        ],
        &[
            "> roc_plus 0x8 set_clock (config) @513",
            "> roc_plus 0x11 login (auth) @513 user=\"OP1\" clear_text_password=1",
            "> roc_plus 0x11 logout (auth) @513 user=\"OP1\" clear_text_password=1",
            "> roc_plus 0xb4 read_parameters (read) @513 parameter=65793 parameter=131586 parameter=197379",
            "> roc_plus 0xb5 write_parameters (write) @513 parameter=65793 parameters=3",
        ],
    );
}

#[test]
fn answers_and_errors_belong_to_their_request() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            &format!(">{}", sealed("f001030106 00")),
            &format!(
                "<{}",
                sealed("0301f00106 14 01a00f01010000 0000000000000000000000 06 00")
            ),
            &format!(">{}", sealed("f0010301a6 05 0101010001")),
            &format!("<{}", sealed("0301f001ff 02 1405")),
        ],
        &[
            "> roc_plus 0x6 system_configuration (read) @496",
            "< roc_plus 0x6 system_configuration (read) @496 ok vendor:Emerson model:ROC800 answers #1",
            "> roc_plus 0xa6 set_single_point_parameters (write) @496 parameter[65792+1]",
            "< roc_plus 0xa6 set_single_point_parameters (write) @496 error 0x14 security_error answers #3",
        ],
    );
}

/// A text of the system variables that is read alone.
#[test]
fn firmware_is_told_where_it_is_read() {
    let version = "W68265 Ver 3.80\0\0\0\0\0";
    let text = hex(version.as_bytes());
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(
        Role::Server,
        &bytes(&sealed(&format!("0301f001a7 18 5b00010a{text}"))),
        false,
    );
    flow.offer(
        Role::Server,
        &bytes(&sealed(&format!("0301f001b4 18 015b000a{text}"))),
        false,
    );
    for line in &flow.seen {
        assert!(line.contains("firmware:W68265 Ver 3.80"), "{line}");
    }
    assert_eq!(flow.seen.len(), 2);
}

/// Frame 21 of the capture, which forwards a write of configurable opcodes; then one without a row.
#[test]
fn what_is_forwarded_has_the_class_of_its_opcode() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            ">01020304180d0102030405060708090a0b01420c0b",
            &format!(">{}", sealed("01020304 18 0c 0102030405060708090a 7b 00")),
        ],
        &[
            "> roc_plus 0x18/0xb store_and_forward (write) @513 forwarded_opcode=11",
            "> roc_plus 0x18/0x7b store_and_forward (unknown) @513 forwarded_opcode=123 !reserved_code",
        ],
    );
}

/// Older devices of the family have opcodes that the manual of ROC Plus does not: they must not hide.
#[test]
fn opcodes_without_a_row_are_told_where_the_checksum_fits() {
    for transport in [Transport::Tcp, Transport::Udp] {
        let mut flow = Flow::new(&ENTRY, transport);
        flow.offer(Role::Client, &bytes(CLOCK), false);
        flow.offer(Role::Client, &bytes(&sealed("01020304 7a 02 0102")), false);
        flow.offer(Role::Client, &bytes("01020304 7a 02 0102 0000"), false);
        assert_eq!(
            flow.seen[1..],
            [
                "> roc_plus 0x7a unknown (unknown) @513 !reserved_code",
                "- roc_plus 0x0 unframed_bytes (unknown) !bad_value",
            ]
        );
    }
}

/// Behind lost bytes an opcode alone is no message: data may look like one.
#[test]
fn after_a_loss_only_a_message_whose_checksum_fits_is_taken() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &bytes(CLOCK), false);
    flow.lose(Role::Client, 3);
    // Data that end in what looks like a write, then a message.
    flow.offer(Role::Client, &bytes("00000000b50001"), false);
    flow.offer(Role::Client, &bytes(READ), false);
    assert_eq!(flow.seen.len(), 2, "{:?}", flow.seen);
    assert!(flow.seen[1].contains("read_parameters"), "{:?}", flow.seen);
    assert!(!flow.seen[1].contains('!'), "{:?}", flow.seen);
}

/// Frames 152 and 154 of the capture over TCP: the same action with 126 and 102 octets of data.
#[test]
fn a_file_is_deleted_by_the_length_of_the_request() {
    let request = |length: usize| {
        let mut octets = bytes("01020304cb");
        octets.push(u8::try_from(length).unwrap());
        octets.push(6);
        octets.extend(b"/flash/data/");
        octets.resize(6 + length, 0);
        octets.extend(super::CHECKSUM.checksum(&octets).to_le_bytes());
        octets
    };
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(Role::Client, &request(126), false);
    flow.offer(Role::Client, &request(102), false);
    assert_eq!(
        flow.seen,
        [
            "> roc_plus 0xcb/0x6 file_delete (file) @513 path=\"/flash/data/\"",
            "> roc_plus 0xcb/0x6 file_read_directory (file) @513 path=\"/flash/data/\"",
        ]
    );
}

/// Frame 1 of the capture over UDP.
#[test]
fn datagrams_are_recognised_on_the_port() {
    let datagram = bytes("0102030406003a2f");
    let probed = (ENTRY.probe)(&ProbeInput {
        bytes: &datagram,
        transport: Transport::Udp,
        hinted: true,
        sender: None,
    });
    assert!(matches!(probed, Probe::Recognised(_)), "{probed:?}");
}

#[test]
fn a_wrong_checksum_is_flagged_and_is_no_start() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &bytes("0102030407003bbe"), false);
    assert!(flow.seen[0].ends_with("!bad_checksum"), "{:?}", flow.seen);
    for (hex, known) in [
        (CLOCK, true),
        ("0102030407003bbe", false),
        ("0102030409003bbf", false),
    ] {
        let octets = bytes(hex);
        let probed = (ENTRY.probe)(&ProbeInput {
            bytes: &octets,
            transport: Transport::Tcp,
            hinted: true,
            sender: Some(Role::Client),
        });
        assert_eq!(matches!(probed, Probe::Recognised(_)), known, "{hex}");
    }
}

#[test]
fn hostile_input_is_survived() {
    hostile(
        &ENTRY,
        Transport::Tcp,
        &[CLOCK, SET_CLOCK, LOGIN, LOGOUT, READ, WRITE],
    );
}
