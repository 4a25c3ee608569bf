//! A frame told.

use super::codes::{self, DEVICE_READ, READ_TYPE_NAME};
use super::slmp::{self, Reader};
use super::{MELSOFT, Melsec, NUMBERED, REFERENCED, RESPONSE, UNNUMBERED, devices, melsoft};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::framed::Whole;
use crate::dissect::message::exchange::Asked;
use crate::dissect::message::text::{Text, printable};
use crate::dissect::message::{Message, UNKNOWN};
use crate::dissect::{Emit, Input};
use crate::limits;
use crate::observation::{
    Anomaly, Direction, Identity, Object, OperationClass, Outcome, Protocol, Transport,
};

/// Special register with the version after the latest update of the firmware of an iQ-R CPU (*MELSEC iQ-R CPU
/// Module User's Manual (Application)*, appendix 5: SD912 to SD922 tell of the update).
const UPDATED_TO: u32 = 919;

/// Octets of a model.
const MODEL: usize = 16;

/// Tells a frame.
pub(super) fn message(
    whole: &Whole<'_>,
    input: &Input<'_>,
    state: &mut Melsec,
    emit: &mut Emit<'_>,
) {
    let mut version = Text::<8>::default();
    let mut message = whole.begin(Protocol::Melsec, Direction::OneWay);
    message.is(RESPONSE, "frame", OperationClass::Unknown);
    let result = if matches!(whole.bytes, [0x57 | 0xd7, ..]) {
        of_melsoft(whole.bytes, input, state, &mut message)
    } else {
        of_slmp(whole.bytes, input, state, &mut message)
    };
    message.read(result);
    if let Some(number) = updated_to(&message, whole.bytes) {
        version = Text::of(format_args!("{number:02}"));
    }
    if let Some(firmware) = version.as_str() {
        message.identity.vendor = Some("Mitsubishi Electric");
        message.identity.firmware = Some(firmware);
    }
    message.emit(whole.size, emit);
}

fn of_slmp<'a>(
    bytes: &'a [u8],
    input: &Input<'_>,
    state: &mut Melsec,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let Some(mut frame) = slmp::read(bytes)? else {
        message.flag(Anomaly::BadVersion);
        return Ok(());
    };
    route(frame.network, frame.station, message);
    let numbered = frame
        .serial
        .map(|serial| u64::from(serial) | NUMBERED << 32);
    if frame.response {
        message.direction = Direction::Response;
        message.is(RESPONSE, "response", OperationClass::Unknown);
        let asked = match numbered {
            Some(key) => state.exchanges.answer(key, message, input),
            None => answered(input, state, message),
        };
        if let Some(asked) = asked {
            message.operation = asked.operation;
            if let Some(object) = asked.object {
                message.object(object);
            }
        }
        let end = frame.body.u16()?;
        message.ended(u32::from(end), 0, codes::end_code(end));
        message.values = frame.body.cursor.rest();
        if end == 0 && message.operation.code == u32::from(READ_TYPE_NAME) {
            return type_name(&mut frame.body, message);
        }
        return Ok(());
    }
    message.direction = Direction::Request;
    let result = request(&mut frame.body, message);
    if message.operation.code == u32::from(codes::ON_DEMAND) {
        message.direction = Direction::OneWay;
        return result;
    }
    if let Some(key) = numbered.or_else(|| asked(input, state)) {
        state.exchanges.ask(key, message, input);
    }
    result
}

/// The key of a request in frame 3E; `None` where it cannot be joined to its response.
fn asked(input: &Input<'_>, state: &mut Melsec) -> Option<u64> {
    let numbers = state.numbers(input.sender);
    let latest = numbers.latest.replace(input.time);
    let waited = latest.is_some_and(|latest| input.time.since(latest) >= limits::MELSEC_WAIT);
    if waited && (numbers.unsure || input.transport == Transport::Udp) {
        numbers.unsure = false;
        state.give_up(input.sender);
    }
    let numbers = state.numbers(input.sender);
    if numbers.unsure {
        return None;
    }
    let key = u64::from(numbers.asked) | UNNUMBERED << 32;
    numbers.asked = numbers.asked.wrapping_add(1);
    Some(key)
}

/// The request that a response in frame 3E answers: they come in order.
fn answered(input: &Input<'_>, state: &mut Melsec, message: &mut Message<'_>) -> Option<Asked> {
    let numbers = *state.numbers(input.sender.peer());
    if numbers.unsure {
        return None;
    }
    let key = u64::from(numbers.answered) | UNNUMBERED << 32;
    let asked = state.exchanges.answer(key, message, input);
    if asked.is_some() || numbers.answered != numbers.asked {
        state.numbers(input.sender.peer()).answered = numbers.answered.wrapping_add(1);
    }
    asked
}

/// Station and network of the access route.
fn route(network: u8, station: u8, message: &mut Message<'_>) {
    message.station = Some(u32::from(network) << 8 | u32::from(station));
}

fn request<'a>(body: &mut Reader<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    body.u16()?; // monitoring timer
    let command = body.u16()?;
    match codes::command(command) {
        Some((name, class)) => message.is(u32::from(command), name, class),
        None => message.is_unknown(u32::from(command)),
    }
    let subcommand = body.u16()?;
    message.operation.sub = Some(u32::from(subcommand));
    if message.operation.class == OperationClass::Auth {
        // Its length, then the password.
        let octets = body.u16()?;
        message.id("password_octets", octets);
        return Ok(());
    }
    // Other commands of files begin with a password.
    if message.operation.class != OperationClass::File || matches!(command, 0x1828..=0x182a) {
        message.values = body.cursor.rest();
    }
    match command {
        // An extended specification stands before and behind each device.
        DEVICE_READ | 0x1401 | 0x0403 | 0x1402 | 0x0406 | 0x1406 if subcommand & 0x80 != 0 => {
            Ok(())
        }
        DEVICE_READ | 0x1401 => {
            let (table, start) = device(body, subcommand, message)?;
            let points = body.u16()?;
            message.range(table, start, u32::from(points));
            if command == 0x1401 {
                message.values = body.cursor.rest();
                written(subcommand, points, body, message);
            } else {
                message.expect(body.cursor.is_empty(), Anomaly::TrailingBytes);
            }
            Ok(())
        }
        0x0403 | 0x1402 => random(command, subcommand, body, message),
        0x0406 | 0x1406 => {
            // Of words, then of bits.
            let blocks = body.number(1)?.saturating_add(body.number(1)?);
            message.id("blocks", blocks);
            let (table, start) = device(body, subcommand, message)?;
            message.range(table, start, u32::from(body.u16()?));
            Ok(())
        }
        0x0613 | 0x1613 | 0x0601 | 0x1601 => {
            let start = body.number(4)?;
            message.range("memory", start, u32::from(body.u16()?));
            Ok(())
        }
        0x1001 | 0x1003 => {
            message.id("mode", body.u16()?);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Octets that a write holds: bits two in an octet, words in two; in ASCII a digit for a bit, four for a word.
fn written(subcommand: u16, points: u16, body: &Reader<'_>, message: &mut Message<'_>) {
    let points = usize::from(points);
    let expected = match (subcommand & 1 != 0, body.ascii) {
        (true, false) => points.div_ceil(2),
        (true, true) => points,
        (false, false) => points.saturating_mul(2),
        (false, true) => points.saturating_mul(4),
    };
    if body.cursor.remaining() < expected {
        message.ends_early();
    } else if !message.cut {
        message.expect(body.cursor.remaining() == expected, Anomaly::TrailingBytes);
    }
}

/// Devices named one by one: a number of words, of double words, then the devices.
fn random<'a>(
    command: u16,
    subcommand: u16,
    body: &mut Reader<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let by_bit = subcommand & 1 != 0;
    let singles = body.number(1)?;
    let doubles = if by_bit { 0 } else { body.number(1)? };
    for n in 0..singles.saturating_add(doubles) {
        let (table, start) = device(body, subcommand, message)?;
        message.range(table, start, 1);
        if command == 0x1402 {
            body.take(match (by_bit, n < singles) {
                (true, _) => {
                    if subcommand & 2 == 0 {
                        1
                    } else {
                        2
                    }
                }
                (false, true) => 2,
                (false, false) => 4,
            })?;
        }
    }
    Ok(())
}

/// Table and number of a device. Subcommands with bit 1 have the longer form of iQ-R.
fn device(
    body: &mut Reader<'_>,
    subcommand: u16,
    message: &mut Message<'_>,
) -> Result<(&'static str, u32), Short> {
    let long = subcommand & 2 != 0;
    let known = if body.ascii {
        let letters = body.cursor.take(if long { 4 } else { 2 })?;
        let digits = body.cursor.take(if long { 8 } else { 6 })?;
        let device = std::str::from_utf8(letters)
            .ok()
            .and_then(devices::by_letters);
        device.and_then(|device| Some((device.table, slmp::number(digits, device.base)?)))
    } else {
        let number = body.number(if long { 4 } else { 3 })?;
        let code = body.number(if long { 2 } else { 1 })?;
        let device = u8::try_from(code).ok().and_then(devices::by_code);
        device.map(|device| (device.table, number))
    };
    message.expect(known.is_some(), Anomaly::BadValue);
    Ok(known.unwrap_or(("unknown_device", 0)))
}

/// The version that the special registers tell after an update of the firmware; `None` when no update was carried out, or
/// the latest one failed.
fn updated_to(message: &Message<'_>, bytes: &[u8]) -> Option<u16> {
    let [Object::Range { table, start, .. }] = *message.objects.list() else {
        return None;
    };
    let operation = message.operation;
    let words = operation.sub.is_some_and(|sub| sub & 1 == 0);
    let read = operation.code == u32::from(DEVICE_READ)
        && words
        && table == devices::SPECIAL_REGISTER
        && message.direction == Direction::Response
        && message.outcome == Outcome::Ok;
    let ahead = UPDATED_TO.checked_sub(start).filter(|_| read)?;
    // `D000` and `D400` in digits.
    let mut reader = Reader {
        cursor: Cursor::new(message.values),
        ascii: bytes.first() == Some(&b'D'),
    };
    let octets = usize::try_from(ahead).ok()?.checked_mul(2)?;
    reader.take(octets).ok()?;
    reader.u16().ok().filter(|version| *version != 0)
}

/// Model of the CPU, filled up with spaces, and its code.
fn type_name<'a>(body: &mut Reader<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let model = printable(body.cursor.take(MODEL)?);
    message.identity = Identity {
        vendor: model.map(|_| "Mitsubishi Electric"),
        model,
        ..Identity::NONE
    };
    message.id("type_code", body.u16()?);
    Ok(())
}

fn of_melsoft<'a>(
    bytes: &'a [u8],
    input: &Input<'_>,
    state: &mut Melsec,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let frame = melsoft::read(bytes)?;
    if !frame.response {
        route(frame.network, frame.station, message);
    }
    let code = MELSOFT | u32::from(frame.command);
    match codes::melsoft(frame.command) {
        Some((name, class)) => message.is(code, name, class),
        None => message.is(code, UNKNOWN, OperationClass::Unknown),
    }
    if matches!(
        message.operation.class,
        OperationClass::Write | OperationClass::Control | OperationClass::File
    ) {
        message.values = frame.data.rest();
    }
    let key = u64::from(frame.reference) | u64::from(frame.command) << 16 | REFERENCED << 32;
    if frame.response {
        message.direction = Direction::Response;
        message.ended(u32::from(frame.status), 0, codes::end_code(frame.status));
        state.exchanges.answer(key, message, input);
    } else {
        message.direction = Direction::Request;
        state.exchanges.ask(key, message, input);
    }
    Ok(())
}
