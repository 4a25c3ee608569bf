//! PTP has a layer and no section.

use sensor_protocols::observation::{Observation, Protocol, Transport};

use super::histograms::{Message, Section};

pub(super) const SECTION: Section = Section {
    name: "ptp",
    protocols: &[Protocol::Ptp],
    ports: &[(Transport::Udp, 319), (Transport::Udp, 320)],
    rule: Some("ptp"),
    read,
};

fn read(_: &Observation<'_>, message: &mut Message) -> bool {
    message.layer("ptp");
    true
}
