//! Section `ads`: commands and errors of AMS over TCP. The oracle does not know the discovery over UDP.

use sensor_protocols::dissect::ads::{AMS_ERROR, ROUTER};
use sensor_protocols::observation::{Observation, Protocol, Transport};

use super::histograms::{Message, Section};
use super::layers::UNFRAMED;
use super::object::id;

pub(super) const SECTION: Section = Section {
    name: "ads",
    protocols: &[Protocol::Ads],
    ports: &[(Transport::Tcp, 48_898)],
    rule: Some("ams"),
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    if observation.operation.name == UNFRAMED {
        return false;
    }
    if observation.transport == Transport::Udp {
        return true;
    }
    message.layer("ams");
    let code = observation.operation.code;
    if code >= ROUTER {
        return true;
    }
    let error = id(observation, AMS_ERROR).unwrap_or(0);
    message.number("ads", "commands", u64::from(code));
    message.number("ads", "error_codes", error);
    if matches!(code, 3 | 5) {
        message.event("ads.write_or_write_control");
    }
    if error != 0 {
        message.event("ads.error");
    }
    true
}
