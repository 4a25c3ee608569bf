//! What is not defined, and what a server says of itself.

use super::{Session, bytes, chunk, seed};
use crate::dissect::Role;

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
