//! Caps of OPC UA binary.

/// Octets of one chunk that are looked at: the largest chunk that the usual stacks agree on (65 535), and what a
/// stream may keep. The rest of a longer one is passed over, shown as `limit_reached`.
pub const OPCUA_CHUNK_BYTES: usize = 65_536;

/// Octets kept of a message that comes in several chunks. A request that is made by hand is far below, and the
/// parts that are told of a long response (a browse, a read of thousands of values) are at its start. More is
/// not kept, shown as `limit_reached`.
pub const OPCUA_MESSAGE_BYTES: usize = 65_536;

/// Requests that wait for their response on one connection. A client keeps some ten publish requests
/// open for each of its subscriptions and a few others. The oldest makes room, shown as `limit_reached`.
pub const OPCUA_OPEN_REQUESTS: usize = 128;

/// Objects reported of one message: more nodes than a request that is made by hand names.
pub const OPCUA_OBJECTS: usize = 64;

/// Octets of node identifiers of one message that are written as text: 64 of 32 octets. More are not told, shown
/// as `limit_reached`.
pub const OPCUA_NAME_BYTES: usize = 2048;

/// Levels of variants within variants that are gone into in one message. A decoder has to know 100
/// (OPC 10000-6, 5.1.8); nobody sends more than a few. What lies deeper shows as `limit_reached`.
pub const OPCUA_NESTING: u8 = 100;
