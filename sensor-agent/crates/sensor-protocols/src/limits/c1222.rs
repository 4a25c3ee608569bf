//! Caps of C12.22.

/// Octets of one C12.22 message that are looked at. Sent over UDP it fits into one datagram; the largest
/// that nodes agree on by default is 1 500 octets.
pub const C1222_MESSAGE: usize = 65_536;

/// Services reported of one C12.22 message: a session from logon to logoff in one, several times over. More are
/// not told, shown as `limit_reached` on the last one.
pub const C1222_SERVICES: usize = 32;

/// Octets of an application title in text: more than any that is registered.
pub const C1222_TITLE: usize = 96;
