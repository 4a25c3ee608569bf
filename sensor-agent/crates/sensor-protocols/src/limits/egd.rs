//! Caps of Ethernet Global Data.

/// Octets of an EGD message that are looked at: one exchange has up to 1 400 octets of data in one datagram.
pub const EGD_MESSAGE: usize = 65_535;
