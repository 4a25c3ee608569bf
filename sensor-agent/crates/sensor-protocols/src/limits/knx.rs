//! Caps of KNXnet/IP.

/// Octets of a KNXnet/IP frame that are looked at: the largest that its length can tell.
pub const KNX_FRAME: usize = 65_535;

/// Description blocks walked over in one frame; there are nine kinds.
pub const KNX_DESCRIPTIONS: usize = 32;
