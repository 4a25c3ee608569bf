//! Input that somebody made to break the sensor, and the probe.

use proptest::prelude::*;

use super::{Session, bytes, fragment, framed};
use crate::dissect::dnp3::probe::probe;
use crate::dissect::{Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::Transport;

/// Fragments with every kind of inner structure: no objects, ranges, packed bits, indices, sizes,
/// attributes, file names, authentication. The first octet of the pair says who sends.
const SEEDS: &[(bool, &str)] = &[
    (true, "c00d"),
    (true, "c001 3c0206 3c0306 3c0406 3c0106"),
    (true, "c003 0c0128 0100 0100 0301 64000000 64000000 00"),
    (true, "c002 5001 00 07 07 00"),
    (true, "c001 1e01 17 02 05 09"),
    (
        true,
        "ce19 46035b 01 2400 1a00 0a00 00000000 0000 0000 00000000 00000000 0100 0004 0400 2e2f746573742e786d6c",
    ),
    (
        true,
        "cc05 7803 07 01 09000000 0100 0c0128 0100 0100 0301 64000000 64000000 00 78095b 01 0400 01020304",
    ),
    (
        false,
        "c0810000 0101 00 00 09 ffff 1e05 00 00 00 01 00008040 0301 00 00 03 aa",
    ),
    (
        false,
        "c0810000 3301 07 01 010203040506 0203 28 0200 0000 81 0000 0500 81 0100",
    ),
    (false, "c0810000 00fc00 00 00 01 04 41636d65"),
    (false, "c0810000 6e03 00 00 01 414243 444546"),
    (false, "f082 9000"),
];

/// Every seed as a whole frame.
fn seeds() -> impl Iterator<Item = (bool, Vec<u8>)> {
    SEEDS
        .iter()
        .map(|(from_master, hex)| (*from_master, fragment(*from_master, &bytes(hex))))
}

const fn role(from_master: bool) -> Role {
    if from_master {
        Role::Client
    } else {
        Role::Server
    }
}

/// Plays the bytes in both directions and to the end.
fn play(data: &[u8]) {
    for transport in [Transport::Tcp, Transport::Udp] {
        let mut session = Session::new();
        session.transport = transport;
        session.segment(Role::Client, data, false);
        session.segment(Role::Server, data, false);
        session.gap(Role::Server, 100);
        session.segment(Role::Server, data, true);
        session.segment(Role::Client, &[], true);
    }
}

#[test]
fn the_seeds_are_without_fault() {
    for (from_master, frame) in seeds() {
        let mut session = Session::new();
        session.segment(role(from_master), &frame, true);
        assert_eq!(session.seen.len(), 1);
        assert!(!session.seen[0].contains('!'), "{}", session.seen[0]);
    }
}

#[test]
fn truncation_at_every_length_is_survived_and_shown() {
    for (from_master, frame) in seeds() {
        for len in 1..frame.len() {
            let mut session = Session::new();
            session.segment(role(from_master), &frame[..len], true);
            assert_eq!(session.seen.len(), 1, "cut to {len}");
            assert!(session.seen[0].contains("!truncated"), "cut to {len}");
        }
    }
}

/// The fragment ends early and the link layer agrees. Where an object header ends nobody can tell.
#[test]
fn a_short_fragment_in_a_whole_frame_is_malformed_or_ends_at_a_header() {
    for (from_master, hex) in SEEDS {
        let whole = bytes(hex);
        let mut malformed = 0;
        for len in 2..whole.len() {
            let mut session = Session::new();
            let frame = fragment(*from_master, &whole[..len]);
            session.segment(role(*from_master), &frame, false);
            assert_eq!(session.seen.len(), 1, "{hex} cut to {len}");
            malformed += usize::from(session.seen[0].contains("!truncated"));
        }
        let headers = 12;
        assert!(malformed + headers >= whole.len() - 2, "{hex}: {malformed}");
    }
}

/// No bit of a frame can be changed without being noticed: start, length, or CRC tells.
#[test]
fn every_single_bit_flip_is_survived_and_shown() {
    for (from_master, frame) in seeds() {
        for bit in 0..frame.len() * 8 {
            let mut flipped = frame.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            play(&flipped);
            let mut session = Session::new();
            session.segment(role(from_master), &frame, false);
            session.segment(role(from_master), &flipped, true);
            let told = &session.seen[1..];
            assert!(
                told.iter().any(|line| line.contains('!')),
                "bit {bit}: {told:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        play(&data);
    }

    /// Random objects behind a function that exists, in frames whose CRCs fit.
    #[test]
    fn random_fragments_never_panic_and_each_is_one_observation(
        objects in proptest::collection::vec(any::<u8>(), 0..240),
        code in any::<u8>(),
        from_master in any::<bool>(),
    ) {
        let application = [[0xc0, code].as_slice(), &objects].concat();
        let mut session = Session::new();
        session.segment(role(from_master), &fragment(from_master, &application), false);
        prop_assert_eq!(session.seen.len(), 1);
    }

    /// Bits of a fragment flipped before it is framed, so that its CRCs fit.
    #[test]
    fn flipped_fragments_never_panic(at in 0..SEEDS.len(), bit in any::<prop::sample::Index>()) {
        let (from_master, hex) = SEEDS[at];
        let mut application = bytes(hex);
        let bit = bit.index(application.len() * 8);
        application[bit / 8] ^= 1 << (bit % 8);
        play(&fragment(from_master, &application));
    }

    /// How a stream is cut into segments does not change what is seen.
    #[test]
    fn segmentation_does_not_matter(
        picks in proptest::collection::vec(0..SEEDS.len(), 1..6),
        cuts in proptest::collection::vec(1usize..40, 1..40),
    ) {
        let all: Vec<_> = seeds().collect();
        let stream: Vec<u8> = picks.iter().flat_map(|at| all[*at].1.clone()).collect();
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
        // In which segment a request came depends on the cuts.
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

/// A peer that announces four thousand million points costs nothing.
#[test]
fn announced_points_are_not_visited() {
    for application in [
        "c001 0102 02 00000000 ffffffff",
        "c002 0102 09 ffffffff",
        "c002 0103 09 ffffffff",
        "c002 0c03 09 ffffffff",
        "c002 3c01 09 ffffffff",
        "c002 0001 79 ffffffff",
        "c002 2901 09 ffffffff",
        // Objects without octets, also behind the prefix that is reserved.
        "c002 3c01 79 ffffffff",
        "c002 3c01 72 00000000 ffffffff",
        "c002 5000 79 ffffffff",
    ] {
        let mut session = Session::new();
        session.segment(Role::Client, &fragment(true, &bytes(application)), true);
        assert_eq!(session.seen.len(), 1);
    }
}

#[test]
fn objects_are_bounded_and_it_shows() {
    // Every second index, so that no two make a run.
    let mut application = bytes("c0820000 0201 17 64");
    application[0] = 0xf0;
    application.extend((0..100_u8).flat_map(|n| [2 * n, 0x81]));
    let mut session = Session::new();
    session.segment(Role::Server, &fragment(false, &application), false);
    let line = &session.seen[0];
    assert!(line.contains("!limit_reached"));
    assert!(line.matches("binary_input_event").count() <= 64);
    assert!(
        line.contains("iin:0000"),
        "there is room for what comes after"
    );
}

/// A fragment of more octets than are kept is read as far as it is kept.
#[test]
fn a_long_fragment_is_cut_and_it_shows() {
    let mut session = Session::new();
    let first = [bytes("40 c002 0101 01 0000 ffff"), vec![0; 200]].concat();
    session.segment(Role::Client, &framed(0xc4, 10, 1, &first), false);
    for n in 1..=40 {
        let transport = if n == 40 { 0x80 | n } else { n };
        let data = [[transport].as_slice(), &[0; 249]].concat();
        session.segment(Role::Client, &framed(0xc4, 10, 1, &data), false);
    }
    let line = session.seen.last().unwrap();
    assert!(line.contains("binary_input:0+65536"), "{line}");
    assert!(
        line.contains("!limit_reached") && !line.contains("!truncated"),
        "{line}"
    );
    const { assert!(limits::DNP3_FRAGMENT_BYTES < 40 * 249) };
}

#[test]
fn open_requests_are_bounded() {
    let mut session = Session::new();
    for outstation in 0..40 {
        let frame = framed(0xc4, outstation, 1000, &bytes("c0c0013c0106"));
        session.segment(Role::Client, &frame, false);
    }
    let limited = session.seen.iter().filter(|l| l.contains("!limit_reached"));
    assert_eq!(limited.count(), 8);
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
fn dnp3_is_recognised_on_any_port_by_its_crc() {
    let frame = bytes("056408c40a000100fc42 c0c00d9c86");
    assert_eq!(
        ask(&frame, false, None),
        Probe::Recognised(Some(Role::Client))
    );
    let response = bytes("05640a4401000a006e25 c0c0810001c2de");
    assert_eq!(
        ask(&response, false, None),
        Probe::Recognised(Some(Role::Server))
    );
    assert_eq!(ask(&frame[..9], false, None), Probe::Incomplete);
    let mut wrong = frame.clone();
    wrong[8] ^= 1;
    assert_eq!(ask(&wrong, false, None), Probe::Unrecognised);
    assert_eq!(
        ask(&wrong, true, Some(Role::Client)),
        Probe::Recognised(Some(Role::Client))
    );
}

#[test]
fn the_first_bytes_of_other_protocols_are_not_dnp3() {
    for other in [
        b"GET / HTTP/1.1\r\n".as_slice(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x02",
        b"\x68\x04\x07\x00\x00\x00",
        b"\x05\x00\x0b\x03\x10\x00\x00\x00\x48\x00\x00\x00",
    ] {
        for hinted in [false, true] {
            assert_eq!(
                ask(other, hinted, Some(Role::Client)),
                Probe::Unrecognised,
                "{other:02x?}"
            );
        }
    }
}
