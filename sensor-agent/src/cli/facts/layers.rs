//! Protocols of which the schema counts the frames and nothing else, and those that the oracle does not know.
//!
//! One row for each: its layer of the oracle, if it has one, counts once in a frame with messages.

use sensor_protocols::dissect::lontalk;
use sensor_protocols::observation::{Anomaly, Observation, Protocol, Transport};

use super::histograms::{Message, Section};

/// Operation name of bytes in which no message begins.
pub(super) const UNFRAMED: &str = "unframed_bytes";

/// Makes the sections: row, the sensor's name of the protocol, the protocol, ports of the oracle, its rule for
/// other ports, its layer.
macro_rules! layers {
    ($($row:ident $name:literal $protocol:ident [$($transport:ident $port:literal),*] $rule:expr, $layer:expr;)*) => {
        $(pub(super) const $row: Section = Section {
            name: $name,
            protocols: &[Protocol::$protocol],
            ports: &[$((Transport::$transport, $port)),*],
            rule: $rule,
            read: |observation, message| read($layer, observation, message),
        };)*
    };
}

layers! {
    MQTT "mqtt" Mqtt [Tcp 1883] Some("mqtt"), Some("mqtt");
    C1222 "c1222" C1222 [Tcp 1153, Udp 1153] Some("c1222"), Some("c1222");
    SBUS "sbus" Sbus [Udp 5050] Some("sbus"), Some("sbus");
    KNX "knx" Knx [Tcp 3671, Udp 3671] Some("kip"), Some("kip");
    EGD "egd" Egd [Udp 18_246] Some("egd"), Some("egd");
    LONTALK "lontalk" Lontalk [Udp 1628, Udp 1629] Some("cnip"), Some("lon");
    // Found by its first octets.
    RTPS "rtps" Rtps [] None, Some("rtps");
    TRISTATION "tristation" TriStation [] None, None;
    GENISYS "genisys" Genisys [] None, None;
    FOX "fox" Fox [] None, None;
    ROC "roc_plus" Roc [] None, None;
    BSAP "bsap" Bsap [] None, None;
    CODESYS "codesys" Codesys [] None, None;
    // Of the oracle's protocols, but not of the schema's.
    HSE "ff_hse" Hse [] None, None;
}

fn read(layer: Option<&'static str>, observation: &Observation<'_>, message: &mut Message) -> bool {
    // Packets that manage channels have no message of the network in them.
    let packet = observation.operation.code & !0xffff == lontalk::CHANNEL;
    let management = observation.protocol == Protocol::Lontalk && packet;
    if let Some(layer) = layer.filter(|_| !management) {
        message.layer(layer);
        message.malformed(observation.anomalies.contains(Anomaly::Truncated));
    }
    observation.operation.name != UNFRAMED
}
