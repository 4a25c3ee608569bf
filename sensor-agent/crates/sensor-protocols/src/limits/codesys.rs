//! Caps of CODESYS V3.

/// Octets of a CODESYS block that are looked at. The block driver sends up to 512 octets in one.
pub const CODESYS_BLOCK: usize = 8192;

/// Tags walked over on one level to find what is told of a login.
pub const CODESYS_TAGS: usize = 32;
