//! Quantities with their unit: spans of time and sizes in bytes.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A span of time as people write it: `500 ms`, `30 s`, `5 min`, `2 h`, `90 d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HumanDuration(Duration);

/// A size as people write it: `4096 B`, `64 KiB`, `8 MiB`, `1 GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(u64);

const DAY: u64 = 86_400_000;

/// Milliseconds per unit, largest unit first.
const TIME_UNITS: [(&str, u64); 5] = [
    ("d", DAY),
    ("h", 3_600_000),
    ("min", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Bytes per unit, largest unit first.
const SIZE_UNITS: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// The text is not a number with one of the units.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a {quantity}; write a whole number and a unit, such as {example:?} (units: {units})"
)]
pub struct BadQuantity {
    text: String,
    quantity: &'static str,
    example: &'static str,
    units: &'static str,
}

impl HumanDuration {
    pub const fn from_days(days: u64) -> Self {
        Self(Duration::from_millis(days * DAY))
    }

    pub const fn from_secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    pub const fn get(self) -> Duration {
        self.0
    }
}

impl ByteSize {
    pub const fn mebibytes(count: u64) -> Self {
        Self(count << 20)
    }

    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// Number times unit; `None` when the text is neither or the product is too large.
fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim())?;
    number.checked_mul(*factor)
}

/// The largest unit that leaves a whole number.
fn format(value: u64, units: &[(&str, u64)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let fitting = units
        .iter()
        .find(|(_, factor)| value >= *factor && value.is_multiple_of(*factor))
        .or(units.last());
    match fitting {
        Some((unit, factor)) => write!(f, "{} {unit}", value / factor),
        None => write!(f, "{value}"),
    }
}

impl FromStr for HumanDuration {
    type Err = BadQuantity;

    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        parse(text, &TIME_UNITS)
            .map(|millis| Self(Duration::from_millis(millis)))
            .ok_or_else(|| BadQuantity {
                text: text.to_owned(),
                quantity: "span of time",
                example: "30 s",
                units: "ms, s, min, h, d",
            })
    }
}

impl FromStr for ByteSize {
    type Err = BadQuantity;

    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        parse(text, &SIZE_UNITS)
            .map(Self)
            .ok_or_else(|| BadQuantity {
                text: text.to_owned(),
                quantity: "size",
                example: "64 MiB",
                units: "B, KiB, MiB, GiB",
            })
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        format(millis, &TIME_UNITS, f)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        format(self.0, &SIZE_UNITS, f)
    }
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'_, str>::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    )*};
}

as_text!(HumanDuration, ByteSize);

#[cfg(test)]
mod tests {
    use super::{ByteSize, HumanDuration};

    #[test]
    fn durations_read_back_as_they_print() {
        for text in ["500 ms", "30 s", "5 min", "2 h", "90 d", "0 ms", "90 s"] {
            let read: HumanDuration = text.parse().expect(text);
            assert_eq!(read.to_string(), text);
        }
        assert_eq!(
            "24h".parse::<HumanDuration>().expect("24h").to_string(),
            "1 d"
        );
    }

    #[test]
    fn sizes_read_back_as_they_print() {
        for text in ["1 B", "64 KiB", "8 MiB", "3 GiB", "1000 B"] {
            let read: ByteSize = text.parse().expect(text);
            assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn quantities_without_a_known_unit_are_refused() {
        for text in [
            "",
            "30",
            "s",
            "-1 s",
            "1.5 h",
            "1 week",
            "99999999999999999 d",
        ] {
            assert!(text.parse::<HumanDuration>().is_err(), "{text}");
        }
        for text in ["12", "1 MB", "1 mib", "99999999999 GiB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }
}
