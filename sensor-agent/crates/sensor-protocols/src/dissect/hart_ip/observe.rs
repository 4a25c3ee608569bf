//! A message told.

use super::commands::{self, EXPANDED};
use super::identity::{self, Texts};
use super::{
    DIRECT, ERROR, Header, KEEP_ALIVE, MESSAGE_TYPE, NAK, READ_AUDIT_LOG, REQUEST, RESPONSE,
    SESSION_CLOSE, SESSION_INITIATE, STATUS, TOKEN_PASSING, refuses,
};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::framed::Whole;
use crate::dissect::message::exchange::Exchanges;
use crate::dissect::message::{Message, UNKNOWN};
use crate::dissect::{Emit, Input};
use crate::limits;
use crate::observation::{Anomaly, Direction, OperationClass, Outcome, Protocol};

/// Bit of a delimiter that says the address is the long one.
const LONG_ADDRESS: u8 = 0x80;

/// Whether octets are one whole message with a token-passing PDU whose check byte fits.
pub(super) fn is_token_passing(bytes: &[u8]) -> bool {
    let mut cursor = Cursor::new(bytes);
    Header::read(&mut cursor).is_ok()
        && Pdu::read(&mut cursor).is_ok_and(|pdu| pdu.check_fits && cursor.is_empty())
}

/// Tells a message.
pub(super) fn message(
    whole: &Whole<'_>,
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    emit: &mut Emit<'_>,
) {
    let mut cursor = Cursor::new(whole.bytes);
    let mut message = whole.begin(Protocol::HartIp, Direction::OneWay);
    let Ok(header) = Header::read(&mut cursor) else {
        message.ends_early();
        return message.emit(whole.size, emit);
    };
    judge(&header, &mut message);
    if header.identifier == DIRECT && matches!(header.kind, REQUEST | RESPONSE | super::PUBLISH) {
        return direct(&header, &mut cursor, message, whole, input, exchanges, emit);
    }
    let mut texts = Texts::default();
    let result = body(&header, &mut cursor, &mut message, &mut texts);
    message.read(result);
    if result.is_ok() && !cursor.is_empty() {
        message.flag(Anomaly::TrailingBytes);
    }
    pair(&header, &mut message, input, exchanges);
    message.identity = texts.identity();
    message.emit(whole.size, emit);
}

fn judge(header: &Header, message: &mut Message<'_>) {
    message.expect(matches!(header.version, 1 | 2), Anomaly::BadVersion);
    message.direction = match header.kind {
        REQUEST => Direction::Request,
        RESPONSE | NAK | ERROR => Direction::Response,
        super::PUBLISH => Direction::OneWay,
        _ => {
            message.flag(Anomaly::BadValue);
            Direction::OneWay
        }
    };
    if !matches!(header.kind, REQUEST | RESPONSE) {
        message.id(MESSAGE_TYPE, header.kind);
    }
    let code = u32::from(header.identifier) << 16;
    let session = OperationClass::Session;
    match header.identifier {
        SESSION_INITIATE => message.is(code, "session_initiate", session),
        SESSION_CLOSE => message.is(code, "session_close", session),
        KEEP_ALIVE => message.is(code, "keep_alive", session),
        TOKEN_PASSING => message.is(code, "token_passing_pdu", OperationClass::Unknown),
        DIRECT => message.is(code, "direct_pdu", OperationClass::Unknown),
        READ_AUDIT_LOG => message.is(code, "read_audit_log", OperationClass::Diagnostic),
        _ => message.is_unknown(code),
    }
    if header.status != 0 {
        message.id(STATUS, header.status);
    }
    if message.direction == Direction::Response {
        message.outcome = match header.status {
            status if refuses(header.kind) || commands::is_error(status) => Outcome::Error {
                code: u32::from(status),
                name: commands::response_code(status),
            },
            // Whether the device carried out a command it says itself.
            _ if matches!(header.identifier, TOKEN_PASSING | DIRECT) => Outcome::None,
            _ => Outcome::Ok,
        };
    }
}

fn body<'a>(
    header: &Header,
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    texts: &mut Texts,
) -> Result<(), Short> {
    if header.kind > super::PUBLISH {
        message.values = cursor.take_rest();
        return Ok(());
    }
    match header.identifier {
        SESSION_INITIATE if !cursor.is_empty() => {
            message.id("master_type", cursor.u8()?);
            message.id("inactivity_timer", cursor.u32_be()?);
        }
        TOKEN_PASSING => token_passing(header, cursor, message, texts)?,
        READ_AUDIT_LOG => {
            message.range(
                "audit_record",
                u32::from(cursor.u8()?),
                u32::from(cursor.u8()?),
            );
            cursor.take_rest();
        }
        SESSION_INITIATE | SESSION_CLOSE | KEEP_ALIVE => {}
        _ => message.values = cursor.take_rest(),
    }
    Ok(())
}

fn pair(header: &Header, message: &mut Message<'_>, input: &Input<'_>, exchanges: &mut Exchanges) {
    let key = u64::from(header.identifier) << 16 | u64::from(header.sequence);
    match message.direction {
        Direction::Request => exchanges.ask(key, message, input),
        Direction::Response => {
            if let Some(asked) = exchanges.answer(key, message, input) {
                let same = asked.operation.code == message.operation.code;
                if message.operation.name == UNKNOWN || refuses(header.kind) {
                    message.operation = asked.operation;
                } else {
                    message.expect(same || message.cut, Anomaly::Mismatch);
                }
            }
        }
        Direction::OneWay => {}
    }
}

/// A PDU of the token-passing data link layer (HCF_SPEC-81, 5.1).
struct Pdu<'a> {
    delimiter: u8,
    /// Without the bits of the master and of burst mode.
    address: u64,
    command: u8,
    data: Cursor<'a>,
    check_fits: bool,
}

impl<'a> Pdu<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Short> {
        let start = *cursor;
        let delimiter = cursor.u8()?;
        let address = if delimiter & LONG_ADDRESS == 0 {
            u64::from(cursor.u8()? & 0x3f)
        } else {
            u64::from(cursor.u8()? & 0x3f) << 32 | u64::from(cursor.u32_be()?)
        };
        cursor.skip(usize::from(delimiter >> 5 & 3))?;
        let command = cursor.u8()?;
        let length = usize::from(cursor.u8()?);
        let data = cursor.sub(length)?;
        let covered = cursor.offset().saturating_sub(start.offset());
        let check = cursor.u8()?;
        let octets = start.rest().get(..covered).unwrap_or_default();
        let sum = octets.iter().fold(0, |sum, octet| sum ^ octet);
        Ok(Self {
            delimiter,
            address,
            command,
            data,
            check_fits: sum == check,
        })
    }
}

fn token_passing<'a>(
    header: &Header,
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    texts: &mut Texts,
) -> Result<(), Short> {
    let pdu = Pdu::read(cursor)?;
    message.expect(pdu.check_fits, Anomaly::BadChecksum);
    if pdu.delimiter & LONG_ADDRESS == 0 {
        message.station = u32::try_from(pdu.address).ok();
    } else {
        message.id("device_address", pdu.address);
    }
    let mut data = pdu.data;
    let answers = header.kind != REQUEST;
    let status = if answers {
        Some((data.u8()?, data.u8()?))
    } else {
        None
    };
    let failed = status.is_some_and(|(code, _)| code & 0x80 != 0);
    let number = match pdu.command {
        EXPANDED if !failed => data.u16_be()?,
        command => u16::from(command),
    };
    command(number, TOKEN_PASSING, message);
    if let Some((code, device)) = status {
        response_status(code, message);
        if device != 0 {
            message.id("device_status", device);
        }
    }
    fields(number, answers, data, message, texts)
}

/// Says which command a message is.
fn command(number: u16, identifier: u8, message: &mut Message<'_>) {
    let (name, class, reserved) = commands::named(number);
    let code = u32::from(identifier) << 16 | u32::from(number);
    message.is(code, name, class);
    message.expect(!reserved, Anomaly::ReservedCode);
}

/// The first octet of the status of a response: a response code or a communication error.
fn response_status(code: u8, message: &mut Message<'_>) {
    if code & 0x80 != 0 {
        message.outcome = Outcome::Error {
            code: u32::from(code),
            name: "communication error",
        };
    } else if commands::is_error(code) {
        message.outcome = Outcome::Error {
            code: u32::from(code),
            name: commands::response_code(code),
        };
    } else {
        if code != 0 {
            message.id("response_code", code);
        }
        if message.direction == Direction::Response && message.outcome == Outcome::None {
            message.outcome = Outcome::Ok;
        }
    }
}

/// Data of a command: what it addresses, and what it says of the device.
fn fields<'a>(
    number: u16,
    answers: bool,
    mut data: Cursor<'a>,
    message: &mut Message<'a>,
    texts: &mut Texts,
) -> Result<(), Short> {
    if !commands::may_hold_keys(number) {
        message.values = data.rest();
    }
    let refused = matches!(message.outcome, Outcome::Error { .. });
    if answers && refused {
        return Ok(());
    }
    match number {
        9 | 33 if !answers => {
            for variable in data.take_rest() {
                message.id("device_variable", *variable);
            }
        }
        52..=56 | 79..=83 => message.id("device_variable", data.u8()?),
        6 => message.id("polling_address", data.u8()?),
        _ if answers => texts.response(number, &mut data)?,
        _ => identity::request(number, &mut data, message)?,
    }
    Ok(())
}

/// Tells the commands of a direct PDU one by one (HCF_SPEC-85, 5.3).
fn direct<'a>(
    header: &Header,
    cursor: &mut Cursor<'a>,
    mut first: Message<'a>,
    whole: &Whole<'a>,
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    emit: &mut Emit<'_>,
) {
    let start = cursor.u8().and_then(|device| Ok((device, cursor.u8()?)));
    let Ok((device, _extended)) = start else {
        first.ends_early();
        return first.emit(whole.size, emit);
    };
    let mut size = whole.size;
    for n in 0..limits::HART_IP_COMMANDS {
        if cursor.is_empty() && n > 0 {
            return;
        }
        let mut message = whole.begin(Protocol::HartIp, Direction::OneWay);
        judge(header, &mut message);
        let mut texts = Texts::default();
        if header.kind != REQUEST && device != 0 {
            message.id("device_status", device);
        }
        let part = next_command(cursor);
        let result = part.and_then(|(number, data)| {
            command(number, DIRECT, &mut message);
            direct_command(header, number, data, &mut message, &mut texts)
        });
        message.read(result);
        if n == 0 {
            pair(header, &mut message, input, exchanges);
        }
        if n.saturating_add(1) == limits::HART_IP_COMMANDS && !cursor.is_empty() {
            message.flag(Anomaly::LimitReached);
        }
        message.identity = texts.identity();
        message.emit(size, emit);
        size = 0;
        if result.is_err() {
            return;
        }
    }
}

/// Number and data of the next command.
fn next_command<'a>(cursor: &mut Cursor<'a>) -> Result<(u16, Cursor<'a>), Short> {
    let number = cursor.u16_be()?;
    let length = usize::from(cursor.u8()?);
    Ok((number, cursor.sub(length)?))
}

fn direct_command<'a>(
    header: &Header,
    number: u16,
    mut data: Cursor<'a>,
    message: &mut Message<'a>,
    texts: &mut Texts,
) -> Result<(), Short> {
    let answers = header.kind != REQUEST;
    if answers {
        response_status(data.u8()?, message);
    }
    fields(number, answers, data, message, texts)
}
