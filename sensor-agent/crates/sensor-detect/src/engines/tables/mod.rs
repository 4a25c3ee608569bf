//! Rules that are tables: one row is one alert type.
//!
//! | table | a row raises its type for |
//! |--|--|
//! | [`AnomalyRow`] | departures from a specification |
//! | [`ErrorRow`] | refusals |
//! | [`MessageRow`] | single messages, whatever was learned |
//! | [`CountRow`] | so many messages within a while |
//! | [`learned`] | operations, objects and refusals that were not learned |

mod anomalies;
mod counts;
pub(crate) mod learned;
mod messages;
mod object;
mod refusals;
pub(crate) mod several;
mod when;
mod words;

pub(crate) use anomalies::{ANOMALY_VALUES, AnomalyRow, AnomalyRule, departures};
pub(crate) use counts::{COUNT_VALUES, CountRow, CountRule};
pub(crate) use messages::{MessageRow, MessageRule, operation_number};
pub(crate) use object::text as object_text;
pub(crate) use refusals::{ErrorRow, ErrorRule};
pub(crate) use when::{Messages, When};
pub(crate) use words::{COMMON, MODBUS, Words};
