//! A frame told.

use super::codes::{
    self, CONTROLLER_DATA_READ, CONTROLLER_STATUS_READ, MEMORY_AREA_READ, NAME_READ,
};
use super::{FATAL_CPU_ERROR, FRAME_SEND, NON_FATAL_CPU_ERROR, RELAY_ERROR, TCP, TCP_HEADER};
use super::{areas, errors, fields};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::framed::Whole;
use crate::dissect::message::Message;
use crate::dissect::message::exchange::{Asked, Exchanges};
use crate::dissect::message::text::printable;
use crate::dissect::{Emit, Input};
use crate::observation::{Anomaly, Direction, Identity, Object, OperationClass, Outcome, Protocol};

/// Bit of the control field that marks a response.
pub(super) const RESPONSE: u8 = 0x40;

/// Bit of the control field of a command that wants no response.
const NO_RESPONSE: u8 = 0x01;

/// Tells a message of FINS/TCP.
pub(super) fn on_tcp(
    whole: &Whole<'_>,
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    emit: &mut Emit<'_>,
) {
    let mut message = whole.begin(Protocol::Fins, Direction::OneWay);
    message.is(TCP, "header", OperationClass::Session);
    let result = header(whole, &mut message);
    if let Ok(FRAME_SEND) = result {
        let inside = whole.bytes.get(TCP_HEADER..).unwrap_or_default();
        return frame(whole, inside, input, exchanges, emit);
    }
    message.read(result.map(|_| ()));
    message.emit(whole.size, emit);
}

/// The header of FINS/TCP; answers its command.
fn header(whole: &Whole<'_>, message: &mut Message<'_>) -> Result<u32, Short> {
    let mut cursor = Cursor::new(whole.bytes);
    cursor.skip(4)?;
    let length = cursor.u32_be()?;
    message.expect(length >= 8, Anomaly::BadLength);
    let command = cursor.u32_be()?;
    let error = cursor.u32_be()?;
    let code = TCP.saturating_add(command.min(0xffff));
    match command {
        0 => {
            message.is(code, "node_address_request", OperationClass::Session);
            message.direction = Direction::Request;
        }
        1 => {
            message.is(code, "node_address_response", OperationClass::Session);
            message.direction = Direction::Response;
            message.ended(error, 0, errors::header_error(error));
        }
        FRAME_SEND => return Ok(command),
        3 => {
            message.is(code, "frame_send_error", OperationClass::Event);
            message.ended(error, 0, errors::header_error(error));
        }
        6 => message.is(code, "connection_confirmation", OperationClass::Session),
        _ => message.is_unknown(code),
    }
    if command <= 1 {
        message.id("client_node", cursor.u32_be()?);
    }
    if command == 1 {
        message.id("server_node", cursor.u32_be()?);
    }
    message.expect(cursor.is_empty(), Anomaly::TrailingBytes);
    Ok(command)
}

/// Tells a FINS frame.
pub(super) fn frame(
    whole: &Whole<'_>,
    bytes: &[u8],
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    emit: &mut Emit<'_>,
) {
    let mut message = whole.begin(Protocol::Fins, Direction::OneWay);
    let result = read(bytes, input, exchanges, &mut message);
    message.read(result);
    message.emit(whole.size, emit);
}

fn read<'a>(
    bytes: &'a [u8],
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let mut cursor = Cursor::new(bytes);
    let control = cursor.u8()?;
    let reserved = cursor.u8()?;
    cursor.skip(1)?; // gateways left
    message.expect(control & 0x3e == 0 && reserved == 0, Anomaly::BadValue);
    let destination = cursor.u24_be()?;
    let source = cursor.u24_be()?;
    let service = cursor.u8()?;
    let code = cursor.u16_be()?;
    let command = codes::command(code);
    match command {
        Some((_, name, class, _)) => message.is(u32::from(code), name, *class),
        None => message.is_unknown(u32::from(code)),
    }
    let response = control & RESPONSE != 0;
    let (client, server) = if response {
        (destination, source)
    } else {
        (source, destination)
    };
    // Network, node, unit: the node is in the middle.
    message.station = Some(server >> 8 & 0xff);
    // By its unit, for its node may be another in the response: 0 stands for the one that a server gave.
    let key = u64::from(client & 0xff) << 8 | u64::from(service);
    if response {
        message.direction = Direction::Response;
        let asked = exchanges.answer(key, message, input);
        return answer(code, cursor, asked.as_ref(), message);
    }
    match command {
        Some((.., layout)) => fields::read(layout, cursor, message),
        None => message.values = cursor.rest(),
    }
    if control & NO_RESPONSE == 0 {
        message.direction = Direction::Request;
        exchanges.ask(key, message, input);
    }
    Ok(())
}

fn answer<'a>(
    code: u16,
    mut cursor: Cursor<'a>,
    asked: Option<&Asked>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    if let Some(asked) = asked {
        if asked.operation.code == u32::from(code) {
            message.operation.sub = asked.operation.sub;
        } else {
            message.flag(Anomaly::Mismatch);
        }
        if let Some(object) = asked.object {
            message.object(object);
        }
    }
    let main = cursor.u8()?;
    let sub = cursor.u8()?;
    let end = u16::from_be_bytes([main & 0x7f, sub & 0x3f]);
    message.ended(u32::from(end), 0, errors::end_code(end));
    if main & 0x80 != 0 {
        message.id(RELAY_ERROR, cursor.u16_be().unwrap_or(0));
    }
    if sub & 0x80 != 0 {
        message.id(FATAL_CPU_ERROR, 1_u8);
    }
    if sub & 0x40 != 0 {
        message.id(NON_FATAL_CPU_ERROR, 1_u8);
    }
    if message.outcome != Outcome::Ok {
        return Ok(());
    }
    message.values = cursor.rest();
    match code {
        MEMORY_AREA_READ => {
            judge_elements(asked, message);
            Ok(())
        }
        CONTROLLER_DATA_READ if !cursor.is_empty() => controller(&mut cursor, message),
        CONTROLLER_STATUS_READ => {
            message.id("status", cursor.u8()?);
            message.id("mode", cursor.u8()?);
            Ok(())
        }
        NAME_READ => {
            message.name(printable(cursor.rest()));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// As many elements come back as were asked for.
fn judge_elements(asked: Option<&Asked>, message: &mut Message<'_>) {
    let Some(Object::Range { table, count, .. }) = asked.and_then(|asked| asked.object) else {
        return;
    };
    if let Some(size) = areas::size_in(table) {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let expected = count.saturating_mul(size);
        message.expect(
            message.cut || message.values.len() == expected,
            Anomaly::Mismatch,
        );
    }
}

/// Model and version, twenty octets each, then the sizes of the memory (W342, 5-3-8).
fn controller<'a>(cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let model = printable(cursor.take(20)?);
    let version = printable(cursor.take(20)?);
    message.identity = Identity {
        vendor: model.map(|_| "Omron"),
        model,
        firmware: version,
        ..Identity::NONE
    };
    Ok(())
}
