//! What is normal: the tuples learned from the traffic, and roles given to devices.
//!
//! A tuple is (source, destination, protocol, operation, object); which dimension of it is new
//! picks the alert type (DESIGN 3.4). Tuples are plain values with a text form, so that they can be
//! listed, exported, compared and stored.

use std::borrow::Cow;

use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::finding::PartyKey;

mod channel;
mod channels;
mod item;
mod parties;
mod ranges;
mod recent;
mod slot;

pub use channel::{ChannelBaseline, Outcome};
pub use channels::{Channel, ChannelIndex, ChannelKey, Channels};
pub use item::Item;
pub use parties::{Parties, PartyItem};
pub use ranges::{RANGES_PER_SET, Span};
pub use slot::History;

/// One learned combination.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tuple {
    /// What the tuple allows.
    pub kind: TupleKind,
    pub source: PartyKey,
    /// `None` where the tuple is about one device only.
    pub destination: Option<PartyKey>,
    pub protocol: Protocol,
    /// Function code, service … and its second-level code.
    pub operation: Option<u32>,
    pub sub_operation: Option<u32>,
    pub object: Option<TupleObject>,
}

/// Who put a tuple into the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It was seen while its alert type was learning.
    Traffic,
    /// An operator learned the alert. An operation learned this way may address any object,
    /// since the operator saw no list of objects.
    Operator,
}

/// A tuple of the baseline with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    pub tuple: Tuple,
    pub origin: Origin,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// Messages seen with it.
    pub count: u64,
}

/// The dimension a tuple opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TupleKind {
    /// The device `source` belongs here.
    Device,
    /// `source` may scan (role *scanner*).
    Scanner,
    /// `source` may program controllers (role *programming device*).
    ProgrammingDevice,
    /// `source` may use `operation` towards `destination`.
    Operation,
    /// `source` may address `object` of `destination` with `operation`, or with any when it is null.
    Object,
    /// `destination` may answer `operation` of `source` with the error in `object`.
    Exception,
    /// `source` may ask for the name in `object`.
    Name,
    /// `source` may talk to the Internet address `destination`.
    Internet,
    /// `source` runs the firmware in `object`.
    Firmware,
    /// `source` may receive connection attempts at any rate.
    BusyServer,
    /// `source` may match the indicator of compromise in `object`.
    Indicator,
    /// `source` may send to the multicast or broadcast group `destination`.
    Group,
    /// `source` may send as much as it likes.
    Bandwidth,
    /// `source` may show what `object` says over `protocol`, towards `destination` where there is one: a user
    /// agent, an LLDP announcement, a DHCP server, a way to sign in, a version of TLS.
    Feature,
}

/// The object dimension of a tuple.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TupleObject {
    /// Consecutive elements of a table of one station: `table`, first and last element included.
    Range {
        table: Cow<'static, str>,
        station: u32,
        first: u32,
        last: u32,
    },
    /// One numbered thing.
    Id { kind: Cow<'static, str>, id: u64 },
    /// A name or a version string.
    Text(String),
    /// One of several texts of a message: `kind` says which.
    Named {
        kind: Cow<'static, str>,
        text: String,
    },
}
