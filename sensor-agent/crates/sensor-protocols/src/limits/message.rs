//! Caps of the protocols that are read message by message.

/// Objects reported of one message: more than a request that is made by hand names. More are left out,
/// shown as `limit_reached`.
pub const MESSAGE_OBJECTS: usize = 24;

/// Requests of each end waiting for their answer on one flow: partners of these protocols wait for one
/// answer, or for a few. The oldest makes room, shown as `limit_reached` on the request.
pub const MESSAGE_OPEN_REQUESTS: usize = 32;
