//! Input that somebody made to break the sensor, and the probe.

use proptest::prelude::*;

use super::{ACKNOWLEDGE, HELLO, Session, bytes, chunk, framed, seed, seeds, told};
use crate::dissect::opcua::probe::probe;
use crate::dissect::{Dissector, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::Transport;

/// Plays the bytes in both directions and to the end; returns the observations.
fn play(data: &[u8]) -> Vec<String> {
    let mut session = Session::default();
    session.segment(Role::Client, data, false);
    session.segment(Role::Server, data, false);
    session.gap(Role::Server, 100);
    session.segment(Role::Server, data, true);
    session.segment(Role::Client, &[], true);
    session.seen
}

#[test]
fn truncation_of_a_chunk_at_every_length_is_survived_and_shown() {
    for seed in seeds() {
        let whole = seed.chunk(2, 2);
        for len in 1..whole.len() {
            let mut session = Session::open();
            session.segment(seed.role(), &whole[..len], true);
            assert_eq!(session.seen.len(), 1, "{} cut to {len}", seed.name);
            assert!(
                session.last().contains("!truncated"),
                "{} cut to {len}",
                seed.name
            );
        }
    }
}

/// What the capture cut is not held against the sender.
#[test]
fn a_chunk_cut_by_the_capture_is_not_malformed() {
    for seed in seeds() {
        let whole = seed.chunk(2, 2);
        for len in 8..whole.len() {
            let mut session = Session::open();
            session.cut = true;
            session.segment(seed.role(), &whole[..len], false);
            assert_eq!(session.seen.len(), 1, "{} cut to {len}", seed.name);
            for anomaly in ["truncated", "bad_", "limit_reached", "mismatch"] {
                assert!(
                    !session.last().contains(anomaly),
                    "{} cut to {len}: {}",
                    seed.name,
                    session.last()
                );
            }
        }
    }
}

/// The body ends early but the size agrees: the chunk is whole and its message is not.
#[test]
fn a_short_body_in_a_whole_chunk_is_malformed() {
    for seed in seeds() {
        for len in 0..seed.body.len() {
            let mut session = Session::open();
            let head = match seed.name {
                name if name.starts_with("OpenSecure") => *b"OPNF",
                name if name.starts_with("CloseSecure") => *b"CLOF",
                _ => *b"MSGF",
            };
            session.segment(seed.role(), &chunk(head, 2, 2, &seed.body[..len]), false);
            assert_eq!(session.seen.len(), 1, "{} cut to {len}", seed.name);
            assert!(
                session.last().contains("!truncated !bad_length"),
                "{} to {len}: {}",
                seed.name,
                session.last()
            );
        }
    }
}

#[test]
fn octets_behind_the_last_field_show() {
    for seed in seeds() {
        let mut session = Session::open();
        let longer = [&seed.body[..], &[0]].concat();
        let head = if seed.name.starts_with("Open") {
            *b"OPNF"
        } else {
            *b"MSGF"
        };
        session.segment(seed.role(), &chunk(head, 2, 2, &longer), false);
        assert!(
            session.last().contains("!trailing_bytes"),
            "{}: {}",
            seed.name,
            session.last()
        );
    }
}

#[test]
fn every_single_bit_flip_is_survived() {
    for seed in seeds() {
        let whole = seed.chunk(2, 2);
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let mut session = Session::open();
            session.segment(seed.role(), &flipped, true);
        }
    }
}

/// A count of 2³¹ of elements that take no octet, and arrays of arrays of them, do not take time.
#[test]
fn counts_are_bounded_by_the_octets_there_are() {
    let header = &seed("ReadResponse").body[..27 + 3];
    assert!(header.starts_with(&[1, 0, 0x7a, 2]));
    for variant in [
        "80ffffff7f",
        "98ffffff7f",
        "99ffffff7f",
        "8fffffff7f",
        "97ffffff7f",
    ] {
        let body = [
            &bytes("01007a02"),
            &header[4..],
            &bytes("01000000 01"),
            &bytes(variant),
        ]
        .concat();
        let mut session = Session::open();
        session.segment(Role::Server, &chunk(*b"MSGF", 2, 2, &body), false);
        assert!(
            session.last().contains("!bad_"),
            "{variant}: {}",
            session.last()
        );
    }
}

/// Variants within variants: 99 are gone into, more show as a limit.
#[test]
fn nesting_is_bounded() {
    let read = seed("ReadResponse");
    let header = &read.body[..28];
    for (levels, limited) in [(99_usize, false), (100, true), (5000, true)] {
        let mut value = [0x98, 1, 0, 0, 0].repeat(levels);
        value.extend([1, 1]);
        let body = [header, &bytes("01000000 01"), &value, &bytes("ffffffff")].concat();
        let mut session = Session::open();
        session.segment(Role::Server, &chunk(*b"MSGF", 2, 2, &body), false);
        assert_eq!(
            session.last().contains("!limit_reached"),
            limited,
            "{levels}: {}",
            session.last()
        );
        assert!(!session.last().contains("!truncated"), "{levels}");
    }
}

/// A client that opens more requests than are kept does not make the sensor grow, and it shows.
#[test]
fn open_requests_are_bounded() {
    let mut session = Session::open();
    let ask = seed("PublishRequest");
    let many = u32::try_from(limits::OPCUA_OPEN_REQUESTS).unwrap() + 5;
    for number in 0..many {
        session.segment(Role::Client, &ask.chunk(2 + number, 2 + number), false);
    }
    let limited = session.seen.iter().filter(|l| l.contains("!limit_reached"));
    assert_eq!(limited.count(), 5);
    let tell = seed("PublishResponse");
    session.segment(Role::Server, &tell.chunk(2, 2), false);
    assert!(
        !session.last().contains("!unsolicited"),
        "its request made room"
    );
    session.segment(Role::Server, &tell.chunk(3, many), false);
    assert!(session.last().contains(" answers #"), "{}", session.last());
}

#[test]
fn objects_and_names_are_bounded() {
    let nodes = |count: u32, text: &str| {
        let body = &seed("RegisterNodesRequest").body;
        let node = [
            &[3, 2, 0][..],
            &u32::try_from(text.len()).unwrap().to_le_bytes(),
            text.as_bytes(),
        ]
        .concat();
        [
            &body[..50],
            &count.to_le_bytes(),
            &node.repeat(count as usize),
        ]
        .concat()
    };
    let most = u32::try_from(limits::OPCUA_OBJECTS).unwrap();
    for (count, text, told, limited) in [
        (most, "P", limits::OPCUA_OBJECTS, false),
        (most + 1, "P", limits::OPCUA_OBJECTS, true),
        (2, &*"P".repeat(limits::OPCUA_NAME_BYTES), 0, true),
    ] {
        let mut session = Session::open();
        session.segment(
            Role::Client,
            &chunk(*b"MSGF", 2, 2, &nodes(count, text)),
            false,
        );
        assert_eq!(
            session.last().matches(" ns=2;s=").count(),
            told,
            "{}",
            session.last()
        );
        assert_eq!(session.last().contains("!limit_reached"), limited);
        assert!(!session.last().contains("!truncated"), "{}", session.last());
    }
}

/// A chunk that says it has 2³² octets: its start is told, and the rest is passed over without being kept.
#[test]
fn a_long_chunk_is_passed_over() {
    let mut session = Session::default();
    let mut long = seed("ReadRequest").chunk(2, 2);
    long[4..8].copy_from_slice(&200_000_u32.to_le_bytes());
    long.resize(200_000, 0x5a);
    let next = seed("WriteRequest").chunk(3, 3);
    for part in [&long[..], &next].concat().chunks(1400) {
        session.segment(Role::Client, part, false);
    }
    assert_eq!(session.seen.len(), 2, "{:?}", session.seen);
    assert!(session.seen[0].contains(" read ") && session.seen[0].contains("!limit_reached"));
    assert!(session.seen[1].contains(" write ") && !session.seen[1].contains('!'));
    assert_eq!(session.opcua.held(), 0);
}

/// Where part of a long chunk is lost that nobody looks at, nothing else is.
#[test]
fn a_loss_in_what_is_passed_over_costs_nothing() {
    let mut session = Session::default();
    let mut long = seed("ReadRequest").chunk(2, 2);
    long[4..8].copy_from_slice(&200_000_u32.to_le_bytes());
    long.resize(100_000, 0x5a);
    session.segment(Role::Client, &long, false);
    session.gap(Role::Client, 100_000);
    session.segment(Role::Client, &seed("WriteRequest").chunk(3, 3), false);
    assert!(
        session.last().contains(" write ") && !session.last().contains('!'),
        "{:?}",
        session.seen
    );
}

#[test]
fn the_probe_takes_what_begins_as_a_chunk() {
    let ask = |data: &[u8], hinted| {
        probe(&ProbeInput {
            bytes: data,
            transport: Transport::Tcp,
            hinted,
            sender: None,
        })
    };
    let hello = framed(*b"HELF", &bytes(HELLO));
    assert_eq!(ask(&hello, false), Probe::Recognised(Some(Role::Client)));
    let ack = framed(*b"ACKF", &bytes(ACKNOWLEDGE));
    assert_eq!(ask(&ack, false), Probe::Recognised(Some(Role::Server)));
    for seed in seeds() {
        let told = ask(&seed.chunk(7, 7), false);
        assert_eq!(told, Probe::Recognised(Some(seed.role())), "{}", seed.name);
    }
    let middle = [b"of a message ", &hello[..]].concat();
    assert_eq!(ask(&middle, true), Probe::Recognised(None));
    assert_eq!(ask(&middle, false), Probe::Unrecognised);
    assert_eq!(ask(b"MSG", false), Probe::Incomplete);
    assert_eq!(
        ask(b"MSGF\x08\0\0\0", false),
        Probe::Unrecognised,
        "shorter than its headers"
    );
    assert_eq!(ask(b"GET / HTTP/1.1\r\n", true), Probe::Unrecognised);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        play(&data);
    }

    /// Random bytes behind headers that fit, so that they reach the fields of each service.
    #[test]
    fn random_bodies_never_panic(
        data in proptest::collection::vec(any::<u8>(), 0..300),
        at in 0_usize..80,
        keep in 4_usize..60,
    ) {
        let seed = &seeds()[at];
        let body = [&seed.body[..keep.min(seed.body.len())], &data[..]].concat();
        let mut session = Session::open();
        session.segment(seed.role(), &chunk(*b"MSGF", 2, 2, &body), false);
        prop_assert_eq!(session.seen.len(), 1);
    }

    /// How a stream is cut into segments does not change what is seen.
    #[test]
    fn segmentation_does_not_matter(
        picks in proptest::collection::vec(0..80_usize, 1..6),
        cuts in proptest::collection::vec(1_usize..200, 1..20),
        chunks in proptest::collection::vec(1_usize..60, 1..6),
    ) {
        let seeds = seeds();
        let mut sequence = 1;
        let mut stream = Vec::new();
        for (number, at) in picks.iter().enumerate() {
            let number = u32::try_from(number).unwrap() + 2;
            let body = &seeds[*at].body;
            // The same message in several chunks.
            let parts: Vec<&[u8]> = body.chunks(chunks[number as usize % chunks.len()] + 20).collect();
            for (part, octets) in parts.iter().enumerate() {
                sequence += 1;
                let head = if part + 1 == parts.len() { *b"MSGF" } else { *b"MSGC" };
                stream.extend(chunk(head, sequence, number, octets));
            }
        }
        let mut whole = Session::open();
        whole.segment(Role::Client, &stream, false);
        let mut cut = Session::open();
        let mut rest = stream.as_slice();
        for at in cuts {
            let (head, tail) = rest.split_at(at.min(rest.len()));
            cut.segment(Role::Client, head, false);
            rest = tail;
        }
        cut.segment(Role::Client, rest, false);
        prop_assert_eq!(told(&whole), told(&cut));
        prop_assert!(whole.seen.iter().all(|line| !line.contains("out_of_sequence")));
        prop_assert_eq!(whole.opcua.held(), 0);
    }

    #[test]
    fn the_probe_never_panics(data in proptest::collection::vec(any::<u8>(), 0..100)) {
        for hinted in [false, true] {
            probe(&ProbeInput { bytes: &data, transport: Transport::Tcp, hinted, sender: None });
        }
    }
}
