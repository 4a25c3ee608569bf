//! Caps of EtherNet/IP and CIP.

/// Items of one EtherNet/IP packet: address, data and two socket addresses are all that is defined
/// (CIP Volume 2, 2-6), and a reply to List Identity has one for each device.
pub const ENIP_ITEMS: usize = 16;

/// CIP requests and commands waiting for their reply on one connection. An originator has one open on
/// each class 3 connection and a few unconnected ones. The oldest makes room, shown as `limit_reached`
/// on the request.
pub const ENIP_OPEN_REQUESTS: usize = 32;

/// Octets kept of the open requests of one connection, a single one apart: what ten polls of ten tags
/// each take. The oldest makes room, shown as `limit_reached` on the next
/// request or reply; its reply is told without what it addressed.
pub const ENIP_OPEN_BYTES: usize = 16_384;

/// Octets kept of the symbols of one CIP message: what fits into the largest connection. A symbol
/// beyond them is not told, shown as `limit_reached`.
pub const CIP_SYMBOL_BYTES: usize = 4096;

/// Services of one CIP message that are looked at, those inside of others included. A connection of
/// the largest common size (500 octets) has room for about as many.
pub const CIP_SERVICES: usize = 64;
