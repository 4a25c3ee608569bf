//! Caps of Foundation Fieldbus HSE.

/// Octets of an HSE message that are looked at: several times the buffer that sessions agree on.
pub const HSE_MESSAGE: usize = 16_384;
