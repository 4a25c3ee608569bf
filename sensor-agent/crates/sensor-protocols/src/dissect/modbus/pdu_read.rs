//! Functions 1 to 4 and 24: reading tables and the queue of registers.
//!
//! Sources: MAP 6.1 to 6.4, 6.18.

use super::codes::function;
use super::pairing::Asked;
use super::pdu::{Body, table};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, Object};

/// Most coils or discrete inputs of one read (MAP 6.1, 6.2: 0x7D0).
const MOST_BITS: u16 = 2000;
/// Most registers of one read (MAP 6.3, 6.4: 0x7D).
const MOST_REGISTERS: u16 = 125;
/// Most registers of a queue (MAP 6.18).
const MOST_QUEUED: u16 = 31;

/// Table and largest quantity of a read function; one element takes one bit or 16.
fn reads(code: u8) -> (&'static str, u16, bool) {
    match code {
        function::READ_COILS => (table::COIL, MOST_BITS, true),
        function::READ_DISCRETE_INPUTS => (table::DISCRETE_INPUT, MOST_BITS, true),
        function::READ_INPUT_REGISTERS => (table::INPUT_REGISTER, MOST_REGISTERS, false),
        _ => (table::HOLDING_REGISTER, MOST_REGISTERS, false),
    }
}

/// Starting address, quantity.
pub(super) fn request(code: u8, cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    let (table, most, _) = reads(code);
    let start = cursor.u16_be()?;
    let count = cursor.u16_be()?;
    body.range(table, start, count, most);
    Ok(())
}

/// Byte count, values. The byte count must be what the quantity of the request needs.
pub(super) fn response<'a>(
    code: u8,
    cursor: &mut Cursor<'a>,
    asked: Option<&Asked>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let (table, most, bits) = reads(code);
    let octets = cursor.u8()?;
    body.expect(bits || octets % 2 == 0, Anomaly::BadLength);
    if let Some((start, count)) = asked.and_then(|asked| asked.pair(0)) {
        body.range(table, start, count, most);
        body.expect(
            u32::from(octets) == octets_for(count, bits),
            Anomaly::Mismatch,
        );
    }
    body.data(cursor, usize::from(octets));
    Ok(())
}

/// Octets that `count` elements take.
pub(super) fn octets_for(count: u16, bits: bool) -> u32 {
    let count = u32::from(count);
    if bits {
        count.div_ceil(8)
    } else {
        count.saturating_mul(2)
    }
}

/// Function 24: address of the queue's count register.
pub(super) fn fifo_request(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    let pointer = cursor.u16_be()?;
    body.object(fifo(pointer));
    Ok(())
}

/// Byte count, queue count, registers; the byte count covers the queue count (MAP 6.18).
pub(super) fn fifo_response<'a>(
    cursor: &mut Cursor<'a>,
    asked: Option<&Asked>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    if let Some(pointer) = asked.and_then(|asked| asked.word(0)) {
        body.object(fifo(pointer));
    }
    let octets = cursor.u16_be()?;
    let queued = cursor.u16_be()?;
    body.expect(queued <= MOST_QUEUED, Anomaly::BadValue);
    let needed = octets_for(queued, false).saturating_add(2);
    body.expect(u32::from(octets) == needed, Anomaly::BadLength);
    body.data(cursor, usize::from(queued).saturating_mul(2));
    Ok(())
}

fn fifo(pointer: u16) -> Object<'static> {
    Object::Id {
        kind: "fifo_queue",
        id: u64::from(pointer),
    }
}
