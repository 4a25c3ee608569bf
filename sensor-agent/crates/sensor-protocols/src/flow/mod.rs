//! Stage 3b: packets to flows, and TCP segments to ordered bytes.
//!
//! - [`key`]: which packets belong together. One flow has two directions.
//! - [`table`]: the bounded table of flows, with eviction and expiry.
//! - [`analysis`]: what a TCP segment means for its stream (retransmission, keep-alive …).
//! - [`session`]: from SYN to FIN, and who is client.
//! - [`reassembly`]: ordered bytes of one direction, bounded.
//! - [`budget`]: the bound on what all streams buffer.
//! - [`defrag`]: IP datagrams from their fragments, bounded.
//! - [`content`]: known byte patterns in payload, also across segment borders.
//!
//! Nothing here reads a clock: time is the time of the packet in hand.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "tests stop at the first surprise, and that is their job"
    )
)]

pub mod analysis;
pub mod budget;
pub mod content;
pub mod defrag;
pub mod key;
pub mod reassembly;
mod recent;
pub mod session;
pub mod table;
pub mod timers;

use crate::addr::Endpoint;
use crate::aggregation::track::Track;
use crate::dissect::{Dissector, Role};
use crate::observation::{Protocol, Transport};
use crate::time::Timestamp;

pub use key::{End, FlowKey};

/// A pair of values, one for each end of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends<T> {
    pub low: T,
    pub high: T,
}

impl<T> Ends<T> {
    #[inline]
    pub const fn of(&self, end: End) -> &T {
        match end {
            End::Low => &self.low,
            End::High => &self.high,
        }
    }

    #[inline]
    pub const fn of_mut(&mut self, end: End) -> &mut T {
        match end {
            End::Low => &mut self.low,
            End::High => &mut self.high,
        }
    }

    /// The value of `end` and the value of its peer, both mutable.
    #[inline]
    pub const fn split_mut(&mut self, end: End) -> (&mut T, &mut T) {
        match end {
            End::Low => (&mut self.low, &mut self.high),
            End::High => (&mut self.high, &mut self.low),
        }
    }
}

/// What one end of a flow sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The end as the latest frame of the flow showed it.
    pub endpoint: Endpoint,
    /// Whether this end sent anything yet.
    pub started: bool,
    /// Frames and bytes on the wire since the last flow fact about this direction.
    pub frames: u64,
    pub bytes: u64,
    /// Time of that fact.
    pub reported: Timestamp,
}

/// What is known about the application of a flow.
#[derive(Default)]
pub enum Application {
    /// Content did not tell yet; this many probes failed.
    Undecided(u8),
    /// The dissector that recognised the flow.
    Known(Protocol, Box<dyn Dissector>),
    /// No dissector wants it: payload is passed over.
    #[default]
    Unknown,
}

/// One flow.
pub struct Flow {
    pub key: FlowKey,
    /// Identifier within one run.
    pub id: u64,
    /// Protocol and transport of the flow's own facts.
    pub protocol: Protocol,
    pub transport: Transport,
    /// Time and number of the latest frame.
    pub last: Timestamp,
    pub last_frame: u64,
    pub ends: Ends<Sent>,
    /// Which end is taken for the client.
    pub client: End,
    pub application: Application,
    /// Octets that the dissector keeps of messages that are not whole, as booked on the budget.
    pub held: usize,
    /// Present on TCP flows.
    pub tcp: Option<Box<Tcp>>,
    /// Present once the kernel program recognised a message of the flow.
    pub track: Option<Box<Track>>,
}

impl Flow {
    /// Role of an end.
    #[inline]
    pub fn role(&self, end: End) -> Role {
        if end == self.client {
            Role::Client
        } else {
            Role::Server
        }
    }
}

/// State of a TCP flow.
#[derive(Default)]
pub struct Tcp {
    pub session: session::Session,
    pub analysis: analysis::Analysis,
    pub streams: Ends<Stream>,
}

/// Ordered bytes of one direction and what waits in them.
#[derive(Default)]
pub struct Stream {
    pub reassembly: reassembly::Reassembly,
    /// In-order bytes that the dissector could not use yet.
    pub pending: Vec<u8>,
    /// Bytes that have to be pending before the dissector is asked again.
    pub need: usize,
    /// Bytes of lower headers that no message has been charged with.
    pub overhead: u64,
    /// State of the content patterns at the end of what was delivered.
    pub content: content::Partial,
}
