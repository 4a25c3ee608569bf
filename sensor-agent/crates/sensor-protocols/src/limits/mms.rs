//! Caps of MMS.

/// MMS requests of each end waiting for their answer on one connection. Partners agree on the number
/// when the association starts, 10 for most and 32 for the largest. The oldest makes room, shown as
/// `limit_reached` on the request.
pub const MMS_OPEN_REQUESTS: usize = 32;

/// Objects reported of one MMS message: more variables than a request that is made by hand names.
pub const MMS_OBJECTS: usize = 64;

/// Octets of the names of one MMS message that are put together of their parts: 64 names of the
/// longest kind (two identifiers of 32 octets). More are not told, shown as `limit_reached`.
pub const MMS_NAME_BYTES: usize = 4224;
