//! Section `synchrophasor`: types of frames.

use sensor_protocols::observation::{Observation, Protocol, Transport};

use super::histograms::{Message, Section};
use super::layers::UNFRAMED;

pub(super) const SECTION: Section = Section {
    name: "synchrophasor",
    protocols: &[Protocol::Synchrophasor],
    ports: &[
        (Transport::Tcp, 4712),
        (Transport::Tcp, 4713),
        (Transport::Udp, 4712),
        (Transport::Udp, 4713),
    ],
    rule: Some("synphasor"),
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    if observation.operation.name == UNFRAMED {
        return false;
    }
    message.layer("synphasor");
    let code = u64::from(observation.operation.code);
    message.number("synchrophasor", "frame_types", code);
    true
}
