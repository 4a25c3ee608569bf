//! Learned address ranges of one table.
//!
//! Ranges are kept as they were seen, so that unlearning one takes away exactly that one. What may
//! be addressed is their union: with 0 to 9 and 10 to 19 learned, 5 to 14 is no news. When a set
//! grows past [`RANGES_PER_SET`], its ranges are replaced by their union.

use super::slot::{History, Slots};

/// Ranges kept apart in one set.
pub const RANGES_PER_SET: usize = 4096;

/// Consecutive elements of one station, first and last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub station: u32,
    pub first: u32,
    pub last: u32,
}

/// What happened when a range was to be learned.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RangeLearned {
    Known,
    New,
    /// The set was full: these ranges became the union that replaces them.
    Joined {
        gone: Vec<Span>,
        union: Vec<(Span, History)>,
    },
    /// The set is full of ranges that do not touch each other.
    Full,
}

/// Learned ranges and their union.
#[derive(Clone, Debug, Default)]
pub(super) struct RangeSet {
    exact: Slots<Span>,
    /// Sorted, disjoint, not touching.
    union: Vec<Span>,
}

impl RangeSet {
    /// Whether all of `span` is learned; counts the sighting where the range is known as such.
    pub(super) fn permits(&mut self, span: Span, seen: impl FnOnce(&mut History)) -> bool {
        if let Some(history) = self.exact.get_mut(&span) {
            seen(history);
            return true;
        }
        self.covers(span)
    }

    fn covers(&self, span: Span) -> bool {
        let after = self
            .union
            .partition_point(|known| (known.station, known.first) <= (span.station, span.first));
        after
            .checked_sub(1)
            .and_then(|at| self.union.get(at))
            .is_some_and(|known| known.station == span.station && known.last >= span.last)
    }

    pub(super) fn learn(&mut self, span: Span, history: History) -> RangeLearned {
        if self.exact.len() < RANGES_PER_SET || self.exact.contains(&span) {
            if !self.exact.insert(span, history) {
                return RangeLearned::Known;
            }
            self.rebuild();
            return RangeLearned::New;
        }
        if self.union.len() > RANGES_PER_SET / 2 {
            return RangeLearned::Full;
        }
        self.exact.insert(span, history);
        self.rebuild();
        self.join()
    }

    pub(super) fn unlearn(&mut self, span: Span) -> bool {
        let removed = self.exact.remove(&span);
        if removed {
            self.rebuild();
        }
        removed
    }

    /// Position of a range that was learned as such, for as long as the set does not change.
    pub(super) fn position(&self, span: Span) -> Option<usize> {
        self.exact.position(&span)
    }

    pub(super) fn history_at(&mut self, position: usize) -> Option<&mut History> {
        self.exact.history_at(position)
    }

    /// The ranges of one station that were learned as such, sorted.
    pub(super) fn of_station(&self, station: u32) -> &[(Span, History)] {
        let all = self.exact.iter().as_slice();
        let first = all.partition_point(|(span, _)| span.station < station);
        let behind = all.partition_point(|(span, _)| span.station <= station);
        all.get(first..behind).unwrap_or_default()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, (Span, History)> {
        self.exact.iter()
    }

    pub(super) fn contains(&self, span: Span) -> bool {
        self.exact.contains(&span)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.exact.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.exact.bytes() + self.union.capacity() * size_of::<Span>()
    }

    /// Makes the union from the exact ranges, which come sorted.
    fn rebuild(&mut self) {
        self.union.clear();
        for (span, _) in self.exact.iter() {
            match self.union.last_mut() {
                Some(open)
                    if open.station == span.station
                        && span.first <= open.last.saturating_add(1) =>
                {
                    open.last = open.last.max(span.last);
                }
                _ => self.union.push(*span),
            }
        }
    }

    /// Replaces the exact ranges by their union.
    fn join(&mut self) -> RangeLearned {
        let old = std::mem::take(&mut self.exact);
        let mut histories = old.iter();
        let mut next = histories.next();
        for whole in &self.union {
            let mut joined: Option<History> = None;
            while let Some((_, history)) =
                next.filter(|(span, _)| span.station == whole.station && span.last <= whole.last)
            {
                joined = Some(joined.map_or(*history, |sum| sum.joined(*history)));
                next = histories.next();
            }
            if let Some(history) = joined {
                self.exact.insert(*whole, history);
            }
        }
        RangeLearned::Joined {
            gone: old.iter().map(|(span, _)| *span).collect(),
            union: self.exact.iter().copied().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sensor_protocols::time::Timestamp;

    use super::*;

    fn span(first: u32, last: u32) -> Span {
        Span {
            station: 1,
            first,
            last,
        }
    }

    fn history() -> History {
        History::traffic(Timestamp::ZERO, 1)
    }

    fn permits(set: &mut RangeSet, first: u32, last: u32) -> bool {
        set.permits(span(first, last), |_| ())
    }

    #[test]
    fn the_union_of_learned_ranges_may_be_addressed() {
        let mut set = RangeSet::default();
        set.learn(span(0, 9), history());
        set.learn(span(10, 19), history());
        assert!(permits(&mut set, 5, 14));
        assert!(!permits(&mut set, 5, 20));
        assert!(!set.permits(
            Span {
                station: 2,
                ..span(0, 9)
            },
            |_| ()
        ));
    }

    #[test]
    fn unlearning_a_range_takes_away_exactly_that_range() {
        let mut set = RangeSet::default();
        set.learn(span(0, 9), history());
        set.learn(span(5, 14), history());
        assert!(set.unlearn(span(5, 14)));
        assert!(!set.unlearn(span(5, 14)));
        assert!(permits(&mut set, 0, 9));
        assert!(!permits(&mut set, 5, 14));
    }

    #[test]
    fn a_full_set_becomes_its_union_and_permits_what_it_permitted() {
        let mut set = RangeSet::default();
        let limit = u32::try_from(RANGES_PER_SET).unwrap();
        for address in 0..limit {
            assert_eq!(
                set.learn(span(address, address), history()),
                RangeLearned::New
            );
        }
        let RangeLearned::Joined { gone, union } = set.learn(span(limit, limit), history()) else {
            panic!("the set must join");
        };
        assert_eq!(gone.len(), RANGES_PER_SET + 1);
        assert_eq!(union.len(), 1);
        assert_eq!(union[0].1.count, u64::from(limit) + 1);
        assert!(permits(&mut set, 0, limit));
    }

    #[test]
    fn a_set_full_of_separate_ranges_says_so() {
        let mut set = RangeSet::default();
        let limit = u32::try_from(RANGES_PER_SET).unwrap();
        for address in 0..limit {
            set.learn(span(address * 2, address * 2), history());
        }
        assert_eq!(
            set.learn(span(99_999, 99_999), history()),
            RangeLearned::Full
        );
    }

    proptest! {
        #[test]
        fn permitted_is_what_every_element_permits(
            learned in proptest::collection::vec((0_u32..60, 0_u32..8), 0..20),
            first in 0_u32..70, length in 0_u32..10,
        ) {
            let mut set = RangeSet::default();
            let mut elements = std::collections::BTreeSet::new();
            for (start, more) in learned {
                set.learn(span(start, start + more), history());
                elements.extend(start..=start + more);
            }
            let expected = (first..=first + length).all(|element| elements.contains(&element));
            prop_assert_eq!(permits(&mut set, first, first + length), expected);
        }
    }
}
