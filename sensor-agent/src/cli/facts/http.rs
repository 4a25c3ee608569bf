//! Section `http`: methods and status codes.

use sensor_protocols::dissect::http::{INCOMPLETE, UNFRAMED};
use sensor_protocols::observation::{Direction, Object, Observation, Protocol, Transport};

use super::histograms::{Message, Section};

/// The oracle knows HTTP by content on any other port too.
pub(super) const SECTION: Section = Section {
    name: "http",
    protocols: &[Protocol::Http],
    ports: &[
        (Transport::Tcp, 80),
        (Transport::Tcp, 3128),
        (Transport::Tcp, 5985),
        (Transport::Tcp, 8080),
        (Transport::Tcp, 8088),
    ],
    rule: None,
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    let operation = observation.operation;
    if matches!(operation.name, UNFRAMED | INCOMPLETE) {
        return false;
    }
    message.layer("http");
    match (observation.direction, operation.sub) {
        (Direction::Request, _) => {
            message.text(
                "http",
                "methods",
                unusual(observation).unwrap_or(operation.name),
            );
        }
        (_, Some(status)) => message.number("http", "response_codes", u64::from(status)),
        _ => {}
    }
    true
}

/// Name of a method that has no number.
fn unusual<'a>(observation: &Observation<'a>) -> Option<&'a str> {
    observation.objects.iter().find_map(|object| match object {
        Object::Text {
            kind: "method",
            text,
        } => Some(*text),
        Object::Text { .. }
        | Object::Range { .. }
        | Object::Id { .. }
        | Object::Name(_)
        | Object::Address(_) => None,
    })
}
