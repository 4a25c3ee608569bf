//! Section `hart_ip`: types, identifiers, status and commands of the messages that the oracle knows: those of a session
//! and token-passing PDUs.

use sensor_protocols::dissect::hart_ip::{MESSAGE_TYPE, STATUS, TOKEN_PASSING};
use sensor_protocols::observation::{Direction, Observation, Protocol, Transport};

use super::histograms::{Message, Section};
use super::layers::UNFRAMED;
use super::object::id;

pub(super) const SECTION: Section = Section {
    name: "hart_ip",
    protocols: &[Protocol::HartIp],
    // Over UDP the oracle follows a session to the port that the server moves it to.
    ports: &[(Transport::Tcp, 5094)],
    rule: Some("hart_ip"),
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    if observation.operation.name == UNFRAMED {
        return false;
    }
    let code = observation.operation.code;
    let identifier = code >> 16;
    if identifier > u32::from(TOKEN_PASSING) {
        // The oracle takes these octets for data.
        return true;
    }
    message.layer("hart_ip");
    let kind = match observation.direction {
        Direction::Request => 0,
        Direction::Response | Direction::OneWay => 1,
    };
    let kind = id(observation, MESSAGE_TYPE).unwrap_or(kind);
    message.number("hart_ip", "message_types", kind);
    message.number("hart_ip", "message_ids", u64::from(identifier));
    let status = id(observation, STATUS).unwrap_or(0);
    message.number("hart_ip", "status", status);
    if identifier == u32::from(TOKEN_PASSING) {
        message.number("hart_ip", "commands", u64::from(code & 0xffff));
    }
    true
}
