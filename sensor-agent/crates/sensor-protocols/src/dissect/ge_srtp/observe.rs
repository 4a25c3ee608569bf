//! A message told.

use super::codes::{self, CHANGE_PRIVILEGE, CONTROLLER_TYPE, PROGRAMMER_LOGON, SET_PLC_STATE};
use super::{INIT, INIT_RESPONSE, PACKET, REQUEST, RESPONSE};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::framed::Whole;
use crate::dissect::message::Message;
use crate::dissect::message::exchange::Exchanges;
use crate::dissect::message::text::printable;
use crate::dissect::{Emit, Input};
use crate::observation::{Anomaly, Direction, Identity, OperationClass, Outcome, Protocol};

/// Message types: requests and responses without and with a text buffer, refusals.
const SHORT: u8 = 0xc0;
const EXTENDED: u8 = 0x80;
const SHORT_RESPONSE: u8 = 0xd4;
const EXTENDED_RESPONSE: u8 = 0x94;
const REFUSAL: u8 = 0xd1;

/// Octets of the name of a CPU.
const CONTROLLER_ID: usize = 8;

/// Tells a message.
pub(super) fn message(
    whole: &Whole<'_>,
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    emit: &mut Emit<'_>,
) {
    let mut message = whole.begin(Protocol::GeSrtp, Direction::OneWay);
    let result = read(whole.bytes, input, exchanges, &mut message);
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
    let kind = cursor.u16_le()?;
    let code = PACKET | u32::from(kind);
    message.is(code, "packet", OperationClass::Session);
    let sequence = cursor.u16_le()?;
    cursor.skip(2)?; // octets of the text
    match kind {
        INIT => {
            message.is(code, "init", OperationClass::Session);
            message.direction = Direction::Request;
            exchanges.ask(u64::MAX, message, input);
            return cursor.skip(50);
        }
        INIT_RESPONSE => {
            message.is(code, "init_response", OperationClass::Session);
            message.direction = Direction::Response;
            message.outcome = Outcome::Ok;
            exchanges.answer(u64::MAX, message, input);
            return cursor.skip(50);
        }
        REQUEST | RESPONSE => {}
        _ => {
            message.flag(Anomaly::ReservedCode);
            return cursor.skip(50);
        }
    }
    cursor.skip(25)?; // reserved, time, mailbox sequence
    let form = cursor.u8()?;
    cursor.skip(8)?; // mailboxes
    cursor.skip(2)?; // packets
    let key = u64::from(sequence);
    if kind == REQUEST {
        message.direction = Direction::Request;
        let result = request(form, &mut cursor, message);
        exchanges.ask(key, message, input);
        return result;
    }
    message.direction = Direction::Response;
    if let Some(asked) = exchanges.answer(key, message, input) {
        message.operation = asked.operation;
        if let Some(object) = asked.object {
            message.object(object);
        }
    } else {
        message.is(code, "response", OperationClass::Unknown);
    }
    response(form, &mut cursor, message)
}

fn request<'a>(form: u8, cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    match form {
        SHORT => {}
        EXTENDED => cursor.skip(8)?,
        _ => message.flag(Anomaly::BadValue),
    }
    let service = cursor.u8()?;
    match codes::service(service) {
        Some((name, class)) => message.is(u32::from(service), name, class),
        None => message.is_unknown(u32::from(service)),
    }
    let selector = cursor.u8()?;
    if codes::addresses(service) {
        let start = u32::from(cursor.u16_le()?);
        let count = u32::from(cursor.u16_le()?);
        if let Some(table) = codes::memory(selector) {
            message.range(table, start, count);
        } else {
            message.id("selector", selector);
            message.range("memory", start, count);
        }
    } else {
        cursor.skip(4)?;
    }
    if service == SET_PLC_STATE {
        message.operation.sub = Some(u32::from(selector));
    }
    if form != EXTENDED {
        // Data of a short request fill the header.
        let data = cursor.take(8)?;
        if codes::addresses(service) {
            message.values = data;
        }
    }
    // Passwords stand in logons and in changes of the level.
    if !matches!(service, PROGRAMMER_LOGON | CHANGE_PRIVILEGE) && !cursor.is_empty() {
        message.values = cursor.take_rest();
    }
    Ok(())
}

fn response<'a>(form: u8, cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    match form {
        SHORT_RESPONSE | REFUSAL => short_response(form, cursor, message)?,
        EXTENDED_RESPONSE => {
            cursor.skip(8)?;
            message.outcome = Outcome::Ok;
            cursor.skip(6)?;
        }
        _ => {
            message.flag(Anomaly::BadValue);
            cursor.skip(14)?;
        }
    }
    if !cursor.is_empty() {
        message.values = cursor.rest();
        if message.operation.code == u32::from(CONTROLLER_TYPE) && message.outcome == Outcome::Ok {
            controller(cursor, message)?;
        }
    }
    Ok(())
}

fn short_response<'a>(
    form: u8,
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let major = cursor.u8()?;
    let minor = cursor.u8()?;
    let status = u32::from(major) << 8 | u32::from(minor);
    message.ended(status, 0, codes::status(major));
    if form == REFUSAL && message.outcome == Outcome::Ok {
        message.outcome = Outcome::Error {
            code: 0,
            name: "refused",
        };
    }
    message.values = cursor.take(6)?;
    cursor.skip(1)?; // number of the control program
    message.id("privilege_level", cursor.u8()?);
    cursor.skip(2)?; // sweep time
    message.id("plc_state", cursor.u16_le()? >> 12);
    Ok(())
}

/// What GFK-0529 says of the text: the name of the CPU first.
fn controller<'a>(cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let name = printable(cursor.take(CONTROLLER_ID)?);
    message.text("controller_id", name);
    message.identity = Identity {
        vendor: Some("GE"),
        hostname: name,
        ..Identity::NONE
    };
    Ok(())
}
