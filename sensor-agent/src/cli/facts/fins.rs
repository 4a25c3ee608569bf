//! Section `fins`: commands, response codes, and headers of FINS/TCP.

use sensor_protocols::dissect::fins::{FATAL_CPU_ERROR, NON_FATAL_CPU_ERROR, RELAY_ERROR, TCP};
use sensor_protocols::observation::{Direction, Observation, Outcome, Protocol, Transport};

use super::histograms::{Message, Section};
use super::layers::UNFRAMED;
use super::object::id;

pub(super) const SECTION: Section = Section {
    name: "fins",
    protocols: &[Protocol::Fins],
    ports: &[(Transport::Tcp, 9600), (Transport::Udp, 9600)],
    rule: Some("omron"),
    read,
};

/// Command of a FINS/TCP header that carries a frame.
const FRAME_SEND: u64 = 2;

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    if observation.operation.name == UNFRAMED {
        return false;
    }
    message.layer("omron");
    let code = observation.operation.code;
    let in_header = code & TCP != 0;
    if observation.transport == Transport::Tcp {
        let command = if in_header {
            u64::from(code & !TCP)
        } else {
            FRAME_SEND
        };
        message.number("fins", "tcp_commands", command);
    }
    if in_header {
        return true;
    }
    message.number("fins", "commands", u64::from(code));
    let response = response_code(observation);
    let is_response = observation.direction == Direction::Response;
    message.number("fins", "icf_data_type_bit", u64::from(is_response));
    if let Some(response) = response {
        message.number("fins", "response_codes", response);
    }
    if let Some(event) = event(code, response) {
        message.event(event);
    }
    true
}

/// The response code with its flags.
fn response_code(observation: &Observation<'_>) -> Option<u64> {
    let code = match observation.outcome {
        Outcome::None => return None,
        Outcome::Ok => 0,
        Outcome::Error { code, .. } => u64::from(code),
    };
    let flag = |kind, bit| id(observation, kind).map_or(0, |_| bit);
    Some(
        code | flag(RELAY_ERROR, 0x8000)
            | flag(FATAL_CPU_ERROR, 0x80)
            | flag(NON_FATAL_CPU_ERROR, 0x40),
    )
}

fn event(command: u32, response: Option<u64>) -> Option<&'static str> {
    if let Some(response) = response {
        return (response != 0).then_some("fins.error_response");
    }
    match command {
        258..=260 => Some("fins.memory_write"),
        775 | 776 => Some("fins.program_write_or_clear"),
        1025 => Some("fins.run"),
        1026 => Some("fins.stop"),
        1281 => Some("fins.controller_data_read"),
        1794 => Some("fins.clock_write"),
        8961 | 8962 => Some("fins.forced_set_or_reset"),
        _ => None,
    }
}
