//! What is told of a service.

use super::codes;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::framed::named;
use crate::dissect::message::Message;
use crate::dissect::message::text::printable;
use crate::observation::{Object, OperationClass};

/// Tags of the features of a device (C12.22, 5.3.2.4.1).
mod feature {
    pub(super) const SECURITY_MECHANISM: u8 = 4;
    pub(super) const SESSION_CONTROL: u8 = 5;
    pub(super) const DEVICE_CLASS: u8 = 6;
    pub(super) const DEVICE_IDENTITY: u8 = 7;
}

/// Tables (C12.19): procedures that are started by writing their number; passwords, keys and extended keys.
mod tables {
    pub(super) const PROCEDURE_INITIATE: u64 = 7;
    pub(super) const SECRET: [u64; 3] = [42, 45, 46];
}

/// The standard table that a request is about, pending or not; those of the manufacturer are others.
fn standard_table(message: &Message<'_>) -> Option<u64> {
    let mut objects = message.objects.list().iter();
    let table = objects.find_map(|object| {
        if let Object::Id { kind: TABLE, id } = object {
            Some(*id & 0x0fff)
        } else {
            None
        }
    })?;
    (table < 0x0800).then_some(table)
}

/// Whether the data of the table are passwords or keys.
pub(super) fn is_secret(message: &Message<'_>) -> bool {
    standard_table(message).is_some_and(|table| tables::SECRET.contains(&table))
}

/// Reads the parameters of a request. Data of tables with passwords and keys are not told. A write that starts a
/// procedure acts on the device.
pub(super) fn request<'a>(cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let read = parameters(cursor, message);
    if is_secret(message) {
        message.values = &[];
    }
    let starts = standard_table(message) == Some(tables::PROCEDURE_INITIATE);
    if starts && message.operation.class == OperationClass::Write {
        message.operation.class = OperationClass::Control;
    }
    read
}

fn parameters<'a>(cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let code = cursor.u8()?;
    named(message, codes::SERVICES, u16::from(code));
    match code {
        0x30 | 0x3e => table(cursor, message)?,
        0x31..=0x39 => {
            table(cursor, message)?;
            indexes(code & 0x0f, cursor, message)?;
            cursor.skip(2)?; // elements
        }
        0x3f => {
            table(cursor, message)?;
            let start = cursor.u24_be()?;
            message.range("offset", start, u32::from(cursor.u16_be()?));
        }
        0x40 => {
            table(cursor, message)?;
            data(cursor, message)?;
        }
        0x41..=0x49 => {
            table(cursor, message)?;
            indexes(code & 0x0f, cursor, message)?;
            data(cursor, message)?;
        }
        0x4f => {
            table(cursor, message)?;
            let start = cursor.u24_be()?;
            let count = data(cursor, message)?;
            message.range("offset", start, u32::from(count));
        }
        0x50 => {
            message.id("user_id", cursor.u16_be()?);
            message.text("user", printable(cursor.take(10)?));
            cursor.skip(2)?; // time out of the session
        }
        0x51 => {
            message.id("clear_text_password", 1_u8);
            cursor.skip(20)?;
            if !cursor.is_empty() {
                message.id("user_id", cursor.u16_be()?);
            }
        }
        0x70 => message.id("seconds", cursor.u8()?),
        _ => {}
    }
    Ok(())
}

/// Kind of the object that is the table.
const TABLE: &str = "table";

/// Table identifier: from 2048 up those of the manufacturer, from 4096 up those pending (C12.19, 5.2).
fn table(cursor: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<(), Short> {
    message.id(TABLE, cursor.u16_be()?);
    Ok(())
}

fn indexes(count: u8, cursor: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<(), Short> {
    for _ in 0..count {
        message.id("index", cursor.u16_be()?);
    }
    Ok(())
}

/// Octets of a table with their number before and their checksum behind them.
fn data<'a>(cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<u16, Short> {
    let count = cursor.u16_be()?;
    message.values = cursor.take(usize::from(count))?;
    cursor.skip(1)?;
    Ok(count)
}

/// Reads what a successful response holds; the operation is that of its request.
pub(super) fn response<'a>(
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    match (message.operation.code, message.operation.class) {
        (codes::IDENTIFICATION, _) => identification(cursor, message),
        (_, OperationClass::Read) if !cursor.is_empty() => data(cursor, message).map(|_| ()),
        _ => Ok(()),
    }
}

/// Standard, version and features of a device.
fn identification<'a>(cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    message.id("standard", cursor.u8()?);
    cursor.skip(2)?; // version, revision
    while !cursor.is_empty() {
        match cursor.u8()? {
            feature::SESSION_CONTROL => cursor.skip(1)?,
            feature::SECURITY_MECHANISM | feature::DEVICE_CLASS => {
                cursor.skip(1)?; // tag of the object identifier
                let length = usize::from(cursor.u8()?);
                cursor.skip(length)?;
            }
            feature::DEVICE_IDENTITY => {
                let length = usize::from(cursor.u8()?);
                let mut identity = cursor.sub(length)?;
                identity.skip(1)?; // format
                message.identity.serial = printable(identity.rest());
            }
            // The end, or what has no length.
            _ => break,
        }
    }
    Ok(())
}
