//! Input that somebody made to break the sensor, and the probe.

use proptest::prelude::*;

use super::{Session, bytes};
use crate::dissect::iec104::probe::probe;
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

/// APDUs of every format and with every kind of inner structure: list, sequence, time tag, file
/// segment, no element, security.
const SEEDS: &[&str] = &[
    "6804 07000000",
    "6804 0100 0800",
    "680e 0200 0200 6401 0600 0d91 000000 14",
    "6816 0400 0200 0189 1400 0d91 1a2700 d0808080c080808080",
    "6815 1200 0800 1e01 0300 0d91 1a2700 d1552a0000010100",
    "6817 d20a 1a00 3e01 4700 9001 421f00 0100 00 ddd90309100718",
    "681a 0200 0200 0d02 0300 9001 ae1500 60e596c000 af1500 60e596c000",
    "680d 0200 0200 6601 0500 0100 010000",
    "6814 0c00 1600 6701 0604 0d91 000000 c83239081d0808",
    "6815 0200 0200 7d01 0d00 0100 010000 0100 01 04 01020304",
    "6811 0200 0200 5101 0e00 0100 000000 01020304",
    "680e 0200 0200 c801 0600 0100 000000 14",
];

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
fn the_seeds_are_without_fault() {
    for seed in SEEDS {
        let mut session = Session::default();
        session.segment(Role::Client, &bytes(seed), true);
        assert_eq!(session.seen.len(), 1, "{seed}");
        assert!(!session.seen[0].contains('!'), "{}", session.seen[0]);
    }
}

#[test]
fn truncation_at_every_length_is_survived_and_shown() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for len in 1..whole.len() {
            let mut session = Session::default();
            session.segment(Role::Client, &whole[..len], true);
            assert_eq!(session.seen.len(), 1, "{seed} cut to {len}");
            assert!(
                session.seen[0].contains("!truncated"),
                "{seed} cut to {len}"
            );
        }
    }
}

/// What the capture cut is not held against the sender.
#[test]
fn an_apdu_cut_by_the_capture_is_not_malformed() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for len in 6..whole.len() {
            let mut session = Session {
                cut: true,
                ..Session::default()
            };
            session.segment(Role::Client, &whole[..len], false);
            assert_eq!(session.seen.len(), 1, "{seed} cut to {len}");
            assert!(!session.seen[0].contains('!'), "{}", session.seen[0]);
        }
    }
}

/// The ASDU ends early but the length field agrees: the APDU is whole and its body is not.
#[test]
fn a_short_asdu_in_a_whole_apdu_is_malformed() {
    for seed in SEEDS.iter().filter(|seed| seed.len() > 20) {
        let whole = bytes(seed);
        let opaque = matches!(whole[6], 0x51 | 200);
        for length in 4..whole.len() - 2 {
            let mut short = whole[..2 + length].to_vec();
            short[1] = u8::try_from(length).unwrap();
            let mut session = Session::default();
            session.segment(Role::Client, &short, false);
            assert_eq!(session.seen.len(), 1, "{seed} cut to {length}");
            if !opaque || length < 10 {
                let line = &session.seen[0];
                assert!(line.contains("!bad_length"), "{seed} to {length}: {line}");
            }
        }
    }
}

/// One more object than there are octets for, and one less.
#[test]
fn a_number_of_objects_that_does_not_fit_is_a_wrong_length() {
    for (number, anomaly) in [(3, "!truncated"), (1, "!trailing_bytes")] {
        let mut apdu = bytes(SEEDS[6]);
        apdu[7] = number;
        let mut session = Session::default();
        session.segment(Role::Server, &apdu, false);
        assert!(session.seen[0].contains("!bad_length"));
        assert!(session.seen[0].contains(anomaly), "{}", session.seen[0]);
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

    /// Random bytes behind control information that fits, so that they reach the ASDU.
    #[test]
    fn random_asdus_never_panic_and_each_is_one_observation(
        asdu in proptest::collection::vec(any::<u8>(), 0..=249),
        id in any::<u8>(),
    ) {
        let mut apdu = vec![0x68, u8::try_from(asdu.len() + 4).unwrap(), 0, 0, 0, 0];
        apdu.extend(&asdu);
        if let Some(first) = apdu.get_mut(6) {
            *first = id;
        }
        let mut session = Session::default();
        session.segment(Role::Client, &apdu, false);
        session.segment(Role::Server, &apdu, false);
        prop_assert_eq!(session.seen.len(), 2);
    }

    /// How a stream is cut into segments does not change what is seen.
    #[test]
    fn segmentation_does_not_matter(
        picks in proptest::collection::vec(0..SEEDS.len(), 1..6),
        cuts in proptest::collection::vec(1usize..40, 1..40),
    ) {
        let stream: Vec<u8> = picks.iter().flat_map(|at| bytes(SEEDS[*at])).collect();
        let mut whole = Session::default();
        whole.segment(Role::Client, &stream, false);
        let mut cut = Session::default();
        let mut rest = stream.as_slice();
        for at in cuts {
            let (head, tail) = rest.split_at(at.min(rest.len()));
            cut.segment(Role::Client, head, false);
            rest = tail;
        }
        cut.segment(Role::Client, rest, false);
        // In which frame a command came depends on the cuts.
        let told = |session: &Session| -> Vec<String> {
            let line = |line: &String| match line.split_once(" answers #") {
                Some((told, _)) => format!("{told} answers"),
                None => line.clone(),
            };
            session.seen.iter().map(line).collect()
        };
        prop_assert_eq!(told(&whole), told(&cut));
    }

    #[test]
    fn the_probe_never_panics(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        for hinted in [false, true] {
            ask(&data, hinted, None);
        }
    }
}

/// A peer that opens more commands than are kept does not make the sensor grow, and it shows.
#[test]
fn open_commands_are_bounded() {
    let mut session = Session::default();
    for n in 0..40_u8 {
        let mut apdu = bytes("680e 0000 0000 2d01 0600 0100 000000 01");
        apdu[2] = n << 1;
        apdu[12] = n + 1;
        session.segment(Role::Client, &apdu, false);
    }
    let limited = session.seen.iter().filter(|l| l.contains("!limit_reached"));
    assert_eq!(limited.count(), 8);
    // The answer to one that made room is not called unsolicited.
    session.segment(
        Role::Server,
        &bytes("680e 0000 5000 2d01 0700 0100 010000 01"),
        false,
    );
    assert!(!session.seen.last().unwrap().contains("!unsolicited"));
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
fn it_is_recognised_on_any_port_by_content() {
    for (apdu, role) in [
        ("6804 07000000", Some(Role::Client)),
        ("6804 0b000000", Some(Role::Server)),
        ("6804 43000000", None),
        (SEEDS[2], Some(Role::Client)),
        (SEEDS[3], Some(Role::Server)),
        (SEEDS[5], Some(Role::Server)),
    ] {
        assert_eq!(
            ask(&bytes(apdu), false, None),
            Probe::Recognised(role),
            "{apdu}"
        );
    }
}

#[test]
fn the_first_bytes_of_other_protocols_are_not_iec_104() {
    for other in [
        b"GET / HTTP/1.1\r\n".as_slice(),
        b"hello, world\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x21",
        b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x02",
        // M-Bus: start octet 68H as well.
        b"\x68\x09\x09\x68\x53\x01\x51\x01\x02\x03\x04\x05\x06\x00\x16",
    ] {
        assert_eq!(ask(other, false, None), Probe::Unrecognised, "{other:02x?}");
    }
}

#[test]
fn the_probe_waits_for_the_control_information() {
    assert_eq!(ask(&[0x68], true, None), Probe::Incomplete);
    assert_eq!(ask(&[0x68, 4, 7], false, None), Probe::Incomplete);
    let start = bytes("680e 0200 0200");
    assert_eq!(
        ask(&start, true, Some(Role::Client)),
        Probe::Recognised(Some(Role::Client))
    );
    assert_eq!(ask(&start, false, None), Probe::Incomplete);
}

#[test]
fn a_capture_that_starts_inside_an_apdu_is_recognised_at_the_next_one() {
    let mut middle = bytes("8080c080808080");
    assert_eq!(ask(&middle, true, None), Probe::Incomplete);
    middle.extend(bytes("6804 01000800"));
    assert_eq!(ask(&middle, true, None), Probe::Recognised(None));
}
