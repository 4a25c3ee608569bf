//! What kernel program and inspector tell each other about repeats.
//!
//! The kernel program withholds a frame only under a key that was granted to it. Here is what it
//! says about the frames that go up ([`KernelFacts`]), what it counted ([`OperationRecord`]), what
//! is granted and taken back ([`GrantChange`]), and the pure half of the decision:
//!
//! - [`ledger`]: what is granted, and the changes that the source has not carried out yet;
//! - [`track`]: where one flow stands;
//! - [`exemplar`]: the observation that stands for its repeats.
//!
//! Data in: facts and observations of frames, by [`crate::inspector`]. Data out: changes, and
//! observations with [`crate::observation::Repeats`]. Limits: [`crate::limits::GRANTED_OPERATIONS`],
//! [`crate::limits::FLOW_OPERATIONS`], [`crate::limits::EXEMPLAR_BYTES`]; what they refuse is counted.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

pub mod exemplar;
pub mod ledger;
pub mod track;

use std::time::Duration;

pub use sensor_common::flow::Direction;
pub use sensor_common::operation::{
    Aggregated, KIND_ACKNOWLEDGMENT, KIND_CYCLIC, KIND_REQUEST, KIND_RESPONSE, OperationKey,
};

use crate::observation::{Protocol, Transport};
use crate::time::Timestamp;

/// What the kernel program says about a frame that it hands up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelFacts {
    /// Interface that received the frame; flows and grants are those of one interface.
    pub interface: u32,
    /// The program's name for the flow, never given twice; 0 when the frame belongs to none.
    pub flow: u64,
    pub direction: Direction,
    /// Kernel time of the frame, in nanoseconds; only compared with other kernel times.
    pub time_ns: u64,
    /// The one message of the frame, when the program recognises it.
    pub message: Option<Message>,
    /// The program withholds nothing of this flow any more.
    pub inspected: bool,
    /// Frames of the flow were withheld since the one before this.
    pub withheld: bool,
    /// TCP sequence number that was due next before this frame, from its sender and from the peer;
    /// told when frames were withheld.
    pub own_sequence: Option<u32>,
    pub peer_sequence: Option<u32>,
    /// The same of the numbers of [cyclic](KIND_CYCLIC) messages, as the program keeps them for the
    /// protocol.
    pub own_number: Option<u32>,
    pub peer_number: Option<u32>,
    /// A withheld request that waited for its response.
    pub open: Option<OpenRequest>,
}

impl KernelFacts {
    /// Facts about a frame of a flow of which the program has nothing else to say.
    pub const fn new(interface: u32, flow: u64, direction: Direction, time_ns: u64) -> Self {
        Self {
            interface,
            flow,
            direction,
            time_ns,
            message: None,
            inspected: false,
            withheld: false,
            own_sequence: None,
            peer_sequence: None,
            own_number: None,
            peer_number: None,
            open: None,
        }
    }
}

/// A message as the kernel program recognises it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    pub protocol: Aggregated,
    /// One of the `KIND_` values.
    pub kind: u8,
    /// What it does and to what.
    pub operation: [u64; 2],
    /// Joins request and response, or numbers a sequence.
    pub tag: u32,
}

impl Message {
    /// Whether it is the response to a request with this tag.
    pub fn answers(&self, tag: u32) -> bool {
        (self.tag ^ tag) & self.protocol.joining() == 0
    }
}

/// A withheld request without a response so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// Under which it was granted.
    pub handle: u32,
    pub tag: u32,
    pub time: Timestamp,
    /// The same as kernel time in nanoseconds.
    pub time_ns: u64,
}

/// What the kernel program counted under one key since it was asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationRecord {
    pub handle: u32,
    /// Frames; 0 only in the last record of a key.
    pub packets: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Times of the first and the last of these frames.
    pub first: Timestamp,
    pub last: Timestamp,
    /// The latter as kernel time in nanoseconds.
    pub last_ns: u64,
    /// Shortest and longest time from one message to the next.
    pub min_gap: Duration,
    pub max_gap: Duration,
    /// The key was withdrawn: this is its last record.
    pub closed: bool,
}

impl OperationRecord {
    /// The last record of a key under which nothing more was counted.
    pub const fn nothing_more(handle: u32) -> Self {
        Self {
            handle,
            packets: 0,
            bytes: 0,
            first: Timestamp::ZERO,
            last: Timestamp::ZERO,
            last_ns: 0,
            min_gap: Duration::ZERO,
            max_gap: Duration::ZERO,
            closed: true,
        }
    }
}

/// What the source is to change about what its kernel program withholds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantChange {
    /// Repeats of this operation may be withheld. `time_ns`: kernel time of the message just seen.
    Allow {
        interface: u32,
        key: OperationKey,
        handle: u32,
        time_ns: u64,
    },
    /// No more; answered with a [closed](OperationRecord::closed) record.
    Withdraw {
        interface: u32,
        key: OperationKey,
        handle: u32,
    },
    /// An inspected flow may be counted again: it showed no fault for long enough.
    Forgive { interface: u32, flow: u64 },
    /// It need not be told any more, since it counts the flow again, or must not, since the flow
    /// showed a fault or has ended.
    Forgiven { interface: u32, flow: u64 },
    /// A server of this protocol listens on this port.
    Port {
        interface: u32,
        transport: Transport,
        port: u16,
        protocol: Aggregated,
    },
}

/// A protocol that the kernel program recognises and that has a dissector.
#[derive(Clone, Copy, Debug)]
pub struct Dissected {
    /// The kernel program's name of it.
    pub aggregated: Aggregated,
    /// Whose dissector has its flows.
    pub spoken: Protocol,
    /// Whose observations its messages give.
    pub observed: Protocol,
    /// Over what it is followed.
    pub over: &'static [Transport],
}

const fn row(
    aggregated: Aggregated,
    spoken: Protocol,
    observed: Protocol,
    over: &'static [Transport],
) -> Dissected {
    Dissected {
        aggregated,
        spoken,
        observed,
        over,
    }
}

/// Where there is one server at a time, and the kernel program tells what else is asked and answered.
const STREAMS: &[Transport] = &[Transport::Tcp];
const ANY: &[Transport] = &[Transport::Tcp, Transport::Udp];
const DATAGRAMS: &[Transport] = &[Transport::Udp];
const LINK: &[Transport] = &[Transport::Link];

/// All of them. A dissector stands here once it can go on behind messages that were withheld.
const DISSECTED: &[Dissected] = &[
    row(Aggregated::Modbus, Protocol::Modbus, Protocol::Modbus, ANY),
    row(
        Aggregated::S7comm,
        Protocol::Cotp,
        Protocol::S7comm,
        STREAMS,
    ),
    row(
        Aggregated::Iec104,
        Protocol::Iec104,
        Protocol::Iec104,
        STREAMS,
    ),
    row(Aggregated::Dnp3, Protocol::Dnp3, Protocol::Dnp3, STREAMS),
    row(
        Aggregated::EthernetIp,
        Protocol::Enip,
        Protocol::Cip,
        STREAMS,
    ),
    row(
        Aggregated::Bacnet,
        Protocol::Bacnet,
        Protocol::Bacnet,
        DATAGRAMS,
    ),
    row(Aggregated::Goose, Protocol::Goose, Protocol::Goose, LINK),
    row(
        Aggregated::SampledValues,
        Protocol::SampledValues,
        Protocol::SampledValues,
        LINK,
    ),
    row(
        Aggregated::Profinet,
        Protocol::Profinet,
        Protocol::Profinet,
        LINK,
    ),
];

impl Dissected {
    /// Whether it is followed over this transport.
    pub fn goes_over(&self, transport: Transport) -> bool {
        self.over.contains(&transport)
    }
}

/// The dissector of a protocol that the kernel program recognises; `None` when there is none.
pub fn dissected(aggregated: Aggregated) -> Option<&'static Dissected> {
    DISSECTED.iter().find(|row| row.aggregated == aggregated)
}

/// What the kernel program can recognise on flows of a dissector.
pub fn followed(spoken: Protocol) -> Option<&'static Dissected> {
    DISSECTED.iter().find(|row| row.spoken == spoken)
}
