//! Return codes in the data of a message that was reported.
//!
//! Data in: code, second-level code, direction and values of an observation. Data out: the return
//! codes in their order: of the items of a read or write; of userdata that of its head, of the items
//! of a cyclic transfer and of a variable table, and of the values that come with a message of the CPU.

use super::USERDATA;
use super::codes::{self, Group, function};
use super::data::Items;
use super::vartab;
use crate::dissect::cursor::{Cursor, Short};

/// The return codes in `values`; `asks` says that they are those of a job or a request.
pub fn return_codes(code: u32, sub: Option<u32>, asks: bool, values: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    if code >= USERDATA {
        // What is short has what there is.
        let _ = userdata(code, sub.unwrap_or_default(), asks, values, &mut found);
    } else if code == u32::from(function::WRITE) && !asks {
        found.extend_from_slice(values);
    } else if code == u32::from(function::READ) || code == u32::from(function::WRITE) {
        found.extend(Items::new(values, usize::MAX));
    }
    found
}

fn userdata(
    code: u32,
    sub: u32,
    asks: bool,
    values: &[u8],
    found: &mut Vec<u8>,
) -> Result<(), Short> {
    let mut cursor = Cursor::new(values);
    found.push(cursor.u8()?);
    cursor.skip(1)?;
    let length = usize::from(cursor.u16_be()?);
    let mut inner = cursor.sub(length)?;
    match (codes::group_of(code), sub) {
        (Some(Group::Cyclic), 1 | 5 | 7) if !asks => {
            let count = inner.u16_be()?;
            found.extend(Items::new(inner.rest(), usize::from(count)));
            Ok(())
        }
        (Some(Group::Programmer), vartab::WATCH | vartab::MODIFY) => {
            vartab::return_codes(sub, asks, &mut inner, found)
        }
        (Some(Group::Cpu), 19) if !asks => {
            inner.skip(2)?;
            found.push(inner.u8()?);
            Ok(())
        }
        (Some(Group::Cpu), 5 | 6 | 17 | 18 | 22) => messages(&mut inner, found),
        _ => Ok(()),
    }
}

/// Time, function, number of messages; each message has an item, the number of its values in it, and
/// these values.
fn messages(cursor: &mut Cursor<'_>, found: &mut Vec<u8>) -> Result<(), Short> {
    const TIME: usize = 8;
    cursor.skip(TIME.saturating_add(1))?;
    for _ in 0..cursor.u8()? {
        cursor.skip(1)?;
        let length = usize::from(cursor.u8()?);
        let mut item = cursor.sub(length)?;
        item.skip(1)?;
        let count = item.u8()?;
        let mut values = Items::new(cursor.rest(), usize::from(count));
        found.extend(values.by_ref());
        *cursor = Cursor::new(values.rest());
    }
    Ok(())
}
