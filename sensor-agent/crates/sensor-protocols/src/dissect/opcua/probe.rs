//! Whether the first bytes of a flow are OPC UA.
//!
//! A chunk begins with the name of its type, its kind, and a size that fits: five octets that are fixed and more that are
//! nearly so, which random bytes have with a chance below 2⁻³². That is enough on any port. A capture that
//! begins in the middle of a message shows no header at its start: on the port of the protocol one is sought.

use super::channel;
use super::framing::{self, Chunk, Framed, HEADER, Kind};
use super::services::Sent;
use crate::dissect::cursor::Cursor;
use crate::dissect::{Probe, ProbeInput, Role};

/// Looks at the first bytes of a flow.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    match Chunk::cut(input.bytes) {
        Some(chunk) if framing::is_plausible(&chunk) => {
            Probe::Recognised(input.sender.or(sender(&chunk)))
        }
        None if input.bytes.len() < HEADER => match framing::next(input.bytes) {
            Framed::Incomplete { .. } => Probe::Incomplete,
            Framed::Chunk(_) | Framed::Foreign => Probe::Unrecognised,
        },
        None if input.hinted && framing::find(input.bytes).is_some() => {
            Probe::Recognised(input.sender)
        }
        Some(_) | None => Probe::Unrecognised,
    }
}

/// Who sent a chunk, where it tells.
fn sender(chunk: &Chunk<'_>) -> Option<Role> {
    match chunk.kind {
        Kind::Hello => Some(Role::Client),
        Kind::Acknowledge | Kind::ReverseHello | Kind::Error => Some(Role::Server),
        Kind::Open => opener(chunk),
        Kind::Close => body(chunk).or(Some(Role::Client)),
        Kind::Message => body(chunk),
    }
}

/// Who sent a message, by the body behind its headers.
fn body(chunk: &Chunk<'_>) -> Option<Role> {
    let mut cursor = Cursor::new(chunk.octets.get(16..)?);
    channel::known(&mut cursor).map(role)
}

/// Who sent an OPN: its body tells where it is plain to read, else a request that opens the first channel of a
/// connection has no number.
fn opener(chunk: &Chunk<'_>) -> Option<Role> {
    let envelope = channel::Envelope::read(chunk, channel::Security::Unknown, None).ok()?;
    match channel::known(&mut Cursor::new(envelope.body)) {
        Some(sent) => Some(role(sent)),
        None => (envelope.channel == 0).then_some(Role::Client),
    }
}

const fn role(sent: Sent) -> Role {
    match sent {
        Sent::Request(_) => Role::Client,
        Sent::Response(_) | Sent::Fault => Role::Server,
    }
}
