//! Section `telnet`: commands.

use sensor_protocols::dissect::telnet::LOGIN_PROMPT;
use sensor_protocols::observation::{Observation, OperationClass, Protocol, Transport};

use super::histograms::{Message, Section};

/// Subnegotiation and its end, which the sensor tells as one.
const SUBNEGOTIATION: u32 = 250;
const END: u32 = 240;
/// The lowest command.
const COMMANDS: u32 = 236;

pub(super) const SECTION: Section = Section {
    name: "telnet",
    protocols: &[Protocol::Telnet],
    ports: &[(Transport::Tcp, 23)],
    rule: Some("telnet"),
    read,
};

/// The layer and the event are there in every segment with data, which `streams` counts.
fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    let operation = observation.operation;
    if operation.class == OperationClass::Unknown {
        return false;
    }
    if (COMMANDS..LOGIN_PROMPT).contains(&operation.code) {
        message.number("telnet", "commands", u64::from(operation.code));
        if operation.code == SUBNEGOTIATION {
            message.number("telnet", "commands", u64::from(END));
        }
    }
    true
}
