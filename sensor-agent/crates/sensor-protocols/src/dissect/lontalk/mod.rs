//! `LonTalk` over IP: packets of control networks in CN/IP channels (ISO/IEC 14908-4).
//!
//! Sources: ISO/IEC 14908-1 (ANSI/CTA-709.1): link, network, transport, session and application layer; ISO/IEC 14908-4
//! (ANSI/CTA-852) for the header over IP. Layouts checked with Wireshark's dissectors (packet-cnip.c, packet-lon.c), as
//! there is no capture.
//!
//! # What comes out
//! - `operation.code` of a message is its code; of a network variable [`NETWORK_VARIABLE`]: `write` when it is updated,
//!   `read` when it is polled. [`CHANNEL`] plus the type of packet for the management of channels; [`TRANSPORT`] plus
//!   the type for acknowledgements, reminders and challenges.
//! - `station` is the node that is asked: 128 times its subnet and its number. `objects`: the `network_variable` by its
//!   selector, the `group` or `unique_node` addressed, the `source_node`.
//! - `values`: data of variables and messages, but of those that carry keys.
//! - A response answers the request with its transaction number. As a group or all nodes can be asked at once, responses
//!   that nobody seems to wait for are not flagged.
//!
//! # Limits
//! Authenticated messages are told, their authentication is not checked. Packets that a channel aggregates are told one by
//! one. Segments of channel management are not put together.

mod address;
mod codes;
#[cfg(test)]
mod tests;

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole, named};
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::message::{Message, row};
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, OperationClass, Outcome, Protocol, Transport};
use address::Addressed;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Lontalk,
    hints: &[Hint::Udp(1628), Hint::Udp(1629)],
    anywhere: &[],
    probe,
    create: || Box::<Framed<Lontalk>>::default(),
};

/// Operation code of an update, poll or answer of a network variable.
pub const NETWORK_VARIABLE: u32 = 0x1_0000;

/// Added to the type of a packet that manages channels.
pub const CHANNEL: u32 = 0x2_0000;

/// Added to the type of a message without an application layer.
pub const TRANSPORT: u32 = 0x3_0000;

/// Octets of the header over IP.
const HEADER: u16 = 20;
const VERSION: u8 = 1;
/// Type of a packet with a message.
const DATA: u8 = 1;

/// Formats of what a packet holds (14908-1, 6.2).
mod format {
    pub(super) const TRANSPORT: u8 = 0;
    pub(super) const SESSION: u8 = 1;
    pub(super) const AUTHENTICATION: u8 = 2;
}

/// Types within them.
mod kind {
    pub(super) const ACKNOWLEDGED: u8 = 0;
    pub(super) const REPEATED: u8 = 1;
    pub(super) const SECOND: u8 = 2;
    pub(super) const REMINDER: u8 = 4;
    pub(super) const REMINDER_WITH_MESSAGE: u8 = 5;
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    match Lontalk::measure(input.bytes, input.transport) {
        Measure::Total(total) if usize::try_from(total).is_ok_and(|n| n <= input.bytes.len()) => {
            Probe::Recognised(None)
        }
        Measure::Total(_) | Measure::Need(_) | Measure::Foreign => Probe::Unrecognised,
    }
}

/// One flow.
#[derive(Debug, Default)]
struct Lontalk {
    exchanges: Exchanges,
}

impl Spoken for Lontalk {
    const PROTOCOL: Protocol = Protocol::Lontalk;
    const MOST: usize = limits::LONTALK_PACKET;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        let mut cursor = Cursor::new(bytes);
        match (cursor.u16_be(), cursor.u8(), cursor.u8()) {
            (Ok(length), Ok(VERSION), Ok(kind))
                if length >= HEADER && row(codes::PACKETS, u16::from(kind)).is_some() =>
            {
                Measure::Total(u64::from(length))
            }
            (Ok(_), Ok(_), Ok(_)) => Measure::Foreign,
            _ => Measure::Need(usize::from(HEADER)),
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut message = whole.begin(Protocol::Lontalk, Direction::OneWay);
        let read = self.packet(whole.bytes, &mut message, input);
        message.read(read);
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

impl Lontalk {
    fn packet<'a>(
        &mut self,
        bytes: &'a [u8],
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let mut cursor = Cursor::new(bytes);
        cursor.skip(3)?;
        let kind = cursor.u8()?;
        named(message, codes::PACKETS, u16::from(kind));
        message.operation.code = CHANNEL | u32::from(kind);
        let extension = usize::from(cursor.u8()?).saturating_mul(4);
        let protocol = cursor.u8()?;
        cursor.skip(14)?; // vendor, session, sequence, time
        cursor.skip(extension)?;
        if kind != DATA || protocol & 0x1f != 0 {
            return Ok(());
        }
        self.lon(&mut cursor, message, input)
    }

    /// Link and network layer (14908-1, 5 and 6).
    fn lon<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        cursor.skip(1)?; // priority, path, backlog
        let network = cursor.u8()?;
        message.expect(network >> 6 == 0, Anomaly::BadVersion);
        let addressed = Addressed::read(network, cursor)?;
        addressed.tell(message);
        match network >> 4 & 3 {
            format::TRANSPORT => self.transported(&addressed, cursor, message, input),
            format::SESSION => self.session(&addressed, cursor, message, input),
            format::AUTHENTICATION => {
                let kind = cursor.u8()? >> 4 & 3;
                let name = if kind == 0 { "challenge" } else { "reply" };
                message.is(
                    TRANSPORT | 0x20 | u32::from(kind),
                    name,
                    OperationClass::Auth,
                );
                Ok(())
            }
            _ => application(cursor, message, Sense::Update),
        }
    }

    /// Transport layer: messages that are acknowledged or repeated.
    fn transported<'a>(
        &mut self,
        addressed: &Addressed,
        cursor: &mut Cursor<'a>,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let head = cursor.u8()?;
        let (kind, number) = (head >> 4 & 7, head & 0x0f);
        match kind {
            kind::ACKNOWLEDGED => {
                message.direction = Direction::Request;
                let read = application(cursor, message, Sense::Update);
                self.exchanges.ask(addressed.asked(number), message, input);
                read
            }
            kind::REPEATED => application(cursor, message, Sense::Update),
            kind::SECOND => {
                message.is(TRANSPORT | 2, "acknowledgement", OperationClass::Session);
                message.direction = Direction::Response;
                message.outcome = Outcome::Ok;
                // Each member of a group acknowledges, and answers.
                self.exchanges
                    .answer_if_asked(addressed.answering(number), message, input);
                Ok(())
            }
            _ => reminder(kind, cursor, message, Sense::Update),
        }
    }

    /// Session layer: requests and their responses.
    fn session<'a>(
        &mut self,
        addressed: &Addressed,
        cursor: &mut Cursor<'a>,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let head = cursor.u8()?;
        let (kind, number) = (head >> 4 & 7, head & 0x0f);
        match kind {
            kind::ACKNOWLEDGED => {
                message.direction = Direction::Request;
                let read = application(cursor, message, Sense::Poll);
                self.exchanges.ask(addressed.asked(number), message, input);
                read
            }
            kind::SECOND => {
                message.direction = Direction::Response;
                let read = application(cursor, message, Sense::Answer);
                let key = addressed.answering(number);
                let code = message.operation.code;
                if let Some(asked) = self.exchanges.answer_if_asked(key, message, input) {
                    message.operation = asked.operation;
                    if asked.operation.code < NETWORK_VARIABLE {
                        message.outcome = codes::outcome(asked.operation.code, code);
                    }
                }
                read
            }
            _ => reminder(kind, cursor, message, Sense::Poll),
        }
    }
}

/// What a message with a network variable means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    Update,
    Poll,
    Answer,
}

/// A reminder, with or without the message of which it reminds.
fn reminder<'a>(
    kind: u8,
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    sense: Sense,
) -> Result<(), Short> {
    if !matches!(kind, kind::REMINDER | kind::REMINDER_WITH_MESSAGE) {
        message.is_unknown(TRANSPORT | u32::from(kind));
        return Ok(());
    }
    let members = usize::from(cursor.u8()?);
    cursor.skip(members)?;
    if kind == kind::REMINDER_WITH_MESSAGE {
        return application(cursor, message, sense);
    }
    message.is(
        TRANSPORT | u32::from(kind),
        "reminder",
        OperationClass::Session,
    );
    Ok(())
}

/// Application layer (14908-1, 10).
fn application<'a>(
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    sense: Sense,
) -> Result<(), Short> {
    let first = cursor.u8()?;
    if first & 0x80 != 0 {
        let low = cursor.u8()?;
        let selector = u16::from_be_bytes([first & 0x3f, low]);
        let class = match sense {
            Sense::Update => OperationClass::Write,
            Sense::Poll | Sense::Answer => OperationClass::Read,
        };
        message.is(NETWORK_VARIABLE, "network_variable", class);
        message.id("network_variable", selector);
        message.values = cursor.rest();
        if sense == Sense::Answer {
            message.outcome = Outcome::Ok;
        }
        return Ok(());
    }
    if sense == Sense::Answer {
        message.is(u32::from(first), "response", OperationClass::Session);
        message.outcome = Outcome::Ok;
        if !codes::answers_with_keys(first) {
            message.values = cursor.rest();
        }
        return Ok(());
    }
    match first {
        0..0x40 => message.is(
            u32::from(first),
            "application_message",
            OperationClass::Write,
        ),
        0x40..0x50 => message.is(u32::from(first), "foreign_frame", OperationClass::Write),
        _ => named(message, codes::MESSAGES, u16::from(first)),
    }
    if !codes::carries_keys(first) {
        message.values = cursor.rest();
    }
    Ok(())
}
