//! `TriStation`: what Triconex safety controllers are engineered with, and what TRITON attacked them with.
//!
//! Sources: the protocol has no published specification. Layout, names of commands and of errors are those
//! that Nozomi Networks found (*`TriStation` Protocol Plug-in for Wireshark*, 2018) and that the analyses of
//! TRITON/TRISIS by `FireEye` and CISA (MAR-17-352-01) agree with; checksums as the capture
//! `malware/tricotools_triton_exec.pcap` shows them.
//!
//! ```text
//!  0      1         2        4                                              4 + length
//! ├──────┼─────────┼────────┼──────────────────────────────────────────────┼──────────┤
//! │ type │ channel │ length │ direction, id, command, sequence, 0, sum,    │ CRC-16   │
//! │      │         │        │ length of all of this, data                  │ (0x8005) │
//! └──────┴─────────┴────────┴──────────────────────────────────────────────┴──────────┘
//! ```
//! Numbers are sent with their low octet first. The sum is that of the octets and of the length.
//!
//! # What comes out
//! - `operation.code` is the command; of a message without a command [`CHANNEL`] plus its type. A refusal has
//!   the operation of what it refuses, where that was seen.
//! - `objects`: program or function with the range of its blocks, states of key and program as numbers, the
//!   name of the project. `values`: the data of the command.
//! - `outcome`: `Error` with the reject code.
//! - `identity`: version of a controller that is attached, serial number of its main processor.
//!
//! # Limits
//! Programs are not put together of their blocks. The modules of a chassis are not told one by one.

mod codes;
#[cfg(test)]
mod tests;

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole, named};
use super::message::Message;
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::message::text;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, OperationClass, Outcome, Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::TriStation,
    hints: &[Hint::Udp(1502)],
    anywhere: &[Transport::Udp],
    probe,
    create: || Box::<Framed<TriStation>>::default(),
};

/// Added to the type in the code of a message that has no command.
pub const CHANNEL: u32 = 0x1_0000;

/// Types of message that are looked into.
mod kind {
    pub(super) const CONNECT: u8 = 1;
    pub(super) const CONNECTED: u8 = 2;
    pub(super) const DISCONNECTED: u8 = 3;
    pub(super) const DISCONNECT: u8 = 4;
    pub(super) const COMMAND: u8 = 5;
    /// From here on the controller says why there is no channel.
    pub(super) const LIMIT: u8 = 7;
    pub(super) const LAST: u8 = 11;
}

/// Octets around what the length counts: type, channel, length, checksum.
const FRAME: usize = 6;

/// Checksum at the end of a message.
static CHECKSUM: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_ARC);

/// Octets of a command without data.
const COMMAND: usize = 10;

fn probe(input: &ProbeInput<'_>) -> Probe {
    let Measure::Total(total) = TriStation::measure(input.bytes, input.transport) else {
        return Probe::Unrecognised;
    };
    let whole = usize::try_from(total).is_ok_and(|total| total == input.bytes.len());
    let command = Command::read(input.bytes).ok();
    let role = match (command, input.bytes.first().copied().unwrap_or(0)) {
        (Some(command), _) => command.sender(),
        (None, kind::CONNECT | kind::DISCONNECT) => Some(Role::Client),
        (None, kind::CONNECTED | kind::DISCONNECTED | kind::LIMIT..=kind::LAST) => {
            Some(Role::Server)
        }
        (None, _) => None,
    };
    if input.hinted {
        return Probe::Recognised(role);
    }
    let sure = command.is_some_and(|command| command.sum == command.expected());
    if whole && sure && crc_fits(input.bytes) {
        Probe::Recognised(role)
    } else {
        Probe::Unrecognised
    }
}

/// Whether the checksum at the end is that of the octets before.
fn crc_fits(bytes: &[u8]) -> bool {
    let Some((covered, sent)) = bytes.split_last_chunk::<2>() else {
        return false;
    };
    CHECKSUM.checksum(covered) == u16::from_le_bytes(*sent)
}

/// What stands behind the header of a message of type 5.
#[derive(Clone, Copy, Debug)]
struct Command<'a> {
    direction: u8,
    code: u8,
    sequence: u8,
    sum: u16,
    length: u16,
    data: &'a [u8],
    /// The octets that the sum covers, in two parts.
    covered: (&'a [u8], &'a [u8]),
}

impl<'a> Command<'a> {
    fn read(message: &'a [u8]) -> Result<Self, Short> {
        let mut cursor = Cursor::new(message);
        cursor.skip(2)?;
        let length = usize::from(cursor.u16_le()?);
        // What claims more than there is must not hide what it does.
        let mut cursor = cursor.sub(length.min(cursor.remaining()))?;
        let all = cursor.rest();
        let direction = cursor.u8()?;
        cursor.skip(1)?;
        let code = cursor.u8()?;
        let sequence = cursor.u8()?;
        cursor.skip(2)?;
        let sum = cursor.u16_le()?;
        let covered = (all.get(..6).unwrap_or_default(), cursor.rest());
        Ok(Self {
            direction,
            code,
            sequence,
            sum,
            length: cursor.u16_le()?,
            data: cursor.rest(),
            covered,
        })
    }

    fn expected(&self) -> u16 {
        let (first, second) = self.covered;
        let octets = first.iter().chain(second);
        octets.fold(self.length, |sum, octet| {
            sum.wrapping_add(u16::from(*octet))
        })
    }

    const fn sender(&self) -> Option<Role> {
        match self.direction {
            0 => Some(Role::Client),
            1 => Some(Role::Server),
            _ => None,
        }
    }
}

/// One flow.
#[derive(Debug, Default)]
struct TriStation {
    exchanges: Exchanges,
}

impl Spoken for TriStation {
    const PROTOCOL: Protocol = Protocol::TriStation;
    const MOST: usize = limits::TRISTATION_MESSAGE;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        let mut cursor = Cursor::new(bytes);
        let (Ok(kind), Ok(_), Ok(length)) = (cursor.u8(), cursor.u8(), cursor.u16_le()) else {
            return Measure::Need(FRAME);
        };
        // A command has its header; nothing else has data.
        let fits = match kind {
            kind::COMMAND => usize::from(length) >= COMMAND,
            kind::CONNECT..=kind::LAST => length == 0,
            _ => false,
        };
        if fits {
            Measure::Total(u64::from(length).saturating_add(6))
        } else {
            Measure::Foreign
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let kind = whole.bytes.first().copied().unwrap_or(0);
        let mut message = whole.begin(Protocol::TriStation, Direction::OneWay);
        message.expect(whole.cut || crc_fits(whole.bytes), Anomaly::BadChecksum);
        if kind == kind::COMMAND {
            self.command(whole.bytes, &mut message, input);
        } else {
            self.channel(kind, &mut message, input);
        }
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

impl TriStation {
    /// A message about the channel itself.
    fn channel(&mut self, kind: u8, message: &mut Message<'_>, input: &Input<'_>) {
        named(message, codes::CHANNEL, u16::from(kind));
        message.operation.code = CHANNEL | u32::from(kind);
        let key = |kind: u8| u64::from(CHANNEL) | u64::from(kind);
        match kind {
            kind::CONNECT | kind::DISCONNECT => {
                message.direction = Direction::Request;
                self.exchanges.ask(key(kind), message, input);
            }
            kind::CONNECTED | kind::DISCONNECTED => {
                message.direction = Direction::Response;
                message.outcome = Outcome::Ok;
                let asked = if kind == kind::CONNECTED {
                    kind::CONNECT
                } else {
                    kind::DISCONNECT
                };
                self.exchanges.answer(key(asked), message, input);
            }
            kind::LIMIT..=kind::LAST => {
                message.direction = Direction::Response;
                message.outcome = Outcome::Error {
                    code: u32::from(kind),
                    name: message.operation.name,
                };
                self.exchanges.answer(key(kind::CONNECT), message, input);
            }
            _ => {}
        }
    }

    fn command<'a>(&mut self, bytes: &'a [u8], message: &mut Message<'a>, input: &Input<'_>) {
        let Ok(command) = Command::read(bytes) else {
            message.is(u32::MAX, "unknown", OperationClass::Unknown);
            return message.ends_early();
        };
        named(message, codes::COMMANDS, u16::from(command.code));
        let sum_fits = command.sum == command.expected();
        message.expect(message.cut || sum_fits, Anomaly::BadChecksum);
        let all = command.data.len().checked_add(COMMAND);
        let length_fits = all == Some(usize::from(command.length));
        message.expect(message.cut || length_fits, Anomaly::BadLength);
        message.values = command.data;

        let read = told(command.code, command.data, message);
        message.read(read);
        let key = u64::from(command.sequence);
        match command.sender() {
            Some(Role::Client) => {
                message.direction = Direction::Request;
                message.expect(command.code < codes::REJECTED, Anomaly::WrongRole);
                self.exchanges.ask(key, message, input);
            }
            Some(Role::Server) => {
                message.direction = Direction::Response;
                message.expect(command.code >= codes::REJECTED, Anomaly::WrongRole);
                message.outcome = outcome(&command);
                if message.operation.class == OperationClass::Unknown {
                    // Nobody knows whether it is a refusal.
                    message.outcome = Outcome::None;
                }
                let asked = self.exchanges.answer(key, message, input);
                let refused = matches!(message.outcome, Outcome::Error { .. });
                if let Some(asked) = asked.filter(|_| refused) {
                    message.operation = asked.operation;
                }
            }
            None => message.flag(Anomaly::BadValue),
        }
    }
}

/// How a command ended. The code of a refusal is in its data.
fn outcome(command: &Command<'_>) -> Outcome {
    let code = match (command.code, command.data) {
        (codes::REJECTED, [low, high, ..]) => u16::from_le_bytes([*low, *high]),
        (codes::REJECTED | codes::FIRST_ERROR.., _) => u16::from(command.code),
        _ => return Outcome::Ok,
    };
    Outcome::Error {
        code: u32::from(code),
        name: super::tables::name_of(codes::ERRORS, code).unwrap_or("unknown"),
    }
}

/// Reads what is told of the data of a command.
fn told<'a>(code: u8, data: &'a [u8], message: &mut Message<'a>) -> Result<(), Short> {
    let mut cursor = Cursor::new(data);
    match code {
        codes::ALLOCATE_PROGRAM
        | codes::ALLOCATE_FUNCTION
        | codes::PROGRAM_UPLOADED
        | codes::FUNCTION_UPLOADED => {
            let program = matches!(code, codes::ALLOCATE_PROGRAM | codes::PROGRAM_UPLOADED);
            message.id(
                if program { "program" } else { "function" },
                cursor.u16_le()?,
            );
            cursor.skip(4)?; // the next one, blocks of all
            let start = u32::from(cursor.u16_le()?);
            message.range("block", start, u32::from(cursor.u16_le()?));
        }
        codes::UPLOAD_PROGRAM | codes::UPLOAD_FUNCTION => {
            let program = code == codes::UPLOAD_PROGRAM;
            message.id(
                if program { "program" } else { "function" },
                cursor.u16_le()?,
            );
            cursor.skip(4)?;
            message.id("block", cursor.u16_le()?);
        }
        codes::START_TS2_DOWNLOAD => {
            cursor.skip(10)?;
            message.text("project", text::printable(cursor.take(10)?));
        }
        codes::PROGRAM_STATUS => {
            cursor.skip(4)?;
            message.id("load_state", cursor.u8()?);
            cursor.skip(2)?; // single scan, valid
            message.id("key_state", cursor.u8()?);
            message.id("run_state", cursor.u8()?);
            cursor.skip(57)?;
            message.text("project", text::printable(cursor.take(10)?));
        }
        codes::CHASSIS_STATUS => {
            cursor.skip(3)?;
            message.id("run_state", cursor.u8()?);
            message.id("key_state", cursor.u8()?);
            cursor.skip(27)?;
            message.text("project", text::printable(cursor.take(10)?));
        }
        codes::ATTACHED => {
            cursor.skip(3)?;
            let version = (cursor.u8()?, cursor.u8()?);
            message.identity.vendor = Some("Triconex");
            message.identity.model = Some("Tricon");
            message.identity.firmware = codes::version(version);
        }
        codes::MODULE_VERSIONS => {
            cursor.skip(459)?;
            message.identity.serial = text::printable(cursor.take(8)?);
        }
        _ => {}
    }
    Ok(())
}
