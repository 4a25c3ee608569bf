//! Indicators of compromise: addresses, networks, names, URL paths and other texts that are known to
//! belong to malicious software.
//!
//! Data in: feeds in CSV ([`csv`]) or STIX 2.1 ([`stix`]), and a short list that is part of the
//! program ([`builtin`]). Data out: an [`IndicatorSet`], which answers whether an address, a name or
//! a path is listed, in constant time however many there are, and counts hits.
//!
//! Limits: [`MOST_INDICATORS`] in a set, [`LONGEST_VALUE`] octets a value; what is beyond is refused
//! by name, never cut. Hashes of files are kept and listed, and match nothing: files are not put
//! together from traffic.

mod builtin;
mod csv;
mod entry;
mod set;
mod stix;
#[cfg(test)]
mod tests;

pub use builtin::builtin;
pub use entry::{Indicator, IndicatorKind, Verdict};
pub use set::{Hit, IndicatorSet, Listed, Refused};

use sensor_protocols::time::Timestamp;

/// Most indicators of one set.
pub const MOST_INDICATORS: usize = 1_000_000;

/// Longest value, in octets.
pub const LONGEST_VALUE: usize = 2048;

/// Longest name of a family or a source, in octets.
pub const LONGEST_NAME: usize = 200;

/// What an import took and what it did not.
#[derive(Debug, Default)]
pub struct Import {
    pub indicators: Vec<Indicator>,
    /// Why a line or an object was left out, the first [`Import::MOST_PROBLEMS`] of them.
    pub problems: Vec<Problem>,
    /// How many were left out in all.
    pub left_out: usize,
}

/// One line or object that is no indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of a CSV file, position of a STIX object; counted from 1.
    pub place: usize,
    pub reason: String,
}

impl Import {
    /// Problems that are told one by one.
    pub const MOST_PROBLEMS: usize = 100;

    fn leave_out(&mut self, place: usize, reason: impl Into<String>) {
        self.left_out += 1;
        if self.problems.len() < Self::MOST_PROBLEMS {
            self.problems.push(Problem {
                place,
                reason: reason.into(),
            });
        }
    }

    fn take(&mut self, place: usize, indicator: Result<Indicator, String>) {
        match indicator {
            Ok(_) if self.indicators.len() >= MOST_INDICATORS => {
                self.leave_out(
                    place,
                    format!("a feed has at most {MOST_INDICATORS} indicators"),
                );
            }
            Ok(indicator) => self.indicators.push(indicator),
            Err(reason) => self.leave_out(place, reason),
        }
    }
}

/// Reads a feed: STIX 2.1 when it begins like JSON, CSV otherwise.
///
/// # Errors
/// One line that says why nothing of it can be read.
pub fn read(feed: &[u8]) -> Result<Import, String> {
    let first = feed.iter().find(|octet| !octet.is_ascii_whitespace());
    match first {
        Some(b'{' | b'[') => stix::read(feed),
        Some(_) => csv::read(feed),
        None => Err("the feed is empty".to_owned()),
    }
}

/// A point in time of a feed: RFC 3339, to the second or finer, or a date.
fn time(text: &str) -> Result<Timestamp, String> {
    let parsed = text
        .parse::<jiff::Timestamp>()
        .or_else(|_| format!("{text}T00:00:00Z").parse::<jiff::Timestamp>());
    let nanos = parsed
        .map_err(|_| {
            format!("`{text}` is no time as RFC 3339 writes it, such as 2026-11-25T00:00:00Z")
        })?
        .as_nanosecond();
    u64::try_from(nanos)
        .map(Timestamp::from_nanos)
        .map_err(|_| format!("`{text}` is out of range"))
}
