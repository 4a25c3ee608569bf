//! Foundation Fieldbus HSE: field devices and hosts over Ethernet.
//!
//! Sources: Fieldbus Foundation FF-588 (HSE field device access agent), FF-803 (presence), FF-870 (FMS services); names
//! and layouts as Wireshark's dissector (packet-ff.c) has them, checked with tshark, as there is no capture.
//!
//! ```text
//!  0         1         2                 3         4         8          12
//! ├─────────┼─────────┼─────────────────┼─────────┼─────────┼──────────┼────────────┼──────────┤
//! │ version │ options │ protocol, kind  │ service │ address │ length   │ parameters │ trailer  │
//! └─────────┴─────────┴─────────────────┴─────────┴─────────┴──────────┴────────────┴──────────┘
//! ```
//! The length counts the whole message. The options say which fields the trailer has.
//!
//! # What comes out
//! - `operation.code` is 256 times the protocol (1 session, 2 system management, 3 FMS, 4 redundancy) and the service with
//!   its flag of confirmed ones.
//! - `station` is the upper half of the address: the link; its lower half, the device and the VFD, is an object.
//! - `objects`: `index` and `subindex` of what is read or written, names of programs and of what is looked for. `values`:
//!   what is written or was read.
//! - `outcome`: `Error` with 256 times the error class and the code.
//! - `identity`: vendor, model and revision of an answer to Identify.
//! - A response answers the request with its invoke identifier.
//!
//! # Limits
//! Device annunciations are told as such; their lists are not read.

mod codes;
#[cfg(test)]
mod tests;

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole};
use super::message::Message;
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::message::text::printable;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, Outcome, Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Hse,
    hints: &[
        Hint::Tcp(1089),
        Hint::Tcp(1090),
        Hint::Tcp(1091),
        Hint::Tcp(3622),
        Hint::Udp(1089),
        Hint::Udp(1090),
        Hint::Udp(1091),
        Hint::Udp(3622),
    ],
    anywhere: &[],
    probe,
    create: || Box::<Framed<Hse>>::default(),
};

const VERSION: u8 = 1;
/// Octets of the header.
const HEADER: usize = 12;

/// Options: fields of the trailer, octets that fill up before it.
mod option {
    pub(super) const NUMBER: u8 = 0x80;
    pub(super) const INVOKE: u8 = 0x40;
    pub(super) const TIME: u8 = 0x20;
    pub(super) const EXTENDED: u8 = 0x08;
    pub(super) const PADDING: u8 = 0x07;
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    match Hse::measure(input.bytes, input.transport) {
        Measure::Total(total) => {
            let whole = usize::try_from(total).is_ok_and(|total| total == input.bytes.len());
            let role = match input.bytes.get(2).map(|octet| octet & 3) {
                Some(0) => Role::Client,
                _ => Role::Server,
            };
            if whole || input.transport == Transport::Tcp {
                Probe::Recognised(input.sender.or(Some(role)))
            } else {
                Probe::Unrecognised
            }
        }
        Measure::Need(_) => Probe::Incomplete,
        Measure::Foreign => Probe::Unrecognised,
    }
}

/// One flow.
#[derive(Debug, Default)]
struct Hse {
    exchanges: Exchanges,
}

impl Spoken for Hse {
    const PROTOCOL: Protocol = Protocol::Hse;
    const MOST: usize = limits::HSE_MESSAGE;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        let mut cursor = Cursor::new(bytes);
        let (Ok([version, options, protocol, service]), Ok(_), Ok(length)) =
            (cursor.array(), cursor.u32_be(), cursor.u32_be())
        else {
            return Measure::Need(HEADER);
        };
        let shortest = u32::from(trailer(options)).saturating_add(12);
        let known = codes::row_of(protocol >> 2, service).is_some();
        if version == VERSION && known && protocol & 3 < 3 && length >= shortest {
            Measure::Total(u64::from(length))
        } else {
            Measure::Foreign
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut message = whole.begin(Protocol::Hse, Direction::OneWay);
        let read = self.read(whole.bytes, &mut message, input);
        message.read(read);
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

/// Octets of the trailer.
const fn trailer(options: u8) -> u8 {
    let mut octets = 0;
    if options & option::NUMBER != 0 {
        octets |= 4;
    }
    if options & option::TIME != 0 {
        octets |= 8;
    }
    // Two fields of four octets are eight, and eight more.
    match (
        options & option::INVOKE != 0,
        options & option::EXTENDED != 0,
    ) {
        (false, false) => octets,
        (true, true) => octets.saturating_add(8),
        _ => octets.saturating_add(4),
    }
}

impl Hse {
    fn read<'a>(
        &mut self,
        bytes: &'a [u8],
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let mut cursor = Cursor::new(bytes);
        cursor.skip(1)?;
        let options = cursor.u8()?;
        let kind = cursor.u8()?;
        let service = cursor.u8()?;
        let code = u32::from(kind >> 2) << 8 | u32::from(service);
        match codes::row_of(kind >> 2, service) {
            Some((_, name, class)) => message.is(code, name, *class),
            None => message.is_unknown(code),
        }
        message.station = Some(u32::from(cursor.u16_be()?));
        message.id("device", cursor.u16_be()?);
        cursor.skip(4)?;
        let behind =
            usize::from(trailer(options)).saturating_add(usize::from(options & option::PADDING));
        let mut body = cursor.sub(cursor.remaining().saturating_sub(behind))?;
        cursor.skip(usize::from(options & option::PADDING))?;
        if options & option::NUMBER != 0 {
            cursor.skip(4)?;
        }
        let invoke = if options & option::INVOKE == 0 {
            0
        } else {
            cursor.u32_be()?
        };
        let key = u64::from(invoke) << 16 | u64::from(code & 0xffff);
        match kind & 3 {
            0 => {
                let read = codes::request(code, &mut body, message);
                if service & codes::CONFIRMED != 0 {
                    message.direction = Direction::Request;
                    self.exchanges.ask(key, message, input);
                }
                read?;
            }
            1 => {
                message.direction = Direction::Response;
                message.outcome = Outcome::Ok;
                self.exchanges.answer(key, message, input);
                response(code, &mut body, message)?;
            }
            _ => {
                message.direction = Direction::Response;
                self.exchanges.answer(key, message, input);
                let error = body.u16_be()?;
                message.outcome = Outcome::Error {
                    code: u32::from(error),
                    name: codes::error_class(error),
                };
            }
        }
        message.expect(cursor.remaining() <= 12, Anomaly::TrailingBytes);
        Ok(())
    }
}

fn response<'a>(code: u32, body: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    match code {
        codes::IDENTIFY => {
            message.identity.vendor = printable(body.take(32)?);
            message.identity.model = printable(body.take(32)?);
            message.identity.firmware = printable(body.take(32)?);
        }
        codes::READ | codes::READ_SUBINDEX => message.values = body.rest(),
        _ => {}
    }
    Ok(())
}
