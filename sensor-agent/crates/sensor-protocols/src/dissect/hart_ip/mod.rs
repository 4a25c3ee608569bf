//! HART-IP: how field instruments are read, configured and tested over IP.
//!
//! Sources: FieldComm Group HCF_SPEC-85 (network management), 81 (token-passing data link layer), 127 and
//! 151 (commands).
//!
//! # What comes out
//! - `operation.code` is the message identifier × 65536, plus the command number where one is carried
//!   ([`TOKEN_PASSING`] and [`DIRECT`]). Expanded commands go by their own number. Each command of a
//!   direct PDU is a message of its own.
//! - `objects`: `device_address` (the long address without the two bits of the master), `device_variable`, tags
//!   that are written or looked for. [`STATUS`] and [`MESSAGE_TYPE`] where they are not what the direction
//!   says. `device_status` and `response_code` of a response where they are not 0.
//! - `station` is the polling address. `outcome`: the status of the message, else the response code or
//!   communication error of the command. A code that is a warning is no error.
//! - `identity`: manufacturer, device type, software revision and device identifier (commands 0, 11, 21),
//!   tag (13) and long tag (20) as host name.
//! - Requests and responses are paired by message identifier and sequence number.
//!
//! # Limits
//! [`limits::HART_IP_BYTES`], [`limits::HART_IP_COMMANDS`]; see [`super::message`]. Values of variables are kept as sent, nothing of
//! commands that can hold keys or passwords (those that write one, those without a name here, 77, which carries another);
//! records of the audit log are not read. What a device behind a gateway says of itself is told as said by the gateway. Messages of version 2 are read where they are not encrypted.

mod commands;
mod identity;
mod observe;
#[cfg(test)]
mod tests;

use super::framed::{Framed, Spoken, Whole};
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Protocol, Transport};

const PORT: u16 = 5094;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::HartIp,
    hints: &[Hint::Udp(PORT), Hint::Tcp(PORT)],
    anywhere: &[Transport::Tcp, Transport::Udp],
    probe,
    create: || Box::<Framed<HartIp>>::default(),
};

/// Message identifiers.
pub const SESSION_INITIATE: u8 = 0;
pub const SESSION_CLOSE: u8 = 1;
pub const KEEP_ALIVE: u8 = 2;
pub const TOKEN_PASSING: u8 = 3;
pub const DIRECT: u8 = 4;
pub const READ_AUDIT_LOG: u8 = 5;

/// Kind of the object that is the status of a message, where it is not 0.
pub const STATUS: &str = "message_status";

/// Kind of the object that is the type of a message which is neither request nor response.
pub const MESSAGE_TYPE: &str = "message_type";

/// Message types (HCF_SPEC-85, 5.2).
const REQUEST: u8 = 0;
const RESPONSE: u8 = 1;
const PUBLISH: u8 = 2;
const NAK: u8 = 15;
/// An error too, by the dissector of Wireshark.
const ERROR: u8 = 3;

/// Whether a type says that a request is refused.
const fn refuses(kind: u8) -> bool {
    matches!(kind, NAK | ERROR)
}

/// Octets of the header.
const HEADER: usize = 8;

/// One flow.
#[derive(Debug, Default)]
struct HartIp {
    exchanges: Exchanges,
}

impl Spoken for HartIp {
    const PROTOCOL: Protocol = Protocol::HartIp;
    const MOST: usize = limits::HART_IP_BYTES;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        measure(bytes)
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        observe::message(whole, input, &mut self.exchanges, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

/// The header of a message.
struct Header {
    version: u8,
    kind: u8,
    identifier: u8,
    status: u8,
    sequence: u16,
    length: u16,
}

impl Header {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        Ok(Self {
            version: cursor.u8()?,
            kind: cursor.u8()?,
            identifier: cursor.u8()?,
            status: cursor.u8()?,
            sequence: cursor.u16_be()?,
            length: cursor.u16_be()?,
        })
    }

    /// Whether a message can begin so.
    const fn plausible(&self) -> bool {
        let length = match self.identifier {
            SESSION_INITIATE => self.length == 13 || self.length == 8,
            SESSION_CLOSE | KEEP_ALIVE => self.length == 8,
            TOKEN_PASSING => self.length >= 13 && self.length <= 280,
            DIRECT => self.length >= 13,
            READ_AUDIT_LOG => self.length >= 10,
            _ => false,
        };
        length && matches!(self.version, 1 | 2) && (self.kind <= PUBLISH || refuses(self.kind))
    }
}

fn measure(bytes: &[u8]) -> Measure {
    // Version and type are all that a header shows before it is whole.
    let looks = |at: usize, most: u8| bytes.get(at).is_none_or(|octet| *octet <= most);
    if !looks(0, 2) || !looks(1, 0x0f) || bytes.first() == Some(&0) {
        return Measure::Foreign;
    }
    match Header::read(&mut Cursor::new(bytes)) {
        Err(_) => Measure::Need(HEADER),
        Ok(header) if usize::from(header.length) < HEADER => Measure::Foreign,
        Ok(header) => Measure::Total(u64::from(header.length)),
    }
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    let header = match measure(input.bytes) {
        Measure::Foreign => return Probe::Unrecognised,
        Measure::Need(_) => return Probe::Incomplete,
        Measure::Total(_) => Header::read(&mut Cursor::new(input.bytes)),
    };
    let Ok(header) = header else {
        return Probe::Incomplete;
    };
    let fills = input.transport == Transport::Tcp
        || usize::from(header.length) == input.bytes.len()
        || input.hinted;
    // Elsewhere the length must be the only one that the message can have.
    let certain = input.hinted
        || header.identifier <= KEEP_ALIVE
        || (header.identifier == TOKEN_PASSING && observe::is_token_passing(input.bytes));
    if !(header.plausible() && fills && certain) {
        return Probe::Unrecognised;
    }
    Probe::Recognised(match header.kind {
        REQUEST => Some(Role::Client),
        RESPONSE | PUBLISH | NAK | ERROR => Some(Role::Server),
        _ => None,
    })
}
