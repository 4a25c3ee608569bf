//! Functions 7, 8, 11, 12, 17 and 43: what a device tells about itself.
//!
//! Sources: MAP 6.7 to 6.10, 6.13, 6.19 to 6.21.

use super::codes::{self, mei};
use super::pairing::Asked;
use super::pdu::{Body, text};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, Object};

/// Octets of an event log that are no events: status, event count, message count (MAP 6.10).
const LOG_FIXED: u8 = 6;
/// Most events of a log (MAP 6.10).
const MOST_EVENTS: u8 = 64;

/// Diagnostics sub-functions whose response repeats the request (MAP 6.8.1).
const ECHOED: &[u16] = &[0, 1, 3, 10, 20];
const RESTART_COMMUNICATIONS: u16 = 1;
const RETURN_QUERY_DATA: u16 = 0;
const CHANGE_DELIMITER: u16 = 3;
const CLEAR_LOG: u16 = 0xff00;

/// Read device identification codes: basic, regular, extended, one object (MAP 6.21).
const ACCESS_CODES: std::ops::RangeInclusive<u8> = 1..=4;
/// Conformity levels: the same three, stream only or with individual access (MAP 6.21).
const CONFORMITY_LEVELS: &[u8] = &[0x01, 0x02, 0x03, 0x81, 0x82, 0x83];

/// Object numbers of the device identification (MAP 6.21).
mod object_id {
    pub(super) const VENDOR_NAME: u8 = 0;
    pub(super) const PRODUCT_CODE: u8 = 1;
    pub(super) const MAJOR_MINOR_REVISION: u8 = 2;
    pub(super) const PRODUCT_NAME: u8 = 4;
    pub(super) const MODEL_NAME: u8 = 5;
}

/// Function 7: eight status bits.
pub(super) fn exception_status<'a>(
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    body.values = cursor.take(1)?;
    Ok(())
}

/// Function 11: status word and event count.
pub(super) fn event_counter<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    body.values = cursor.take(4)?;
    Ok(())
}

/// Function 12: byte count, status, event count, message count, events.
pub(super) fn event_log<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    let octets = cursor.u8()?;
    let events = octets.checked_sub(LOG_FIXED);
    body.expect(
        events.is_some_and(|events| events <= MOST_EVENTS),
        Anomaly::BadLength,
    );
    body.values = cursor.take(usize::from(octets.max(LOG_FIXED)))?;
    Ok(())
}

/// Function 17: byte count and data whose layout is the device's own.
pub(super) fn server_id<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    let octets = cursor.u8()?;
    body.data(cursor, usize::from(octets));
    Ok(())
}

/// Function 8: sub-function and data.
pub(super) fn diagnostics_request<'a>(
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let code = diagnostics(cursor, body)?;
    let word = Cursor::new(body.values).u16_be().ok();
    let fits = match code {
        RETURN_QUERY_DATA => true,
        RESTART_COMMUNICATIONS => matches!(word, Some(0 | CLEAR_LOG)),
        CHANGE_DELIMITER => body.values.get(1) == Some(&0),
        _ if codes::diagnostic(code).is_some() => word == Some(0),
        _ => true,
    };
    body.expect(fits, Anomaly::BadValue);
    Ok(())
}

/// Function 8: the sub-function comes back, with the data asked for or with those of the request.
pub(super) fn diagnostics_response<'a>(
    cursor: &mut Cursor<'a>,
    asked: Option<&Asked>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let code = diagnostics(cursor, body)?;
    if let Some(asked) = asked {
        let same_code = asked.word(0) == Some(code);
        // Of longer data the request's head holds only the start.
        let same_data = asked
            .head()
            .get(2..)
            .is_none_or(|head| body.values.starts_with(head));
        body.expect(
            same_code && (same_data || !ECHOED.contains(&code)),
            Anomaly::Mismatch,
        );
    }
    Ok(())
}

/// Reads the sub-function and its data, which are whole words, at least one (MAP 6.8).
fn diagnostics<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<u16, Short> {
    let code = cursor.u16_be()?;
    body.sub = Some(u32::from(code));
    if let Some((name, class)) = codes::diagnostic(code) {
        (body.name, body.class) = (name, class);
    } else {
        body.flag(Anomaly::ReservedCode);
    }
    body.values = cursor.take_rest();
    let words = !body.values.is_empty() && body.values.len().is_multiple_of(2);
    body.expect(words, Anomaly::BadLength);
    Ok(code)
}

/// Function 43: interface type and its request.
pub(super) fn interface_request<'a>(
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    if interface(cursor, body)? == mei::DEVICE_IDENTIFICATION {
        let access = cursor.u8()?;
        let object = cursor.u8()?;
        body.expect(ACCESS_CODES.contains(&access), Anomaly::BadValue);
        body.object(mei_object(object));
    } else {
        body.values = cursor.take_rest();
    }
    Ok(())
}

/// Function 43: interface type and its response.
pub(super) fn interface_response<'a>(
    cursor: &mut Cursor<'a>,
    asked: Option<&Asked>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let kind = interface(cursor, body)?;
    if let Some(expected) = asked.and_then(|asked| asked.head().first()) {
        body.expect(*expected == kind, Anomaly::Mismatch);
    }
    if kind != mei::DEVICE_IDENTIFICATION {
        body.values = cursor.take_rest();
        return Ok(());
    }
    let access = cursor.u8()?;
    body.expect(ACCESS_CODES.contains(&access), Anomaly::BadValue);
    if let Some(expected) = asked.and_then(|asked| asked.head().get(1)) {
        body.expect(*expected == access, Anomaly::Mismatch);
    }
    let conformity = cursor.u8()?;
    body.expect(CONFORMITY_LEVELS.contains(&conformity), Anomaly::BadValue);
    let more_follows = cursor.u8()?;
    body.expect(matches!(more_follows, 0 | 0xff), Anomaly::BadValue);
    let _next_object = cursor.u8()?;
    identification(cursor, body)
}

/// The list of objects: number of them, then per object its number, length and text.
fn identification<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    let count = cursor.u8()?;
    body.values = cursor.rest();
    let (mut product, mut model) = (None, None);
    for _ in 0..count {
        let object = cursor.u8()?;
        let len = cursor.u8()?;
        let value = text(cursor.take(usize::from(len))?);
        body.object(mei_object(object));
        match object {
            object_id::VENDOR_NAME => body.identity.vendor = value,
            object_id::PRODUCT_CODE => body.identity.model = value,
            object_id::MAJOR_MINOR_REVISION => body.identity.firmware = value,
            object_id::PRODUCT_NAME => product = value,
            object_id::MODEL_NAME => model = value,
            _ => {}
        }
    }
    // The product code is mandatory and comes with every access; the names are what a device
    // that answers one object alone may have sent instead.
    body.identity.model = body.identity.model.or(product).or(model);
    Ok(())
}

/// Reads the interface type and names it.
fn interface(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<u8, Short> {
    let kind = cursor.u8()?;
    body.sub = Some(u32::from(kind));
    if let Some((name, class)) = codes::interface(kind) {
        (body.name, body.class) = (name, class);
    } else {
        body.flag(Anomaly::ReservedCode);
    }
    Ok(kind)
}

fn mei_object(id: u8) -> Object<'static> {
    Object::Id {
        kind: "mei_object",
        id: u64::from(id),
    }
}
