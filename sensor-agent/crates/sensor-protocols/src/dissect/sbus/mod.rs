//! SAIA S-Bus over Ethernet (Ether-S-Bus): how PCD controllers of Saia-Burgess are read, written and programmed.
//!
//! Source: the layout is that of Wireshark's dissector (packet-sbus.c, by Christian Durrer of Saia-Burgess);
//! checked with tshark, as there is no capture.
//!
//! ```text
//!  0        4         5      6          8           9
//! ├────────┼─────────┼──────┼──────────┼───────────┼────────────────────────┼─────┤
//! │ length │ version │ type │ sequence │ attribute │ request: station, code │ CRC │
//! │        │         │      │          │           │ and parameters; data   │     │
//! └────────┴─────────┴──────┴──────────┴───────────┴────────────────────────┴─────┘
//! ```
//! Numbers are sent with their high octet first; the length counts all. CRC of polynomial 0x1021 from 0.
//!
//! # What comes out
//! - `operation.code` is the command; a response and an acknowledgement have that of their request, or
//!   [`RESPONSE`], [`ACKNOWLEDGEMENT`] where that was not seen.
//! - `station` of a request; `objects`: ranges of `register`, `flag`, `input`, `output`, `timer`, `counter`,
//!   `data_block`, `user_memory`, `eeprom_register`, `text`. `values`: what is written or was read.
//! - `outcome`: `Error` with the code of an acknowledgement that refuses.
//! - `identity` of an answer to a read of the firmware version: type and version.
//!
//! # Limits
//! Blocks and files within commands 169, 173 and 174 are told as their command. Serial S-Bus is not seen.

mod codes;
#[cfg(test)]
mod tests;

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole, named};
use super::message::Message;
use super::message::exchange::{Asked, Exchanges};
use super::message::framing::Measure;
use super::message::text::printable;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, OperationClass, Outcome, Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Sbus,
    hints: &[Hint::Udp(5050)],
    anywhere: &[Transport::Udp],
    probe,
    create: || Box::<Framed<Sbus>>::default(),
};

/// Operation code of a response whose request was not seen.
pub const RESPONSE: u32 = 0x1_0000;

/// The same of an acknowledgement.
pub const ACKNOWLEDGEMENT: u32 = 0x1_0001;

/// Values of the attribute.
mod attribute {
    pub(super) const REQUEST: u8 = 0;
    pub(super) const RESPONSE: u8 = 1;
    pub(super) const ACKNOWLEDGEMENT: u8 = 2;
}

/// Octets of the shortest telegram: header and checksum.
const SHORTEST: u32 = 11;

/// Commands that are looked into.
mod command {
    pub(super) const READ_FIRMWARE: u8 = 32;
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    let whole = match Sbus::measure(input.bytes, input.transport) {
        Measure::Total(total) => usize::try_from(total).is_ok_and(|n| n == input.bytes.len()),
        Measure::Need(_) | Measure::Foreign => false,
    };
    let role = match input.bytes.get(8) {
        Some(&attribute::REQUEST) => Some(Role::Client),
        _ => Some(Role::Server),
    };
    if whole && (input.hinted || crc_fits(input.bytes)) {
        Probe::Recognised(role)
    } else {
        Probe::Unrecognised
    }
}

/// Checksum at the end of a telegram.
static CHECKSUM: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_XMODEM);

fn crc_fits(bytes: &[u8]) -> bool {
    let Some((covered, sent)) = bytes.split_last_chunk::<2>() else {
        return false;
    };
    CHECKSUM.checksum(covered) == u16::from_be_bytes(*sent)
}

/// One flow.
#[derive(Debug, Default)]
struct Sbus {
    exchanges: Exchanges,
}

impl Spoken for Sbus {
    const PROTOCOL: Protocol = Protocol::Sbus;
    const MOST: usize = limits::SBUS_TELEGRAM;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        let mut cursor = Cursor::new(bytes);
        let (Ok(length), Ok([version, kind, _, _, attribute])) = (cursor.u32_be(), cursor.array())
        else {
            return Measure::Need(9);
        };
        let known = version <= 1 && kind <= 1 && attribute <= attribute::ACKNOWLEDGEMENT;
        if known && (SHORTEST..=65_535).contains(&length) {
            Measure::Total(u64::from(length))
        } else {
            Measure::Foreign
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut message = whole.begin(Protocol::Sbus, Direction::OneWay);
        message.expect(whole.cut || crc_fits(whole.bytes), Anomaly::BadChecksum);
        let read = self.read(whole.bytes, &mut message, input);
        message.read(read);
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

impl Sbus {
    fn read<'a>(
        &mut self,
        bytes: &'a [u8],
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let mut cursor = Cursor::new(bytes);
        cursor.skip(6)?;
        let sequence = u64::from(cursor.u16_be()?);
        let attribute = cursor.u8()?;
        let mut body = cursor.sub(cursor.remaining().saturating_sub(2))?;
        match attribute {
            attribute::REQUEST => {
                message.direction = Direction::Request;
                let read = request(&mut body, message);
                self.exchanges.ask(sequence, message, input);
                read?;
            }
            attribute::RESPONSE => {
                message.is(RESPONSE, "response", OperationClass::Session);
                message.outcome = Outcome::Ok;
                let asked = self.answered(sequence, message, input);
                if asked.is_some_and(|a| a.operation.code == u32::from(command::READ_FIRMWARE)) {
                    firmware(body, message)?;
                }
                message.values = body.rest();
            }
            _ => {
                message.is(ACKNOWLEDGEMENT, "acknowledgement", OperationClass::Session);
                let code = u32::from(body.u16_be()?);
                let at = usize::try_from(code).ok();
                let name = at.and_then(|at| codes::REFUSALS.get(at)).copied();
                message.ended(code, 0, name.unwrap_or("unknown"));
                self.answered(sequence, message, input);
            }
        }
        Ok(())
    }

    fn answered(
        &mut self,
        sequence: u64,
        message: &mut Message<'_>,
        input: &Input<'_>,
    ) -> Option<Asked> {
        message.direction = Direction::Response;
        let asked = self.exchanges.answer(sequence, message, input)?;
        message.operation = asked.operation;
        if let Some(object) = asked.object {
            message.object(object);
        }
        Some(asked)
    }
}

/// Tables that commands read or write, with where the address begins.
const TABLES: &[(u8, &str)] = &[
    (0, "counter"),
    (2, "flag"),
    (3, "input"),
    (5, "output"),
    (6, "register"),
    (7, "timer"),
];

fn request<'a>(body: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    message.station = Some(u32::from(body.u8()?));
    let command = body.u8()?;
    named(message, codes::COMMANDS, u16::from(command));
    match command {
        0..=7 => {
            if let Some((_, table)) = TABLES.iter().find(|(known, _)| *known == command) {
                let count = u32::from(body.u8()?).saturating_add(1);
                message.range(table, u32::from(body.u16_be()?), count);
            }
        }
        10 | 14 | 15 => {
            // One less than the octets that follow it; two of them are the address, each value has four.
            let octets = body.u8()?;
            let table = match command {
                10 => "counter",
                14 => "register",
                _ => "timer",
            };
            let start = u32::from(body.u16_be()?);
            message.range(table, start, u32::from(octets.saturating_sub(1) / 4));
            message.values = body.take_rest();
        }
        11 | 13 => {
            body.skip(1)?;
            let start = u32::from(body.u16_be()?);
            let count = u32::from(body.u8()?).saturating_add(1);
            message.range(if command == 11 { "flag" } else { "output" }, start, count);
            message.values = body.take_rest();
        }
        30 | 31 | 33 => {
            let count = u32::from(body.u8()?).saturating_add(1);
            message.range(memory(command), body.u24_be()?, count);
        }
        35..=37 => {
            body.skip(1)?;
            message.range(memory(command), body.u24_be()?, 0);
            message.values = body.take_rest();
        }
        150 | 151 => {
            body.skip(1)?;
            message.id("data_block", body.u16_be()?);
            message.id("element", body.u16_be()?);
            message.values = body.take_rest();
        }
        161 => {
            let count = u32::from(body.u8()?).saturating_add(1);
            message.range("eeprom_register", u32::from(body.u16_be()?), count);
        }
        163 => {
            body.skip(1)?;
            message.range("eeprom_register", u32::from(body.u16_be()?), 1);
            message.values = body.take_rest();
        }
        _ => message.values = body.take_rest(),
    }
    Ok(())
}

/// What the addresses of a command are of.
const fn memory(command: u8) -> &'static str {
    match command {
        31 | 36 => "program_line",
        33 | 37 => "text",
        _ => "user_memory",
    }
}

/// Type of the controller in five characters, then its version.
fn firmware<'a>(mut body: Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    message.identity.vendor = Some("Saia-Burgess");
    message.identity.model = printable(body.take(5)?);
    message.identity.firmware = printable(body.take(3.min(body.remaining()))?);
    Ok(())
}
