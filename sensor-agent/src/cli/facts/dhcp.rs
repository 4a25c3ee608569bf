//! Section `dhcp`.

use sensor_protocols::dissect::dhcp::BOOTP;
use sensor_protocols::observation::{Anomaly, Observation, Protocol, Transport};

use super::histograms::{Message, Section};

pub(super) const SECTION: Section = Section {
    name: "dhcp",
    protocols: &[Protocol::Dhcp],
    ports: &[(Transport::Udp, 67), (Transport::Udp, 68)],
    rule: Some("dhcp"),
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    message.layer("dhcp");
    let code = observation.operation.code;
    if code < BOOTP {
        message.number("dhcp", "message_types", u64::from(code));
    }
    message.malformed(observation.anomalies.contains(Anomaly::Truncated));
    true
}
