//! Variable tables: what an engineering station watches and modifies.
//!
//! ```text
//!  0           2      4            4 + parameter
//! ├───────────┼──────┼────────────┼───────┬──────────────────────────┬────────┤
//! │ parameter │ data │ parameter… │ count │ variables, in requests   │ items… │
//! └───────────┴──────┴────────────┴───────┴──────────────────────────┴────────┘
//!   lengths                                 area, repetition, block, first octet
//! ```
//!
//! Data in: the data of userdata of the programmer group, subfunctions 2 and 8. Data out: the octets that
//! are touched, as objects; the return codes of their items.

use super::body::Body;
use super::codes;
use super::data::Items;
use super::items::octets_of;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, Object};

/// Subfunctions that have a variable table.
pub(super) const WATCH: u32 = 2;
pub(super) const MODIFY: u32 = 8;

/// Octets that a request names a variable with.
const NAMED: usize = 6;

/// Passes the lengths and the parameter; answers how many variables there are.
fn count(cursor: &mut Cursor<'_>) -> Result<u16, Short> {
    let parameter = usize::from(cursor.u16_be()?);
    cursor.skip(2)?;
    cursor.skip(parameter)?;
    cursor.u16_be()
}

/// Adds what a request names.
pub(super) fn variables(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    for _ in 0..count(cursor)? {
        variable(&mut cursor.sub(NAMED)?, body)?;
    }
    Ok(())
}

/// One variable: the high half of the first octet is the area, the low one the width. Of a bit the
/// second octet is its position, else how often it is repeated.
fn variable(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    let area = cursor.u8()?;
    let repeated = u32::from(cursor.u8()?);
    let block = cursor.u16_be()?;
    let first = cursor.u16_be()?;
    let table = match area >> 4 {
        0 => "flag_byte",
        1 => "input_byte",
        2 => "output_byte",
        3 => "peripheral_byte",
        5 => "timer",
        6 => "counter",
        7 => codes::DATA_BLOCK,
        _ => {
            body.flag(Anomaly::BadValue);
            body.id("area", area);
            return Ok(());
        }
    };
    let count = match area & 0x0f {
        0 => 1,
        2 => repeated.saturating_mul(2),
        3 => repeated.saturating_mul(4),
        _ => repeated,
    };
    if matches!(area >> 4, 5 | 6) {
        body.object(Object::Range {
            table,
            start: u32::from(first),
            count,
        });
    } else {
        octets_of(table, block, u32::from(first), count, body);
    }
    Ok(())
}

/// Adds the return codes of the items: of a modification that was made they stand alone.
pub(super) fn return_codes(
    sub: u32,
    asks: bool,
    cursor: &mut Cursor<'_>,
    found: &mut Vec<u8>,
) -> Result<(), Short> {
    let count = usize::from(count(cursor)?);
    match (sub, asks) {
        (WATCH, true) => {}
        (MODIFY, false) => found.extend_from_slice(cursor.take(count)?),
        _ => {
            if asks {
                cursor.skip(count.saturating_mul(NAMED))?;
            }
            found.extend(Items::new(cursor.rest(), count));
        }
    }
    Ok(())
}
