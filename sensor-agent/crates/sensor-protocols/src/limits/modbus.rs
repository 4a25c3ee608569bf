//! Caps of Modbus.

/// Modbus requests waiting for their response on one connection. The specification lets a client
/// have 1 to 16 open transactions (Messaging on TCP/IP V1.0b, 4.2); twice that leaves room for
/// those that are never answered. The oldest makes room, shown as `limit_reached` on the request.
pub const MODBUS_OPEN_REQUESTS: usize = 32;
