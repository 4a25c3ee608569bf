//! Caps of DNP3.

/// Octets kept of a DNP3 application fragment: twice what a master must be able to take (IEEE
/// 1815-2012, 4.3.2: 2048). More is cut and shows as `limit_reached`.
pub const DNP3_FRAGMENT_BYTES: usize = 4096;

/// DNP3 requests waiting for their response on one connection. A master has one open with each
/// outstation; this many outstations behind one connection can be polled at once. The oldest makes
/// room, shown as `limit_reached` on the request.
pub const DNP3_OPEN_REQUESTS: usize = 32;
