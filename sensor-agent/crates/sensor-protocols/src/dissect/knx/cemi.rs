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
use crate::observation::{Anomaly, OperationClass};

/// Message codes of telegrams: request, confirmation, indication (3/6/3, 4.1.3).
const DATA: [u8; 3] = [0x11, 0x2e, 0x29];

/// Bit of the second control field: the destination is a group.
const GROUP: u8 = 0x80;

/// Bit of TPCI: control of a connection, without data.
const CONTROL: u8 = 0x80;

/// Reads a telegram.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let code = cursor.u8()?;
    if let Some((_, name, class)) = row(codes::MANAGEMENT, u16::from(code)) {
        message.operation.sub = Some(u32::from(code));
        rename(message, name, *class);
        return property(code, cursor, message);
    }
    let additional = usize::from(cursor.u8()?);
    cursor.skip(additional)?;
    if !DATA.contains(&code) {
        // Bus monitor, raw and poll frames.
        return Ok(());
    }
    cursor.skip(1)?;
    let group = cursor.u8()? & GROUP != 0;
    message.id("source_address", cursor.u16_be()?);
    let destination = cursor.u16_be()?;
    let kind = if group {
        "group_address"
    } else {
        "individual_address"
    };
    message.id(kind, destination);
    let length = usize::from(cursor.u8()?);
    let mut data = cursor.sub(length.saturating_add(1))?;
    message.expect(cursor.is_empty(), Anomaly::TrailingBytes);
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

/// The row of a service; those below 0x2c0 and some others have data in their low six bits.
fn service(apci: u16) -> Option<&'static Row> {
    row(codes::APPLICATION, apci).or_else(|| {
        let group = apci & 0x3c0;
        let with_data = group < 0x2c0 || matches!(group, 0x300 | 0x340 | 0x380);
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
    cursor.skip(2)?;
    message.values = cursor.rest();
    Ok(())
}
