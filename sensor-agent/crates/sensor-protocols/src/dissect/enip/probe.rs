//! Whether the first bytes of a flow are EtherNet/IP.
//!
//! On the port it is known by, the header decides. Anywhere else the whole message must be without
//! fault as far as it is fixed: random bytes pass with a chance below 2⁻⁴⁸.

use super::cip;
use super::encap::{self, Framed, Message, command};
use super::io;
use crate::dissect::cursor::Cursor;
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

/// Looks at the first bytes of a flow.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    if input.transport == Transport::Udp && io::is_implicit(input.bytes) {
        return Probe::Recognised(None);
    }
    match encap::next(input.bytes) {
        Framed::Message(message) if input.hinted || is_flawless(&message) => {
            Probe::Recognised(input.sender.or(sender(&message)))
        }
        Framed::Incomplete { .. } => incomplete(input),
        Framed::Foreign if input.hinted && encap::find(input.bytes).is_some() => {
            Probe::Recognised(input.sender)
        }
        Framed::Foreign if input.hinted && input.sender.is_none() => Probe::Incomplete,
        Framed::Message(_) | Framed::Foreign => Probe::Unrecognised,
    }
}

/// A message that goes on beyond the bytes. Its header is enough where it is expected.
fn incomplete(input: &ProbeInput<'_>) -> Probe {
    match encap::cut(input.bytes) {
        Some(message) if input.hinted => Probe::Recognised(input.sender.or(sender(&message))),
        Some(message) if !message.header.is_flawless() => Probe::Unrecognised,
        Some(_) | None => Probe::Incomplete,
    }
}

/// Whether a message could be nothing else.
fn is_flawless(message: &Message<'_>) -> bool {
    let header = &message.header;
    let fixed = header.is_flawless() && header.status == 0;
    let body = match header.command {
        command::SEND_RR_DATA | command::SEND_UNIT_DATA => {
            let mut cursor = Cursor::new(message.data);
            cursor.u32_le() == Ok(0) && cursor.skip(2).is_ok() && cursor.u16_le() == Ok(2)
        }
        command::REGISTER_SESSION => message.data == [1, 0, 0, 0],
        command::LIST_IDENTITY | command::LIST_SERVICES | command::LIST_INTERFACES => {
            header.session == 0 && (message.data.is_empty() || message.data.starts_with(&[1, 0]))
        }
        _ => false,
    };
    fixed && body
}

/// Who can have sent a message.
fn sender(message: &Message<'_>) -> Option<Role> {
    let header = &message.header;
    let client = |holds: bool| Some(if holds { Role::Client } else { Role::Server });
    match header.command {
        _ if header.status != 0 => Some(Role::Server),
        command::REGISTER_SESSION => client(header.session == 0),
        command::LIST_IDENTITY | command::LIST_SERVICES | command::LIST_INTERFACES => {
            client(header.length == 0)
        }
        command::SEND_RR_DATA | command::SEND_UNIT_DATA => {
            let code = service(message)?;
            client(code & cip::REPLY == 0)
        }
        _ => None,
    }
}

/// Service octet of the CIP message.
fn service(message: &Message<'_>) -> Option<u8> {
    const INTERFACE_AND_TIMEOUT: usize = 6;
    let packet = super::cpf::Packet::read(message.data.get(INTERFACE_AND_TIMEOUT..)?);
    match packet.data {
        super::cpf::Data::Connected(data) => data.get(2).copied(),
        super::cpf::Data::Unconnected(data) => data.first().copied(),
        super::cpf::Data::Missing => None,
    }
}
