//! The clock by which live sensing times its dissectors.

use std::sync::LazyLock;
use std::time::Instant;

use sensor_protocols::inspector::{InspectorSettings, Timing};

/// One of this many runs is timed: two readings of the clock, some 50 ns, are below 1 ns a run then.
const TIMED_EVERY: u32 = 64;

/// Settings of an inspector that times its dissectors.
pub(super) fn timed() -> InspectorSettings {
    InspectorSettings {
        timing: Some(Timing {
            now: nanoseconds,
            every: TIMED_EVERY,
        }),
        ..InspectorSettings::default()
    }
}

/// Nanoseconds since the first call.
fn nanoseconds() -> u64 {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(FIRST.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_on() {
        let start = nanoseconds();
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(nanoseconds() >= start + 2_000_000);
    }
}
