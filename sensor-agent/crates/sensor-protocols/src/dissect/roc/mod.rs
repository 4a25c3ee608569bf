//! ROC Plus: how Emerson's flow computers (ROC800, `FloBoss`, DL8000) are polled and configured.
//!
//! Source: Emerson, *ROC Plus Protocol Specification Manual* (A6127, D301180X012): chapter 1 (layout, checksum),
//! tables 2-1 to 2-32 (opcodes, errors). Checked against the capture of ICSNPP that has every opcode.
//!
//! ```text
//!  0             2        4        5        6                 6 + length
//! ├─────────────┼────────┼────────┼────────┼─────────────────┼──────────┤
//! │ destination │ source │ opcode │ length │ data            │ CRC-16   │
//! │ unit, group │        │        │        │                 │ (0x8005) │
//! └─────────────┴────────┴────────┴────────┴─────────────────┴──────────┘
//! ```
//!
//! # What comes out
//! - `operation.code` is the opcode. An error (opcode 255) has the operation of the request it answers, where
//!   that was seen, and its first error as `outcome`.
//! - `station` is the device: 256 times its group and its unit.
//! - `objects`: parameters as `parameter` (65 536 times the point type, 256 times the logical number, and the
//!   parameter number: the TLP of the manual), tables of configurable opcodes, history points, file names,
//!   operator. `values`: the data, except of a login.
//! - `clear_text_password` where a login carries one; the password itself is not kept.
//! - `identity`: model of an answer to opcode 6; station name and firmware where a text of the system variables
//!   (point type 91) is read alone. These two numbers are not of a source named above but from memory: no capture has
//!   them.
//!
//! # Limits
//! Sizes of parameters are not known here: of several parameters with data only the first one is told, with
//! `parameters`, how many there are. A message that is stored and forwarded has the class of the opcode in it, which is
//! `operation.sub`; more of it is not looked into.

mod codes;
mod fields;
#[cfg(test)]
mod tests;

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole, direction, named};
use super::message::Message;
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, Outcome, Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Roc,
    hints: &[Hint::Tcp(4000), Hint::Udp(4000)],
    anywhere: &[],
    probe,
    create: || Box::<Framed<Roc>>::default(),
};

/// Octets before the data.
const HEADER: usize = 6;

/// Octets behind them.
const TRAILER: usize = 2;

/// Checksum at the end of a message.
static CHECKSUM: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS);

fn probe(input: &ProbeInput<'_>) -> Probe {
    match Roc::measure(input.bytes, input.transport) {
        Measure::Total(total) => {
            let total = usize::try_from(total).unwrap_or(usize::MAX);
            match input.bytes.get(..total) {
                Some(message) if crc_fits(message) => Probe::Recognised(input.sender),
                None if input.transport == Transport::Tcp => Probe::Incomplete,
                Some(_) | None => Probe::Unrecognised,
            }
        }
        Measure::Need(_) => Probe::Incomplete,
        Measure::Foreign => Probe::Unrecognised,
    }
}

/// Whether the checksum at the end is that of the octets before.
fn crc_fits(message: &[u8]) -> bool {
    let Some((covered, sent)) = message.split_last_chunk::<2>() else {
        return false;
    };
    CHECKSUM.checksum(covered) == u16::from_le_bytes(*sent)
}

/// One flow.
#[derive(Debug, Default)]
struct Roc {
    exchanges: Exchanges,
}

/// Key of the requests to a station.
fn key(station: u32, opcode: u8) -> u64 {
    u64::from(station) << 8 | u64::from(opcode)
}

impl Spoken for Roc {
    const PROTOCOL: Protocol = Protocol::Roc;
    const MOST: usize = limits::ROC_MESSAGE;

    fn measure(bytes: &[u8], transport: Transport) -> Measure {
        match bytes {
            [_, _, _, _, opcode, length, ..] if codes::is_known(*opcode) => {
                Measure::Total(u64::from(*length).saturating_add(8))
            }
            // An opcode of another device or version of the protocol.
            _ => Self::begins(bytes, transport),
        }
    }

    /// A message whose checksum fits.
    fn begins(bytes: &[u8], transport: Transport) -> Measure {
        let [_, _, _, _, _, length, ..] = bytes else {
            return Measure::Need(HEADER);
        };
        let total = usize::from(*length).saturating_add(HEADER + TRAILER);
        match bytes.get(..total) {
            Some(message) if crc_fits(message) => {
                Measure::Total(u64::try_from(total).unwrap_or(u64::MAX))
            }
            None if transport == Transport::Tcp => Measure::Need(total),
            Some(_) | None => Measure::Foreign,
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut message = whole.begin(Protocol::Roc, direction(input.sender));
        let read = self.read(whole, &mut message, input);
        message.read(read);
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

impl Roc {
    fn read<'a>(
        &mut self,
        whole: &Whole<'a>,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let mut cursor = Cursor::new(whole.bytes);
        let destination = u32::from(cursor.u16_le()?);
        let source = u32::from(cursor.u16_le()?);
        let request = message.direction == Direction::Request;
        let station = if request { destination } else { source };
        message.station = Some(station);
        let opcode = cursor.u8()?;
        named(message, codes::OPCODES, u16::from(opcode));
        let length = usize::from(cursor.u8()?);
        let data = cursor.sub(length.min(cursor.remaining()))?;
        let whole_data = data.remaining() == length;
        if opcode != codes::LOGIN {
            message.values = data.rest();
        }
        message.expect(whole.cut || crc_fits(whole.bytes), Anomaly::BadChecksum);
        let asked = if request {
            let read = fields::request(opcode, data, message);
            self.exchanges.ask(key(station, opcode), message, input);
            return read.and_then(|()| missing(whole_data, &mut cursor));
        } else if opcode == codes::ERROR {
            message.outcome = codes::error(data);
            self.exchanges
                .answer_latest(u64::from(station), message, input)
        } else {
            message.outcome = Outcome::Ok;
            self.exchanges.answer(key(station, opcode), message, input)
        };
        if let Some(asked) = asked {
            message.operation = asked.operation;
        }
        if opcode != codes::ERROR {
            fields::response(opcode, data, message)?;
        }
        missing(whole_data, &mut cursor)
    }
}

/// Ends early when the data or the checksum are not there.
fn missing(whole_data: bool, cursor: &mut Cursor<'_>) -> Result<(), Short> {
    if whole_data {
        cursor.skip(2)
    } else {
        cursor.skip(usize::MAX)
    }
}
