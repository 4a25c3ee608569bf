//! Section `snmp`.
//!
//! Communities are passwords, which observations do not have. The schema has them: they are read here, of
//! the frames of the file, and go nowhere else.

use sensor_protocols::decode::{Layer4, Packet};
use sensor_protocols::dissect::ber::{Elements, universal};
use sensor_protocols::dissect::cursor::Cursor;
use sensor_protocols::dissect::snmp::{ENCRYPTED, VERSION};
use sensor_protocols::observation::{Object, Observation, OperationClass, Protocol, Transport};

use super::histograms::{Message, Section};

const PORTS: [u16; 2] = [161, 162];
/// Number of version 3, of whose messages the oracle shows the version elsewhere.
const VERSION_3: u64 = 3;
const SET: u32 = 3;

pub(super) const SECTION: Section = Section {
    name: "snmp",
    protocols: &[Protocol::Snmp],
    ports: &[(Transport::Udp, 161), (Transport::Udp, 162)],
    rule: Some("snmp"),
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    message.layer("snmp");
    let operation = observation.operation;
    for object in observation.objects {
        if let Object::Id { kind: VERSION, id } = object
            && *id < VERSION_3
        {
            message.number("snmp", "versions", *id);
        }
    }
    if operation.code < ENCRYPTED && operation.class != OperationClass::Unknown {
        message.number("snmp", "pdu_types", u64::from(operation.code));
    }
    if operation.code == SET {
        message.event("snmp.set_request");
    }
    true
}

/// The community of a message of version 1 or 2c.
pub(super) fn community(packet: &Packet<'_>) -> Option<String> {
    let Layer4::Udp(udp) = &packet.layer4 else {
        return None;
    };
    if !PORTS.contains(&udp.source_port) && !PORTS.contains(&udp.destination_port) {
        return None;
    }
    let outer = Elements::new(Cursor::new(udp.payload))
        .next_element()
        .ok()??;
    let mut fields = Elements::new(outer.contents);
    let version = fields.next_element().ok()??.unsigned()?;
    let community = fields.next_element().ok()??;
    let is = version < VERSION_3 && community.tag.number == universal::OCTET_STRING;
    is.then(|| String::from_utf8_lossy(community.octets()).into_owned())
}
