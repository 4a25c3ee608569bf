//! Functions 20 and 21: file records, the extended memory of a device.
//!
//! Sources: MAP 6.14, 6.15. An object is `file_record` with the file number in the upper and the
//! record number in the lower half of its start, and the record length in registers as its count.

use super::pairing::Asked;
use super::pdu::Body;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, Object};

/// Octets of one reference in a read request.
const REFERENCE: u8 = 7;
/// The only reference type (MAP 6.14).
const REFERENCE_TYPE: u8 = 6;
/// Last record of a file (MAP 6.14: 0x270F).
const LAST_RECORD: u16 = 9999;
/// Byte count of a read request (MAP 6.14).
const READ_REQUEST_OCTETS: std::ops::RangeInclusive<u8> = 0x07..=0xf5;
/// Byte count of a read response at most (MAP 6.14). Its lower bound of 7 is not checked: one
/// record of one register, a legal request, is answered by 4 octets.
const READ_RESPONSE_MOST: u8 = 0xf5;
/// Byte count of a write, request and response (MAP 6.15).
const WRITE_OCTETS: std::ops::RangeInclusive<u8> = 0x09..=0xfb;

/// Reads one reference: type, file, record, length in registers. Answers the length.
fn reference(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<u16, Short> {
    let kind = cursor.u8()?;
    let (file, record, count) = (cursor.u16_be()?, cursor.u16_be()?, cursor.u16_be()?);
    body.expect(
        kind == REFERENCE_TYPE && file != 0 && record <= LAST_RECORD,
        Anomaly::BadValue,
    );
    body.object(Object::Range {
        table: "file_record",
        start: u32::from(file) << 16 | u32::from(record),
        count: u32::from(count),
    });
    Ok(count)
}

/// The octets that a byte count announces, as far as they are there.
fn announced<'a>(
    cursor: &mut Cursor<'a>,
    octets: u8,
    body: &mut Body<'_>,
) -> Result<Cursor<'a>, Short> {
    let octets = usize::from(octets);
    body.expect(octets <= cursor.remaining(), Anomaly::BadLength);
    // None at all is a message cut short; some are read as far as they go.
    let there = octets.min(cursor.remaining().max(1));
    cursor.sub(there)
}

/// Byte count and one reference after the other.
pub(super) fn read_request(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    let octets = cursor.u8()?;
    body.expect(
        READ_REQUEST_OCTETS.contains(&octets) && octets % REFERENCE == 0,
        Anomaly::BadLength,
    );
    for _ in 0..octets / REFERENCE {
        reference(cursor, body)?;
    }
    // What is no whole reference was flagged above.
    cursor.skip(usize::from(octets % REFERENCE).min(cursor.remaining()))
}

/// Data length, then per reference its length, type and registers. The request's first reference
/// is repeated; how the registers spread over the others only the request tells.
pub(super) fn read_response<'a>(
    cursor: &mut Cursor<'a>,
    asked: Option<&Asked>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let octets = cursor.u8()?;
    body.expect(octets <= READ_RESPONSE_MOST, Anomaly::BadLength);
    if let Some(head) = asked.and_then(|asked| asked.head().get(1..)) {
        let _ = reference(&mut Cursor::new(head), body);
    }
    let mut records = announced(cursor, octets, body)?;
    body.values = records.rest();
    while !records.is_empty() {
        let len = records.u8()?;
        let mut record = records.sub(usize::from(len))?;
        let kind = record.u8()?;
        body.expect(kind == REFERENCE_TYPE, Anomaly::BadValue);
        body.expect(record.remaining() % 2 == 0, Anomaly::BadLength);
    }
    Ok(())
}

/// Data length, then per reference type, file, record, length and registers; the response repeats
/// the request.
pub(super) fn write<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    let octets = cursor.u8()?;
    body.expect(WRITE_OCTETS.contains(&octets), Anomaly::BadLength);
    let mut references = announced(cursor, octets, body)?;
    body.values = references.rest();
    while !references.is_empty() {
        let count = reference(&mut references, body)?;
        references.skip(usize::from(count).saturating_mul(2))?;
    }
    Ok(())
}
