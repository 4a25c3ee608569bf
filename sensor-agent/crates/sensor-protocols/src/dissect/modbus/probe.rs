//! Whether the first bytes of a flow are Modbus.
//!
//! On a port Modbus is known by, the header decides. Anywhere else the PDU must also be one that
//! the specification defines, without a single departure, and fill its frame: random bytes pass
//! with a chance below 2⁻³².

use super::codes::{self, EXCEPTION_BIT, Standing};
use super::mbap::{self, Adu, Framed};
use super::pdu;
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

/// Looks at the first bytes of a flow.
pub fn probe(input: &ProbeInput<'_>) -> Probe {
    match mbap::next(input.bytes) {
        Framed::Message(adu) if adu.protocol != 0 => Probe::Unrecognised,
        Framed::Message(adu) => {
            let shape = shape(&adu, input.sender);
            if input.hinted || shape.is_some() {
                Probe::Recognised(input.sender.or(shape.flatten()))
            } else {
                Probe::Unrecognised
            }
        }
        Framed::Incomplete { .. } => incomplete(input),
        Framed::Foreign if middle(input) => match mbap::find(input.bytes) {
            Some(_) => Probe::Recognised(None),
            None => Probe::Incomplete,
        },
        Framed::Foreign => Probe::Unrecognised,
    }
}

/// A capture that starts inside a connection may start inside a message.
fn middle(input: &ProbeInput<'_>) -> bool {
    input.hinted && input.sender.is_none() && input.transport == Transport::Tcp
}

/// A message that goes on beyond the bytes. Its header is enough where Modbus is expected.
fn incomplete(input: &ProbeInput<'_>) -> Probe {
    let whole_header = input.bytes.len() >= mbap::SHORTEST;
    match (whole_header, mbap::begins(input.bytes)) {
        (_, false) => Probe::Unrecognised,
        (true, true) if input.hinted => Probe::Recognised(input.sender),
        (_, true) => Probe::Incomplete,
    }
}

/// Who can have sent a flawless message: `None` when it is flawed, `Some(None)` when both can.
fn shape(adu: &Adu<'_>, sender: Option<Role>) -> Option<Option<Role>> {
    let code = adu.function();
    if codes::named(code).standing != Standing::Public || !adu.length_allowed() {
        return None;
    }
    let refused = adu.pdu.first().is_some_and(|raw| raw & EXCEPTION_BIT != 0);
    let request = !refused
        && sender != Some(Role::Server)
        && pdu::request(adu.pdu).1.anomalies.is_empty();
    let response =
        sender != Some(Role::Client) && pdu::response(adu.pdu, None).1.anomalies.is_empty();
    match (request, response) {
        (true, true) => Some(None),
        (true, false) => Some(Some(Role::Client)),
        (false, true) => Some(Some(Role::Server)),
        (false, false) => None,
    }
}
