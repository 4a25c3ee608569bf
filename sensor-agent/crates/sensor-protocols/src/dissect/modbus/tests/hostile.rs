//! Input that somebody made to break the sensor, and the probe.

use proptest::prelude::*;

use super::{Session, bytes};
use crate::dissect::modbus::probe::probe;
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

/// Messages with every kind of inner structure: ranges, counts, references, objects, envelopes.
const SEEDS: &[&str] = &[
    "0001 0000 0006 01 03 0000 0002",
    "000d 0000 0008 07 0f 0001 0004 01 09",
    "0015 0000 0011 06 17 0001 0004 0002 0003 06 00aa00bb00cc",
    "0001 0000 0011 01 14 0e 06 0004 0001 0002 06 0003 0009 0002",
    "0001 0000 000f 01 14 0c 05 06 0dfe 0020 05 06 33cd 0040",
    "0001 0000 0010 01 15 0d 06 0004 0007 0003 06af 04be 100d",
    "0001 0000 000a 01 18 0006 0002 01b8 1284",
    "0001 0000 000b 01 0c 08 0000 0108 0121 2000",
    "0001 0000 0010 01 2b 0e 01 83 00 00 02 00 02 4142 01 02 4344",
    "0000 0000 0006 0a 08 0004 0000",
    "0001 0000 0003 01 83 02",
    "0003 0000 0006 00 5a 00 fe 10ff",
];

/// Plays the bytes in both directions and to the end; returns the observations.
fn play(data: &[u8]) -> Vec<String> {
    let mut session = Session::new();
    session.segment(Role::Client, data, false);
    session.segment(Role::Server, data, false);
    session.gap(Role::Server, 100);
    session.segment(Role::Server, data, true);
    session.segment(Role::Client, &[], true);
    session.seen
}

#[test]
fn truncation_at_every_length_is_survived_and_shown() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for len in 1..whole.len() {
            let mut session = Session::new();
            session.segment(Role::Client, &whole[..len], true);
            assert_eq!(
                session.seen.len(),
                1,
                "{seed} cut to {len}: {:?}",
                session.seen
            );
            assert!(
                session.seen[0].contains("!truncated"),
                "{seed} cut to {len}"
            );
        }
    }
}

/// The PDU ends early but the length field agrees: the message is whole and its body is not.
#[test]
fn a_short_body_in_a_whole_frame_is_malformed() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for length in 2..whole.len() - 6 {
            let mut short = whole[..6 + length].to_vec();
            short[5] = u8::try_from(length).unwrap();
            let mut session = Session::new();
            session.segment(Role::Client, &short, false);
            session.segment(Role::Server, &short, false);
            assert_eq!(session.seen.len(), 2, "{seed} cut to {length}");
        }
    }
}

#[test]
fn every_single_bit_flip_is_survived() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            play(&flipped);
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        play(&data);
    }

    /// Random bytes behind a header that fits, so that they reach the parsers of the PDUs.
    #[test]
    fn random_pdus_never_panic_and_each_is_one_observation(
        pdu in proptest::collection::vec(any::<u8>(), 1..253),
        code in 0u8..=255,
    ) {
        let mut message = vec![0, 1, 0, 0, 0, u8::try_from(pdu.len() + 1).unwrap(), 1];
        message.extend(&pdu);
        message[7] = code;
        let mut session = Session::new();
        session.segment(Role::Client, &message, false);
        session.segment(Role::Server, &message, false);
        prop_assert_eq!(session.seen.len(), 2);
    }

    /// How a stream is cut into segments does not change what is seen.
    #[test]
    fn segmentation_does_not_matter(
        picks in proptest::collection::vec(0..SEEDS.len(), 1..6),
        cuts in proptest::collection::vec(1usize..40, 1..40),
    ) {
        let stream: Vec<u8> = picks.iter().flat_map(|at| bytes(SEEDS[*at])).collect();
        let mut whole = Session::new();
        whole.segment(Role::Client, &stream, false);
        let mut cut = Session::new();
        let mut rest = stream.as_slice();
        for at in cuts {
            let (head, tail) = rest.split_at(at.min(rest.len()));
            cut.segment(Role::Client, head, false);
            rest = tail;
        }
        cut.segment(Role::Client, rest, false);
        prop_assert_eq!(whole.seen, cut.seen);
    }

    #[test]
    fn the_probe_never_panics(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        for hinted in [false, true] {
            ask(&data, hinted, None);
        }
    }
}

fn ask(data: &[u8], hinted: bool, sender: Option<Role>) -> Probe {
    probe(&ProbeInput {
        bytes: data,
        transport: Transport::Tcp,
        hinted,
        sender,
    })
}

#[test]
fn modbus_is_recognised_on_any_port_by_content() {
    let request = bytes("0001 0000 0006 01 03 0000 0002");
    let response = bytes("0001 0000 0007 01 03 04 0001 0002");
    assert_eq!(
        ask(&request, false, None),
        Probe::Recognised(Some(Role::Client))
    );
    assert_eq!(
        ask(&response, false, None),
        Probe::Recognised(Some(Role::Server))
    );
    let echo = bytes("0001 0000 0006 01 06 0001 0002");
    assert_eq!(ask(&echo, false, None), Probe::Recognised(None));
    assert_eq!(
        ask(&echo, false, Some(Role::Client)),
        Probe::Recognised(Some(Role::Client))
    );
}

#[test]
fn the_first_bytes_of_other_protocols_are_not_modbus() {
    for other in [
        b"GET / HTTP/1.1\r\n".as_slice(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        // TPKT and COTP as in S7comm, DNP3, EtherNet/IP, DNS over TCP.
        b"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc1\x02\x01\x00\xc2\x02\x01\x02\xc0\x01\x0a",
        b"\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x21",
        b"\x65\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00",
    ] {
        assert_eq!(ask(other, false, None), Probe::Unrecognised, "{other:02x?}");
        assert_eq!(
            ask(other, true, Some(Role::Client)),
            Probe::Unrecognised,
            "{other:02x?} on port 502"
        );
    }
}

#[test]
fn a_capture_that_starts_inside_a_message_is_recognised_at_the_next_one() {
    let mut middle = bytes("0dfe 0020 05 06 33cd 0040");
    assert_eq!(ask(&middle, true, None), Probe::Incomplete);
    middle.extend(bytes("0001 0000 0006 01 03 0000 0002"));
    assert_eq!(ask(&middle, true, None), Probe::Recognised(None));
}

#[test]
fn the_probe_waits_for_a_header() {
    assert_eq!(ask(&[0, 1], true, None), Probe::Incomplete);
    assert_eq!(ask(&[0, 1, 0, 0, 0, 6, 1], false, None), Probe::Incomplete);
    assert_eq!(
        ask(&[0, 1, 0, 0, 0, 6, 1, 3], true, Some(Role::Client)),
        Probe::Recognised(Some(Role::Client))
    );
}
