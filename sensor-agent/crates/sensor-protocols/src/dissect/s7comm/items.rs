//! The variables that a PDU names: items of a variable specification.
//!
//! Data in: a cursor at the items. Data out: objects. Of an S7ANY pointer, of DBREAD and of the
//! areas of a subscription these are the octets of an area that are touched; symbols of an S7-1200
//! are numbers.
//!
//! A data block is part of the number: `data_block_byte` *n* is octet *n* mod 65536 of block *n* div
//! 65536. So octets of two blocks never fall together.

use super::body::Body;
use super::codes::{self, Area};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, Object};

/// First octet of every item.
const SPECIFICATION: u8 = 0x12;

/// Octets in a data block, and in every other area.
const AREA: u32 = 0x1_0000;

/// Syntax identifiers.
mod syntax {
    pub(super) const S7ANY: u8 = 0x10;
    pub(super) const NCK: [u8; 3] = [0x82, 0x83, 0x84];
    pub(super) const DRIVE: u8 = 0xa2;
    pub(super) const DB_READ: u8 = 0xb0;
    pub(super) const SYMBOLIC: u8 = 0xb2;
    /// Messages and jobs between blocks: their items say which.
    pub(super) const OTHERS: [u8; 6] = [0x13, 0x15, 0x16, 0x19, 0x1a, 0x1c];
}

/// Reads `count` items.
#[inline]
pub(super) fn read(count: u8, cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    for left in (0..count).rev() {
        item(cursor, left > 0, body)?;
    }
    Ok(())
}

/// One item; `more` follow it. An item of odd length has a fill octet behind it unless it is the
/// last.
fn item(cursor: &mut Cursor<'_>, more: bool, body: &mut Body<'_>) -> Result<(), Short> {
    let specification = cursor.u8()?;
    let length = usize::from(cursor.u8()?);
    let mut inner = cursor.sub(length)?;
    if more && length % 2 != 0 {
        cursor.skip(1)?;
    }
    body.expect(specification == SPECIFICATION, Anomaly::BadValue);
    let parsed = address(&mut inner, body);
    body.close(parsed, &inner);
    Ok(())
}

fn address(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    let id = cursor.u8()?;
    match id {
        syntax::S7ANY => any(cursor, body),
        syntax::DB_READ => db_read(cursor, body),
        syntax::SYMBOLIC => symbolic(cursor, body),
        _ if syntax::NCK.contains(&id) => {
            let [a, b, c, d, e, f, g] = cursor.array()?;
            let id = u64::from_be_bytes([0, a, b, c, d, e, f, g]);
            body.object(Object::Id {
                kind: "nck_variable",
                id,
            });
            Ok(())
        }
        syntax::DRIVE => {
            cursor.skip(1)?;
            let id = cursor.u64_be()?;
            body.id("drive_parameter", id);
            Ok(())
        }
        _ => {
            body.expect(syntax::OTHERS.contains(&id), Anomaly::ReservedCode);
            body.id("variable_specification", id);
            cursor.take_rest();
            Ok(())
        }
    }
}

/// S7ANY: transport size, number of elements, data block, area, address in bits.
#[inline]
fn any(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    let size = cursor.u8()?;
    let count = u32::from(cursor.u16_be()?);
    let block = cursor.u16_be()?;
    let area = cursor.u8()?;
    let address = cursor.u24_be()?;
    let Some(octets) = codes::element(size) else {
        body.flag(Anomaly::BadValue);
        body.id("area", area);
        return Ok(());
    };
    match codes::area(area) {
        Some(Area::Octets(table)) => {
            let first = address >> 3;
            let bits = size == codes::BIT;
            let touched = if bits {
                (address & 7).saturating_add(count).div_ceil(8)
            } else {
                count.saturating_mul(octets)
            };
            // Only a bit has an address within an octet.
            body.expect(bits || address % 8 == 0, Anomaly::BadValue);
            octets_of(table, block, first, touched, body);
        }
        Some(Area::Numbered(table)) => {
            body.expect(count > 0, Anomaly::BadValue);
            body.object(Object::Range {
                table,
                start: address,
                count,
            });
        }
        None => {
            body.flag(Anomaly::BadValue);
            body.id("area", area);
        }
    }
    Ok(())
}

/// Adds the octets of an area that are touched: some, and none behind its end.
#[inline]
pub(super) fn octets_of(
    table: &'static str,
    block: u16,
    first: u32,
    count: u32,
    body: &mut Body<'_>,
) {
    let fits = first.saturating_add(count) <= AREA;
    body.expect(count > 0 && fits, Anomaly::BadValue);
    let block = if codes::is_block(table) {
        u32::from(block).saturating_mul(AREA)
    } else {
        0
    };
    body.object(Object::Range {
        table,
        start: block.saturating_add(first.min(AREA.saturating_sub(1))),
        count,
    });
}

/// DBREAD: areas of data blocks, each with its number of octets, its block and its first octet.
fn db_read(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    let areas = cursor.u8()?;
    for _ in 0..areas {
        let count = u32::from(cursor.u8()?);
        let block = cursor.u16_be()?;
        let first = u32::from(cursor.u16_be()?);
        octets_of(codes::DATA_BLOCK, block, first, count, body);
    }
    Ok(())
}

/// Symbolic access of an S7-1200: root area, checksum of the symbol, identifiers of its parts.
fn symbolic(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    cursor.skip(1)?;
    let root = cursor.u32_be()?;
    let checksum = cursor.u32_be()?;
    body.id("symbol_root", root);
    body.id("symbol_checksum", checksum);
    while !cursor.is_empty() {
        let part = cursor.u32_be()?;
        body.id("symbol_part", part);
    }
    Ok(())
}
