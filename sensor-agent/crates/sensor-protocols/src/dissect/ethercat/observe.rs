//! A frame told, datagram by datagram.

use super::commands::{self, AL_CONTROL, Addressing, Command, MEMORY, SII_CONTROL};
use super::mailbox;
use super::{DATAGRAMS, GATEWAY, MAILBOX, NETWORK_VARIABLES, OTHER, VARIABLES};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;
use crate::dissect::{Emit, Input};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Direction, OperationClass, Outcome, Protocol};

/// Octets of a datagram without its data.
const DATAGRAM: usize = 12;

fn message<'a>(input: &Input<'_>) -> Message<'a> {
    let mut message = Message::new(Protocol::Ethercat, Direction::OneWay);
    message.cut = input.cut;
    message
}

/// Tells a frame.
pub(super) fn frame(input: &Input<'_>, emit: &mut Emit<'_>) {
    let mut cursor = Cursor::new(input.bytes);
    let Ok(header) = cursor.u16_le() else {
        let mut message = message(input);
        message.is(OTHER, "header", OperationClass::Unknown);
        message.ends_early();
        return message.emit(input.bytes.len(), emit);
    };
    let length = usize::from(header & 0x7ff);
    // What is behind the length pads the frame.
    let whole = cursor.sub(length.min(cursor.remaining()));
    let short = whole.is_ok_and(|whole| whole.remaining() < length);
    let body = whole.unwrap_or(cursor);
    let size = body.remaining().saturating_add(2);
    match header >> 12 {
        DATAGRAMS => datagrams(body, short, input, emit),
        MAILBOX => gateway(body, short, size, input, emit),
        VARIABLES => {
            let mut message = message(input);
            message.is(
                NETWORK_VARIABLES,
                "network_variables",
                OperationClass::Write,
            );
            message.values = body.rest();
            ends(short, &mut message);
            message.emit(size, emit);
        }
        other => {
            let mut message = message(input);
            message.is_unknown(OTHER | u32::from(other));
            ends(short, &mut message);
            message.emit(size, emit);
        }
    }
}

fn ends(short: bool, message: &mut Message<'_>) {
    if short {
        message.ends_early();
    }
}

fn gateway(mut body: Cursor<'_>, short: bool, size: usize, input: &Input<'_>, emit: &mut Emit<'_>) {
    let mut message = message(input);
    message.is(GATEWAY, "mailbox_gateway", OperationClass::Unknown);
    ends(short, &mut message);
    let result = mailbox::read(&mut body, GATEWAY, &mut message);
    message.read(result);
    message.emit(size, emit);
}

/// The header of a datagram.
struct Header {
    number: u8,
    /// Device and offset, or the logical address.
    address: u32,
    length: usize,
    reserved: bool,
    circulating: bool,
    more: bool,
}

impl Header {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        let number = cursor.u8()?;
        cursor.skip(1)?; // index
        let address = cursor.u32_le()?;
        let length = cursor.u16_le()?;
        cursor.skip(2)?; // interrupts
        Ok(Self {
            number,
            address,
            length: usize::from(length & 0x7ff),
            reserved: length & 0x3800 != 0,
            circulating: length & 0x4000 != 0,
            more: length & 0x8000 != 0,
        })
    }
}

fn datagrams(mut body: Cursor<'_>, short: bool, input: &Input<'_>, emit: &mut Emit<'_>) {
    let mut anomalies = AnomalySet::EMPTY;
    if short && !input.cut {
        anomalies.insert(Anomaly::Truncated);
    }
    let mut header_size = 2;
    for n in 0..limits::ETHERCAT_DATAGRAMS {
        let before = body.remaining();
        let mut message = message(input);
        message.anomalies = anomalies;
        let more = datagram(&mut body, &mut message);
        let last = n.saturating_add(1) == limits::ETHERCAT_DATAGRAMS;
        match more {
            Ok(more) => {
                message.expect(more || body.is_empty(), Anomaly::TrailingBytes);
                message.expect(!(more && last), Anomaly::LimitReached);
            }
            Err(_) => message.ends_early(),
        }
        let size = before.saturating_sub(body.remaining());
        message.emit(size.saturating_add(header_size), emit);
        header_size = 0;
        if !more.unwrap_or(false) || (body.is_empty() && input.cut) {
            return;
        }
    }
}

/// Reads a datagram; answers whether another one follows.
fn datagram<'a>(body: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<bool, Short> {
    let header = Header::read(body)?;
    let code = u32::from(header.number);
    let command = commands::command(header.number);
    match &command {
        Some(command) => {
            let class = match (command.addressing, command.writes) {
                (Addressing::None, _) => OperationClass::Session,
                (_, true) => OperationClass::Write,
                (_, false) => OperationClass::Read,
            };
            message.is(code, command.name, class);
        }
        None => message.is_unknown(code),
    }
    message.expect(!header.reserved, Anomaly::BadValue);
    let data = body.sub(header.length)?;
    let processed = body.u16_le()? != 0;
    message.direction = if processed {
        message.outcome = Outcome::Ok;
        Direction::Response
    } else {
        Direction::Request
    };
    message.values = data.rest();
    if header.circulating {
        message.id("circulating", 1_u8);
    }
    if let Some(command) = command {
        addressed(&header, &command, processed, message);
        content(&header, &command, data, message)?;
    }
    Ok(header.more)
}

fn addressed(header: &Header, command: &Command, processed: bool, message: &mut Message<'_>) {
    let count = u32::try_from(header.length).unwrap_or(u32::MAX);
    let [a, b, c, d] = header.address.to_le_bytes();
    let device = u16::from_le_bytes([a, b]);
    let offset = u16::from_le_bytes([c, d]);
    match command.addressing {
        Addressing::None => return,
        Addressing::Logical => return message.range("logical_octet", header.address, count),
        // Each device adds one on the way.
        Addressing::Position if !processed => message.id("position", device.wrapping_neg()),
        Addressing::Configured => message.station = Some(u32::from(device)),
        Addressing::Position | Addressing::Broadcast => {}
    }
    let table = if offset < MEMORY {
        "register"
    } else {
        "memory"
    };
    message.range(table, u32::from(offset), count);
}

/// What a datagram does to a register, or the message in a mailbox.
fn content<'a>(
    header: &Header,
    command: &Command,
    mut data: Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let offset = u16::try_from(header.address >> 16).unwrap_or_default();
    if matches!(command.addressing, Addressing::None | Addressing::Logical) {
        return Ok(());
    }
    if offset >= MEMORY {
        if mailbox::is_one(header.number, data) {
            let code = u32::from(header.number);
            mailbox::read(&mut data, code, message)?;
        }
        return Ok(());
    }
    if !command.writes || header.length == 0 {
        return Ok(());
    }
    // A write may begin in front of the register that it is about.
    if let Some(at) = place(AL_CONTROL, 1, offset, header.length) {
        data.skip(at)?;
        // The state is in the first of its two octets.
        let state = u16::from(data.u8()?);
        message.operation.sub = Some(u32::from(state & 0x0f));
        message.operation.class = OperationClass::Control;
        match commands::al_state(state) {
            Some(name) => message.operation.name = name,
            None => message.flag(Anomaly::BadValue),
        }
    } else if let Some(at) = place(SII_CONTROL, 2, offset, header.length) {
        data.skip(at)?;
        let control = data.u16_le()?;
        let (name, class) = commands::sii(control);
        message.is(u32::from(header.number), name, class);
        message.operation.sub = Some(u32::from(control >> 8 & 7));
        if data.remaining() >= 4 {
            message.id("sii_address", data.u32_le()?);
        }
    } else if let Some((name, class)) = commands::written(offset) {
        message.is(u32::from(header.number), name, class);
    }
    Ok(())
}

/// Where so many octets of a register are in the data of a write, when all of them are.
fn place(register: u16, octets: usize, offset: u16, length: usize) -> Option<usize> {
    let at = usize::from(register.checked_sub(offset)?);
    (at.saturating_add(octets) <= length).then_some(at)
}

/// A frame needs at least these octets for so many datagrams.
const _: () = assert!(limits::ETHERCAT_DATAGRAMS * DATAGRAM > 1500);
