//! Input that somebody made to break the sensor, and the probe.

use proptest::prelude::*;

use crate::dissect::cotp::probe::probe;
use crate::dissect::cotp::tests::{Session, bytes, packet, play, play_cut, told};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

/// Packets with every TPDU of class 0.
const SEEDS: &[&str] = &[
    "03000016 11e0 0000 0001 00 c0010a c1020100 c2020102",
    "03000016 11d0 0001 0002 00 c0010a c1020100 c2020102",
    "0300000b 0680 0005 0000 03",
    "03000009 0470 0005 02",
    "03000007 02f000",
    "0300000c 02f080 0100010061",
];

#[test]
fn truncation_at_every_length_is_survived_and_shown() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for len in 1..whole.len() {
            let mut session = Session::default();
            session.segment(Role::Client, &whole[..len], true);
            assert_eq!(session.seen.len(), 1, "{seed} cut to {len}");
            assert!(session.last().contains("!truncated"), "{seed} cut to {len}");
        }
    }
}

/// What the capture cut is not held against the sender.
#[test]
fn a_packet_cut_by_the_capture_is_not_malformed() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for len in 1..whole.len() {
            let mut session = Session {
                cut: true,
                ..Session::default()
            };
            let sender = if whole[5] == 0xe0 {
                Role::Client
            } else {
                Role::Server
            };
            session.segment(sender, &whole[..len], false);
            assert!(!session.last().contains('!'), "{}", session.last());
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

    /// Random TPDUs in whole packets are one observation each.
    #[test]
    fn random_tpdus_never_panic(tpdu in proptest::collection::vec(any::<u8>(), 3..200)) {
        let mut data = vec![3, 0, 0, u8::try_from(tpdu.len() + 4).unwrap()];
        data.extend(&tpdu);
        let mut session = Session::default();
        session.segment(Role::Client, &data, false);
        prop_assert_eq!(session.seen.len(), 1);
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
        prop_assert_eq!(told(&whole), told(&play_cut(&stream, &cuts)));
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
fn it_is_recognised_on_any_port_by_content() {
    for (data, role) in [
        (bytes(SEEDS[0]), Some(Role::Client)),
        (bytes(SEEDS[1]), Some(Role::Server)),
        (
            packet(&bytes("32010000000100080000f0000001000101e0")),
            Some(Role::Client),
        ),
        (
            packet(&bytes("320300000001000200 0400000401ff040010aaaa")),
            Some(Role::Server),
        ),
        (
            packet(&bytes("32070000000000080004 0001120411440100 0a000000")),
            Some(Role::Client),
        ),
        (
            packet(&bytes("7202001032000005420000000234000000000000 72020000")),
            Some(Role::Server),
        ),
    ] {
        assert_eq!(
            ask(&data, false, None),
            Probe::Recognised(role),
            "{data:02x?}"
        );
    }
}

/// A controller fetches what is downloaded to it with jobs of its own.
#[test]
fn the_job_of_a_controller_makes_no_client_of_it() {
    let job = packet(&bytes(
        "320100006501 0012 0000 1b00000000000000095f3041303030303150",
    ));
    assert_eq!(
        ask(&job, false, None),
        Probe::Recognised(Some(Role::Server))
    );
}

#[test]
fn the_first_bytes_of_other_protocols_are_not_the_iso_transport() {
    for other in [
        b"GET / HTTP/1.1\r\n".as_slice(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x21",
        b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x02",
        // Remote desktop: a cookie and a negotiation request in the place of parameters.
        b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00",
    ] {
        assert_eq!(ask(other, false, None), Probe::Unrecognised, "{other:02x?}");
    }
}

#[test]
fn the_probe_waits_for_the_header() {
    assert_eq!(ask(&[3, 0], true, None), Probe::Incomplete);
    assert_eq!(ask(&[3, 0, 0, 40, 2], false, None), Probe::Incomplete);
    let start = [3, 0, 0, 40, 2, 0xf0];
    let client = Some(Role::Client);
    assert_eq!(ask(&start, true, client), Probe::Recognised(client));
    assert_eq!(ask(&start, false, None), Probe::Incomplete);
}

#[test]
fn a_capture_that_starts_inside_a_packet_is_recognised_at_the_next_one() {
    let mut middle = vec![0x55; 20];
    assert_eq!(ask(&middle, true, None), Probe::Incomplete);
    middle.extend(bytes(SEEDS[4]));
    assert_eq!(ask(&middle, true, None), Probe::Recognised(None));
}
