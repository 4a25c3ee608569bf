//! Sessions: pairing, losses, roles, datagrams, in bytes of the captures.

use super::super::{INCOMPLETE, UNFRAMED, probe};
use super::{Session, bytes, check, connected, message, multiple, unconnected};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::Transport;

const READ: &str = "03022073240101000500";
const READ_REPLY: &str = "83000000010005000000 0000";

/// `openics_firmware_change.pcap`, frames 10672 to 10681.
#[test]
fn lists_and_the_registration_of_a_session() {
    check(
        &[
            "> 0400000000000000 0000000000000000 0000000000000000",
            "< 04001a0000000000 0000000000000000 0000000000000000 \
               0100 0001 1400 0100 2001 436f6d6d756e69636174696f6e730000",
            "> 6400000000000000 0000000000000000 0000000000000000",
            "< 6400020000000000 0000000000000000 0000000000000000 0000",
            "> 6500040000000000 0000000000000000 0000000000000000 01000000",
            "< 6500040000010212 0000000000000000 0000000000000000 01000000",
            "> 6600000000010212 0000000000000000 0000000000000000",
        ],
        &[
            "> enip 0x4 list_services (discovery)",
            "< enip 0x4 list_services (discovery) ok answers #1 after 1 ms",
            "> enip 0x64 list_interfaces (discovery)",
            "< enip 0x64 list_interfaces (discovery) ok answers #3 after 1 ms",
            "> enip 0x65 register_session (session)",
            "< enip 0x65 register_session (session) ok answers #5 after 1 ms",
            "- enip 0x66 unregister_session (session)",
        ],
    );
}

/// `quickdraw_enip_identity.pcap`.
#[test]
fn a_device_tells_who_it_is() {
    check(
        &[
            "> 6300000000000000 0000 0000 c1debed1 00000000 00000000",
            "< 6300330000000000 0000 0000 c1debed1 00000000 00000000 0100 0c00 2d00 0100 \
               0002af120a0101a40000000000000000 0100 0c00 3a00 0403 3000 8e4d5200 \
               0b 313735362d454e42542f41 03",
        ],
        &[
            "> enip 0x63 list_identity (discovery)",
            "< enip 0x63 list_identity (discovery) ok answers #1 after 1 ms \
             vendor=\"Rockwell Automation/Allen-Bradley\" model=\"1756-ENBT/A\" \
             firmware=\"4.3\" serial=\"00524D8E\"",
        ],
    );
}

/// The second connection asks with the same sequence count; once it is known which identifiers belong
/// together, each reply finds its own request.
#[test]
fn connected_replies_find_the_request_of_their_connection() {
    let (asks, answers) = ([0x11, 0x22], [0xa1, 0xa2]);
    let mut session = Session::new();
    for at in 0..2 {
        session.segment(Role::Client, &connected(asks[at], 7, &bytes(READ)), false);
        session.segment(
            Role::Server,
            &connected(answers[at], 7, &bytes(READ_REPLY)),
            false,
        );
    }
    session.seen.clear();
    // Frames 5 and 6 ask, 7 and 8 answer in the other order.
    session.segment(Role::Client, &connected(asks[0], 8, &bytes(READ)), false);
    session.segment(Role::Client, &connected(asks[1], 8, &bytes(READ)), false);
    session.segment(
        Role::Server,
        &connected(answers[1], 8, &bytes(READ_REPLY)),
        false,
    );
    session.segment(
        Role::Server,
        &connected(answers[0], 8, &bytes(READ_REPLY)),
        false,
    );
    session.seen.retain(|line| line.starts_with("< cip"));
    assert_eq!(
        session.seen,
        [
            "< cip 0x3:0x73 get_attribute_list (read) class:115 instance:1 ok answers #6 after 1 ms",
            "< cip 0x3:0x73 get_attribute_list (read) class:115 instance:1 ok answers #5 after 3 ms",
        ]
    );
}

/// Contexts that are never set: the oldest request is answered first.
#[test]
fn requests_with_the_same_context_are_answered_in_order() {
    let mut session = Session::new();
    for request in ["0e0320012401 3006", "0e0320f52401 3005"] {
        session.segment(Role::Client, &unconnected(0, &bytes(request)), false);
    }
    for reply in ["8e000000 01000000", "8e000000 02000000"] {
        session.segment(Role::Server, &unconnected(0, &bytes(reply)), false);
    }
    session.seen.retain(|line| line.starts_with("< cip"));
    assert!(session.seen[0].contains("identity:1 attribute:6 ok answers #1"));
    assert!(session.seen[1].contains("tcp_ip_interface:1 attribute:5 ok answers #2"));
}

#[test]
fn what_was_not_asked_for_is_unsolicited_once_the_requests_are_known() {
    let mut session = Session::new();
    session.segment(Role::Server, &connected(5, 1, &bytes(READ_REPLY)), false);
    assert!(!session.seen[1].contains('!'), "{:?}", session.seen);
    session.segment(Role::Client, &connected(4, 2, &bytes(READ)), false);
    session.segment(Role::Server, &connected(5, 2, &bytes(READ_REPLY)), false);
    session.segment(Role::Server, &connected(5, 3, &bytes(READ_REPLY)), false);
    assert!(session.seen.last().unwrap().ends_with("!unsolicited"));
    session.gap(Role::Client, 100);
    session.segment(Role::Server, &connected(5, 4, &bytes(READ_REPLY)), false);
    assert!(!session.seen.last().unwrap().contains("!unsolicited"));
}

#[test]
fn a_reply_with_another_service_contradicts_its_request() {
    let mut session = Session::new();
    session.segment(Role::Client, &connected(4, 2, &bytes(READ)), false);
    session.segment(Role::Server, &connected(5, 2, &bytes("8e000000")), false);
    assert_eq!(
        session.seen.last().unwrap(),
        "< cip 0xe get_attribute_single (read) ok answers #1 after 1 ms !mismatch"
    );
}

#[test]
fn an_error_of_the_encapsulation_answers_its_request() {
    let mut session = Session::new();
    session.segment(
        Role::Client,
        &unconnected(3, &bytes("0102 2001 2401")),
        false,
    );
    let mut refusal = message(0x6f, 3, &[]);
    refusal[8] = 0x64;
    session.segment(Role::Server, &refusal, false);
    assert_eq!(
        session.seen.last().unwrap(),
        "< enip 0x6f send_rr_data (session) error 100 invalid_session_handle answers #1 after 1 ms"
    );
}

#[test]
fn a_session_that_the_target_did_not_give_is_a_mismatch() {
    let mut session = Session::new();
    let registration = "6500040000000000 0000000000000000 0000000000000000 01000000";
    session.segment(Role::Client, &bytes(registration), false);
    let mut answer = bytes(registration);
    answer[4] = 9;
    session.segment(Role::Server, &answer, false);
    session.segment(
        Role::Client,
        &unconnected(1, &bytes("0102 2001 2401")),
        false,
    );
    assert!(!session.seen[2].contains('!'));
    let mut foreign = unconnected(2, &bytes("0102 2001 2401"));
    foreign[4] = 8;
    session.segment(Role::Client, &foreign, false);
    assert_eq!(
        session.seen[4],
        "> enip 0x6f send_rr_data (session) !mismatch"
    );
}

#[test]
fn a_server_that_registers_has_the_wrong_role() {
    let registration = "6500040000000000 0000000000000000 0000000000000000";
    let seen = |version: &str| {
        let mut session = Session::new();
        let message = bytes(&format!("{registration}{version}"));
        session.segment(Role::Client, &message, false);
        session.seen.remove(0)
    };
    assert!(seen("02000000").ends_with("!bad_version"));
    assert!(seen("01000100").ends_with("!bad_value"));
    let mut session = Session::new();
    let list = "6300000000000000 0000000000000000 0000000000000000";
    session.segment(Role::Server, &bytes(list), false);
    assert!(session.seen[0].ends_with("!wrong_role"));
}

/// `icsnpp_enip_cip_example.pcap`, frames 377 and 378, and a datagram that was repeated.
#[test]
fn implicit_messages_are_followed_by_their_sequence_numbers() {
    let mut session = Session::new();
    session.transport = Transport::Udp;
    for datagram in [
        "02000280080003064b00db943f00b1000600a587e80f0300",
        "0200028008000912 4b00ce943f00b10006000000da0f0300",
        "02000280080003064b00dc943f00b1000600a587e80f0300",
        "02000280080003064b00dc943f00b1000600a587e80f0300",
    ] {
        session.segment(Role::Client, &bytes(datagram), false);
    }
    assert_eq!(
        session.seen,
        [
            "- enip 0x10000 io_data (event) connection:4916739",
            "- enip 0x10000 io_data (event) connection:4919817",
            "- enip 0x10000 io_data (event) connection:4916739",
            "- enip 0x10000 io_data (event) connection:4916739 !out_of_sequence",
        ]
    );
    session.segment(
        Role::Client,
        &bytes("02000280080003064b00dd943f00b1000700a587e80f0300"),
        false,
    );
    assert!(session.seen.last().unwrap().ends_with("!truncated"));
}

#[test]
fn connections_of_implicit_messages_are_bounded() {
    let mut session = Session::new();
    session.transport = Transport::Udp;
    for round in 0..2 {
        for connection in 0..40_u8 {
            let mut datagram = bytes("020002800800 00000000 00000000 b1000000");
            datagram[6] = connection;
            datagram[10] = round;
            session.segment(Role::Client, &datagram, false);
        }
    }
    assert!(session.seen.iter().all(|line| !line.contains('!')));
}

#[test]
fn after_a_loss_the_next_message_is_found() {
    let whole = connected(4, 1, &bytes(READ));
    let mut session = Session::new();
    session.segment(Role::Client, &whole, false);
    session.segment(Role::Client, &whole[..30], false);
    // The rest of this message and ten octets of the next were lost.
    session.gap(Role::Client, (whole.len() - 30 + 10) as u64);
    session.segment(Role::Client, &whole[10..], false);
    session.segment(Role::Client, &whole, false);
    assert_eq!(session.seen.len(), 4);
    assert!(session.seen.iter().all(|line| !line.contains('!')));
    // Within a message its length tells where the next one begins.
    session.segment(Role::Client, &whole[..30], false);
    session.gap(Role::Client, 5);
    session.segment(Role::Client, &[&whole[35..], &whole].concat(), false);
    assert_eq!(session.seen.len(), 6);
}

#[test]
fn bytes_that_are_no_message_are_told_up_to_the_next_one() {
    let whole = connected(4, 1, &bytes(READ));
    let mut session = Session::new();
    session.segment(Role::Client, &whole, false);
    session.segment(
        Role::Client,
        &[&[0xee; 40], whole.as_slice()].concat(),
        false,
    );
    assert_eq!(
        session.seen[2],
        format!("> enip 0x0 {UNFRAMED} (unknown) !bad_value")
    );
    assert_eq!(session.seen.len(), 5);
    session.segment(Role::Client, &whole[..whole.len() - 1], true);
    assert_eq!(
        session.seen[5],
        format!("> enip 0x0 {INCOMPLETE} (unknown) !truncated")
    );
}

#[test]
fn what_the_capture_cut_is_not_malformed() {
    let whole = connected(4, 1, &bytes(READ));
    let mut session = Session::new();
    session.cut = true;
    session.segment(Role::Client, &whole[..40], false);
    assert_eq!(session.seen, ["- enip 0x70 send_unit_data (session)"]);
}

#[test]
fn a_datagram_that_ends_early_is_truncated() {
    let mut session = Session::new();
    session.transport = Transport::Udp;
    let reply = message(0x63, 0, &[1, 0, 12, 0, 50, 0, 1, 0]);
    session.segment(Role::Server, &reply[..28], false);
    assert_eq!(
        session.seen,
        ["< enip 0x63 list_identity (discovery) ok !truncated"]
    );
    session.segment(Role::Server, &reply, false);
    assert!(session.seen[1].ends_with("!truncated"), "the item is cut");
}

#[test]
fn open_requests_are_bounded_and_it_shows() {
    let mut session = Session::new();
    for count in 0..40 {
        session.segment(Role::Client, &connected(4, count, &bytes(READ)), false);
    }
    let limited = session.seen.iter().filter(|l| l.contains("!limit_reached"));
    assert_eq!(limited.count(), 40 - limits::ENIP_OPEN_REQUESTS);
    // The oldest made room: its answer is neither paired nor unsolicited.
    session.segment(Role::Server, &connected(5, 39, &bytes(READ_REPLY)), false);
    assert!(session.seen.last().unwrap().contains("answers #40"));
    session.segment(Role::Server, &connected(5, 0, &bytes(READ_REPLY)), false);
    assert!(!session.seen.last().unwrap().contains("answers"));
    assert!(!session.seen.last().unwrap().contains("!unsolicited"));
}

#[test]
fn services_of_one_message_are_bounded_and_it_shows() {
    let read = bytes("0e03 2001 2401 3001");
    let all = vec![read.as_slice(); 100];
    let packet = multiple(&bytes("0a02 2002 2401"), &all);
    let mut session = Session::new();
    session.segment(Role::Client, &connected(4, 1, &packet), false);
    assert!(session.seen.iter().any(|l| l.contains("!limit_reached")));
    // The command, the packet, and the services that are looked at.
    assert_eq!(session.seen.len(), 2 + limits::CIP_SERVICES);
}

#[test]
fn services_inside_each_other_are_bounded_and_it_shows() {
    let mut packet = bytes("0e03 2001 2401 3001");
    for _ in 0..9 {
        packet = multiple(&bytes("0a02 2002 2401"), &[&packet]);
    }
    let mut session = Session::new();
    session.segment(Role::Client, &connected(4, 1, &packet), false);
    assert_eq!(session.seen.len(), 1 + 4);
    assert!(session.seen[4].contains("!limit_reached"));
}

fn ask(data: &[u8], transport: Transport, hinted: bool, sender: Option<Role>) -> Probe {
    probe::probe(&ProbeInput {
        bytes: data,
        transport,
        hinted,
        sender,
    })
}

#[test]
fn the_first_message_tells_the_protocol_and_the_roles() {
    let tcp = Transport::Tcp;
    let known = |message: &[u8], role| {
        assert_eq!(
            ask(message, tcp, false, None),
            Probe::Recognised(Some(role))
        );
        assert_eq!(
            ask(&message[..20], tcp, false, None),
            Probe::Incomplete,
            "{message:02x?}"
        );
    };
    known(&connected(1, 1, &bytes(READ)), Role::Client);
    known(&connected(1, 1, &bytes(READ_REPLY)), Role::Server);
    known(&unconnected(1, &bytes("8100 0000")), Role::Server);
    let registration = bytes("6500040000000000 0000000000000000 0000000000000000 01000000");
    known(&registration, Role::Client);
    let io = bytes("02000280080003064b00db943f00b1000600a587e80f0300");
    assert_eq!(
        ask(&io, Transport::Udp, false, None),
        Probe::Recognised(None)
    );
    assert_eq!(ask(&io, tcp, false, None), Probe::Unrecognised);
}

#[test]
fn the_first_bytes_of_other_protocols_are_not_this_one() {
    for other in [
        b"GET / HTTP/1.1\r\nHost: plant.example\r\n\r\n".as_slice(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x20",
        b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x02\x00\x02\x00\x00\x00\x06\x01\x03\x00\x00\x00\x02",
        b"\x68\x04\x07\x00\x00\x00",
        b"\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x21",
    ] {
        assert_eq!(
            ask(other, Transport::Tcp, false, Some(Role::Client)),
            Probe::Unrecognised,
            "{other:02x?}"
        );
    }
}
