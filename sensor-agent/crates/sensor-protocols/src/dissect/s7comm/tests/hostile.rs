//! Input that somebody made to break the sensor.

use proptest::prelude::*;

use crate::dissect::Role;
use crate::dissect::cotp::tests::{Session, bytes, packet, play, play_cut, told};

/// PDUs with every kind of inner structure, all of them without fault.
const SEEDS: &[&str] = &[
    "32010000000100080000f0000001000101e0",
    "320100000002000e00000401120a10020004000184000000",
    "320100000018 000e 0008 0501120a1008000100008300008000 07000479e9f642",
    "32010000000d 0015 0000 04011211b00302004a006c04004c0194020051003c",
    "320300000018 0002 0008 0000 0401ff07000400000000",
    "320300000018 0002 0001 0000 0501ff",
    "320100008300 0020 0000 1a00010000000000095f30413030303031500d31303030323136303030303838",
    "320100000084 001a 0000 28000000000000fd000a01003041303030303150055f494e5345",
    "320100000035 0010 0000 29000000000009505f50524f4752414d",
    "320700000002 0008 0008 0001120411440100 ff090004001c0000",
    "320700000001 000c 0028 0001120812840100 00000000 ff0900240011 0000001c0001 \
     000136455337203331352d32454831342d304142302000c000030001",
    "32070000000f 0008 0011 0001120411420500 ff09000d000101011207b0010500510172",
    "320700000006 0008 000c 0001120411450100 ff090008213a1b1d6e681b1d",
    "32070000006c 000c 002a 000112081241020000000000 ff0900260014000e0000000000010012000100010001 \
     0001000100000002010600000000110100000008",
];

#[test]
fn the_seeds_are_without_fault() {
    for seed in SEEDS {
        let mut session = Session::default();
        session.segment(Role::Client, &packet(&bytes(seed)), true);
        assert_eq!(session.seen.len(), 1, "{seed}");
        assert!(!session.last().contains('!'), "{}", session.last());
    }
}

#[test]
fn truncation_at_every_length_is_survived_and_shown() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for len in 1..whole.len() {
            let mut session = Session::default();
            session.segment(Role::Client, &packet(&whole[..len]), false);
            assert_eq!(session.seen.len(), 1, "{seed} cut to {len}");
            let line = session.last();
            assert!(
                line.contains("!truncated !bad_length"),
                "{seed} to {len}: {line}"
            );
        }
    }
}

/// What the capture cut is not held against the sender.
#[test]
fn a_pdu_cut_by_the_capture_is_not_malformed() {
    for seed in SEEDS {
        let whole = packet(&bytes(seed));
        for len in 12..whole.len() {
            let mut session = Session::default();
            session.cut = true;
            session.segment(Role::Client, &whole[..len], false);
            assert_eq!(session.seen.len(), 1, "{seed} cut to {len}");
            assert!(!session.last().contains('!'), "{}", session.last());
        }
    }
}

/// The parts end early but their lengths agree: what is in them is at fault.
#[test]
fn a_short_parameter_with_its_length_is_malformed() {
    for seed in SEEDS {
        let whole = bytes(seed);
        let header = if whole[1] == 3 { 12 } else { 10 };
        let parameter = usize::from(u16::from_be_bytes([whole[6], whole[7]]));
        for len in 0..parameter {
            let mut short = whole[..header + len].to_vec();
            short[6..10].copy_from_slice(&[0, u8::try_from(len).unwrap(), 0, 0]);
            let mut session = Session::default();
            session.segment(Role::Client, &packet(&short), false);
            assert!(
                session.last().contains("!bad_length"),
                "{seed} to {len}: {}",
                session.last()
            );
        }
    }
}

#[test]
fn every_single_bit_flip_is_survived() {
    for seed in SEEDS {
        let whole = packet(&bytes(seed));
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            play(&flipped);
        }
    }
}

/// A peer that opens more jobs than are kept does not make the sensor grow, and it shows.
#[test]
fn open_jobs_are_bounded() {
    let mut session = Session::default();
    for n in 0..40 {
        let mut job = bytes(SEEDS[1]);
        job[5] = n;
        session.segment(Role::Client, &packet(&job), false);
    }
    let limited = session.seen.iter().filter(|l| l.contains("!limit_reached"));
    assert_eq!(limited.count(), 8);
    // The acknowledgement of one that made room is not called unsolicited.
    let mut answer = bytes("3203000000010002000500000401ff04000811");
    for n in [39, 0] {
        answer[5] = n;
        session.segment(Role::Server, &packet(&answer), false);
        assert!(
            !session.last().contains("unsolicited"),
            "{}",
            session.last()
        );
    }
}

/// An item can name more areas than objects are kept of.
#[test]
fn objects_are_bounded() {
    // The length of an item has one octet, so two items are needed for as many areas.
    let areas = |job: &mut Vec<u8>, count: u8| {
        job.extend([0x12, 2 + count * 5, 0xb0, count]);
        for n in 0..count {
            job.extend([4, 0, n, 0, 0]);
        }
    };
    let mut job = bytes("320100000001 0000 0000 0402");
    areas(&mut job, 40);
    areas(&mut job, 40);
    let parameter = u16::try_from(job.len() - 10).unwrap();
    job[6..8].copy_from_slice(&parameter.to_be_bytes());
    let mut session = Session::default();
    session.segment(Role::Client, &packet(&job), false);
    assert_eq!(session.last().matches("data_block_byte").count(), 64);
    assert!(
        session.last().ends_with("!limit_reached"),
        "{}",
        session.last()
    );
}

proptest! {
    #[test]
    fn random_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        let pdu: Vec<u8> = std::iter::once(0x32).chain(data).collect();
        play(&packet(&pdu));
    }

    /// Random parts behind a header that fits, so that they reach the functions.
    #[test]
    fn random_parts_never_panic_and_each_is_one_observation(
        parameter in proptest::collection::vec(any::<u8>(), 0..200),
        data in proptest::collection::vec(any::<u8>(), 0..200),
        rosctr in prop::sample::select(vec![1_u8, 2, 3, 7]),
        first in prop::sample::select(vec![0_u8, 4, 5, 0x1a, 0x1d, 0x28, 0x29, 0xf0]),
        group in any::<u8>(),
    ) {
        let mut parameter = parameter;
        if rosctr == 7 {
            let head = [0, 1, 0x12, 8, 0x12, group];
            parameter.splice(..0, head);
        } else if let Some(function) = parameter.first_mut() {
            *function = first;
        }
        let mut pdu = vec![0x32, rosctr, 0, 0, 0, 1];
        pdu.extend(u16::try_from(parameter.len()).unwrap().to_be_bytes());
        pdu.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        if matches!(rosctr, 2 | 3) {
            pdu.extend([0, 0]);
        }
        pdu.extend(&parameter);
        pdu.extend(&data);
        let mut session = Session::default();
        session.segment(Role::Client, &packet(&pdu), false);
        session.segment(Role::Server, &packet(&pdu), false);
        prop_assert_eq!(session.seen.len(), 2);
    }

    /// How a stream is cut into segments does not change what is seen.
    #[test]
    fn segmentation_does_not_matter(
        picks in proptest::collection::vec(0..SEEDS.len(), 1..6),
        cuts in proptest::collection::vec(1usize..60, 1..40),
    ) {
        let stream: Vec<u8> = picks.iter().flat_map(|at| packet(&bytes(SEEDS[*at]))).collect();
        let mut whole = Session::default();
        whole.segment(Role::Client, &stream, false);
        prop_assert_eq!(told(&whole), told(&play_cut(&stream, &cuts)));
    }
}
