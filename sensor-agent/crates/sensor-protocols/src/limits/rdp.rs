//! Caps of RDP.

/// Octets told of the cookie of an RDP connection: user names have up to 20, routing tokens some 40. More is cut,
/// shown as `limit_reached`.
pub const RDP_COOKIE_BYTES: usize = 128;
