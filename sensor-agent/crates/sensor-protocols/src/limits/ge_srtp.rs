//! Caps of GE SRTP.

/// Octets of a message that are looked at: the header, and what a write or a program has in front. Of a longer text
/// the rest is passed over, shown as `limit_reached`.
pub const GE_SRTP_BYTES: usize = 4096;
