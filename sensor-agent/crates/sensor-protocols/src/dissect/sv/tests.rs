//! Bytes are those of `sv/seapath_two_streams_50hz.pcap`, frame 1, behind the ethertype.

use super::*;
use crate::dissect::iec61850::tests::{hex, noise};
use crate::dissect::{MessageFacts, Role};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Object, Transport};
use crate::time::Timestamp;

const FRAME: &str = "\
    4000006a000000006060800101a25b3059800873764944303030308202000083040000000185010087400000\
    000000000000000004c800000000fffffb3800000000000000000000000000001f7d00000000fffff0420000\
    0000fffff042000000000000000000000000";

/// Octets in front of the ASDU: header, tag and length of the PDU, `noASDU`, tag and length of `seqASDU`.
const FRONT: usize = 15;

fn frame() -> Vec<u8> {
    hex(FRAME)
}

/// A message of the ASDUs, of which the header states `stated`.
fn message(stated: u8, asdus: &[Vec<u8>]) -> Vec<u8> {
    let asdus = asdus.concat();
    let length = |octets: usize| u16::try_from(octets).unwrap().to_be_bytes();
    let mut bytes = vec![0x40, 0];
    bytes.extend(length(8 + 4 + 3 + 4 + asdus.len()));
    bytes.extend([0, 0, 0, 0, 0x60, 0x82]);
    bytes.extend(length(3 + 4 + asdus.len()));
    bytes.extend([0x80, 1, stated, 0xa2, 0x82]);
    bytes.extend(length(asdus.len()));
    bytes.extend(asdus);
    bytes
}

fn asdu(id: &str, count: u16, revision: u8) -> Vec<u8> {
    let mut fields = vec![0x80, u8::try_from(id.len()).unwrap()];
    fields.extend(id.bytes());
    fields.extend([0x82, 2]);
    fields.extend(count.to_be_bytes());
    fields.extend([0x83, 4, 0, 0, 0, revision, 0x85, 1, 2, 0x87, 8]);
    fields.extend([7; 8]);
    let mut bytes = vec![0x30, u8::try_from(fields.len()).unwrap()];
    bytes.extend(fields);
    bytes
}

fn told(
    dissector: &mut SampledValues,
    bytes: &[u8],
    cut: bool,
) -> (Vec<String>, AnomalySet, u32, usize) {
    let input = Input {
        time: Timestamp::ZERO,
        frame: 1,
        sender: Role::Client,
        transport: Transport::Link,
        bytes,
        cut,
        last: false,
    };
    let mut all = Vec::new();
    let parsed = dissector.parse(&input, &mut |facts: &MessageFacts<'_>| {
        let objects = facts.objects.iter().map(|object| match object {
            Object::Id { kind, id } => format!("{kind} {id}"),
            Object::Name(name) => (*name).to_owned(),
            Object::Range { .. } | Object::Address(_) | Object::Text { .. } => {
                format!("{object:?}")
            }
        });
        let sub = facts.operation.sub.unwrap_or(0);
        all.push((objects.collect(), facts.anomalies, sub, facts.values.len()));
    });
    assert_eq!(parsed, Parsed::Consumed(bytes.len()));
    assert_eq!(all.len(), 1, "one frame is one message");
    all.remove(0)
}

fn counts(counts: &[u16]) -> Vec<bool> {
    let mut dissector = SampledValues::default();
    let odd = |count: &u16| {
        let bytes = message(1, &[asdu("MU01", *count, 1)]);
        let anomalies = told(&mut dissector, &bytes, false).1;
        assert!(anomalies.is_empty() || anomalies == AnomalySet::of(Anomaly::OutOfSequence));
        !anomalies.is_empty()
    };
    counts.iter().map(odd).collect()
}

#[test]
fn a_message_is_told_with_its_fields() {
    let (objects, anomalies, sub, values) = told(&mut SampledValues::default(), &frame(), false);
    assert_eq!(objects[..3], ["appid 16384", "asdus 1", "svID0000"]);
    assert_eq!(
        objects[3..],
        [
            "sample_count 0",
            "configuration_revision 1",
            "synchronisation 0"
        ]
    );
    assert!(anomalies.is_empty());
    assert_eq!((sub, values), (0, 64));
    let mut simulated = frame();
    simulated[4] = 0x80;
    assert_eq!(
        told(&mut SampledValues::default(), &simulated, false).2,
        SIMULATION
    );
}

#[test]
fn sample_counts_go_up_and_start_again_with_each_second() {
    assert_eq!(counts(&[0, 1, 2]), [false; 3]);
    assert_eq!(counts(&[5, 7, 8, 8, 3]), [false, true, false, true, true]);
    let second = [3998, 3999, 0, 1];
    assert_eq!(counts(&second), [false; 4]);
    // A stream that stands still, at 0 too.
    assert_eq!(counts(&[0, 0, 0, 0, 0]), [false, true, true, true, true]);
    // The rate is known now: a start elsewhere shows, once.
    assert_eq!(
        counts(&[3998, 3999, 0, 1, 0, 1]),
        [false, false, false, false, true, false]
    );
}

#[test]
fn streams_of_one_publisher_are_told_apart() {
    let mut dissector = SampledValues::default();
    for count in 0..50 {
        let bytes = message(
            3,
            &[
                asdu("A", count, 1),
                asdu("B", count + 7, 1),
                asdu("C", 2 * count + 9, 1),
            ],
        );
        let (objects, anomalies, ..) = told(&mut dissector, &bytes, false);
        assert_eq!(anomalies.is_empty(), count == 0, "C skips every second one");
        assert_eq!(objects.len(), 2 + 3 * 4);
    }
    let reconfigured = message(1, &[asdu("A", 50, 2)]);
    let anomalies = told(&mut dissector, &reconfigured, false).1;
    assert_eq!(anomalies, AnomalySet::of(Anomaly::Mismatch));
}

#[test]
fn a_stated_number_that_does_not_fit_is_a_wrong_length() {
    for stated in [0, 1, 3, 255] {
        let bytes = message(stated, &[asdu("A", 1, 1), asdu("B", 1, 1)]);
        let anomalies = told(&mut SampledValues::default(), &bytes, false).1;
        assert!(anomalies.contains(Anomaly::BadLength), "{stated}");
    }
}

#[test]
fn asdus_and_streams_are_bounded() {
    let many = |count: usize| {
        let asdus: Vec<_> = (0..count).map(|n| asdu(&n.to_string(), 1, 1)).collect();
        message(u8::try_from(count).unwrap(), &asdus)
    };
    let most = told(
        &mut SampledValues::default(),
        &many(limits::SV_ASDUS),
        false,
    );
    assert!(most.1.is_empty());
    assert_eq!(most.0.len(), 2 + 4 * limits::SV_ASDUS);
    let more = told(
        &mut SampledValues::default(),
        &many(limits::SV_ASDUS + 1),
        false,
    );
    assert_eq!(more.1, AnomalySet::of(Anomaly::LimitReached));
    assert_eq!(more.0.len(), 2 + 4 * limits::SV_ASDUS);
}

#[test]
fn truncation_flipped_bits_and_noise() {
    let whole = frame();
    let length = usize::from(u16::from_be_bytes([whole[2], whole[3]]));
    for length in 1..length {
        let (_, anomalies, ..) = told(&mut SampledValues::default(), &whole[..length], false);
        assert!(anomalies.is_malformed(), "{length}");
        let (_, anomalies, ..) = told(&mut SampledValues::default(), &whole[..length], true);
        assert!(anomalies.is_empty(), "{length}");
    }
    let mut dissector = SampledValues::default();
    for at in 0..length {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            told(&mut dissector, &bytes, false);
        }
    }
    for bytes in noise(20_000) {
        told(&mut dissector, &bytes, false);
        let mut behind = whole[..FRONT].to_vec();
        behind.extend(&bytes);
        told(&mut dissector, &behind, false);
    }
    assert!(dissector.streams.len() <= limits::IEC61850_PUBLISHERS);
}

#[test]
fn a_malformed_asdu_does_not_keep_the_others_from_being_judged() {
    let mut dissector = SampledValues::default();
    let mut broken = asdu("A", 0, 1);
    let count = broken.len();
    // Another length of the sample count than it can have.
    broken[count - 2..].copy_from_slice(&[7, 7]);
    broken[2 + 3] = 0x9f;
    for count in 0..3 {
        let (_, anomalies, ..) = told(
            &mut dissector,
            &message(2, &[broken.clone(), asdu("B", count, 1)]),
            false,
        );
        assert!(!anomalies.contains(Anomaly::OutOfSequence), "{count}");
    }
    let (_, anomalies, ..) = told(
        &mut dissector,
        &message(2, &[broken, asdu("B", 9, 1)]),
        false,
    );
    assert!(anomalies.contains(Anomaly::OutOfSequence), "B skips");
}

#[test]
fn streams_are_bounded_and_it_shows() {
    let mut dissector = SampledValues::default();
    for stream in 0..limits::IEC61850_PUBLISHERS {
        let bytes = message(1, &[asdu(&stream.to_string(), 1, 1)]);
        assert!(told(&mut dissector, &bytes, false).1.is_empty());
    }
    let bytes = message(1, &[asdu("one more", 1, 1)]);
    let anomalies = told(&mut dissector, &bytes, false).1;
    assert_eq!(anomalies, AnomalySet::of(Anomaly::LimitReached));
}
