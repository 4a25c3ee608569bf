//! SDO: reading and writing objects of a node.
//!
//! Source: EPSG DS 301 V1.3.0, 6.3.2.3 (sequence layer), 6.3.2.4 (command layer).

use super::codes;
use crate::dissect::Input;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;
use crate::dissect::message::exchange::Exchanges;
use crate::dissect::message::text::printable;
use crate::observation::{Direction, OperationClass, Outcome};

/// Flags of the command layer.
const RESPONSE: u8 = 0x80;
const ABORT: u8 = 0x40;

/// Reads what is behind the service. `code`: that of the service.
pub(super) fn read<'a>(
    code: u32,
    source: u8,
    cursor: &mut Cursor<'a>,
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    message.is(code, "sdo_sequence", OperationClass::Session);
    // Both ends of the connection: 2 is an established one.
    let receive = cursor.u8()? & 3;
    let send = cursor.u8()? & 3;
    cursor.skip(2)?;
    if cursor.remaining() < 8 || receive == 0 && send == 0 {
        return Ok(());
    }
    cursor.skip(1)?;
    let transaction = cursor.u8()?;
    let flags = cursor.u8()?;
    let command = cursor.u8()?;
    let size = usize::from(cursor.u16_le()?);
    cursor.skip(2)?;
    message.operation.sub = Some(u32::from(command));
    match codes::sdo_command(command) {
        Some((name, class)) => message.is(code, name, class),
        None => message.is_unknown(code),
    }
    let mut data = cursor.sub(size)?;
    let segment = flags >> 4 & 3;
    if segment == 1 {
        data.skip(4)?; // octets of all segments
    }
    message.values = data.rest();
    let key = u64::from(transaction) | u64::from(command) << 8;
    if flags & RESPONSE != 0 {
        message.direction = Direction::Response;
        message.station = Some(u32::from(source));
        message.outcome = Outcome::Ok;
        if let Some(asked) = exchanges.answer_if_asked(key, message, input)
            && let Some(object) = asked.object
        {
            message.object(object);
        }
    } else {
        message.direction = Direction::Request;
        if segment <= 1 && flags & ABORT == 0 {
            addressed(command, &mut data, message)?;
        }
        exchanges.ask(key, message, input);
    }
    if flags & ABORT != 0 {
        let code = data.u32_le();
        message.outcome = Outcome::Error {
            code: code.unwrap_or_default(),
            name: "sdo abort",
        };
        return code.map(|_| ());
    }
    Ok(())
}

/// The object of a command.
fn addressed<'a>(
    command: u8,
    data: &mut Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    match command {
        0x01..=0x04 => {
            let index = u32::from(data.u16_le()?);
            let subindex = if command <= 2 {
                u32::from(data.u8()?)
            } else {
                0
            };
            message.range("sdo", index << 8 | subindex, 1);
            if command == 1 {
                data.skip(1)?;
                message.values = data.rest();
            }
        }
        0x05 | 0x06 | 0x20 | 0x21 => message.name(printable(data.rest())),
        _ => {}
    }
    Ok(())
}
