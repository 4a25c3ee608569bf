//! Caps of SSH.

/// Octets of a line before or with the identification of an SSH side that are waited for; the standard allows
/// 255 for the identification. A longer one ends dissection of the side, shown as `limit_reached`.
pub const SSH_LINE_BYTES: usize = 65_536;

/// Octets told of an SSH identification: the 255 of the standard. More is cut, shown as `limit_reached`.
pub const SSH_BANNER_BYTES: usize = 255;

/// Octets looked at of one list of algorithms in an SSH proposal: three times what common programs offer. More
/// is cut, shown as `limit_reached`.
pub const SSH_LIST_BYTES: usize = 4096;

/// Weak algorithms told of one SSH proposal, of the some 25 that there are.
pub const SSH_WEAK: usize = 32;
