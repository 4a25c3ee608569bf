//! What single objects say: commands and their status, files, errors of authentication, attributes.
//!
//! Source: IEEE 1815-2012, Annex A; each function names its objects.

use super::application::{Body, ObjectHeader};
use super::codes;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, Object};

/// Whether objects of a header without indices have to be looked at one by one.
pub(super) const fn is_judged(header: &ObjectHeader) -> bool {
    matches!(header.group, 12 | 41)
}

/// Looks at one object.
pub(super) fn judge<'a>(header: &ObjectHeader, object: &'a [u8], body: &mut Body<'a>) {
    let response = codes::is_response(body.header.function);
    let seen = match (header.group, header.variation) {
        (12, 1 | 2) => {
            command(object, response, body);
            Ok(())
        }
        (41, _) if response => {
            status(codes::CONTROL_STATUS, object.last().copied(), body);
            Ok(())
        }
        (70, 3) => file_command(object, body),
        (70, 4) if response => file_status(object, body),
        (120, 7) => authentication_error(object, body),
        _ => Ok(()),
    };
    if seen.is_err() {
        body.flag(Anomaly::BadLength);
    }
}

/// Keeps the first error.
fn status(kind: u32, code: Option<u8>, body: &mut Body<'_>) {
    let error = code.and_then(|code| codes::status(kind, code));
    body.error = body.error.or(error);
}

/// Control relay output block and pattern control block (A.8): control code, count, times, status.
fn command(object: &[u8], response: bool, body: &mut Body<'_>) {
    let Some(control) = object.first() else {
        return;
    };
    // Operation types 5 to 15 are reserved; so is the trip-close code 3.
    body.expect(
        control & 0x0f <= 4 && control & 0xc0 != 0xc0,
        Anomaly::BadValue,
    );
    if response {
        // The highest bit is reserved.
        let code = object.last().map(|status| status & 0x7f);
        status(codes::CONTROL_STATUS, code, body);
    }
}

/// File command (A.27, variation 3): place and length of the name come first.
fn file_command<'a>(object: &'a [u8], body: &mut Body<'a>) -> Result<(), Short> {
    let mut cursor = Cursor::new(object);
    let (offset, len) = (usize::from(cursor.u16_le()?), usize::from(cursor.u16_le()?));
    let name = object.get(offset..offset.saturating_add(len));
    body.expect(name.is_some(), Anomaly::BadLength);
    if let Some(name) = name.and_then(text) {
        body.object(Object::Name(name));
    }
    Ok(())
}

/// File command status (A.27, variation 4): handle, size, block size, request identifier, status.
fn file_status(object: &[u8], body: &mut Body<'_>) -> Result<(), Short> {
    let mut cursor = Cursor::new(object);
    cursor.skip(12)?;
    let code = cursor.u8()?;
    status(codes::FILE_STATUS, Some(code), body);
    Ok(())
}

/// Authentication error (A.45, variation 7): sequence number, user, association, error code.
fn authentication_error(object: &[u8], body: &mut Body<'_>) -> Result<(), Short> {
    let mut cursor = Cursor::new(object);
    cursor.skip(8)?;
    let code = cursor.u8()?;
    status(codes::AUTHENTICATION_ERROR, Some(code), body);
    Ok(())
}

/// Attributes that tell what the device is (A.1).
pub(super) fn attribute<'a>(variation: u8, kind: u8, value: &'a [u8], body: &mut Body<'a>) {
    const VISIBLE_STRING: u8 = 1;
    // Data types (A.1): 1 to 7, and lists 254 and 255.
    body.expect(matches!(kind, 1..=7 | 254 | 255), Anomaly::BadValue);
    if kind != VISIBLE_STRING {
        return;
    }
    let identity = &mut body.identity;
    let field = match variation {
        242 => &mut identity.firmware,
        247 => &mut identity.hostname,
        248 => &mut identity.serial,
        250 => &mut identity.model,
        252 => &mut identity.vendor,
        _ => return,
    };
    *field = text(value);
}

/// Text as it is shown: without padding, `None` when nothing readable is left.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    (!text.is_empty()).then_some(text)
}
