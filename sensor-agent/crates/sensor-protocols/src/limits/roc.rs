//! Caps of ROC Plus.

/// Octets of one ROC message: header, the 255 octets of data that the length can tell, checksum.
pub const ROC_MESSAGE: usize = 263;
