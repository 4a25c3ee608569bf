//! Every cap on what a peer controls, with its reason. Each has a counter that shows when it bites
//! (see [`crate::counters`]).

use std::time::Duration;

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

/// Open queries remembered on one DNS flow. A power of two.
pub const DNS_OPEN_QUERIES: usize = 16;

/// Questions decoded in one DNS message; more are [`LimitReached`](crate::observation::Anomaly).
pub const DNS_QUESTIONS: usize = 32;

/// Addresses reported of one DNS message.
pub const DNS_ANSWERS: usize = 64;

/// Labels and compression pointers of one DNS name: 127 labels fit into the longest name.
pub const DNS_LABELS: usize = 160;

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

/// Modbus requests waiting for their response on one connection. The specification lets a client
/// have 1 to 16 open transactions (Messaging on TCP/IP V1.0b, 4.2); twice that leaves room for
/// those that are never answered. The oldest makes room, shown as `limit_reached` on the request.
pub const MODBUS_OPEN_REQUESTS: usize = 32;

/// IEC 60870-5-104 commands waiting for their confirmation or termination on one connection. A
/// controlling station seldom has more than a few open, one for each station behind a gateway;
/// terminations that never come are what fills it. A confirmed command makes room first, without
/// a word; one that is not shows as `limit_reached` on the command that took its place.
pub const IEC104_OPEN_COMMANDS: usize = 32;

/// Octets kept of a DNP3 application fragment: twice what a master must be able to take (IEEE
/// 1815-2012, 4.3.2: 2048). More is cut and shows as `limit_reached`.
pub const DNP3_FRAGMENT_BYTES: usize = 4096;

/// DNP3 requests waiting for their response on one connection. A master has one open with each
/// outstation; this many outstations behind one connection can be polled at once. The oldest makes
/// room, shown as `limit_reached` on the request.
pub const DNP3_OPEN_REQUESTS: usize = 32;

/// Items of one EtherNet/IP packet: address, data and two socket addresses are all that is defined
/// (CIP Volume 2, 2-6), and a reply to List Identity has one for each device.
pub const ENIP_ITEMS: usize = 16;

/// CIP requests and commands waiting for their reply on one connection. An originator has one open on
/// each class 3 connection and a few unconnected ones. The oldest makes room, shown as `limit_reached`
/// on the request.
pub const ENIP_OPEN_REQUESTS: usize = 32;

/// Octets kept of the open requests of one connection, a single one apart: what ten polls of ten tags
/// each take. The oldest makes room, shown as `limit_reached` on the next
/// request or reply; its reply is told without what it addressed.
pub const ENIP_OPEN_BYTES: usize = 16_384;

/// Octets kept of the symbols of one CIP message: what fits into the largest connection. A symbol
/// beyond them is not told, shown as `limit_reached`.
pub const CIP_SYMBOL_BYTES: usize = 4096;

/// Services of one CIP message that are looked at, those inside of others included. A connection of
/// the largest common size (500 octets) has room for about as many.
pub const CIP_SERVICES: usize = 64;

/// Octets kept of a transport service data unit (ISO 8073) that comes in several TPDUs: the largest
/// TPDU there is. More is cut and shows as `limit_reached`.
pub const COTP_TSDU_BYTES: usize = 8192;

/// S7comm jobs of each side waiting for their acknowledgement on one connection. Partners agree on
/// the number of parallel jobs when they set up communication, 8 for most controllers and 32 for
/// the largest. The oldest makes room, shown as `limit_reached` on the job.
pub const S7COMM_OPEN_JOBS: usize = 32;

/// BACnet requests waiting for their response on one flow. A client has a few open with each device;
/// this many devices behind one router can be asked at once. The oldest makes room, shown as
/// `limit_reached` on the request.
pub const BACNET_OPEN_REQUESTS: usize = 64;

/// Segmented BACnet messages put together at once on one flow. The oldest makes room, shown as
/// `limit_reached` on the segment.
pub const BACNET_SEGMENTED_MESSAGES: usize = 4;

/// Octets kept of them together: the object list of a device with three thousand objects. More is cut
/// and shows as `limit_reached`.
pub const BACNET_SEGMENTED_BYTES: usize = 16_384;

/// Objects, properties and indices told of one BACnet message; more show as `limit_reached`.
pub const BACNET_OBJECTS: usize = 128;

/// Constructed tags within each other in a BACnet message. The services of the standard need six;
/// beyond is `limit_reached`.
pub const BACNET_DEPTH: usize = 16;

/// Octets read of a BACnet character string that names a device.
pub const BACNET_TEXT_BYTES: usize = 256;
/// Cyclic frame identifiers of one pair of PROFINET stations whose cycle and data status are followed.
/// A controller and a device have two, one for each direction, and a few more with several
/// application relations. The one followed for longest makes room; of one that is not followed only
/// changes go unseen. All share the one flow of the pair.
pub const PROFINET_FRAME_IDS: usize = 16;

/// PROFINET DCP requests waiting for their response between two stations: an engineering tool asks
/// one thing at a time. The oldest makes room, shown as `limit_reached` on the request.
pub const PROFINET_DCP_OPEN_REQUESTS: usize = 8;

/// Blocks looked at in one PROFINET DCP message: a device that answers Identify has about ten.
pub const PROFINET_DCP_BLOCKS: usize = 64;

/// Objects told of one PROFINET DCP message. One that lists the options it supports has about 25.
pub const PROFINET_DCP_OBJECTS: usize = 96;

/// DCE/RPC calls of PROFINET IO remembered on one flow. A controller has one open with each device;
/// answered ones stay, since an answer may be repeated. The oldest makes room, shown as
/// `limit_reached` on the request when it was not answered.
pub const PROFINET_IO_CALLS: usize = 16;

/// Octets kept of a DCE/RPC message in fragments, in each direction of a flow: four times the
/// record size that every device must take (IEC 61158-6-10: 4068). More is given up, shown as
/// `limit_reached`.
pub const PROFINET_IO_FRAGMENT_BYTES: usize = 16_384;

/// Fragments kept of one such message.
pub const PROFINET_IO_FRAGMENTS: usize = 64;

/// Blocks looked at in one message of PROFINET IO, those inside of others included: a connection to
/// the largest common devices has about 100.
pub const PROFINET_IO_BLOCKS: usize = 256;

/// Objects told of one message of PROFINET IO.
pub const PROFINET_IO_OBJECTS: usize = 512;

/// TLVs looked at in one message of PTCP or MRP.
pub const PROFINET_TLVS: usize = 16;

/// Operations whose repeats the kernel program may withhold, over all flows: about 400 bytes each,
/// and no more than its map has room for.
pub const GRANTED_OPERATIONS: usize = 65_536;

/// The same for one flow: what a master polls on one connection, many times over.
pub const FLOW_OPERATIONS: usize = 2_048;

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

/// MMS requests of each end waiting for their answer on one connection. Partners agree on the number
/// when the association starts, 10 for most and 32 for the largest. The oldest makes room, shown as
/// `limit_reached` on the request.
pub const MMS_OPEN_REQUESTS: usize = 32;

/// Objects reported of one MMS message: more variables than a request that is made by hand names.
pub const MMS_OBJECTS: usize = 64;

/// Octets of the names of one MMS message that are put together of their parts: 64 names of the
/// longest kind (two identifiers of 32 octets). More are not told, shown as `limit_reached`.
pub const MMS_NAME_BYTES: usize = 4224;

/// GOOSE control blocks, or streams of sampled values, that are followed between two addresses: a
/// protection device publishes some ten of each, and a merging unit or a gateway a few dozen. The one
/// that was silent for longest makes room, shown as `limit_reached` on the message that took its place.
pub const IEC61850_PUBLISHERS: usize = 64;

/// Payload elements of one session message of IEC TR 61850-90-5 that are looked at; publishers send
/// one. More show as `limit_reached`.
pub const IEC61850_PAYLOADS: usize = 16;

/// GSE management requests waiting for their response between two addresses. The oldest makes room,
/// shown as `limit_reached` on the request.
pub const GSE_OPEN_REQUESTS: usize = 16;

/// ASDUs of one message of sampled values that are told: IEC 61869-9 has up to eight, and a frame of
/// 1500 octets no room for more than these. More show as `limit_reached`.
pub const SV_ASDUS: usize = 40;
