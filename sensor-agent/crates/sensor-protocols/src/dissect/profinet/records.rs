//! Records: what is read or written, and what of it is made of blocks.
//!
//! Source: IEC 61158-6-10, coding of `IODReadReqHeader`, `IODReadResHeader`, `IODWriteReqHeader`,
//! `IODWriteResHeader` and of the field `Index`.
//!
//! A header is a block; the data of its record follow behind it. A write of several records (index
//! 0xe040) has further headers as its data, each with its own record behind it.

use super::blocks::Walk;
use super::codes;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::Anomaly;

const WRITE_REQUEST: u16 = 0x0008;
const READ_REQUEST: u16 = 0x0009;
const WRITE_RESPONSE: u16 = 0x8008;
const READ_RESPONSE: u16 = 0x8009;

/// Index of a write of several records.
const MULTIPLE_WRITE: u16 = 0xe040;

/// Where a record is and how long it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    index: u16,
    length: usize,
}

/// Whether a block is the header of a record.
pub(super) const fn is_header(kind: u16) -> bool {
    matches!(
        kind,
        WRITE_REQUEST | READ_REQUEST | WRITE_RESPONSE | READ_RESPONSE
    )
}

/// Reads the header of a record behind its version.
pub(super) fn header(
    walk: &mut Walk<'_>,
    kind: u16,
    body: &mut Cursor<'_>,
) -> Result<Record, Short> {
    body.skip(22)?; // sequence number, UUID of the relation, API
    let (slot, subslot) = (body.u16_be()?, body.u16_be()?);
    body.skip(2)?; // padding
    let index = body.u16_be()?;
    let place = u64::from(slot) << 32 | u64::from(subslot) << 16 | u64::from(index);
    walk.objects.id("record", place);
    let length = usize::try_from(body.u32_be()?).unwrap_or(usize::MAX);
    if kind == WRITE_RESPONSE {
        body.skip(4)?; // additional values
        walk.status(body.u32_be()?);
    }
    Ok(Record { index, length })
}

/// Takes what belongs to a record from behind its header.
pub(super) fn data<'a>(walk: &mut Walk<'a>, kind: u16, record: Record, cursor: &mut Cursor<'a>) {
    let length = match kind {
        // The length is the one that may be answered. A query that is none of blocks can follow.
        READ_REQUEST if codes::has_blocks(record.index) => 0,
        READ_REQUEST => cursor.remaining(),
        WRITE_RESPONSE => 0,
        _ => record.length,
    };
    if length > cursor.remaining() {
        walk.anomalies.insert(Anomaly::Truncated);
    }
    let data = cursor
        .take(length.min(cursor.remaining()))
        .unwrap_or_default();
    if walk.data.is_empty() {
        walk.data = data;
    }
    if record.index == MULTIPLE_WRITE || codes::has_blocks(record.index) {
        walk.blocks(data);
    }
    // Headers in a write of several records begin at a multiple of four octets.
    let odd = cursor.offset() % 4;
    if odd != 0 {
        let padding = 4_usize.saturating_sub(odd).min(cursor.remaining());
        let _ = cursor.skip(padding);
    }
}
