//! How many tests passed, failed and were skipped, read from what the test programs print.

use std::{fmt, fs, path::Path};

/// Counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// Counts over everything in `log`; a log that cannot be read counts nothing.
pub(crate) fn read(log: &Path) -> Tally {
    count(&fs::read_to_string(log).unwrap_or_default())
}

/// Sums the closing lines of libtest. A test that cannot run here says so with the mark of
/// `sensor_e2e::skip`; libtest has counted it as passed.
pub(crate) fn count(text: &str) -> Tally {
    let mut tally = Tally::default();
    for line in text.lines() {
        if let Some(result) = line.trim_start().strip_prefix("test result: ") {
            tally.passed += number_before(result, " passed");
            tally.failed += number_before(result, " failed");
            tally.skipped += number_before(result, " ignored");
        }
    }
    let told = text.matches(sensor_e2e::SKIP_MARK).count() as u64;
    tally.skipped += told;
    tally.passed = tally.passed.saturating_sub(told);
    tally
}

fn number_before(line: &str, word: &str) -> u64 {
    line.find(word)
        .and_then(|at| line.get(..at))
        .and_then(|head| head.rsplit(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_summed() {
        let text = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                    test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured";
        let want = Tally {
            passed: 15,
            failed: 2,
            skipped: 1,
        };
        assert_eq!(count(text), want);
    }

    #[test]
    fn a_test_that_could_not_run_is_skipped_not_passed() {
        let text = format!(
            "test live ... {}not root\nok\ntest result: ok. 2 passed; 0 failed; 0 ignored",
            sensor_e2e::SKIP_MARK
        );
        let tally = count(&text);
        assert_eq!((tally.passed, tally.skipped), (1, 1));
    }

    #[test]
    fn the_closing_line_reads_as_people_expect() {
        let tally = Tally {
            passed: 9,
            ..Tally::default()
        };
        assert_eq!(tally.to_string(), "9 passed, 0 failed");
    }
}
