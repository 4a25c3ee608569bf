//! Whether the first bytes of a flow are SMB.
//!
//! On any port: a session message that begins with a protocol identifier of SMB, eight octets of which
//! six are fixed. On the ports of the `NetBIOS` session service also the packets that set a session up.

use super::{datagram, nbss};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

/// Looks at the first bytes of a flow.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    if input.transport != Transport::Tcp {
        return datagram::probe(input);
    }
    let Some(header) = nbss::Header::read(input.bytes) else {
        return match input.bytes {
            [nbss::MESSAGE | nbss::REQUEST, ..] if input.hinted => Probe::Incomplete,
            _ => Probe::Unrecognised,
        };
    };
    let body = input.bytes.get(nbss::HEADER..).unwrap_or_default();
    match header.kind {
        nbss::MESSAGE if header.length < nbss::HEADER => Probe::Unrecognised,
        nbss::MESSAGE if body.len() < nbss::HEADER => {
            let begins = matches!(body.first(), None | Some(nbss::COMPRESSED..));
            if begins && input.hinted {
                Probe::Incomplete
            } else {
                Probe::Unrecognised
            }
        }
        nbss::MESSAGE if nbss::is_smb(body) => Probe::Recognised(input.sender.or(sender(body))),
        nbss::REQUEST if input.hinted && header.is_possible() => {
            Probe::Recognised(input.sender.or(Some(Role::Client)))
        }
        nbss::POSITIVE | nbss::NEGATIVE if input.hinted && header.is_possible() => {
            Probe::Recognised(input.sender.or(Some(Role::Server)))
        }
        nbss::KEEP_ALIVE if input.hinted && header.is_possible() => Probe::Recognised(input.sender),
        _ => Probe::Unrecognised,
    }
}

/// Who sends a message, by its flags.
fn sender(message: &[u8]) -> Option<Role> {
    let reply = match message.first() {
        Some(&nbss::SMB1) => message.get(9)? & 0x80 != 0,
        Some(&nbss::SMB2) => message.get(16)? & 1 != 0,
        _ => return None,
    };
    Some(if reply { Role::Server } else { Role::Client })
}
