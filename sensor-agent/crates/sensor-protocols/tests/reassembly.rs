//! TCP reassembly against a naive model: whatever the order, overlap and repetition of segments,
//! the bytes that come out are those that went in, each once.

use proptest::prelude::*;
use sensor_protocols::flow::reassembly::{Budget, Offered, Placed, Reassembly, Stamp};
use sensor_protocols::limits;
use sensor_protocols::time::Timestamp;

const ISN: u32 = u32::MAX - 700;

/// Feeds segments and collects what comes out in order.
struct Feed {
    reassembly: Reassembly,
    budget: Budget,
    out: Vec<u8>,
    conflicts: usize,
    lost: u64,
}

impl Feed {
    fn new() -> Self {
        let mut reassembly = Reassembly::default();
        reassembly.start_at(ISN);
        Self {
            reassembly,
            budget: Budget {
                used: 0,
                cap: limits::REASSEMBLY_BYTES,
            },
            out: Vec::new(),
            conflicts: 0,
            lost: 0,
        }
    }

    fn offer<'a>(&mut self, at: usize, bytes: &'a [u8]) -> Placed<'a> {
        let sequence = ISN.wrapping_add(u32::try_from(at).unwrap());
        let stamp = Stamp::default();
        let Offered { placed, conflict } =
            self.reassembly
                .offer(sequence, bytes, stamp, None, &mut self.budget);
        self.conflicts += usize::from(conflict);
        if let Placed::InOrder(bytes) = placed {
            self.out.extend(bytes);
        }
        self.drain();
        placed
    }

    fn drain(&mut self) {
        while let Some(piece) = self
            .reassembly
            .next_ready(Timestamp::ZERO, &mut self.budget)
        {
            self.out.extend(piece.data);
        }
    }

    fn give_up_holes(&mut self) {
        while let Some(lost) = self.reassembly.skip_hole() {
            self.lost += lost;
            self.drain();
        }
    }
}

/// The model: the first byte that arrives at a place stays, then everything is read in order.
#[derive(Default)]
struct Model(std::collections::BTreeMap<usize, u8>);

impl Model {
    fn offer(&mut self, at: usize, bytes: &[u8]) {
        for (place, byte) in (at..).zip(bytes) {
            self.0.entry(place).or_insert(*byte);
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.values().copied().collect()
    }

    fn holes(&self) -> u64 {
        let end = self.0.keys().last().map_or(0, |last| last + 1);
        (end - self.0.len()) as u64
    }
}

/// Segments cut from one stream: start, length, and whether the content is tampered with.
fn segments() -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
    prop::collection::vec(
        (0_usize..1500, 1_usize..200, prop::bool::weighted(0.1)),
        1..60,
    )
}

fn content(at: usize, len: usize, tampered: bool) -> Vec<u8> {
    let byte = |place: usize| u8::try_from(place * 7 % 251).unwrap();
    (at..at + len)
        .map(|place| byte(place) ^ if tampered { 0x80 } else { 0 })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..Default::default() })]

    #[test]
    fn equals_the_model_under_reordering_overlap_repetition_and_loss(segments in segments()) {
        let mut feed = Feed::new();
        let mut model = Model::default();
        for (at, len, tampered) in segments {
            let bytes = content(at, len, tampered);
            feed.offer(at, &bytes);
            model.offer(at, &bytes);
        }
        feed.give_up_holes();
        prop_assert_eq!(&feed.out, &model.bytes());
        prop_assert_eq!(feed.lost, model.holes());
        prop_assert_eq!(feed.budget.used, 0, "all buffers were given back");
        prop_assert!(!feed.reassembly.has_hole());
    }

    #[test]
    fn honest_overlap_is_never_a_conflict(segments in segments()) {
        let mut feed = Feed::new();
        for (at, len, _) in segments {
            feed.offer(at, &content(at, len, false));
        }
        prop_assert_eq!(feed.conflicts, 0);
    }
}

#[test]
fn an_in_order_segment_is_handed_back_without_a_copy() {
    let mut feed = Feed::new();
    let bytes = content(0, 50, false);
    let Placed::InOrder(out) = feed.offer(0, &bytes) else {
        panic!("the segment continues the stream");
    };
    assert_eq!(out.as_ptr(), bytes.as_ptr());
    assert_eq!(feed.budget.used, 0);
}

#[test]
fn other_content_at_the_same_place_is_a_conflict_and_the_first_wins() {
    let mut feed = Feed::new();
    feed.offer(10, &[1; 10]);
    feed.offer(5, &[2; 10]);
    assert_eq!(feed.conflicts, 1);
    feed.offer(0, &[3; 5]);
    let expected: Vec<u8> = [[3; 5], [2; 5], [1; 5], [1; 5]].concat();
    assert_eq!(feed.out, expected);
    assert_eq!(feed.offer(0, &[3; 5]), Placed::Old);
    assert_eq!(feed.conflicts, 1, "the repetition is the same");
    feed.offer(0, &[4; 5]);
    assert_eq!(feed.conflicts, 2, "delivered bytes are compared by hash");
}

#[test]
fn a_full_buffer_says_so_and_keeps_its_bound() {
    let mut feed = Feed::new();
    let chunk = vec![0; 1000];
    let mut full = 0;
    for n in 0..400 {
        if feed.offer(2 + n * 1001, &chunk) == Placed::Full {
            full += 1;
        }
    }
    assert!(full > 0);
    assert!(feed.reassembly.buffered() <= limits::STREAM_OUT_OF_ORDER_BYTES);
    assert_eq!(feed.reassembly.buffered(), feed.budget.used);
    feed.reassembly.clear(&mut feed.budget);
    assert_eq!(feed.budget.used, 0);
}

#[test]
fn the_budget_of_all_streams_is_kept() {
    let mut feed = Feed::new();
    feed.budget.cap = 100;
    assert_eq!(feed.offer(10, &[1; 90]), Placed::Buffered);
    assert_eq!(feed.offer(200, &[1; 20]), Placed::Full);
    assert_eq!(feed.budget.used, 90);
}

#[test]
fn a_stranger_does_not_move_the_stream_but_a_row_of_them_does() {
    let mut feed = Feed::new();
    feed.offer(0, b"abc");
    let far = 50_000_000;
    assert_eq!(feed.offer(far, b"evil"), Placed::Stranger);
    feed.offer(3, b"def");
    assert_eq!(feed.out, b"abcdef");
    for _ in 0..3 {
        assert_eq!(feed.offer(far, b"xxxx"), Placed::Stranger);
    }
    let Placed::Restarted { payload, lost } = feed.offer(far, b"xxxx") else {
        panic!("the stream is over there");
    };
    assert_eq!((payload, lost), (&b"xxxx"[..], far as u64 - 6));
    assert_eq!(feed.offer(far + 4, b"yy"), Placed::InOrder(b"yy"));
}

#[test]
fn a_stranger_that_the_peer_acknowledges_is_believed_at_once() {
    let mut feed = Feed::new();
    feed.offer(0, b"abc");
    let sequence = ISN.wrapping_add(50_000_000);
    let offered = feed.reassembly.offer(
        sequence,
        b"zz",
        Stamp::default(),
        Some(sequence.wrapping_add(2)),
        &mut feed.budget,
    );
    assert!(matches!(offered.placed, Placed::Restarted { .. }));
}

#[test]
fn a_hole_is_lost_when_the_peer_acknowledged_it_or_after_a_wait() {
    let mut feed = Feed::new();
    feed.offer(5, b"late");
    let at = |span| Timestamp::ZERO.after(span);
    let acknowledged = Some(ISN.wrapping_add(9));
    let lost = |now, ack| feed.reassembly.hole_is_lost(now, ack);
    assert!(!lost(Timestamp::ZERO, acknowledged));
    assert!(lost(
        at(limits::STREAM_HOLE_WAIT_ACKNOWLEDGED),
        acknowledged
    ));
    assert!(!lost(at(limits::STREAM_HOLE_WAIT_ACKNOWLEDGED), None));
    assert!(lost(at(limits::STREAM_HOLE_WAIT), None));
    assert!(!lost(at(limits::STREAM_HOLE_WAIT), Some(ISN)));
    assert!(lost(at(limits::STREAM_HOLE_WAIT_UNACKNOWLEDGED), Some(ISN)));
}
