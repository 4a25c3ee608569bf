//! What is told of the data of an opcode.

use super::codes;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::text::printable;
use crate::dissect::message::{Message, row};
use crate::dissect::tables::name_of;
use crate::observation::{Anomaly, OperationClass};

/// Octets of a login with the operator's identifier of three and of thirty octets, without and with the word
/// that ends the session (table 2-7).
const LOGINS: [(usize, usize, &str); 4] = [
    (6, 3, "login"),
    (11, 3, "logout"),
    (71, 30, "login"),
    (76, 30, "logout"),
];

/// Octets of a request to delete a file. Table 2-27 gives it the number of one to read a directory, which has 102 or
/// 103.
const DELETE: usize = 126;

/// Point type of the system variables.
const SYSTEM: u8 = 91;

fn tlp(point: u8, logical: u8, parameter: u8) -> u32 {
    u32::from_be_bytes([0, point, logical, parameter])
}

/// Data of a request.
pub(super) fn request<'a>(
    opcode: u8,
    mut data: Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    match opcode {
        codes::READ_CONFIGURABLE | codes::WRITE_CONFIGURABLE => {
            message.id("opcode_table", data.u8()?);
            let start = u32::from(data.u8()?);
            message.range("opcode_table_location", start, u32::from(data.u8()?));
        }
        codes::LOGIN => login(data, message)?,
        codes::STORE_AND_FORWARD => {
            data.skip(10)?; // who asks, and the way
            let opcode = u16::from(data.u8()?);
            message.operation.sub = Some(u32::from(opcode));
            message.id("forwarded_opcode", opcode);
            if let Some((_, _, class)) = row(codes::OPCODES, opcode) {
                message.operation.class = *class;
            } else {
                message.operation.class = OperationClass::Unknown;
                message.flag(Anomaly::ReservedCode);
            }
        }
        codes::HISTORY_TAGS => {
            message.id("history_segment", data.u8()?);
            for _ in 0..data.u8()? {
                message.id("history_point", data.u8()?);
            }
        }
        codes::SINGLE_HISTORY => {
            message.id("history_segment", data.u8()?);
            message.id("history_point", data.u8()?);
        }
        codes::WRITE_POINT | codes::READ_POINT => point(&mut data, message)?,
        codes::READ_PARAMETERS => {
            let count = data.u8()?;
            for _ in 0..count {
                let [point, logical, parameter] = data.array()?;
                message.id("parameter", tlp(point, logical, parameter));
            }
        }
        codes::WRITE_PARAMETERS => first_parameter(&mut data, message)?,
        codes::FILE => file(&mut data, message)?,
        _ => {}
    }
    Ok(())
}

/// Data of a response.
pub(super) fn response<'a>(
    opcode: u8,
    mut data: Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    match opcode {
        codes::SYSTEM_CONFIGURATION => {
            data.skip(18)?;
            message.identity.vendor = Some("Emerson");
            message.identity.model = codes::model(data.u8()?);
        }
        codes::READ_CONFIGURABLE => message.id("opcode_table", data.u8()?),
        codes::READ_POINT => {
            let of = data;
            point(&mut data, message)?;
            system(of, message)?;
        }
        codes::READ_PARAMETERS => {
            let of = data;
            first_parameter(&mut data, message)?;
            single_system(of, message)?;
        }
        codes::FILE => {
            file_action(&mut data, message)?;
        }
        _ => {}
    }
    Ok(())
}

/// Who logs in. The password is passed over.
fn login<'a>(mut data: Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let length = data.remaining();
    let Some((_, operator, name)) = LOGINS.iter().find(|(whole, ..)| *whole == length) else {
        // A request for a session key (table 2-7).
        return Ok(());
    };
    message.is(u32::from(codes::LOGIN), name, OperationClass::Auth);
    message.text("user", printable(data.take(*operator)?));
    message.id("clear_text_password", 1_u8);
    Ok(())
}

/// Point, logical number, how many parameters from which one on.
fn point(data: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<(), Short> {
    let [point, logical, count, first] = data.array()?;
    message.range("parameter", tlp(point, logical, first), u32::from(count));
    Ok(())
}

fn first_parameter(data: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<(), Short> {
    let count = data.u8()?;
    if count == 0 {
        return Ok(());
    }
    let [point, logical, parameter] = data.array()?;
    message.id("parameter", tlp(point, logical, parameter));
    if count > 1 {
        message.id("parameters", count);
    }
    Ok(())
}

/// Texts of 20 octets among the system variables: what they are.
fn variable<'a>(parameter: u8, text: &'a [u8], message: &mut Message<'a>) {
    let text = printable(text);
    match parameter {
        // Station name, version name.
        2 => message.identity.hostname = text,
        10 => message.identity.firmware = text,
        _ => {}
    }
}

/// The identity among the parameters of a point that were read, where one text was read alone.
fn system<'a>(mut data: Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let [point, _, count, first] = data.array()?;
    if point == SYSTEM && count == 1 && data.remaining() == 20 {
        variable(first, data.take(20)?, message);
    }
    Ok(())
}

fn single_system<'a>(mut data: Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let [count, point, _, parameter] = match data.array() {
        Ok(head) => head,
        Err(_) if data.peek_u8() == Some(0) => return Ok(()),
        Err(short) => return Err(short),
    };
    if point == SYSTEM && count == 1 && data.remaining() == 20 {
        variable(parameter, data.take(20)?, message);
    }
    Ok(())
}

fn file_action(data: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<u8, Short> {
    let action = data.u8()?;
    match name_of(codes::FILE_ACTIONS, u16::from(action)) {
        Some(name) => message.operation.name = name,
        None => message.flag(Anomaly::ReservedCode),
    }
    message.operation.sub = Some(u32::from(action));
    Ok(action)
}

/// File transfer: the path of what is opened, deleted or listed.
fn file<'a>(data: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let length = data.remaining();
    let action = file_action(data, message)?;
    if action == 6 && length == DELETE {
        message.operation.name = "file_delete";
    }
    if action == 1 {
        data.skip(1)?; // options
    }
    if matches!(action, 1 | 5 | 6 | 64) {
        message.text("path", printable(data.rest()));
    }
    Ok(())
}
