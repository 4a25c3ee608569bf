//! Section `epl`: message types.

use sensor_protocols::observation::{Observation, Protocol};

use super::histograms::{Message, Section};

pub(super) const SECTION: Section = Section {
    name: "epl",
    protocols: &[Protocol::Powerlink],
    ports: &[],
    rule: None,
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    message.layer("epl");
    let kind = u64::from(observation.operation.code & 0x7f);
    message.number("epl", "message_types", kind);
    true
}
