//! Caps of BACnet.

/// BACnet requests waiting for their response on one flow. A client has a few open with each device;
/// this many devices behind one router can be asked at once. The oldest makes room, shown as
/// `limit_reached` on the request.
pub const BACNET_OPEN_REQUESTS: usize = 64;

/// Segmented BACnet messages put together at once on one flow. The oldest makes room, shown as
/// `limit_reached` on the segment.
pub const BACNET_SEGMENTED_MESSAGES: usize = 4;

/// Octets kept of them together: the object list of a device with three thousand objects. More is cut
/// and shows as `limit_reached`.
pub const BACNET_SEGMENTED_BYTES: usize = 16_384;

/// Objects, properties and indices told of one BACnet message; more show as `limit_reached`.
pub const BACNET_OBJECTS: usize = 128;

/// Constructed tags within each other in a BACnet message. The services of the standard need six;
/// beyond is `limit_reached`.
pub const BACNET_DEPTH: usize = 16;

/// Octets read of a BACnet character string that names a device.
pub const BACNET_TEXT_BYTES: usize = 256;
