//! Caps of SAIA S-Bus.

/// Octets of an S-Bus telegram that are looked at: the largest datagram.
pub const SBUS_TELEGRAM: usize = 65_535;
