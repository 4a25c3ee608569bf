//! Section `ftp`: commands and replies.

use sensor_protocols::dissect::ftp::{INCOMPLETE, UNFRAMED};
use sensor_protocols::observation::{Direction, Object, Observation, Protocol, Transport};

use super::histograms::{Message, Section};

/// The port by which the oracle knows the protocol.
const PORT: u16 = 21;

pub(super) const SECTION: Section = Section {
    name: "ftp",
    protocols: &[Protocol::Ftp],
    ports: &[(Transport::Tcp, PORT)],
    rule: Some("ftp"),
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    let operation = observation.operation;
    if matches!(operation.name, UNFRAMED | INCOMPLETE) {
        return false;
    }
    // On the usual port the layer is there in every segment with data, which `streams` counts.
    if ![observation.source.port, observation.destination.port].contains(&PORT) {
        message.layer("ftp");
    }
    if observation.direction == Direction::Request {
        let name = unusual(observation).unwrap_or(operation.name);
        message.text("ftp", "commands", name);
        if name == "PASS" {
            message.event("ftp.password");
        }
        return true;
    }
    message.number(
        "ftp",
        "response_codes",
        u64::from(operation.sub.unwrap_or(0)),
    );
    true
}

fn unusual<'a>(observation: &Observation<'a>) -> Option<&'a str> {
    observation.objects.iter().find_map(|object| match object {
        Object::Text {
            kind: "command",
            text,
        } => Some(*text),
        Object::Text { .. }
        | Object::Range { .. }
        | Object::Id { .. }
        | Object::Name(_)
        | Object::Address(_) => None,
    })
}
