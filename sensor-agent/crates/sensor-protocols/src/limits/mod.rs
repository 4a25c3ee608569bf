//! Every cap on what a peer controls, with its reason. Each has a counter that shows when it bites
//! (see [`crate::counters`]). Those of one protocol are in a file of its own.

mod ads;
mod bacnet;
mod bsap;
mod c1222;
mod codesys;
mod dnp3;
mod dns;
mod egd;
mod enip;
mod ethercat;
mod fins;
mod fox;
mod ftp;
mod ge_srtp;
mod genisys;
mod hart_ip;
mod hse;
mod http;
mod iec104;
mod iec61850;
mod it;
mod knx;
mod lontalk;
mod melsec;
mod message;
mod mms;
mod modbus;
mod mqtt;
mod opcua;
mod profinet;
mod rdp;
mod rfb;
mod roc;
mod rtps;
mod s7comm;
mod sbus;
mod ssh;
mod synchrophasor;
mod telnet;
mod tls;
mod tristation;
mod windows;

use std::time::Duration;

pub use ads::*;
pub use bacnet::*;
pub use bsap::*;
pub use c1222::*;
pub use codesys::*;
pub use dnp3::*;
pub use dns::*;
pub use egd::*;
pub use enip::*;
pub use ethercat::*;
pub use fins::*;
pub use fox::*;
pub use ftp::*;
pub use ge_srtp::*;
pub use genisys::*;
pub use hart_ip::*;
pub use hse::*;
pub use http::*;
pub use iec104::*;
pub use iec61850::*;
pub use it::*;
pub use knx::*;
pub use lontalk::*;
pub use melsec::*;
pub use message::*;
pub use mms::*;
pub use modbus::*;
pub use mqtt::*;
pub use opcua::*;
pub use profinet::*;
pub use rdp::*;
pub use rfb::*;
pub use roc::*;
pub use rtps::*;
pub use s7comm::*;
pub use sbus::*;
pub use ssh::*;
pub use synchrophasor::*;
pub use telnet::*;
pub use tls::*;
pub use tristation::*;
pub use windows::*;

/// Flows kept at once. One flow takes about 600 bytes without buffered data, so 64 Ki flows are
/// about 40 MB. The flow idle for longest is evicted.
pub const FLOWS: usize = 65_536;

/// Bytes of TCP payload buffered out of order in one direction: what a receiver with the largest
/// unscaled window can have in flight, twice over.
pub const STREAM_OUT_OF_ORDER_BYTES: usize = 131_072;

/// Pieces of TCP payload buffered out of order in one direction.
pub const STREAM_OUT_OF_ORDER_PIECES: usize = 128;

/// In-order bytes waiting for the rest of their message in one direction. The largest message of
/// a supported protocol is 64 KiB (DNS over TCP).
pub const STREAM_PENDING_BYTES: usize = 65_600;

/// The same with the segment that brings the rest.
pub const STREAM_PENDING_CAP: usize = 2 * STREAM_PENDING_BYTES;

/// Bytes buffered over all flows by reassembly, and by dissectors of messages that come in pieces (DNP3
/// fragments, TSDUs, segmented BACnet messages, DCE/RPC fragments).
pub const REASSEMBLY_BYTES: usize = 32 * 1024 * 1024;

/// A TCP segment further than this from the next byte of its stream belongs elsewhere: the
/// largest window without option 8 of RFC 7323, sixteen times over.
pub const STREAM_WINDOW: u32 = 1 << 20;

/// A hole in a TCP stream whose bytes the receiver acknowledged is given up after this time: they
/// were sent and not captured, only reordering within the capture can still bring them.
pub const STREAM_HOLE_WAIT_ACKNOWLEDGED: Duration = Duration::from_millis(100);

/// The same for a hole when nothing of the receiver was captured.
pub const STREAM_HOLE_WAIT: Duration = Duration::from_secs(2);

/// The same when the receiver was seen and has not acknowledged the hole: the sender will repeat
/// the bytes, after a timeout that doubles each time (RFC 6298).
pub const STREAM_HOLE_WAIT_UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// Bytes looked at by content probes before a flow is taken for unknown.
pub const PROBE_BYTES: usize = 512;

/// Segments or datagrams whose probe fails before a flow is taken for unknown.
pub const PROBES: u8 = 2;

/// The same where a port speaks for a protocol: a flow that starts in the middle of a message, or
/// with a malformed one, gets another chance.
pub const PROBES_HINTED: u8 = 4;

/// IP datagrams being put together at once.
pub const DEFRAG_DATAGRAMS: usize = 512;

/// Fragments of one IP datagram.
pub const DEFRAG_FRAGMENTS: usize = 64;

/// Bytes of one IP datagram: the largest IPv4 payload.
pub const DEFRAG_BYTES: usize = 65_535;

/// Fragments are kept for this long (RFC 8200, 4.5: 60 s; RFC 791 suggests less).
pub const DEFRAG_WAIT: Duration = Duration::from_mins(1);

/// Stacked VLAN tags decoded.
pub const VLAN_TAGS: usize = 4;

/// IPv6 extension headers walked.
pub const IPV6_EXTENSIONS: usize = 8;

/// Idle time after which a flow is forgotten.
pub const FLOW_IDLE: Duration = Duration::from_mins(5);

/// Idle time of TCP connections that were established: OT connections stay open for days and may
/// poll rarely.
pub const FLOW_IDLE_ESTABLISHED: Duration = Duration::from_hours(1);

/// A closed connection is kept this long, so that late segments do not look like a new one.
pub const FLOW_LINGER: Duration = Duration::from_secs(30);

/// Least time between two `flow_updated` facts of one direction.
pub const FLOW_UPDATE: Duration = Duration::from_mins(1);

/// Operations whose repeats the kernel program may withhold, over all flows: about 400 bytes each,
/// and no more than its map has room for.
pub const GRANTED_OPERATIONS: usize = 65_536;

/// The same for one flow: what a master polls on one connection, many times over.
pub const FLOW_OPERATIONS: usize = 2_048;

/// Publishers, or frame identifiers, between two stations on the link layer that operations are granted for. A
/// device has a few.
pub const FLOW_FRONTS: usize = 64;

/// Bytes kept of a request whose repeats may be withheld: the longest one of Modbus, twice over.
pub const EXEMPLAR_BYTES: usize = 520;

/// Objects kept of a message whose repeats may be withheld.
pub const EXEMPLAR_OBJECTS: usize = 64;

/// An operation that was not repeated for this long is withdrawn, to make room for others.
pub const OPERATION_IDLE: Duration = Duration::from_mins(15);

/// Server ports on which the kernel program is told to expect a protocol, beside the usual ones.
pub const AGGREGATED_PORTS: usize = 64;

/// Frames with payload that a flow must show without fault before anything is granted for it again,
/// after the first fault. Each further fault doubles the number.
pub const FLOW_PROBATION: u32 = 128;

/// How often that number is doubled at most: to some 130 000 frames.
pub const FLOW_PROBATION_DOUBLINGS: u8 = 10;

/// Levels of elements within elements that are gone into in one message of the Basic Encoding Rules
/// (X.690): structures of structures of arrays of MMS, twice over. What lies deeper shows as
/// `limit_reached`.
pub const BER_NESTING: u8 = 16;
