//! IP defragmentation: against a naive model, its overlap policy and its caps.

use std::net::IpAddr;

use proptest::prelude::*;
use sensor_protocols::decode::{Fragment, Ip};
use sensor_protocols::flow::defrag::{Defragmenter, Outcome};
use sensor_protocols::limits;
use sensor_protocols::time::Timestamp;

fn place(id: u32, offset: usize, more: bool) -> Ip {
    Ip {
        source: IpAddr::from([10, 0, 0, 1]),
        destination: IpAddr::from([10, 0, 0, 2]),
        protocol: 17,
        ttl: 64,
        fragment: Some(Fragment {
            id,
            offset: u32::try_from(offset).unwrap(),
            more,
        }),
    }
}

fn offer(d: &mut Defragmenter, id: u32, offset: usize, more: bool, bytes: &[u8]) -> Outcome {
    d.fragment(&place(id, offset, more), bytes, Timestamp::ZERO)
        .expect("it is a fragment")
        .outcome
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn puts_a_datagram_together_in_any_order_with_repetitions(
        len in 9_usize..3000,
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        shuffle in any::<u64>(),
    ) {
        let datagram: Vec<u8> = (0..len).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect();
        let mut fragments: Vec<(usize, &[u8])> =
            datagram.chunks(104).enumerate().map(|(n, bytes)| (n * 104, bytes)).collect();
        let again: Vec<(usize, &[u8])> = order.iter().map(|i| *i.get(&fragments)).collect();
        // A fixed shuffle: by a hash of offset and seed.
        fragments.sort_by_key(|(at, _)| (*at as u64 + 1).wrapping_mul(shuffle | 1));
        let mut defragmenter = Defragmenter::default();
        let mut whole = None;
        for (at, bytes) in again.into_iter().chain(fragments) {
            let more = at + bytes.len() < len;
            let found = defragmenter
                .fragment(&place(1, at, more), bytes, Timestamp::ZERO)
                .unwrap();
            prop_assert!(!found.conflict);
            match found.outcome {
                Outcome::Complete(data, protocol) => {
                    prop_assert_eq!(protocol, 17);
                    whole.get_or_insert(data);
                }
                Outcome::Pending => {}
                Outcome::CapHit | Outcome::Invalid => prop_assert!(false, "{} is refused", at),
            }
        }
        prop_assert_eq!(whole, Some(datagram));
    }

    #[test]
    fn equals_the_model_under_overlap(
        fragments in prop::collection::vec((0_usize..30, 1_usize..12, any::<u8>()), 1..20)
    ) {
        const LEN: usize = 8 * 45;
        let mut d = Defragmenter::default();
        let mut model = [None; LEN];
        let whole = (0, 44, 0xee);
        for (unit, units, byte) in fragments.into_iter().chain([whole]) {
            let bytes = vec![byte; units * 8];
            let found = d.fragment(&place(1, unit * 8, true), &bytes, Timestamp::ZERO).unwrap();
            prop_assert_eq!(found.outcome, Outcome::Pending);
            let mut conflict = false;
            for place in &mut model[unit * 8..unit * 8 + bytes.len()] {
                conflict |= *place.get_or_insert(byte) != byte;
            }
            prop_assert_eq!(found.conflict, conflict);
        }
        model[LEN - 8..].fill(Some(0xff));
        let expected: Vec<u8> = model.into_iter().map(Option::unwrap).collect();
        let complete = offer(&mut d, 1, LEN - 8, false, &[0xff; 8]);
        prop_assert_eq!(complete, Outcome::Complete(expected, 17));
    }

    #[test]
    fn survives_any_fragments(
        fragments in prop::collection::vec(
            (0_u32..3, 0_usize..70_000, any::<bool>(), 0_usize..3000), 0..100)
    ) {
        let mut defragmenter = Defragmenter::default();
        for (id, offset, more, len) in fragments {
            let bytes = vec![u8::try_from(len % 256).unwrap(); len];
            if let Outcome::Complete(data, _) = offer(&mut defragmenter, id, offset, more, &bytes) {
                prop_assert!(data.len() <= limits::DEFRAG_BYTES);
            }
        }
        prop_assert!(defragmenter.open_datagrams() <= 3);
    }
}

#[test]
fn the_first_bytes_win_and_other_content_is_a_conflict() {
    let mut d = Defragmenter::default();
    assert_eq!(offer(&mut d, 1, 8, true, &[1; 8]), Outcome::Pending);
    let found = d
        .fragment(&place(1, 0, true), &[2; 16], Timestamp::ZERO)
        .unwrap();
    assert!(found.conflict);
    let expected = [[2; 8], [1; 8], [3; 8]].concat();
    assert_eq!(
        offer(&mut d, 1, 16, false, &[3; 8]),
        Outcome::Complete(expected, 17)
    );
}

#[test]
fn fragments_that_contradict_their_datagram_are_invalid() {
    let mut d = Defragmenter::default();
    assert_eq!(offer(&mut d, 1, 0, true, &[0; 7]), Outcome::Invalid);
    assert_eq!(offer(&mut d, 1, 16, false, &[0; 4]), Outcome::Pending);
    assert_eq!(offer(&mut d, 1, 24, true, &[0; 8]), Outcome::Invalid);
    assert_eq!(offer(&mut d, 1, 8, false, &[0; 8]), Outcome::Invalid);
    assert_eq!(offer(&mut d, 1, 65_528, false, &[0; 8]), Outcome::CapHit);
}

#[test]
fn the_oldest_datagram_gives_way_and_the_rest_expires() {
    let mut d = Defragmenter::default();
    let mut evicted = 0;
    let ids = u32::try_from(limits::DEFRAG_DATAGRAMS).unwrap() + 5;
    for id in 0..ids {
        let found = d
            .fragment(&place(id, 0, true), &[0; 8], Timestamp::ZERO)
            .unwrap();
        evicted += u64::from(found.evicted);
    }
    assert_eq!(evicted, 5);
    assert_eq!(d.open_datagrams(), limits::DEFRAG_DATAGRAMS);
    assert_eq!(d.expire(Timestamp::from_nanos(1)), 0);
    let later = Timestamp::ZERO.after(limits::DEFRAG_WAIT);
    assert_eq!(d.expire(later), limits::DEFRAG_DATAGRAMS as u64);
    assert_eq!(d.open_datagrams(), 0);
}

#[test]
fn a_datagram_of_too_many_fragments_is_given_up() {
    let mut d = Defragmenter::default();
    for n in 0..limits::DEFRAG_FRAGMENTS {
        assert_eq!(offer(&mut d, 1, n * 16, true, &[0; 8]), Outcome::Pending);
    }
    assert_eq!(offer(&mut d, 1, 8, true, &[0; 8]), Outcome::CapHit);
    assert_eq!(d.open_datagrams(), 0);
}
