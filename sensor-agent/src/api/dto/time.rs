//! Points in time on the wire: RFC 3339 in UTC, with up to nine digits of a second.

use std::borrow::Cow;

use sensor_protocols::time::Timestamp;
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// Earliest and latest time a client may send. Records hold times from 1970 to 2554, and a filter
/// that reaches further means the same as one that ends there.
const LONGEST_TEXT: usize = 64;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UtcTime(pub Timestamp);

impl From<Timestamp> for UtcTime {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl std::fmt::Display for UtcTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Every u64 of nanoseconds is a date that jiff knows; the number is a fallback without loss.
        match jiff::Timestamp::from_nanosecond(i128::from(self.0.as_nanos())) {
            Ok(time) => time.fmt(f),
            Err(_) => self.0.as_nanos().fmt(f),
        }
    }
}

/// Reads RFC 3339 text with any offset.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    if text.len() > LONGEST_TEXT {
        return Err(String::from("is too long for a time"));
    }
    let time: jiff::Timestamp = text
        .parse()
        .map_err(|_| String::from("must be an RFC 3339 time such as 2026-11-24T08:00:00Z"))?;
    let nanos = time.as_nanosecond();
    Ok(match u64::try_from(nanos) {
        Ok(nanos) => Timestamp::from_nanos(nanos),
        Err(_) if nanos < 0 => Timestamp::ZERO,
        Err(_) => Timestamp::MAX,
    })
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'_, str>::deserialize(deserializer)?;
        parse(&text).map(Self).map_err(D::Error::custom)
    }
}

impl PartialSchema for UtcTime {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("Point in time, RFC 3339, UTC in answers"))
            .max_length(Some(LONGEST_TEXT))
            .examples(["2026-11-24T08:00:00.123456789Z"])
            .into()
    }
}

impl ToSchema for UtcTime {
    fn name() -> Cow<'static, str> {
        "UtcTime".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_survive_the_way_there_and_back() {
        for nanos in [0, 1, 1_700_000_000_123_456_789, u64::MAX] {
            let text = UtcTime(Timestamp::from_nanos(nanos)).to_string();
            assert_eq!(parse(&text), Ok(Timestamp::from_nanos(nanos)), "{text}");
            assert!(text.ends_with('Z'), "{text}");
        }
    }

    #[test]
    fn offsets_are_read_and_ends_mean_the_ends_of_all_records() {
        let hour = Timestamp::from_nanos(3_600_000_000_000);
        assert_eq!(parse("1970-01-01T03:00:00+02:00"), Ok(hour));
        assert_eq!(parse("0001-01-01T00:00:00Z"), Ok(Timestamp::ZERO));
        assert_eq!(parse("9999-01-01T00:00:00Z"), Ok(Timestamp::MAX));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "1700000000",
            "2026-11-24",
            "2026-13-01T00:00:00Z",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
