//! What the sensor saw, protocol by protocol, in one shape: the output of stage 4.
//!
//! An [`Observation`] is one message (or one fact about a connection). It borrows from the frame
//! and from the dissector's stack, so the common path allocates nothing; who wants to keep a part
//! copies that part.

mod anomaly;
mod object;
mod operation;
mod protocol;

pub use anomaly::{Anomaly, AnomalySet};
pub use object::Object;
pub use operation::{Direction, Operation, OperationClass, Outcome, conn, dns, flow};
pub use protocol::{Protocol, Transport};

use std::time::Duration;

use crate::addr::Endpoint;
use crate::time::Timestamp;

/// One message or connection fact.
#[derive(Clone, Debug)]
pub struct Observation<'a> {
    pub time: Timestamp,
    /// Number of the frame that completed the message ([`crate::frame::Frame::number`]).
    pub frame: u64,
    /// How many messages this stands for: 1, or more for a record of the kernel's aggregation.
    pub count: u64,
    /// Bytes on the wire these messages took, headers included.
    pub bytes: u64,
    /// Identifies the flow within one run; 0 when there is none.
    pub flow: u64,
    /// Who sent it.
    pub source: Endpoint,
    /// To whom.
    pub destination: Endpoint,
    pub transport: Transport,
    pub protocol: Protocol,
    pub direction: Direction,
    pub operation: Operation,
    /// Station within the device: Modbus unit identifier, DNP3 address, IEC 104 common address.
    pub station: Option<u32>,
    /// What the operation addresses; empty when it addresses nothing.
    pub objects: &'a [Object<'a>],
    /// Raw values carried by a write or by a reply, in protocol encoding.
    pub values: &'a [u8],
    pub outcome: Outcome,
    pub anomalies: AnomalySet,
    pub identity: Identity<'a>,
    /// For a response: the request it answers, when that was seen.
    pub request: Option<AnsweredRequest>,
    /// Times of the messages, when this stands for repeats that the kernel program withheld. Of
    /// requests: each of them was answered.
    pub repeats: Option<&'a Repeats>,
}

/// When withheld messages were sent. [`Observation::count`] says how many there are and
/// [`Observation::time`] is that of the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeats {
    pub first: Timestamp,
    pub last: Timestamp,
    /// Shortest and longest time from one to the next; zero when there was no next one.
    pub min_gap: Duration,
    pub max_gap: Duration,
}

impl Repeats {
    /// Time of message `n` of `count`, counted from 0, taken as evenly spread.
    pub fn time(&self, n: u64, count: u64) -> Timestamp {
        let span = u128::from(self.last.as_nanos().saturating_sub(self.first.as_nanos()));
        let steps = u128::from(count.saturating_sub(1)).max(1);
        let ahead = span.saturating_mul(u128::from(n)) / steps;
        let ahead = u64::try_from(ahead).unwrap_or(u64::MAX);
        Timestamp::from_nanos(self.first.as_nanos().saturating_add(ahead)).min(self.last)
    }
}

/// The request that a response answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnsweredRequest {
    pub frame: u64,
    /// Time from request to response.
    pub latency: Duration,
}

/// What a message tells about the device that sent it. Empty strings are never used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    pub vendor: Option<&'a str>,
    pub model: Option<&'a str>,
    pub firmware: Option<&'a str>,
    pub serial: Option<&'a str>,
    pub hostname: Option<&'a str>,
    /// Operating system, as far as the message names it.
    pub os: Option<&'a str>,
    /// Program that sent the message, with its version: server, browser, client.
    pub software: Option<&'a str>,
}

impl Identity<'_> {
    pub const NONE: Self = Self {
        vendor: None,
        model: None,
        firmware: None,
        serial: None,
        hostname: None,
        os: None,
        software: None,
    };

    pub fn is_empty(&self) -> bool {
        *self == Identity::NONE
    }
}
