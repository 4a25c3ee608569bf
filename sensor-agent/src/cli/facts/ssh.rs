//! Section `ssh`: banners.

use sensor_protocols::dissect::ssh::{IDENTIFICATION, INCOMPLETE, UNFRAMED};
use sensor_protocols::observation::{Object, Observation, Protocol, Transport};

use super::histograms::{Message, Section};

/// The port by which the oracle knows the protocol, and tells its sides.
const PORT: u16 = 22;

pub(super) const SECTION: Section = Section {
    name: "ssh",
    protocols: &[Protocol::Ssh],
    ports: &[(Transport::Tcp, PORT)],
    rule: Some("ssh"),
    read,
};

/// The layer is there in every segment with data, which `streams` counts.
fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    let operation = observation.operation;
    if matches!(operation.name, UNFRAMED | INCOMPLETE) {
        return false;
    }
    if operation.code != IDENTIFICATION {
        return true;
    }
    for object in observation.objects {
        if let Object::Text {
            kind: "banner",
            text,
        } = object
        {
            message.text("ssh", "banners", text);
        }
    }
    if observation.destination.port == PORT {
        message.event("ssh.client_banner");
    }
    true
}
