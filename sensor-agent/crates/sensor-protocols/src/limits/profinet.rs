//! Caps of PROFINET.

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
