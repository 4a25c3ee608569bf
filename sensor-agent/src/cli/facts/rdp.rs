//! Section `rdp`: cookies.

use sensor_protocols::dissect::rdp::{CONFIRM, INCOMPLETE, REQUEST, UNFRAMED};
use sensor_protocols::observation::{Object, Observation, Protocol, Transport};

use super::histograms::{Message, Section};

/// The port by which the oracle knows the protocol; it looks into no TLS there.
pub(super) const PORT: u16 = 3389;

pub(super) const SECTION: Section = Section {
    name: "rdp",
    protocols: &[Protocol::Rdp],
    ports: &[(Transport::Tcp, PORT)],
    rule: None,
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    let operation = observation.operation;
    if matches!(operation.name, UNFRAMED | INCOMPLETE) || !by_port(observation) {
        return false;
    }
    if matches!(operation.code, REQUEST | CONFIRM) {
        message.layer("rdp");
    }
    for object in observation.objects {
        if let Object::Text {
            kind: "cookie",
            text,
        } = object
        {
            message.text("rdp", "cookies", text);
        }
    }
    true
}

/// The oracle has no rule under which it finds the protocol elsewhere.
fn by_port(observation: &Observation<'_>) -> bool {
    [observation.source.port, observation.destination.port].contains(&PORT)
}

/// TPDU type that the oracle counts, of a message that is one.
pub(super) fn tpdu(observation: &Observation<'_>) -> Option<u64> {
    let operation = observation.operation;
    let framed = !matches!(operation.name, UNFRAMED | INCOMPLETE);
    let packet = framed && operation.code <= 15 && by_port(observation);
    packet.then_some(u64::from(operation.code))
}
