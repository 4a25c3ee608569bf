//! Frames with connection-oriented DCE/RPC, which the schema has no section for.

use sensor_protocols::observation::{Anomaly, Observation, Protocol, Transport};

use super::histograms::{Message, Section};

/// The oracle recognises it by content on any port.
pub(super) const SECTION: Section = Section {
    name: "dcerpc",
    protocols: &[Protocol::DceRpc],
    ports: &[(Transport::Tcp, 135)],
    rule: None,
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    message.layer("dcerpc");
    message.malformed(observation.anomalies.contains(Anomaly::Truncated));
    true
}
