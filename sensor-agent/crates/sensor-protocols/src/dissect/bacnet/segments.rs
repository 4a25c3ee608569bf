//! Segmented requests and acknowledgments put together.
//!
//! Data in: the segments of one flow. Data out: the parameters of whole messages. Source: ASHRAE
//! 135-2020, clause 5.4: sequence numbers modulo 256, from 0; a sender repeats what was not
//! acknowledged.
//!
//! Limits: [`limits::BACNET_SEGMENTED_MESSAGES`] messages at once and
//! [`limits::BACNET_SEGMENTED_BYTES`] octets of them together. The oldest message makes room; of a single
//! one that is longer the rest is not kept.

use super::apdu::Segment;
use super::pairing::Parties;
use crate::limits;

/// What tells segmented messages apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) kind: u8,
    pub(super) parties: Parties,
}

/// A message that is being put together.
#[derive(Debug)]
struct Partial {
    key: Key,
    last: u8,
    bytes: Vec<u8>,
    cut: bool,
}

/// What a segment brings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The last one: all parameters, and whether the cap cut them.
    Completed { bytes: Vec<u8>, cut: bool },
    /// More are to come; `limited` when another message made room for this one.
    Pending { limited: bool },
    /// It was seen before.
    Repeated,
    /// It does not follow from what was seen. What there was, if it had `begun`, is dropped.
    Stray { begun: bool },
}

/// Segmented messages of one flow.
#[derive(Debug, Default)]
pub(super) struct Segments {
    partial: Vec<Partial>,
}

impl Segments {
    pub(super) fn segment(&mut self, key: Key, segment: Segment, data: &[u8]) -> Progress {
        if !self.partial.iter().any(|partial| partial.key == key) {
            return self.begin(key, segment, data);
        }
        let limited = self.make_room(key, data.len());
        let room = self.room();
        let at = self.partial.iter().position(|partial| partial.key == key);
        let Some(partial) = at.and_then(|at| self.partial.get_mut(at)) else {
            return Progress::Stray { begun: false };
        };
        if segment.sequence != partial.last.wrapping_add(1) {
            // A repeated first segment says the same.
            if segment.sequence == 0 && (partial.last != 0 || partial.bytes != data) {
                self.forget(key);
                return self.begin(key, segment, data);
            }
            // A window is repeated from its start: such a segment lies behind by less than half.
            if partial.last.wrapping_sub(segment.sequence) < 128 {
                return Progress::Repeated;
            }
            self.forget(key);
            return Progress::Stray { begun: true };
        }
        partial.last = segment.sequence;
        partial.keep(data, room);
        if segment.more {
            return Progress::Pending { limited };
        }
        let Some(done) = at.map(|at| self.partial.remove(at)) else {
            return Progress::Stray { begun: true };
        };
        Progress::Completed {
            bytes: done.bytes,
            cut: done.cut,
        }
    }

    fn begin(&mut self, key: Key, segment: Segment, data: &[u8]) -> Progress {
        if segment.sequence != 0 {
            return Progress::Stray { begun: false };
        }
        let mut limited = self.make_room(key, data.len());
        if self.partial.len() >= limits::BACNET_SEGMENTED_MESSAGES {
            self.partial.remove(0);
            limited = true;
        }
        let mut partial = Partial {
            key,
            last: 0,
            bytes: Vec::new(),
            cut: false,
        };
        partial.keep(data, self.room());
        if !segment.more {
            let Partial { bytes, cut, .. } = partial;
            return Progress::Completed { bytes, cut };
        }
        self.partial.push(partial);
        Progress::Pending { limited }
    }

    /// Drops other messages, the oldest first, until there is room for `wanted` octets. Answers whether any
    /// was dropped.
    fn make_room(&mut self, key: Key, wanted: usize) -> bool {
        let mut dropped = false;
        while self.room() < wanted {
            let Some(oldest) = self.partial.iter().position(|partial| partial.key != key) else {
                break;
            };
            self.partial.remove(oldest);
            dropped = true;
        }
        dropped
    }

    /// Octets that may still be kept.
    fn room(&self) -> usize {
        limits::BACNET_SEGMENTED_BYTES.saturating_sub(self.held())
    }

    /// Octets kept of messages that are not finished.
    pub(super) fn held(&self) -> usize {
        let kept = self.partial.iter().map(|partial| partial.bytes.len());
        kept.fold(0, usize::saturating_add)
    }

    /// Drops a message that was given up.
    pub(super) fn forget(&mut self, key: Key) {
        self.partial.retain(|partial| partial.key != key);
    }

    /// Drops all: frames were lost, or there is no room.
    pub(super) fn reset(&mut self) {
        self.partial.clear();
    }
}

impl Partial {
    fn keep(&mut self, data: &[u8], room: usize) {
        let kept = data.get(..room).unwrap_or(data);
        self.cut |= kept.len() < data.len();
        self.bytes.extend_from_slice(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PENDING: Progress = Progress::Pending { limited: false };

    fn key(invoke: u8) -> Key {
        Key {
            kind: 3,
            parties: Parties {
                invoke,
                ..Parties::default()
            },
        }
    }

    const fn at(sequence: u8, more: bool) -> Segment {
        Segment { sequence, more }
    }

    #[test]
    fn segments_make_a_message() {
        let mut segments = Segments::default();
        assert_eq!(segments.segment(key(1), at(0, true), b"ab"), PENDING);
        assert_eq!(segments.segment(key(2), at(0, true), b"xy"), PENDING);
        assert_eq!(segments.segment(key(1), at(1, true), b"cd"), PENDING);
        assert_eq!(
            segments.segment(key(1), at(1, true), b"cd"),
            Progress::Repeated
        );
        let bytes = b"abcde".to_vec();
        let done = Progress::Completed { bytes, cut: false };
        assert_eq!(segments.segment(key(1), at(2, false), b"e"), done);
        let stray = segments.segment(key(2), at(3, false), b"z");
        assert_eq!(stray, Progress::Stray { begun: true });
        let stray = segments.segment(key(2), at(1, false), b"z");
        assert_eq!(stray, Progress::Stray { begun: false });
    }

    #[test]
    fn numbers_go_round() {
        let mut segments = Segments::default();
        for n in 0..300_u16 {
            let sequence = u8::try_from(n % 256).unwrap();
            assert_eq!(segments.segment(key(1), at(sequence, true), b"a"), PENDING);
        }
        let done = segments.segment(key(1), at(44, false), b"");
        assert!(matches!(done, Progress::Completed { bytes, .. } if bytes.len() == 300));
    }

    #[test]
    fn a_message_that_was_given_up_makes_room() {
        let mut segments = Segments::default();
        for sequence in 0..12 {
            segments.segment(key(1), at(sequence, true), &[1; 1400]);
        }
        let limited = segments.segment(key(2), at(0, true), &[2; 1400]);
        assert_eq!(limited, Progress::Pending { limited: true });
        let bytes = [[2; 1400], [3; 1400]].concat();
        let done = Progress::Completed { bytes, cut: false };
        assert_eq!(segments.segment(key(2), at(1, false), &[3; 1400]), done);
    }

    #[test]
    fn a_first_segment_that_says_something_else_is_another_message() {
        let mut segments = Segments::default();
        segments.segment(key(1), at(0, true), b"old");
        assert_eq!(
            segments.segment(key(1), at(0, true), b"old"),
            Progress::Repeated
        );
        assert_eq!(segments.segment(key(1), at(0, true), b"new"), PENDING);
        let bytes = b"new!".to_vec();
        let done = Progress::Completed { bytes, cut: false };
        assert_eq!(segments.segment(key(1), at(1, false), b"!"), done);
    }

    #[test]
    fn messages_and_octets_are_bounded() {
        let mut segments = Segments::default();
        let data = [7; 1400];
        for invoke in 0..20 {
            for sequence in 0..20 {
                segments.segment(key(invoke), at(sequence, true), &data);
            }
            let kept: usize = segments.partial.iter().map(|p| p.bytes.len()).sum();
            assert!(kept <= limits::BACNET_SEGMENTED_BYTES);
            assert!(segments.partial.len() <= limits::BACNET_SEGMENTED_MESSAGES);
        }
        let last = segments.segment(key(19), at(20, false), &data);
        assert!(matches!(last, Progress::Completed { cut: true, .. }));
    }
}
