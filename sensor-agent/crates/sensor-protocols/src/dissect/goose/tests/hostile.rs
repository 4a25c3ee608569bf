//! Truncation, flipped bits, random bytes, caps.

use super::*;
use crate::dissect::iec61850::tests::noise;
use crate::limits;

#[test]
fn every_truncation_is_told_and_none_is_well_formed() {
    let whole = frame();
    for length in 1..whole.len() {
        let short = &whole[..length];
        let told = seen(&mut Goose::default(), short);
        assert!(told.anomalies.is_malformed(), "{length}");
        let cut = super::told(&mut Goose::default(), short, Role::Client, true);
        assert!(cut.anomalies.is_empty(), "the capture cut it: {length}");
        // A length that fits the octets that are there hides nothing.
        if length >= 8 {
            let mut fitting = short.to_vec();
            fitting[3] = u8::try_from(length).unwrap();
            let told = seen(&mut Goose::default(), &fitting);
            assert!(told.anomalies.is_malformed(), "{length}");
        }
    }
}

#[test]
fn flipped_bits_and_noise_end_in_one_message_each() {
    let whole = frame();
    let mut goose = Goose::default();
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            seen(&mut goose, &bytes);
        }
    }
    for bytes in noise(20_000) {
        seen(&mut goose, &bytes);
        let mut behind_a_header = whole.get(..11).unwrap().to_vec();
        behind_a_header.extend(&bytes);
        seen(&mut goose, &behind_a_header);
    }
    assert!(goose.blocks.len() <= limits::IEC61850_PUBLISHERS);
}

#[test]
fn control_blocks_are_bounded_and_the_first_one_makes_room() {
    let mut goose = Goose::default();
    let named = |number: usize| {
        let mut bytes = frame();
        // Two letters of the device in the name of the control block.
        bytes[13] = b'A' + u8::try_from(number / 26).unwrap();
        bytes[14] = b'A' + u8::try_from(number % 26).unwrap();
        bytes
    };
    for number in 0..limits::IEC61850_PUBLISHERS {
        assert!(seen(&mut goose, &named(number)).anomalies.is_empty());
    }
    let first = seen(&mut goose, &named(0)).anomalies;
    assert_eq!(first, AnomalySet::of(Anomaly::OutOfSequence), "sent again");
    let one_more = seen(&mut goose, &named(limits::IEC61850_PUBLISHERS));
    assert_eq!(one_more.anomalies, AnomalySet::of(Anomaly::LimitReached));
    assert_eq!(goose.blocks.len(), limits::IEC61850_PUBLISHERS);
    assert_eq!(
        seen(&mut goose, &named(2)).anomalies,
        first,
        "it is still known"
    );
    // Whoever spoke last: what was only counted does not show it.
    assert_eq!(seen(&mut goose, &named(0)).anomalies, one_more.anomalies);
}

#[test]
fn fields_that_are_missing_or_doubled_are_wrong() {
    let mut without_state = frame();
    without_state.drain(STATE - 2..=STATE);
    without_state[3] -= 3;
    without_state[10] -= 3;
    let told = seen(&mut Goose::default(), &without_state);
    assert_eq!(told.anomalies, AnomalySet::of(Anomaly::BadValue));
    let mut doubled = frame();
    let behind = doubled.split_off(STATE + 1);
    doubled.extend([0x85, 1, 1]);
    doubled.extend(behind);
    doubled[3] += 3;
    doubled[10] += 3;
    let told = seen(&mut Goose::default(), &doubled);
    assert_eq!(told.anomalies, AnomalySet::of(Anomaly::BadValue));
}
