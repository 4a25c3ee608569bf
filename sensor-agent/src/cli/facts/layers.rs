//! Protocols of which the schema counts the frames and nothing else.
//!
//! One row for each: its layer of the oracle counts once in a frame with messages.

use sensor_protocols::observation::{Observation, Protocol, Transport};

use super::histograms::{Message, Section};

/// Operation name of bytes in which no message begins.
const UNFRAMED: &str = "unframed_bytes";

/// A row: the sensor's name of the protocol, the protocol, ports of the oracle, its layer.
macro_rules! layers {
    ($($row:ident $name:literal $protocol:ident [$($transport:ident $port:literal),*] $layer:literal;)*) => {
        $(pub(super) const $row: Section = Section {
            name: $name,
            protocols: &[Protocol::$protocol],
            ports: &[$((Transport::$transport, $port)),*],
            rule: Some($layer),
            read: |observation, message| read($layer, observation, message),
        };)*
    };
}

layers! {
    MQTT "mqtt" Mqtt [Tcp 1883] "mqtt";
    C1222 "c1222" C1222 [Tcp 1153, Udp 1153] "c1222";
}

fn read(layer: &'static str, observation: &Observation<'_>, message: &mut Message) -> bool {
    message.layer(layer);
    observation.operation.name != UNFRAMED
}
