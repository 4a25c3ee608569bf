//! Functions 5, 6, 15, 16, 22 and 23: writing coils and registers.
//!
//! Sources: MAP 6.5, 6.6, 6.11, 6.12, 6.16, 6.17.

use super::codes::function;
use super::pairing::Asked;
use super::pdu::{Body, table};
use super::pdu_read::octets_for;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::Anomaly;

/// Most coils of one write (MAP 6.11: 0x7B0).
const MOST_COILS: u16 = 1968;
/// Most registers of one write (MAP 6.12: 0x7B).
const MOST_REGISTERS: u16 = 123;
/// Most registers that function 23 reads (MAP 6.17: 0x7D).
const MOST_READ: u16 = 125;
/// Most registers that function 23 writes (MAP 6.17: 0x79).
const MOST_WRITTEN: u16 = 121;
/// The two values of a coil (MAP 6.5).
const COIL_OFF: u16 = 0x0000;
const COIL_ON: u16 = 0xff00;

/// Address and value, in the request as in the response.
pub(super) fn single<'a>(
    code: u8,
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let address = cursor.u16_be()?;
    let table = if code == function::WRITE_SINGLE_COIL {
        table::COIL
    } else {
        table::HOLDING_REGISTER
    };
    body.range(table, address, 1, 1);
    body.values = cursor.take(2)?;
    if code == function::WRITE_SINGLE_COIL {
        let value = Cursor::new(body.values).u16_be()?;
        body.expect(value == COIL_OFF || value == COIL_ON, Anomaly::BadValue);
    }
    Ok(())
}

/// Address, quantity, byte count, values.
pub(super) fn multiple_request<'a>(
    code: u8,
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let count = written_range(code, cursor, body)?;
    let octets = cursor.u8()?;
    let bits = code == function::WRITE_MULTIPLE_COILS;
    body.expect(
        u32::from(octets) == octets_for(count, bits),
        Anomaly::BadLength,
    );
    body.data(cursor, usize::from(octets));
    Ok(())
}

/// Address and quantity written.
pub(super) fn multiple_response(
    code: u8,
    cursor: &mut Cursor<'_>,
    body: &mut Body<'_>,
) -> Result<(), Short> {
    written_range(code, cursor, body).map(|_| ())
}

/// Reads address and quantity, and answers the quantity.
fn written_range(code: u8, cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<u16, Short> {
    let start = cursor.u16_be()?;
    let count = cursor.u16_be()?;
    if code == function::WRITE_MULTIPLE_COILS {
        body.range(table::COIL, start, count, MOST_COILS);
    } else {
        body.range(table::HOLDING_REGISTER, start, count, MOST_REGISTERS);
    }
    Ok(count)
}

/// Address, AND mask, OR mask, in the request as in the response.
pub(super) fn mask<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    let address = cursor.u16_be()?;
    body.range(table::HOLDING_REGISTER, address, 1, 1);
    body.values = cursor.take(4)?;
    Ok(())
}

/// Range read, range written, byte count, values. The first object is read, the second written.
pub(super) fn read_write_request<'a>(
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let (read_start, read_count) = (cursor.u16_be()?, cursor.u16_be()?);
    body.range(table::HOLDING_REGISTER, read_start, read_count, MOST_READ);
    let (write_start, write_count) = (cursor.u16_be()?, cursor.u16_be()?);
    body.range(
        table::HOLDING_REGISTER,
        write_start,
        write_count,
        MOST_WRITTEN,
    );
    let octets = cursor.u8()?;
    body.expect(
        u32::from(octets) == octets_for(write_count, false),
        Anomaly::BadLength,
    );
    body.data(cursor, usize::from(octets));
    Ok(())
}

/// Byte count and the registers read; the objects are those of the request.
pub(super) fn read_write_response<'a>(
    cursor: &mut Cursor<'a>,
    asked: Option<&Asked>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let octets = cursor.u8()?;
    body.expect(octets % 2 == 0, Anomaly::BadLength);
    if let Some((start, count)) = asked.and_then(|asked| asked.pair(0)) {
        body.range(table::HOLDING_REGISTER, start, count, MOST_READ);
        body.expect(
            u32::from(octets) == octets_for(count, false),
            Anomaly::Mismatch,
        );
    }
    if let Some((start, count)) = asked.and_then(|asked| asked.pair(4)) {
        body.range(table::HOLDING_REGISTER, start, count, MOST_WRITTEN);
    }
    body.data(cursor, usize::from(octets));
    Ok(())
}
