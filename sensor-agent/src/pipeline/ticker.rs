//! Seconds of packet time.

use sensor_protocols::time::Timestamp;

const SECOND: u64 = 1_000_000_000;

/// Seconds that are stepped through one by one after the last frame.
const FINE_STEPS: u64 = 600;

/// Longest silence that is stepped through minute by minute after that.
const COARSE_STEPS: u64 = 24 * 60;

/// Says which ticks are due before a frame.
///
/// Silence is stepped through: each second for ten minutes, then each minute for a day, then one
/// step to the end. So every time-out up to ten minutes is met to the second, and a file that jumps
/// by years costs two thousand ticks, not a billion.
#[derive(Debug, Default)]
pub(crate) struct Ticker {
    /// The next tick, in nanoseconds; `None` before the first frame.
    next: Option<u64>,
}

impl Ticker {
    /// Calls `tick` for each tick due at or before `now`, in order. The first call only starts the
    /// clock. Time that runs backwards causes no ticks.
    pub(crate) fn advance(&mut self, now: Timestamp, mut tick: impl FnMut(Timestamp)) {
        let now = now.as_nanos();
        let Some(next) = self.next else {
            self.next = Some(second_after(now));
            return;
        };
        if now < next {
            return;
        }
        for due in due_times(next, now) {
            tick(Timestamp::from_nanos(due));
        }
        self.next = Some(second_after(now));
    }

    /// Whether [`Self::advance`] to `now` would call for a tick; one comparison.
    #[inline]
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.next.is_none_or(|next| now.as_nanos() >= next)
    }
}

/// The first full second after `nanos`.
fn second_after(nanos: u64) -> u64 {
    (nanos / SECOND).saturating_add(1).saturating_mul(SECOND)
}

/// The ticks from `next` (a full second) up to `now`.
fn due_times(next: u64, now: u64) -> impl Iterator<Item = u64> {
    let last = now / SECOND * SECOND;
    let fine_end = next.saturating_add(FINE_STEPS * SECOND);
    let coarse_end = fine_end.saturating_add(COARSE_STEPS * 60 * SECOND);
    let step = move |at: &u64| {
        let ahead = if *at < fine_end {
            SECOND
        } else if *at < coarse_end {
            60 * SECOND
        } else {
            u64::MAX
        };
        (*at < last).then(|| at.saturating_add(ahead).min(last))
    };
    std::iter::successors(Some(next), step)
}

#[cfg(test)]
mod tests {
    use super::{SECOND, Ticker, Timestamp};

    const NONE: [u64; 0] = [];

    fn ticks(ticker: &mut Ticker, now: u64) -> Vec<u64> {
        let mut seen = Vec::new();
        ticker.advance(Timestamp::from_nanos(now), |at| seen.push(at.as_nanos()));
        seen
    }

    #[test]
    fn a_tick_comes_before_the_first_frame_at_or_after_each_second() {
        let mut ticker = Ticker::default();
        assert_eq!(ticks(&mut ticker, 10 * SECOND + 5), NONE);
        assert_eq!(ticks(&mut ticker, 11 * SECOND - 1), NONE);
        assert_eq!(ticks(&mut ticker, 11 * SECOND), [11 * SECOND]);
        assert_eq!(ticks(&mut ticker, 11 * SECOND), NONE);
        let both = [12 * SECOND, 13 * SECOND];
        assert_eq!(ticks(&mut ticker, 13 * SECOND + 7), both);
    }

    #[test]
    fn time_that_runs_backwards_is_ignored() {
        let mut ticker = Ticker::default();
        ticks(&mut ticker, 10 * SECOND);
        assert_eq!(ticks(&mut ticker, 2 * SECOND), NONE);
        assert_eq!(ticks(&mut ticker, 11 * SECOND), [11 * SECOND]);
    }

    #[test]
    fn a_long_silence_is_stepped_through_and_ends_at_the_present() {
        let mut ticker = Ticker::default();
        ticks(&mut ticker, 0);
        let hour = ticks(&mut ticker, 3600 * SECOND);
        assert_eq!(hour.len(), 600 + 1 + 50);
        assert_eq!(hour.last(), Some(&(3600 * SECOND)));
        assert!(hour.is_sorted());
        let years = ticks(&mut ticker, u64::MAX / SECOND * SECOND);
        assert!(years.len() < 2_100, "{}", years.len());
        assert_eq!(years.last(), Some(&(u64::MAX / SECOND * SECOND)));
    }

    #[test]
    fn the_end_of_time_does_not_loop() {
        let mut ticker = Ticker::default();
        ticks(&mut ticker, u64::MAX);
        assert!(ticks(&mut ticker, u64::MAX).len() <= 1);
    }
}
