//! Thresholds as sliding windows: `count` events, or `count` different things, within `window`.
//!
//! The window slides with the events, it has no fixed grid: the threshold is crossed when the
//! newest event and the `count - 1` before it span no more than the window. Once crossed it starts
//! anew, so that a lasting scan or flood crosses again and again instead of once per packet. Time
//! that runs backwards (merged captures) counts as no time at all; events that come earlier than the
//! latest one by more than the window (another capture, a clock that was set) start a count anew.

use std::collections::VecDeque;

use sensor_protocols::observation::{Observation, Repeats};
use sensor_protocols::time::Timestamp;

use crate::catalogue::Threshold;

/// Messages as a window counts them: so many, at one time or evenly spread over a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events<'a> {
    pub time: Timestamp,
    pub count: u64,
    pub repeats: Option<&'a Repeats>,
}

impl<'a> Events<'a> {
    /// The messages that an observation stands for.
    pub fn of(observation: &Observation<'a>) -> Self {
        Self {
            time: observation.time,
            count: observation.count,
            repeats: observation.repeats,
        }
    }

    /// The time of each.
    pub fn times(self) -> impl Iterator<Item = Timestamp> + use<'a> {
        (0..self.count).map(move |n| match self.repeats {
            Some(repeats) => repeats.time(n, self.count),
            None => self.time,
        })
    }
}

fn within(threshold: Threshold, earlier: Timestamp, now: Timestamp) -> bool {
    threshold.window.is_zero() || now.since(earlier) <= threshold.window
}

/// Counts events.
#[derive(Clone, Debug, Default)]
pub struct EventWindow {
    /// Time of each event and how many messages it stands for, oldest first.
    events: VecDeque<(Timestamp, u64)>,
    total: u64,
}

impl EventWindow {
    /// Adds `count` events at `now`. Returns how many stood in the window when they crossed the
    /// threshold.
    pub fn record(&mut self, threshold: Threshold, now: Timestamp, count: u64) -> Option<u64> {
        let newest = self.events.back();
        if newest.is_some_and(|(newest, _)| !within(threshold, now, *newest)) {
            self.clear();
        }
        while let Some(&(time, old)) = self.events.front() {
            if within(threshold, time, now) {
                break;
            }
            self.events.pop_front();
            self.total = self.total.saturating_sub(old);
        }
        match self.events.back_mut() {
            Some((time, events)) if *time == now => *events = events.saturating_add(count),
            _ => self.events.push_back((now, count)),
        }
        self.total = self.total.saturating_add(count);
        if self.total < u64::from(threshold.count) {
            return None;
        }
        let crossed = self.total;
        self.clear();
        Some(crossed)
    }

    /// Adds repeats of a message, each at its time. Returns how many stood in the windows that
    /// crossed the threshold, all together.
    pub fn record_each(&mut self, threshold: Threshold, events: Events<'_>) -> Option<u64> {
        if events.repeats.is_none() {
            return self.record(threshold, events.time, events.count);
        }
        let crossed = events
            .times()
            .filter_map(|time| self.record(threshold, time, 1));
        crossed.reduce(u64::saturating_add)
    }

    pub fn clear(&mut self) {
        self.events.clear();
        self.total = 0;
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// Counts different things; never holds more of them than the threshold asks for.
#[derive(Clone, Debug)]
pub struct DistinctWindow<T> {
    seen: Vec<(T, Timestamp)>,
}

impl<T> Default for DistinctWindow<T> {
    fn default() -> Self {
        Self { seen: Vec::new() }
    }
}

impl<T: Copy + Eq> DistinctWindow<T> {
    /// Adds `thing` at `now`. Returns what stood in the window, oldest first, when it crossed the
    /// threshold.
    pub fn record(&mut self, threshold: Threshold, now: Timestamp, thing: T) -> Option<Vec<T>> {
        self.seen
            .retain(|(old, time)| *old != thing && within(threshold, *time, now));
        self.seen.push((thing, now));
        if self.seen.len() < threshold.count as usize {
            return None;
        }
        Some(
            std::mem::take(&mut self.seen)
                .into_iter()
                .map(|(thing, _)| thing)
                .collect(),
        )
    }

    /// Forgets one thing: it turned out to be harmless.
    pub fn forget(&mut self, thing: T) {
        self.seen.retain(|(old, _)| *old != thing);
    }

    pub fn len(&self) -> usize {
        self.seen.len()
    }

    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn threshold(count: u32, seconds: u64) -> Threshold {
        Threshold {
            count,
            window: Duration::from_secs(seconds),
        }
    }

    /// What "count events within window" means, by trying every run of events.
    fn crossings_by_definition(limit: Threshold, times: &[u64]) -> usize {
        let (mut crossings, mut start) = (0, 0);
        for (last, now) in times.iter().enumerate() {
            let inside = times[start..=last]
                .iter()
                .filter(|time| u128::from(now - *time) <= limit.window.as_nanos())
                .count();
            if inside >= limit.count as usize {
                crossings += 1;
                start = last + 1;
            }
        }
        crossings
    }

    proptest! {
        #[test]
        fn repeats_count_as_each_of_them_would(
            count in 1_u32..30,
            window in 1_u64..200,
            repeated in 1_u64..120,
            span in 0_u64..300,
            before in 0_u64..20,
        ) {
            let limit = threshold(count, window);
            let at = |seconds| Timestamp::from_nanos(seconds * 1_000_000_000);
            let repeats = Repeats {
                first: at(100),
                last: at(100 + span),
                min_gap: Duration::ZERO,
                max_gap: Duration::ZERO,
            };
            let events = Events { time: repeats.last, count: repeated, repeats: Some(&repeats) };
            let (mut one, mut all) = (EventWindow::default(), EventWindow::default());
            for _ in 0..before {
                one.record(limit, at(90), 1);
                all.record(limit, at(90), 1);
            }
            let mut expected = 0;
            for time in events.times() {
                expected += one.record(limit, time, 1).unwrap_or(0);
            }
            prop_assert_eq!(all.record_each(limit, events).unwrap_or(0), expected);
            prop_assert_eq!(all.len(), one.len());
        }

        #[test]
        fn thresholds_are_exact_on_virtual_time(
            count in 1_u32..30,
            window in 1_u64..200,
            gaps in proptest::collection::vec(0_u64..30, 1..200),
        ) {
            let limit = threshold(count, window);
            let times: Vec<u64> = gaps
                .iter()
                .scan(0, |now, gap| { *now += gap * 1_000_000_000; Some(*now) })
                .collect();
            let mut events = EventWindow::default();
            let mut distinct = DistinctWindow::default();
            let (mut by_event, mut by_thing) = (0, 0);
            for (thing, time) in times.iter().enumerate() {
                let now = Timestamp::from_nanos(*time);
                by_event += usize::from(events.record(limit, now, 1).is_some());
                by_thing += usize::from(distinct.record(limit, now, thing).is_some());
            }
            let expected = crossings_by_definition(limit, &times);
            prop_assert_eq!(by_event, expected);
            prop_assert_eq!(by_thing, expected);
        }
    }

    #[test]
    fn one_event_less_raises_nothing_and_one_nanosecond_too_late_neither() {
        let limit = threshold(3, 60);
        let at = |seconds: u64, nanos: u64| Timestamp::from_nanos(seconds * 1_000_000_000 + nanos);
        let mut window = EventWindow::default();
        assert_eq!(window.record(limit, at(0, 0), 1), None);
        assert_eq!(window.record(limit, at(30, 0), 1), None);
        assert_eq!(window.record(limit, at(60, 1), 1), None);
        assert_eq!(window.record(limit, at(61, 0), 1), Some(3));
        assert!(window.is_empty());
    }

    #[test]
    fn events_of_an_earlier_time_start_anew() {
        let limit = threshold(2, 60);
        let at = |seconds: u64| Timestamp::from_nanos(seconds * 1_000_000_000);
        let mut window = EventWindow::default();
        assert_eq!(window.record(limit, at(100), 1), None);
        assert_eq!(window.record(limit, at(39), 1), None);
        assert_eq!(window.record(limit, at(40), 1), Some(2));
        assert_eq!(window.record(limit, at(100), 1), None);
        assert_eq!(
            window.record(limit, at(40), 1),
            Some(2),
            "within the window"
        );
    }

    #[test]
    fn an_aggregated_record_counts_for_all_its_messages() {
        let mut window = EventWindow::default();
        assert_eq!(
            window.record(threshold(100, 60), Timestamp::ZERO, 250),
            Some(250)
        );
    }

    #[test]
    fn the_same_thing_twice_counts_once() {
        let limit = threshold(2, 60);
        let mut window = DistinctWindow::default();
        assert_eq!(window.record(limit, Timestamp::ZERO, 502), None);
        assert_eq!(window.record(limit, Timestamp::ZERO, 502), None);
        assert_eq!(
            window.record(limit, Timestamp::ZERO, 503),
            Some(vec![502, 503])
        );
    }

    #[test]
    fn time_that_runs_backwards_stays_inside_the_window() {
        let limit = threshold(2, 1);
        let mut window = DistinctWindow::default();
        window.record(limit, Timestamp::from_nanos(9_000_000_000), 1);
        assert!(window.record(limit, Timestamp::from_nanos(1), 2).is_some());
    }
}
