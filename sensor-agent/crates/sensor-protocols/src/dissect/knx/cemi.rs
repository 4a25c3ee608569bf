//! A telegram of the bus in the common external message interface.
//!
//! ```text
//! ├──────┼──────────────────┼─────────┼─────────┼────────┼─────────────┼────────┼───────────────┤
//! │ code │ additional info  │ control │ control │ source │ destination │ length │ TPCI APCI …   │
//! └──────┴──────────────────┴─────────┴─────────┴────────┴─────────────┴────────┴───────────────┘
//! ```

use super::codes;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::{Message, Row, row};
use crate::observation::{Anomaly, OperationClass, Outcome};

/// Message codes of telegrams: request, confirmation, indication (3/6/3, 4.1.3).
const DATA: [u8; 3] = [0x11, CONFIRMATION, 0x29];
const CONFIRMATION: u8 = 0x2e;

/// Message codes of the same without addresses: services of the device itself, individual and connected (4.1.6).
const TRANSPORT: [u8; 4] = [0x41, 0x4a, 0x89, 0x94];

/// Octets that are reserved in their place.
const RESERVED: usize = 6;

/// Bit of the first control field of a confirmation: the telegram did not go out.
const FAILED: u8 = 0x01;

/// Bit of the second control field: the destination is a group.
const GROUP: u8 = 0x80;

/// Bit of TPCI: control of a connection, without data.
const CONTROL: u8 = 0x80;

/// Reads a telegram. A confirmation has the outcome of what it confirms.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let code = cursor.u8()?;
    if let Some((_, name, class)) = row(codes::MANAGEMENT, u16::from(code)) {
        message.operation.sub = Some(u32::from(code));
        rename(message, name, *class);
        return property(code, cursor, message);
    }
    let additional = usize::from(cursor.u8()?);
    cursor.skip(additional)?;
    if TRANSPORT.contains(&code) {
        cursor.skip(RESERVED)?;
        return transport(cursor, message);
    }
    if !DATA.contains(&code) {
        other(code, message);
        return Ok(());
    }
    let control = cursor.u8()?;
    if code == CONFIRMATION {
        message.ended(u32::from(control & FAILED), 0, "not_sent");
    }
    let group = cursor.u8()? & GROUP != 0;
    message.id("source_address", cursor.u16_be()?);
    let destination = cursor.u16_be()?;
    let kind = if group {
        "group_address"
    } else {
        "individual_address"
    };
    message.id(kind, destination);
    transport(cursor, message)
}

/// A frame that is not looked into.
fn other(code: u8, message: &mut Message<'_>) {
    message.operation.sub = Some(u32::from(code));
    if let Some((_, name, class)) = row(codes::FRAMES, u16::from(code)) {
        rename(message, name, *class);
    } else {
        message.flag(Anomaly::ReservedCode);
        rename(message, "unknown", OperationClass::Unknown);
    }
}

/// Length, transport and application layer.
fn transport<'a>(cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let length = usize::from(cursor.u8()?).saturating_add(1);
    // What claims more than there is must not hide what it does.
    let there = length.min(cursor.remaining());
    let mut data = cursor.sub(there)?;
    message.expect(cursor.is_empty(), Anomaly::TrailingBytes);
    if there < length {
        message.ends_early();
    }
    let transport = data.u8()?;
    if transport & CONTROL != 0 {
        rename(message, "transport_control", OperationClass::Session);
        return Ok(());
    }
    let low = data.u8()?;
    application(
        u16::from(transport & 3) << 8 | u16::from(low),
        &mut data,
        message,
    )
}

const fn rename(message: &mut Message<'_>, name: &'static str, class: OperationClass) {
    message.operation.name = name;
    message.operation.class = class;
}

/// The row of a service; those below 0x2c0 and some others have data in their low six bits. Of the answers of a
/// converter (0x1c0) these are three, as the extended services are behind it.
fn service(apci: u16) -> Option<&'static Row> {
    row(codes::APPLICATION, apci).or_else(|| {
        let group = apci & 0x3c0;
        let with_data = match group {
            0x1c0 => apci < 0x1c8,
            _ => group < 0x2c0 || matches!(group, 0x300 | 0x340 | 0x380),
        };
        with_data.then(|| row(codes::APPLICATION, group)).flatten()
    })
}

fn application<'a>(
    apci: u16,
    data: &mut Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let Some((code, name, class)) = service(apci) else {
        message.operation.sub = Some(u32::from(apci));
        message.flag(Anomaly::ReservedCode);
        rename(message, "unknown", OperationClass::Unknown);
        return Ok(());
    };
    message.operation.sub = Some(u32::from(*code));
    rename(message, name, *class);
    match code {
        0x200 | 0x240 | 0x280 => {
            let count = u32::from(apci & 0x3f);
            message.range("memory", u32::from(data.u16_be()?), count);
        }
        // How many octets, and where; of the answer to a write whether it was done.
        0x1fb | 0x1fd | 0x1fe => {
            let count = u32::from(data.u8()?);
            message.range("memory", data.u24_be()?, count);
        }
        0x1fc => {
            let code = u32::from(data.u8()?);
            // 1: done, and a checksum follows.
            let success = code.min(1);
            message.ended(code, success, "refused");
            message.range("memory", data.u24_be()?, 0);
        }
        0x3d5..=0x3d9 => {
            message.id("object", data.u8()?);
            message.id("property", data.u8()?);
        }
        // Their data are keys.
        0x3d1 | 0x3d3 => {
            data.take_rest();
        }
        _ => {}
    }
    message.values = data.rest();
    Ok(())
}

/// A property of the device itself (3/6/3, 4.1.7.3): object type and instance, property, elements.
fn property<'a>(code: u8, cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    if matches!(code, 0xf0 | 0xf1) {
        return Ok(());
    }
    message.id("object", cursor.u16_be()?);
    cursor.skip(1)?;
    message.id("property", cursor.u8()?);
    match code {
        // Functions have no elements; a confirmation says how it went.
        0xf8 | 0xf9 => {}
        0xfa => message.ended(u32::from(cursor.u8()?), 0, "refused"),
        _ => elements(code, cursor, message)?,
    }
    message.values = cursor.rest();
    Ok(())
}

/// How many elements from which one on. A confirmation of none is a refusal, with its code behind.
fn elements(code: u8, cursor: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<(), Short> {
    let count = cursor.u16_be()? >> 12;
    let confirms = matches!(code, 0xf5 | 0xfb);
    if confirms && count == 0 {
        let error = cursor.u8()?;
        let name = codes::PROPERTY_ERRORS.get(usize::from(error));
        message.outcome = Outcome::Error {
            code: u32::from(error),
            name: name.copied().unwrap_or("unknown"),
        };
    } else if confirms {
        message.outcome = Outcome::Ok;
    }
    Ok(())
}
