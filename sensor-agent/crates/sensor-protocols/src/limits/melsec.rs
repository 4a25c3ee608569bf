//! Caps of MELSEC communication.

/// Octets of a frame that are looked at: a request reads or writes up to 960 words, in ASCII four octets each. Of
/// a longer one the rest is passed over, shown as `limit_reached`.
pub const MELSEC_BYTES: usize = 8192;
