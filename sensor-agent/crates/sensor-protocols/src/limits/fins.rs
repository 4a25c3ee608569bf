//! Caps of FINS.

/// Octets of a FINS message that are looked at: a frame has up to 2012, and 16 of FINS/TCP before it
/// (W420, 7-4-2). Of a longer one the rest is passed over, shown as `limit_reached`.
pub const FINS_BYTES: usize = 4096;
