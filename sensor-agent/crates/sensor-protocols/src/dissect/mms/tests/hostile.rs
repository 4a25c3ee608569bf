//! Input that somebody made to break the sensor.

use proptest::prelude::*;

use super::{SEEDS, tsdu};
use crate::dissect::Role;
use crate::dissect::cotp::tests::{Session, packet, play, play_cut, told};

#[test]
fn the_seeds_are_without_fault() {
    for seed in SEEDS {
        let mut session = Session::default();
        session.segment(Role::Client, &packet(&tsdu(seed)), true);
        assert_eq!(session.seen.len(), 1, "{seed}");
        assert!(session.last().contains(" mms "), "{}", session.last());
        assert!(!session.last().contains('!'), "{}", session.last());
    }
}

#[test]
fn truncation_at_every_length_is_survived() {
    for seed in SEEDS {
        let whole = tsdu(seed);
        for len in 1..whole.len() {
            let mut session = Session::default();
            session.segment(Role::Client, &packet(&whole[..len]), false);
            assert_eq!(session.seen.len(), 1, "{seed} cut to {len}");
            let line = session.last();
            // Too short to be known for MMS: data of the transport. Tokens and data without more: a message.
            if line.contains(" cotp ") {
                assert!(
                    len < 3 || whole[0] == 1 && len < 4,
                    "{seed} to {len}: {line}"
                );
            } else {
                let is_session = whole[..len] == [1, 0, 1, 0];
                let shown = line.contains("!truncated") || line.contains("!bad_length");
                assert!(is_session || shown, "{seed} to {len}: {line}");
            }
        }
    }
}

/// What the capture cut is not held against the sender.
#[test]
fn a_message_cut_by_the_capture_is_not_malformed() {
    for seed in SEEDS {
        let whole = packet(&tsdu(seed));
        for len in 12..whole.len() {
            let mut session = Session::default();
            session.cut = true;
            session.segment(Role::Client, &whole[..len], false);
            assert_eq!(session.seen.len(), 1, "{seed} cut to {len}");
            assert!(!session.last().contains('!'), "{}", session.last());
        }
    }
}

#[test]
fn every_single_bit_flip_is_survived() {
    for seed in SEEDS {
        let whole = packet(&tsdu(seed));
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            play(&flipped);
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_behind_a_fitting_head_never_panic(
        data in proptest::collection::vec(any::<u8>(), 0..300),
        head in prop::sample::select(vec![&[1_u8, 0, 1, 0, 0x61][..], &[0x0d], &[0xa0], &[0xa1], &[0xa3]]),
    ) {
        let tsdu: Vec<u8> = head.iter().copied().chain(data).collect();
        play(&packet(&tsdu));
    }

    /// How a stream is cut into segments does not change what is seen.
    #[test]
    fn segmentation_does_not_matter(
        picks in proptest::collection::vec(0..SEEDS.len(), 1..6),
        cuts in proptest::collection::vec(1usize..60, 1..40),
    ) {
        let stream: Vec<u8> = picks.iter().flat_map(|at| packet(&tsdu(SEEDS[*at]))).collect();
        let mut whole = Session::default();
        whole.segment(Role::Client, &stream, false);
        prop_assert_eq!(told(&whole), told(&play_cut(&stream, &cuts)));
    }
}
