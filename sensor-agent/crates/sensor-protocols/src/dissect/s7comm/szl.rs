//! Identity out of the system status list.
//!
//! Data in: the data of a response to *read SZL*. Data out: the identity of the module, and its
//! plant designation as a name. Source: Siemens, *System Software for S7-300/400, System and
//! Standard Functions*, volume 2 (A5E02789976), chapter 1: partial lists W#16#xy11 and W#16#xy1C.
//!
//! ```text
//!  0    2       4        6       8
//! ├────┼───────┼────────┼───────┼───────┤
//! │ ID │ index │ length │ count │ rows… │  length of one row
//! └────┴───────┴────────┴───────┴───────┘
//! ```
//!
//! Limit: the part of a list that comes with its header; what continues in a second PDU is not read.

use super::body::{Body, Scratch, text};
use crate::dissect::cursor::{Cursor, Short};

/// Number of the partial list *module identification*: the low octet of the identifier.
const MODULE: u16 = 0x11;
/// Number of the partial list *component identification*.
const COMPONENT: u16 = 0x1c;
/// Octets of their rows.
const MODULE_ROW: u16 = 28;
const COMPONENT_ROW: u16 = 34;

/// Identifier and index, which request and response begin with.
pub(super) fn subject(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<u16, Short> {
    let id = cursor.u16_be()?;
    let index = cursor.u16_be()?;
    body.id("szl_id", id);
    body.id("szl_index", index);
    Ok(id)
}

/// Reads the list of a response.
pub(super) fn list<'a>(
    cursor: &mut Cursor<'a>,
    scratch: &'a mut Scratch,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let id = subject(cursor, body)?;
    let length = cursor.u16_be()?;
    let _count = cursor.u16_be()?;
    let mut firmware = None;
    // A list that goes on in another PDU may end within a row.
    while let Ok(mut row) = cursor.sub(usize::from(length).max(1)) {
        match (id & 0xff, length) {
            (MODULE, MODULE_ROW) => module(&mut row, &mut firmware, body)?,
            (COMPONENT, COMPONENT_ROW) => component(&mut row, body)?,
            _ => {}
        }
    }
    cursor.take_rest();
    if let Some(version) = firmware {
        body.identity.firmware = version_text(version, scratch);
    }
    Ok(())
}

/// Index 1 is the module with its order number, index 7 the firmware: letter V, three numbers.
fn module<'a>(
    row: &mut Cursor<'a>,
    firmware: &mut Option<[u8; 3]>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let index = row.u16_be()?;
    let order_number = row.take(20)?;
    row.skip(2)?;
    let version: [u8; 4] = row.array()?;
    match (index, version) {
        (1, _) => body.identity.model = text(order_number).or(body.identity.model),
        (7, [b'V', major, minor, patch]) => *firmware = Some([major, minor, patch]),
        _ => {}
    }
    Ok(())
}

/// Index 1 is the name of the station, 3 the plant designation, 5 the serial number, 7 the type of
/// the module.
fn component<'a>(row: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    let index = row.u16_be()?;
    let Some(name) = text(row.rest()) else {
        return Ok(());
    };
    match index {
        1 => body.identity.hostname = Some(name),
        3 => body.object(crate::observation::Object::Name(name)),
        5 => body.identity.serial = Some(name),
        7 => body.identity.model = body.identity.model.or(Some(name)),
        _ => {}
    }
    Ok(())
}

/// `V3.2.6`. Each number has at most three digits, so it fits.
fn version_text(numbers: [u8; 3], scratch: &mut Scratch) -> Option<&str> {
    let mut length = 0_usize;
    let mut push = |octet: u8| {
        if let Some(slot) = scratch.get_mut(length) {
            *slot = octet;
            length = length.saturating_add(1);
        }
    };
    for (number, before) in numbers.into_iter().zip(*b"V..") {
        push(before);
        for (least, digit) in [
            (100, number / 100),
            (10, number / 10 % 10),
            (0, number % 10),
        ] {
            if number >= least {
                push(b'0'.saturating_add(digit));
            }
        }
    }
    std::str::from_utf8(scratch.get(..length)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_its_three_numbers() {
        for (numbers, text) in [
            ([3, 2, 6], "V3.2.6"),
            ([0, 10, 100], "V0.10.100"),
            ([255, 209, 0], "V255.209.0"),
        ] {
            let mut scratch = Scratch::default();
            assert_eq!(version_text(numbers, &mut scratch), Some(text));
        }
    }
}
