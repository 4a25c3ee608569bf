//! From kernel time to wall-clock time.
//!
//! The program stamps frames with the monotonic clock. The distance between the clocks is measured
//! when the source is opened and once a second after that, each time as the best of a few
//! readings, which is good to about a microsecond. When the wall clock is set, frame times follow
//! within a second. Tests that play captures set the time of each frame.

use std::time::Duration;

use sensor_protocols::time::Timestamp;

use super::sys;

const REFRESH: Duration = Duration::from_secs(1);
const READINGS: usize = 5;

/// The distance between the clocks and when it was measured.
pub(super) struct KernelClock {
    /// Wall clock minus monotonic clock in nanoseconds.
    offset: u64,
    /// Monotonic time of the measurement.
    measured_ns: u64,
    /// Kernel times from which on frames bear a time of their own; empty but in tests.
    set: Vec<(u64, Timestamp)>,
}

impl KernelClock {
    pub(super) fn new() -> Self {
        let mut clock = Self {
            offset: 0,
            measured_ns: 0,
            set: Vec::new(),
        };
        clock.measure();
        clock
    }

    /// Measures again when the last measurement is older than a second.
    pub(super) fn refresh(&mut self) {
        let age = sys::monotonic_ns().saturating_sub(self.measured_ns);
        if u128::from(age) >= REFRESH.as_nanos() {
            self.measure();
        }
    }

    /// Wall-clock time of a kernel time.
    pub(super) fn wall(&self, kernel_ns: u64) -> Timestamp {
        let began = self.set.partition_point(|(from, _)| *from <= kernel_ns);
        match began.checked_sub(1).and_then(|at| self.set.get(at)) {
            Some((_, time)) => *time,
            None => Timestamp::from_nanos(kernel_ns.saturating_add(self.offset)),
        }
    }

    /// From now on it is this time, until it is set again.
    pub(super) fn set(&mut self, time: Timestamp) {
        self.set.push((sys::monotonic_ns(), time));
    }

    /// Keeps the reading with the least time around it.
    fn measure(&mut self) {
        let mut narrowest = u64::MAX;
        for _ in 0..READINGS {
            let before = sys::monotonic_ns();
            let wall = sys::wall_ns();
            let after = sys::monotonic_ns();
            let width = after.saturating_sub(before);
            if width < narrowest {
                narrowest = width;
                let middle = before.saturating_add(width / 2);
                self.offset = wall.saturating_sub(middle);
                self.measured_ns = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_time_becomes_wall_time() {
        let clock = KernelClock::new();
        let before = sys::wall_ns();
        let converted = clock.wall(sys::monotonic_ns()).as_nanos();
        let after = sys::wall_ns();
        let slack = 1_000_000;
        assert!(converted + slack >= before, "{converted} {before}");
        assert!(converted <= after + slack, "{converted} {after}");
    }
}
