//! Caps of MQTT.

/// Octets of one MQTT packet that are looked at: topic and properties of common length and the metrics of a
/// birth certificate. The rest of a packet, which may have 256 MiB, is passed over; what is told of it then
/// carries `limit_reached`.
pub const MQTT_PACKET: usize = 16_384;

/// Topics or metrics told of one MQTT packet; [`MESSAGE_OBJECTS`](super::MESSAGE_OBJECTS) holds as well.
pub const MQTT_TOPICS: usize = 24;

/// Fields of a Sparkplug payload and properties of a packet that are walked over to find what is told.
pub const MQTT_FIELDS: usize = 512;
