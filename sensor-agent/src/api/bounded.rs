//! Text and numbers with bounds. The same type checks the input and states the bound in the
//! specification, so that the two cannot differ.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// A whole number from `MIN` to `MAX`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Int<const MIN: u64, const MAX: u64>(u64);

/// Identifier of a stored thing, counted from 1.
pub type Id = Int<1, { super::limits::ID_MAX }>;

/// Number of items on a page.
pub type Limit = Int<1, { super::limits::PAGE_MAX as u64 }>;

impl<const MIN: u64, const MAX: u64> Int<MIN, MAX> {
    pub const fn get(self) -> u64 {
        self.0
    }

    fn checked<E: Error>(value: u64) -> Result<Self, E> {
        if (MIN..=MAX).contains(&value) {
            Ok(Self(value))
        } else {
            Err(E::custom(format_args!(
                "{value} is not within {MIN} to {MAX}"
            )))
        }
    }
}

struct IntVisitor<const MIN: u64, const MAX: u64>;

impl<const MIN: u64, const MAX: u64> Visitor<'_> for IntVisitor<MIN, MAX> {
    type Value = Int<MIN, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {MIN} to {MAX}")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Int::checked(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        u64::try_from(value)
            .map_err(|_| E::custom(format_args!("{value} is not within {MIN} to {MAX}")))
            .and_then(Int::checked)
    }

    /// `7.0` is a whole number, too (JSON Schema 2020-12, section 4.2.3).
    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() != 0.0 || !(0.0..EXACT).contains(&value) {
            let unexpected = Unexpected::Float(value);
            return Err(E::invalid_value(unexpected, &self));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole and within 0 to 2^53 after the check above"
        )]
        Int::checked(value as u64)
    }
}

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for Int<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(IntVisitor)
    }
}

impl<const MIN: u64, const MAX: u64> Serialize for Int<MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<const MIN: u64, const MAX: u64> PartialSchema for Int<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        // JSON numbers are exact up to 2^53, so `i64` holds every bound used here.
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Integer))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(i64::try_from(MIN).ok())
            .maximum(i64::try_from(MAX).ok())
            .into()
    }
}

impl<const MIN: u64, const MAX: u64> ToSchema for Int<MIN, MAX> {
    fn name() -> Cow<'static, str> {
        format!("IntegerFrom{MIN}To{MAX}").into()
    }
}

/// Text of `MIN` to `MAX` characters, both included.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let length = text.chars().count();
        if (MIN..=MAX).contains(&length) {
            Ok(Self(text))
        } else {
            Err(D::Error::custom(format_args!(
                "{length} characters are not within {MIN} to {MAX}"
            )))
        }
    }
}

impl<const MIN: usize, const MAX: usize> Serialize for Text<MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<const MIN: usize, const MAX: usize> PartialSchema for Text<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .min_length((MIN > 0).then_some(MIN))
            .max_length(Some(MAX))
            .into()
    }
}

impl<const MIN: usize, const MAX: usize> ToSchema for Text<MIN, MAX> {
    fn name() -> Cow<'static, str> {
        format!("TextFrom{MIN}To{MAX}").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(json: &str) -> Result<Int<1, 9>, serde_json::Error> {
        serde_json::from_str(json)
    }

    fn text(json: &str) -> Result<Text<1, 3>, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn both_bounds_of_a_number_are_inside_and_their_neighbours_outside() {
        assert_eq!(int("1").expect("in range").get(), 1);
        assert_eq!(int("9").expect("in range").get(), 9);
        assert_eq!(int("7.0").expect("a whole number").get(), 7);
        for outside in [
            "0",
            "10",
            "-1",
            "1.5",
            "-7.0",
            "1e300",
            "\"1\"",
            "18446744073709551616",
        ] {
            assert!(int(outside).is_err(), "{outside} got through");
        }
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert_eq!(text("\"äöü\"").expect("three characters").as_str(), "äöü");
        assert!(text("\"\"").is_err());
        assert!(text("\"abcd\"").is_err());
    }

    #[test]
    fn the_schema_states_the_bound_that_is_checked() {
        let number = serde_json::to_value(Int::<1, 9>::schema()).expect("schemas serialise");
        assert_eq!(
            (number["minimum"].as_u64(), number["maximum"].as_u64()),
            (Some(1), Some(9))
        );
        let text = serde_json::to_value(Text::<1, 3>::schema()).expect("schemas serialise");
        assert_eq!(
            (text["minLength"].as_u64(), text["maxLength"].as_u64()),
            (Some(1), Some(3))
        );
    }
}
