//! Caps of GOOSE, GSE management and sampled values.

/// GOOSE control blocks, or streams of sampled values, that are followed between two addresses: a
/// protection device publishes some ten of each, and a merging unit or a gateway a few dozen. The one
/// that is known for longest makes room, shown as `limit_reached` on the message that took its place.
pub const IEC61850_PUBLISHERS: usize = 64;

/// Payload elements of one session message of IEC TR 61850-90-5 that are looked at; publishers send
/// one. More show as `limit_reached`.
pub const IEC61850_PAYLOADS: usize = 16;

/// GSE management requests waiting for their response between two addresses. The oldest makes room,
/// shown as `limit_reached` on the request.
pub const GSE_OPEN_REQUESTS: usize = 16;

/// ASDUs of one message of sampled values that are told: IEC 61869-9 has up to eight, and a frame of
/// 1500 octets no room for more than these. More show as `limit_reached`.
pub const SV_ASDUS: usize = 40;
