//! Caps of VNC.

/// Octets that are waited for of the name of a VNC desktop or of a reason; also octets of one side that wait for the
/// other one. A longer name is told that far, shown as `limit_reached`.
pub const RFB_NAME_BYTES: usize = 4096;

/// Octets told of a text in VNC. More is cut, shown as `limit_reached`.
pub const RFB_TEXT_BYTES: usize = 256;
