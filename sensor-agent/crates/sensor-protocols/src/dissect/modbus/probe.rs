//! Whether the first bytes of a flow are Modbus.
//!
//! On a port Modbus is known by, the header decides. Anywhere else the PDU must also be one that
//! the specification defines, without a single departure, and fill its frame: random bytes pass
//! with a chance below 2⁻³².

use super::codes::{self, EXCEPTION_BIT, Standing};
use super::mbap::{self, Adu, Framed};
use super::pdu::{self, Body};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

/// Looks at the first bytes of a flow.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    match mbap::next(input.bytes) {
        Framed::Message(adu) if adu.protocol != 0 => Probe::Unrecognised,
        Framed::Message(adu) => {
            let recognised = |role| Probe::Recognised(input.sender.or(role));
            match shape(&adu, input.sender) {
                Shape::Either => recognised(None),
                Shape::Only(role) => recognised(Some(role)),
                Shape::Flawed if input.hinted => recognised(None),
                Shape::Flawed => Probe::Unrecognised,
            }
        }
        Framed::Incomplete { .. } => incomplete(input),
        Framed::Foreign if input.hinted && mbap::begins(input.bytes) => {
            Probe::Recognised(input.sender)
        }
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

/// Who can have sent a message.
enum Shape {
    /// Nobody who keeps to the specification.
    Flawed,
    Either,
    Only(Role),
}

fn shape(adu: &Adu<'_>, sender: Option<Role>) -> Shape {
    let code = adu.function();
    if codes::named(code).standing != Standing::Public || !adu.length_allowed() {
        return Shape::Flawed;
    }
    let refused = adu.pdu.first().is_some_and(|raw| raw & EXCEPTION_BIT != 0);
    let request = !refused && sender != Some(Role::Server) && request_is_flawless(adu.pdu);
    let response = sender != Some(Role::Client) && response_is_flawless(adu.pdu);
    match (request, response) {
        (true, true) => Shape::Either,
        (true, false) => Shape::Only(Role::Client),
        (false, true) => Shape::Only(Role::Server),
        (false, false) => Shape::Flawed,
    }
}

fn request_is_flawless(pdu: &[u8]) -> bool {
    let mut body = Body::new();
    pdu::request(pdu, &mut body);
    body.anomalies.is_empty()
}

fn response_is_flawless(pdu: &[u8]) -> bool {
    let mut body = Body::new();
    pdu::response(pdu, None, &mut body);
    body.anomalies.is_empty()
}
