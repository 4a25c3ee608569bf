//! Section `ntp`.

use sensor_protocols::observation::{Anomaly, Observation, Protocol, Transport};

use super::histograms::{Message, Section};

pub(super) const SECTION: Section = Section {
    name: "ntp",
    protocols: &[Protocol::Ntp],
    ports: &[(Transport::Udp, 123)],
    rule: Some("ntp"),
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    message.layer("ntp");
    let code = observation.operation.code;
    // Operations of modes 6 and 7 have their mode above their number.
    let mode = if code < 8 { code } else { code >> 8 };
    message.number("ntp", "modes", u64::from(mode));
    message.malformed(observation.anomalies.contains(Anomaly::Truncated));
    true
}
