//! What dissectors cost, on a sample of their runs.
//!
//! Data in: a clock of whoever made the inspector, since these stages have none of their own. Data
//! out: the `timed_` counters of each protocol. What observers do with a message is not part of it.
//!
//! Limits: a run is charged to the protocol of its first message; one without a message, to that of its
//! flow. What reading the clock takes is measured once and taken off.

use crate::counters::Counters;
use crate::observation::Protocol;

/// Readings by which the clock itself is measured.
const READINGS: u32 = 64;

/// A clock, and how often it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Nanoseconds since any moment that stays the same. Must not go backwards.
    pub now: fn() -> u64,
    /// One of this many runs of a dissector is timed; 0 is taken for 1.
    pub every: u32,
}

/// Chooses the runs that are timed.
pub(super) struct Stopwatch {
    timing: Option<Timing>,
    /// Nanoseconds from one reading of the clock to the next.
    reading: u64,
    left: u32,
}

impl Stopwatch {
    pub(super) fn new(timing: Option<Timing>) -> Self {
        Self {
            timing,
            reading: timing.map_or(0, |timing| reading(timing.now)),
            left: 0,
        }
    }

    /// Begins a run, if it is to be timed.
    #[inline]
    pub(super) fn start(&mut self) -> Option<Lap> {
        let timing = self.timing?;
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            return None;
        }
        self.left = timing.every.saturating_sub(1);
        Some(Lap {
            now: timing.now,
            began: (timing.now)(),
            reading: self.reading,
            elsewhere: 0,
            messages: 0,
            protocol: None,
        })
    }
}

/// What one reading takes: the least of several differences, since all else makes them longer.
fn reading(now: fn() -> u64) -> u64 {
    let differences = (0..READINGS).map(|_| {
        let before = now();
        now().saturating_sub(before)
    });
    differences.min().unwrap_or_default()
}

/// One timed run.
pub(super) struct Lap {
    now: fn() -> u64,
    began: u64,
    reading: u64,
    elsewhere: u64,
    messages: u64,
    protocol: Option<Protocol>,
}

impl Lap {
    /// Hands a message of `protocol` on, which is not charged.
    pub(super) fn pause(&mut self, protocol: Protocol, hand_on: impl FnOnce()) {
        let began = (self.now)();
        hand_on();
        let spent = (self.now)().saturating_sub(began);
        self.elsewhere = self.elsewhere.saturating_add(spent);
        self.messages = self.messages.saturating_add(1);
        self.protocol.get_or_insert(protocol);
    }

    /// Books the run, in which a dissector of `protocol` took `bytes`.
    pub(super) fn stop(self, counters: &mut Counters, protocol: Protocol, bytes: usize) {
        let spent = (self.now)()
            .saturating_sub(self.began)
            .saturating_sub(self.elsewhere)
            .saturating_sub(self.reading.saturating_mul(self.messages.saturating_add(1)));
        if let Some(counts) = counters.protocol_mut(self.protocol.unwrap_or(protocol)) {
            counts.timed_messages = counts.timed_messages.saturating_add(self.messages);
            counts.timed_bytes = counts.timed_bytes.saturating_add(bytes as u64);
            counts.timed_nanoseconds = counts.timed_nanoseconds.saturating_add(spent);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static NOW: Cell<u64> = const { Cell::new(0) };
    }

    fn now() -> u64 {
        NOW.get()
    }

    fn pass(nanoseconds: u64) {
        NOW.set(NOW.get() + nanoseconds);
    }

    fn stopwatch(every: u32) -> Stopwatch {
        Stopwatch::new(Some(Timing { now, every }))
    }

    #[test]
    fn what_observers_do_is_not_charged() {
        let mut counters = Counters::default();
        let mut lap = stopwatch(1).start().unwrap();
        pass(100);
        lap.pause(Protocol::S7comm, || pass(5000));
        pass(20);
        lap.pause(Protocol::Cotp, || pass(5000));
        lap.stop(&mut counters, Protocol::Cotp, 62);
        let found = counters.protocol(Protocol::S7comm);
        assert_eq!(found.timed_nanoseconds, 120);
        assert_eq!((found.timed_messages, found.timed_bytes), (2, 62));
        assert_eq!(counters.protocol(Protocol::Cotp).timed_messages, 0);
    }

    /// A clock of which each reading takes 30 ns.
    fn slow() -> u64 {
        pass(30);
        NOW.get()
    }

    #[test]
    fn what_the_clock_takes_is_taken_off() {
        let mut counters = Counters::default();
        let timing = Timing {
            now: slow,
            every: 1,
        };
        let mut lap = Stopwatch::new(Some(timing)).start().unwrap();
        pass(100);
        lap.pause(Protocol::Modbus, || pass(5000));
        lap.stop(&mut counters, Protocol::Modbus, 12);
        assert_eq!(counters.protocol(Protocol::Modbus).timed_nanoseconds, 100);
    }

    #[test]
    fn one_run_of_so_many_is_timed() {
        let mut watch = stopwatch(3);
        let timed: Vec<bool> = (0..7).map(|_| watch.start().is_some()).collect();
        assert_eq!(timed, [true, false, false, true, false, false, true]);
        let mut always = stopwatch(0);
        assert!((0..3).all(|_| always.start().is_some()));
        assert!(Stopwatch::new(None).start().is_none());
    }
}
