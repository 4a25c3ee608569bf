//! Messages of SMB3 that come encrypted or compressed. What is inside is not read; that it is so is told.
//!
//! Source: MS-SMB2 2.2.41 (encryption), 2.2.42 (compression).

use super::body::{At, Body, Exchange};
use super::commands::TRANSFORM;
use super::nbss::{COMPRESSED, Frame};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::{Emit, Role};
use crate::observation::{Anomaly, Direction, Operation, OperationClass};

/// The compression header is one of a chain.
const CHAINED: u16 = 1;

/// Payloads of a chain that are looked at: there are at most four (3.1.4.4).
const PAYLOADS: usize = 8;

/// Reports a message.
pub(super) fn message(frame: &Frame<'_>, at: At, emit: &mut Emit<'_>) {
    let mut body = Body::default();
    let first = frame.bytes.first().copied().unwrap_or_default();
    let mut cursor = Cursor::new(frame.bytes);
    let left_out = frame.length.saturating_sub(frame.bytes.len());
    let (name, read) = if first == COMPRESSED {
        let read = compressed(&mut cursor, left_out, &mut body);
        ("compressed", read)
    } else {
        ("encrypted", encrypted(&mut cursor, left_out, &mut body))
    };
    if read.is_err() {
        body.flag(Anomaly::Truncated);
    }
    let operation = Operation {
        code: TRANSFORM | u32::from(first),
        sub: None,
        name,
        class: OperationClass::Session,
    };
    let direction = match at.sender {
        Role::Client => Direction::Request,
        Role::Server => Direction::Response,
    };
    body.report(
        &Exchange::new(operation, direction),
        frame,
        frame.length,
        emit,
    );
}

/// 2.2.41.
fn encrypted(cursor: &mut Cursor<'_>, left_out: usize, body: &mut Body<'_>) -> Result<(), Short> {
    cursor.skip(36)?; // identifier, signature, nonce
    let size = usize::try_from(cursor.u32_le()?).unwrap_or(usize::MAX);
    cursor.skip(12)?; // reserved, flags, session
    if size != cursor.remaining().saturating_add(left_out) {
        body.flag(Anomaly::BadLength);
    }
    Ok(())
}

/// 2.2.42. An offset that leads out of the message, or that together with the size does not fit into
/// 32 bits, is what CVE-2020-0796 is about.
fn compressed(cursor: &mut Cursor<'_>, left_out: usize, body: &mut Body<'_>) -> Result<(), Short> {
    cursor.skip(4)?;
    let size = cursor.u32_le()?;
    let (algorithm, flags) = (cursor.u16_le()?, cursor.u16_le()?);
    body.told.id("compression_algorithm", algorithm);
    body.told.id("original_size", size);
    if flags == CHAINED {
        return chain(algorithm, cursor, left_out, body);
    }
    let offset = cursor.u32_le()?;
    let room = cursor.remaining().saturating_add(left_out);
    let outside = usize::try_from(offset).map_or(true, |offset| offset > room);
    if outside || size.checked_add(offset).is_none() {
        body.flag(Anomaly::BadLength);
    }
    Ok(())
}

/// 2.2.42.2: lengths of the payloads of a chain. The header of the first one is read in part.
fn chain(
    algorithm: u16,
    cursor: &mut Cursor<'_>,
    left_out: usize,
    body: &mut Body<'_>,
) -> Result<(), Short> {
    let mut algorithm = algorithm;
    for _ in 0..PAYLOADS {
        let length = usize::try_from(cursor.u32_le()?).unwrap_or(usize::MAX);
        if length > cursor.remaining().saturating_add(left_out) {
            body.flag(Anomaly::BadLength);
            return Ok(());
        }
        if (1..=3).contains(&algorithm) && length < 4 {
            // No room for the original size that comes first.
            body.flag(Anomaly::BadLength);
        }
        if length >= cursor.remaining() {
            return Ok(());
        }
        cursor.skip(length)?;
        algorithm = cursor.u16_le()?;
        cursor.skip(2)?;
    }
    body.flag(Anomaly::LimitReached);
    Ok(())
}
