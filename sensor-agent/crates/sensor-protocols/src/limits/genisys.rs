//! Caps of Genisys.

/// Octets of one Genisys message: 256 addresses with their octet, each octet sent as two, and what is around
/// them. What goes on without an end for longer is no message.
pub const GENISYS_MESSAGE: usize = 1040;
