//! Requests and what answers them, made up.

use super::{Session, bytes, chunk, framed, seed};
use crate::dissect::Role;

#[test]
fn responses_are_held_against_their_requests() {
    let mut session = Session::open();
    session.segment(Role::Client, &seed("ReadRequest").chunk(2, 2), false);
    session.segment(Role::Server, &seed("WriteResponse").chunk(2, 2), false);
    assert!(
        session.last().ends_with("!mismatch"),
        "another service: {}",
        session.last()
    );
    session.segment(Role::Server, &seed("WriteResponse").chunk(3, 7), false);
    assert!(
        session.last().ends_with("!unsolicited"),
        "{}",
        session.last()
    );
    session.segment(Role::Client, &seed("DeleteNodesRequest").chunk(3, 3), false);
    session.segment(
        Role::Server,
        &seed("AddReferencesResponse").chunk(4, 3),
        false,
    );
    assert!(session.last().ends_with("!mismatch"), "{}", session.last());
    session.segment(Role::Server, &seed("WriteRequest").chunk(5, 4), false);
    assert!(
        session.last().ends_with("!wrong_role"),
        "{}",
        session.last()
    );
    let mut elsewhere = seed("ReadRequest").chunk(4, 4);
    elsewhere[8] = 9;
    session.segment(Role::Client, &elsewhere, false);
    assert!(
        session.last().ends_with("!mismatch"),
        "another channel: {}",
        session.last()
    );
    // Three values where two were written.
    session.segment(Role::Client, &seed("WriteRequest").chunk(5, 5), false);
    let three = [
        &seed("WriteResponse").body[..28],
        &[3, 0, 0, 0],
        &[0; 12],
        &[0xff; 4],
    ]
    .concat();
    session.segment(Role::Server, &chunk(*b"MSGF", 6, 5, &three), false);
    assert!(session.last().ends_with("!mismatch"), "{}", session.last());
}

/// A fault goes by the service of its request.
#[test]
fn a_service_fault_answers_its_request() {
    let mut session = Session::open();
    session.segment(Role::Client, &seed("CallRequest").chunk(2, 2), false);
    session.segment(Role::Server, &seed("ServiceFault").chunk(2, 2), false);
    assert_eq!(
        session.last(),
        "< 712 call (control) service_fault=397 error 0x800b0000 BadServiceUnsupported answers #5"
    );
}

/// A fault whose result is good, of a call that was seen and of one that was not.
#[test]
fn a_service_fault_is_never_told_as_done() {
    let mut session = Session::open();
    let mut fault = seed("ServiceFault").body.clone();
    fault[16..20].fill(0);
    session.segment(Role::Client, &seed("CallRequest").chunk(2, 2), false);
    for (sequence, request) in [(2, 2), (3, 9)] {
        session.segment(
            Role::Server,
            &chunk(*b"MSGF", sequence, request, &fault),
            false,
        );
        assert!(session.last().contains("!bad_value"), "{}", session.last());
        assert!(!session.last().contains(" ok"), "{}", session.last());
    }
}

/// The server opens the connection (OPC 10000-6, 7.1.3), and asks nothing for that.
#[test]
fn a_reverse_connection_has_its_client_at_the_other_end() {
    let mut session = Session::default();
    let text = |text: &str| {
        let length = u32::try_from(text.len()).unwrap().to_le_bytes();
        [&length[..], text.as_bytes()].concat()
    };
    let reverse = [text("urn:plc7"), text("opc.tcp://plc7:4840")].concat();
    session.segment(Role::Client, &framed(*b"RHEF", &reverse), false);
    session.segment(Role::Server, &framed(*b"HELF", &bytes(super::HELLO)), false);
    session.segment(
        Role::Client,
        &framed(*b"ACKF", &bytes(super::ACKNOWLEDGE)),
        false,
    );
    session.segment(
        Role::Server,
        &seed("OpenSecureChannelRequest").chunk(1, 1),
        false,
    );
    session.segment(
        Role::Client,
        &seed("OpenSecureChannelResponse").chunk(1, 1),
        false,
    );
    assert_eq!(
        session.seen[..3],
        [
            "- 65539 reverse_hello (session) server_uri=\"urn:plc7\" endpoint_url=\"opc.tcp://plc7:4840\"",
            "> 65537 hello (session) endpoint_url=\"opc.tcp://localhost:4840\"",
            "< 65537 hello (session) ok answers #2",
        ]
    );
    assert!(
        session.seen.iter().all(|line| !line.contains('!')),
        "{:?}",
        session.seen
    );
}

#[test]
fn an_error_ends_a_connection_and_says_why() {
    let mut session = Session::default();
    session.segment(Role::Client, &framed(*b"HELF", &bytes(super::HELLO)), false);
    let error = [
        &0x8083_0000_u32.to_le_bytes()[..],
        &0xffff_ffff_u32.to_le_bytes(),
    ]
    .concat();
    session.segment(Role::Server, &framed(*b"ERRF", &error), false);
    assert_eq!(
        session.last(),
        "< 65538 error (session) error 0x80830000 BadTcpEndpointUrlInvalid answers #1"
    );
    let unknown = [
        &0x8fff_0000_u32.to_le_bytes()[..],
        &0xffff_ffff_u32.to_le_bytes(),
    ]
    .concat();
    session.segment(Role::Server, &framed(*b"ERRF", &unknown), false);
    assert_eq!(
        session.last(),
        "< 65538 error (session) error 0x8fff0000 unknown !reserved_code"
    );
}

/// Buffers below the least, a chunk above what was agreed.
#[test]
fn sizes_are_held_against_what_was_agreed() {
    let mut session = Session::default();
    let mut small = bytes(super::HELLO);
    small[4..8].copy_from_slice(&100_u32.to_le_bytes());
    session.segment(Role::Client, &framed(*b"HELF", &small), false);
    assert!(session.last().ends_with("!bad_value"), "{}", session.last());
    let mut agreed = bytes(super::ACKNOWLEDGE);
    agreed[4..8].copy_from_slice(&8192_u32.to_le_bytes());
    session.segment(Role::Server, &framed(*b"ACKF", &agreed), false);
    let mut body = seed("ReadRequest").body.clone();
    body.resize(8192, 0);
    session.segment(Role::Client, &chunk(*b"MSGF", 1, 1, &body), false);
    assert!(session.last().contains("!bad_length"), "{}", session.last());
}

#[test]
fn what_is_not_defined_keeps_its_number() {
    let mut session = Session::open();
    for (kind, code) in [
        ("01009999", 0x9999),
        ("0101 7702", 0x1_0008),
        ("0003 00", 3),
    ] {
        session.segment(
            Role::Client,
            &chunk(*b"MSGF", session.opcua.next(), 2, &bytes(kind)),
            false,
        );
        assert_eq!(
            session.last(),
            format!("> {code} unknown (unknown) !reserved_code")
        );
    }
}

/// A name, a version and a manufacturer that are read one by one.
#[test]
fn what_a_server_says_of_itself_is_told_as_identity() {
    let mut session = Session::open();
    let header = |name: &str, octets: usize| seed(name).body[..octets].to_vec();
    let node = |number: u16| {
        let [low, high] = number.to_le_bytes();
        [
            &[1, 0, low, high][..],
            &[13, 0, 0, 0],
            &[0xff; 4],
            &[0, 0],
            &[0xff; 4],
        ]
        .concat()
    };
    let mut ask = header("ReadRequest", 50 + 12);
    ask.extend(3_u32.to_le_bytes());
    for number in [2264, 2258, 2263] {
        ask.extend(node(number));
    }
    let mut tell = header("ReadResponse", 28);
    tell.extend(3_u32.to_le_bytes());
    for text in ["1.2.3", "other", "Acme"] {
        tell.extend(
            [
                &[1, 12][..],
                &u32::try_from(text.len()).unwrap().to_le_bytes(),
                text.as_bytes(),
            ]
            .concat(),
        );
    }
    tell.extend([0xff; 4]);
    session.segment(Role::Client, &chunk(*b"MSGF", 2, 2, &ask), false);
    session.segment(Role::Server, &chunk(*b"MSGF", 2, 2, &tell), false);
    assert_eq!(session.seen[0], "> 631 read (read) i=2264 i=2258 i=2263");
    assert_eq!(
        session.last(),
        "< 631 read (read) +36 ok ~vendor=\"Acme\" ~firmware=\"1.2.3\" answers #5"
    );
    // The same values of nobody's asking are no identity.
    session.segment(Role::Server, &chunk(*b"MSGF", 3, 9, &tell), false);
    assert!(!session.last().contains('~'), "{}", session.last());
}
