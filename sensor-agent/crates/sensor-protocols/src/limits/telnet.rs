//! Caps of Telnet.

/// Octets kept of a user name, or told of a terminal type, in Telnet. More is cut, shown as `limit_reached`.
pub const TELNET_USER_BYTES: usize = 64;

/// Octets of a Telnet subnegotiation that are waited for: environments take some 100. A longer one is told as far
/// as it is there, shown as `limit_reached`.
pub const TELNET_SUBNEGOTIATION_BYTES: usize = 4096;
