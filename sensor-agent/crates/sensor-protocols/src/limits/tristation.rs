//! Caps of `TriStation`.

/// Octets of a `TriStation` message that are looked at: the largest that its length field can tell. It fits
/// into one datagram.
pub const TRISTATION_MESSAGE: usize = 65_541;
