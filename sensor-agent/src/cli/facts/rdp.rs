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
    rule: Some("tpkt"),
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    let operation = observation.operation;
    if matches!(operation.name, UNFRAMED | INCOMPLETE) {
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

/// TPDU type that the oracle counts, of a message that is one.
pub(super) fn tpdu(observation: &Observation<'_>) -> Option<u64> {
    let operation = observation.operation;
    let packet = !matches!(operation.name, UNFRAMED | INCOMPLETE) && operation.code <= 15;
    packet.then_some(u64::from(operation.code))
}
