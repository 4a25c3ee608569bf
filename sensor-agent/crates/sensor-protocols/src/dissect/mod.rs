//! Stage 4: bytes of one flow in, the facts of its messages out.
//!
//! One folder or file per protocol; [`registry`] lists them all on one page. A dissector sees no
//! clock, no socket and no log: time comes with the bytes, and all it has to say it says through
//! [`MessageFacts`]. The inspector adds who, when and where, and makes the
//! [`crate::observation::Observation`].
//!
//! `cargo xtask new-protocol` makes the folder of a new protocol and its rows in the lists;
//! `docs/new-protocol.md` has the way from there.
//!
//! # Progress contract of `parse`
//! - [`Parsed::Consumed`] takes at least one byte and at most all of `input.bytes`. The inspector
//!   calls again while bytes are left, so one call should handle one message.
//! - [`Parsed::Incomplete`] takes nothing. On TCP the bytes are offered again, followed by more,
//!   when at least `need` bytes are there. `need` above [`crate::limits::STREAM_PENDING_BYTES`] is
//!   answered with a gap. A datagram (UDP, Ethernet, IP) never grows: a message cut short there is
//!   [`truncated`](crate::observation::Anomaly::Truncated) and consumed.
//! - [`Parsed::NotThisProtocol`] ends dissection of the flow; the inspector reports
//!   [`not_this_protocol`](crate::observation::Anomaly::NotThisProtocol) once.
//! - Malformed input that is recognisably this protocol is emitted with anomalies and consumed.
//! - After [`Dissector::gap`] the next byte of that side can be any byte of a message: find the
//!   next plausible message start, or consume what is there without emitting.
//! - Everything a peer controls (open requests, nesting, names) has a cap.

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

pub mod ads;
mod arp;
pub mod bacnet;
pub mod ber;
mod bsap;
pub mod c1222;
mod cdp;
pub mod codesys;
mod collected;
pub mod cotp;
pub mod cursor;
pub mod dcerpc;
pub mod dhcp;
pub mod dnp3;
mod dns;
mod egd;
pub mod enip;
pub mod ethercat;
pub mod fins;
mod fox;
mod framed;
pub mod ftp;
pub mod ge_srtp;
mod genisys;
pub mod goose;
#[cfg(test)]
#[path = "tests/harness.rs"]
mod harness;
pub mod hart_ip;
pub mod hse;
pub mod http;
mod icmp;
pub mod iec104;
mod iec61850;
mod igmp;
pub mod kerberos;
pub mod knx;
pub mod ldap;
mod lldp;
pub mod lontalk;
pub mod melsec;
mod message;
pub mod mms;
pub mod modbus;
pub mod mqtt;
mod mrp;
mod ntlm;
pub mod ntp;
pub mod opcua;
mod open_requests;
mod powerlink;
pub mod profinet;
pub mod ptp;
pub mod rdp;
pub mod registry;
mod resumed;
pub mod rfb;
mod roc;
mod rtps;
pub mod s7comm;
pub mod s7comm_plus;
pub mod sbus;
pub mod smb;
pub mod snmp;
mod ssdp;
pub mod ssh;
mod stp;
pub mod sv;
pub mod synchrophasor;
mod syslog;
mod tables;
pub mod tds;
pub mod telnet;
#[cfg(test)]
mod tests;
mod text;
mod tftp;
pub mod tls;
pub mod tns;
mod told;
pub mod tristation;

use crate::observation::{
    AnomalySet, AnsweredRequest, Direction, Identity, Object, Operation, Outcome, Protocol,
    Transport,
};
use crate::time::Timestamp;

/// Which end of the flow sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The end that opened the flow, or that `probe` took for the requester.
    Client,
    Server,
}

impl Role {
    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// What the first bytes of a flow say about its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// It is this protocol. Holds the role of the sender where the bytes tell it.
    Recognised(Option<Role>),
    /// It is not.
    Unrecognised,
    /// More bytes are needed to tell (on TCP; on a datagram this counts as not recognised).
    Incomplete,
}

/// What `probe` may look at.
#[derive(Clone, Copy, Debug)]
pub struct ProbeInput<'a> {
    /// In-order bytes from the start of the flow (or of what was captured of it), or one datagram.
    pub bytes: &'a [u8],
    pub transport: Transport,
    /// Port, ethertype or IP protocol number of the flow is one this protocol is known by.
    pub hinted: bool,
    /// Role of the sender where the TCP handshake told it.
    pub sender: Option<Role>,
}

/// Bytes offered to a dissector.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Time of the frame that brought the last of these bytes.
    pub time: Timestamp,
    /// Number of that frame.
    pub frame: u64,
    /// Who sent them.
    pub sender: Role,
    pub transport: Transport,
    /// TCP: the in-order bytes not consumed so far. Otherwise: one whole datagram.
    pub bytes: &'a [u8],
    /// Set when the capture cut off what follows these bytes: the end of a message is missing, not
    /// malformed. On TCP a gap follows.
    pub cut: bool,
    /// TCP: no byte will follow in this direction (FIN, RST, idle expiry, end of file).
    pub last: bool,
}

/// Answer of [`Dissector::parse`]; see the progress contract in the module documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// This many bytes from the front are done with.
    Consumed(usize),
    /// Nothing can be done until this many bytes are there (counted from the front).
    Incomplete { need: usize },
    /// These bytes are not this protocol, and the flow will not come back to it.
    NotThisProtocol,
}

/// What a dissector says about one message: the part of an observation that the bytes tell.
#[derive(Clone, Copy, Debug)]
pub struct MessageFacts<'a> {
    pub protocol: Protocol,
    pub direction: Direction,
    pub operation: Operation,
    /// Station within the device, for instance the Modbus unit identifier.
    pub station: Option<u32>,
    pub objects: &'a [Object<'a>],
    pub values: &'a [u8],
    pub outcome: Outcome,
    pub anomalies: AnomalySet,
    pub identity: Identity<'a>,
    pub request: Option<AnsweredRequest>,
    /// Bytes of the message itself, headers of lower layers not included.
    pub size: usize,
    /// Address of the sender that the message itself names (ARP); replaces the one of the frame.
    pub sender: Option<NamedSender>,
}

/// A sender named inside a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedSender {
    pub mac: crate::addr::MacAddr,
    pub ip: Option<std::net::IpAddr>,
}

impl MessageFacts<'_> {
    /// Facts with nothing but the operation; the caller fills in what the message has.
    pub const fn new(protocol: Protocol, direction: Direction, operation: Operation) -> Self {
        Self {
            protocol,
            direction,
            operation,
            station: None,
            objects: &[],
            values: &[],
            outcome: Outcome::None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
            request: None,
            size: 0,
            sender: None,
        }
    }
}

/// Takes the facts of one message.
pub type Emit<'e> = dyn FnMut(&MessageFacts<'_>) + 'e;

/// A protocol on one flow, both directions. Made once per flow by its registry row.
pub trait Dissector: Send {
    /// Takes one message (or skips bytes) from the front of `input.bytes`.
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed;

    /// `lost` bytes of `sender` were never captured. The bytes that waited for them, `dropped` in
    /// number from the first one not consumed, are gone as well.
    /// Both are 0 when no bytes are missing, but requests were withheld of which nobody knows whether
    /// they wait.
    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        let _ = (sender, dropped, lost);
    }

    /// Octets kept of messages that are not whole yet. They count against
    /// [`limits::REASSEMBLY_BYTES`](crate::limits::REASSEMBLY_BYTES), like those that wait in streams.
    fn held(&self) -> usize {
        0
    }

    /// There is no room for what is [held](Self::held): it is dropped, and the messages it belongs to are
    /// not told.
    fn shed(&mut self) {}

    /// A request was withheld by the kernel program and is open again: `message` is one with the
    /// same content, to be taken with `tag`, which joins it to its response, and with `time` and
    /// `frame`. It is changed into the request that was sent. Nothing is emitted: the request is
    /// reported by its count. False when the protocol has no such requests.
    fn reopen(&mut self, message: &mut [u8], tag: u32, time: Timestamp, frame: u64) -> bool {
        let _ = (message, tag, time, frame);
        false
    }

    /// Numbered messages of `sender` may have been withheld; all were in order. `due` is the number of
    /// its next one, as the kernel program keeps it for the protocol; `None` when nobody knows it. Where a
    /// sender has several sequences, they are those of the message that comes next.
    fn resume(&mut self, sender: Role, due: Option<u32>) {
        let _ = (sender, due);
    }

    /// Whole messages of `sender` were withheld, the last of which ended just here. All were in order.
    fn passed(&mut self, sender: Role) {
        let _ = sender;
    }

    /// The flow ended at `time`; for instance open requests can be reported as unanswered.
    fn end(&mut self, time: Timestamp, emit: &mut Emit<'_>) {
        let _ = (time, emit);
    }
}
