//! Caps of BSAP.

/// Octets of a BSAP datagram that are looked at.
pub const BSAP_DATAGRAM: usize = 65_535;

/// Messages in one BSAP datagram; captures have up to three. A datagram that claims more is none.
pub const BSAP_MESSAGES: usize = 64;
