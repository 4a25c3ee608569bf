//! Caps of `LonTalk`.

/// Octets of a packet of a CN/IP channel that are looked at: the largest datagram.
pub const LONTALK_PACKET: usize = 65_535;
