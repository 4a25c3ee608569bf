//! Whether the first bytes of a flow are DNP3.
//!
//! Start octets and the CRC of the header decide, on any port: random bytes pass with a chance of
//! 2⁻³². Who sends as a master (DIR = 1) is taken for the client.

use super::link::{self, Header};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

/// Looks at the first bytes of a flow.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    match link::header(input.bytes) {
        Header::Intact(_, control, ..) => {
            let role = if control & 0x80 != 0 {
                Role::Client
            } else {
                Role::Server
            };
            Probe::Recognised(input.sender.or(Some(role)))
        }
        Header::BadChecksum if input.hinted => Probe::Recognised(input.sender),
        Header::Foreign if input.hinted && link::begins(input.bytes) => {
            Probe::Recognised(input.sender)
        }
        Header::Short => Probe::Incomplete,
        Header::BadChecksum | Header::Foreign => middle(input),
    }
}

/// A capture that starts inside a connection may start inside a frame.
fn middle(input: &ProbeInput<'_>) -> Probe {
    if !input.hinted || input.sender.is_some() || input.transport != Transport::Tcp {
        return Probe::Unrecognised;
    }
    match link::find(input.bytes) {
        Some(_) => Probe::Recognised(None),
        None => Probe::Incomplete,
    }
}
