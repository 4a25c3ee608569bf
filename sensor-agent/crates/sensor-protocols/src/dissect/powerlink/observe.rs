//! A frame told.

use super::ident::Ident;
use super::{AINV, AMNI, ASND, PREQ, PRES, SDO, SOA, SOC, codes, sdo};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;
use crate::dissect::message::exchange::Exchanges;
use crate::dissect::{Emit, Input};
use crate::observation::{Anomaly, Direction, OperationClass, Outcome, Protocol};

/// Services of an asynchronous message (7.3, table 102).
const IDENT: u8 = 1;
const STATUS: u8 = 2;
const NMT_REQUEST: u8 = 3;
const NMT_COMMAND: u8 = 4;
const SYNC: u8 = 6;

/// Tells a frame.
pub(super) fn frame(input: &Input<'_>, exchanges: &mut Exchanges, emit: &mut Emit<'_>) {
    let mut message = Message::new(Protocol::Powerlink, Direction::OneWay);
    message.cut = input.cut;
    let mut cursor = Cursor::new(input.bytes);
    let mut ident = Ident::default();
    let result = read(&mut cursor, input, exchanges, &mut message, &mut ident);
    message.read(result);
    message.identity = ident.identity();
    message.emit(input.bytes.len(), emit);
}

fn read<'a>(
    cursor: &mut Cursor<'a>,
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    message: &mut Message<'a>,
    ident: &mut Ident<'a>,
) -> Result<(), Short> {
    use OperationClass::{Event, Read, Session, Write};
    let kind = cursor.u8()? & 0x7f;
    let code = u32::from(kind);
    message.is(code, "frame", OperationClass::Unknown);
    let destination = cursor.u8()?;
    let source = cursor.u8()?;
    message.station = Some(u32::from(destination));
    match kind {
        SOC => {
            message.is(code, "start_of_cycle", Session);
            cursor.skip(3 + 16)
        }
        PREQ => {
            message.is(code, "poll_request", Write);
            message.direction = Direction::Request;
            cursor.skip(5)?;
            payload(cursor, message)
        }
        PRES => {
            message.is(code, "poll_response", Read);
            message.direction = Direction::Response;
            message.outcome = Outcome::Ok;
            message.station = Some(u32::from(source));
            state(cursor, message)?;
            cursor.skip(4)?;
            payload(cursor, message)
        }
        SOA => {
            message.is(code, "start_of_asynchronous", Session);
            state(cursor, message)?;
            cursor.skip(2)?;
            message.operation.sub = Some(u32::from(cursor.u8()?));
            message.id("requested_node", cursor.u8()?);
            cursor.skip(1)
        }
        ASND => asynchronous(code, source, cursor, input, (exchanges, message, ident)),
        AMNI => {
            message.is(code, "active_managing_node", Event);
            message.id("managing_node", source);
            Ok(())
        }
        AINV => {
            message.is(code, "asynchronous_invite", Session);
            state(cursor, message)
        }
        _ => {
            message.is_unknown(code);
            message.values = cursor.rest();
            Ok(())
        }
    }
}

fn state(cursor: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<(), Short> {
    let state = cursor.u8()?;
    message.expect(codes::is_state(state), Anomaly::BadValue);
    message.id("nmt_state", state);
    Ok(())
}

/// Process data behind their length.
fn payload<'a>(cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let length = usize::from(cursor.u16_le()?);
    message.values = cursor.take(length)?;
    Ok(())
}

fn asynchronous<'a>(
    code: u32,
    source: u8,
    cursor: &mut Cursor<'a>,
    input: &Input<'_>,
    (exchanges, message, ident): (&mut Exchanges, &mut Message<'a>, &mut Ident<'a>),
) -> Result<(), Short> {
    use OperationClass::{Diagnostic, Discovery, Session};
    let service = cursor.u8()?;
    let code = code | u32::from(service) << 8;
    match service {
        IDENT | STATUS => {
            message.direction = Direction::Response;
            message.outcome = Outcome::Ok;
            message.station = Some(u32::from(source));
            if service == STATUS {
                message.is(code, "status_response", Diagnostic);
                cursor.skip(2)?;
                return state(cursor, message);
            }
            message.is(code, "ident_response", Discovery);
            cursor.skip(2)?;
            state(cursor, message)?;
            *ident = Ident::read(cursor)?;
            Ok(())
        }
        NMT_REQUEST => {
            message.is(code, "nmt_request", OperationClass::Control);
            let command = cursor.u8()?;
            message.operation.sub = Some(u32::from(command));
            message.id("requested_node", cursor.u8()?);
            match (command, codes::nmt_command(command)) {
                (IDENT, _) => message.is(code, "nmt_request ident", Discovery),
                (STATUS, _) => message.is(code, "nmt_request status", Diagnostic),
                (_, Some((name, class))) => message.is(code, name, class),
                (_, None) => {}
            }
            Ok(())
        }
        NMT_COMMAND => {
            let command = cursor.u8()?;
            message.operation.sub = Some(u32::from(command));
            match codes::nmt_command(command) {
                Some((name, class)) => message.is(code, name, class),
                None => message.is_unknown(code),
            }
            message.values = cursor.rest();
            Ok(())
        }
        SDO => sdo::read(code, source, cursor, input, exchanges, message),
        SYNC => {
            message.is(code, "sync_response", Session);
            Ok(())
        }
        0xa0..=0xfe => {
            message.is(code, "manufacturer_specific", OperationClass::Unknown);
            message.values = cursor.rest();
            Ok(())
        }
        _ => {
            message.is_unknown(code);
            Ok(())
        }
    }
}
