//! The baseline, and the mutes that keep traffic from raising alerts.

use sensor_detect::baseline::{Tuple, TupleObject};
use sensor_detect::detector::Learned;
use serde::Serialize;
use utoipa::ToSchema;

use super::term::{OriginTerm, ProtocolTerm, TupleKindTerm};
use super::time::UtcTime;
use crate::alert as domain;

/// A combination that the baseline allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Combination {
    pub kind: TupleKindTerm,
    /// Address of the source.
    #[schema(example = "10.1.0.7", max_length = 45)]
    pub source: String,
    /// Address of the destination; null when the entry is about one device.
    #[schema(example = "10.1.0.20", max_length = 45)]
    pub destination: Option<String>,
    pub protocol: ProtocolTerm,
    /// Function code, service or command of the protocol.
    #[schema(example = 16, minimum = 0, maximum = 4_294_967_295_u64)]
    pub operation: Option<u32>,
    /// Second-level code of the operation.
    #[schema(example = 14, minimum = 0, maximum = 4_294_967_295_u64)]
    pub sub_operation: Option<u32>,
    /// What the operation is about.
    pub object: Option<CombinationObject>,
}

/// What an operation is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CombinationObject {
    /// Consecutive elements of a table of one station, first and last included.
    Range {
        #[schema(example = "holding_register", max_length = 256)]
        table: String,
        /// Unit identifier or station address.
        #[schema(example = 1, minimum = 0, maximum = 4_294_967_295_u64)]
        station: u32,
        #[schema(example = 100, minimum = 0, maximum = 4_294_967_295_u64)]
        first: u32,
        #[schema(example = 109, minimum = 0, maximum = 4_294_967_295_u64)]
        last: u32,
    },
    /// One numbered thing.
    Id {
        #[schema(example = "exception_code", max_length = 256)]
        kind: String,
        #[schema(example = 2, minimum = 0, maximum = 18_446_744_073_709_551_615_u64)]
        id: u64,
    },
    /// A name or a version.
    Text {
        #[schema(example = "update.example.net", max_length = 1024)]
        text: String,
    },
    /// One of several texts of a message.
    Named {
        #[schema(example = "user_agent", max_length = 256)]
        kind: String,
        #[schema(example = "TIA Portal", max_length = 4096)]
        text: String,
    },
}

/// An entry of the baseline.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaselineEntry {
    pub combination: Combination,
    pub origin: OriginTerm,
    /// Capture time at which it was first seen.
    pub first_seen: UtcTime,
    /// Capture time at which it was last seen.
    pub last_seen: UtcTime,
    /// Messages seen with it.
    #[schema(example = 5120, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub count: u64,
}

/// Traffic that raises no alerts because somebody muted it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Mute {
    /// The alert it was set from; names the mute.
    #[schema(example = 18, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub alert_id: u64,
    /// Type of the alerts that are kept back.
    #[schema(example = "modbus_exception_by_master", max_length = 100)]
    pub type_id: String,
    /// Title of that type.
    #[schema(
        example = "Illegal MODBUS Operation (Exception Raised by Master)",
        max_length = 500
    )]
    pub title: String,
    /// Address of the source; null when the mute holds for any source.
    #[schema(example = "10.1.0.7", max_length = 45)]
    pub source: Option<String>,
    /// Address of the destination; null when the mute holds for any destination.
    #[schema(example = "10.1.0.20", max_length = 45)]
    pub destination: Option<String>,
    /// Narrows the mute to one code or kind where the type says so, in hexadecimal; `0` when it
    /// does not.
    #[schema(example = "0", max_length = 16, pattern = "^[0-9a-f]{1,16}$")]
    pub discriminator: String,
    /// Who set it: the name of a token.
    #[schema(example = "j.weber", max_length = 200)]
    pub actor: String,
    #[schema(
        example = "Known fault of the meter, replacement ordered",
        max_length = 1000
    )]
    pub reason: Option<String>,
    /// When it was set, by the sensor's clock.
    pub created_at: UtcTime,
    /// When it ends; null until it is lifted.
    pub expires_at: Option<UtcTime>,
    /// Messages it kept from raising an alert.
    #[schema(example = 42, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub hits: u64,
    /// When it last did so.
    pub last_hit: Option<UtcTime>,
}

impl From<Tuple> for Combination {
    fn from(tuple: Tuple) -> Self {
        Self {
            kind: tuple.kind.into(),
            source: tuple.source.to_string(),
            destination: tuple.destination.map(|party| party.to_string()),
            protocol: tuple.protocol.into(),
            operation: tuple.operation,
            sub_operation: tuple.sub_operation,
            object: tuple.object.map(Into::into),
        }
    }
}

impl From<TupleObject> for CombinationObject {
    fn from(object: TupleObject) -> Self {
        match object {
            TupleObject::Range {
                table,
                station,
                first,
                last,
            } => Self::Range {
                table: table.into_owned(),
                station,
                first,
                last,
            },
            TupleObject::Id { kind, id } => Self::Id {
                kind: kind.into_owned(),
                id,
            },
            TupleObject::Text(text) => Self::Text { text },
            TupleObject::Named { kind, text } => Self::Named {
                kind: kind.into_owned(),
                text,
            },
        }
    }
}

impl From<Learned> for BaselineEntry {
    fn from(learned: Learned) -> Self {
        Self {
            combination: learned.tuple.into(),
            origin: learned.origin.into(),
            first_seen: learned.first_seen.into(),
            last_seen: learned.last_seen.into(),
            count: learned.count,
        }
    }
}

impl From<domain::Mute> for Mute {
    fn from(mute: domain::Mute) -> Self {
        Self {
            alert_id: mute.alert_id,
            type_id: mute.key.type_id.to_string(),
            title: mute.title,
            source: mute.key.source.map(|party| party.to_string()),
            destination: mute.key.destination.map(|party| party.to_string()),
            discriminator: format!("{:x}", mute.key.discriminator),
            actor: mute.actor.name,
            reason: mute.reason,
            created_at: mute.created.into(),
            expires_at: mute.expires.map(Into::into),
            hits: mute.hits,
            last_hit: mute.last_hit.map(Into::into),
        }
    }
}
