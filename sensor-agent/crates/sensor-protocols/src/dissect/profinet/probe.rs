//! Whether the first datagram of a flow is PROFINET IO.
//!
//! On any port: the interface of the call must be one of PROFINET's, 16 octets that other bytes do not
//! have. The endpoint mapper, which others use too, counts on the port of PROFINET only.

use super::rpc::{Header, Interface};
use crate::dissect::cursor::Cursor;
use crate::dissect::{Probe, ProbeInput, Role};

/// Looks at a datagram.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    let mut cursor = Cursor::new(input.bytes);
    let Ok(Some(header)) = Header::read(&mut cursor) else {
        return Probe::Unrecognised;
    };
    let sender = header
        .is_from_server()
        .map(|server| if server { Role::Server } else { Role::Client });
    match header.interface() {
        Some(Interface::Profinet(_)) => Probe::Recognised(sender),
        Some(Interface::EndpointMapper) if input.hinted => Probe::Recognised(sender),
        Some(Interface::EndpointMapper) | None => Probe::Unrecognised,
    }
}
