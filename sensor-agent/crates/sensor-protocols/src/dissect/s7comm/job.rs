//! Jobs and their acknowledgements.
//!
//! Data in: the two parts of a PDU with ROSCTR 1 or 3; for an acknowledgement also its job. Data out:
//! a [`Body`].

use super::blocks;
use super::body::Body;
use super::codes::{self, function};
use super::data::{self, Ended, Items, SUCCESS};
use super::header::Pdu;
use super::items;
use super::pairing::Asked;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, Object};

/// Takes name and class of a function.
fn name(code: u8, body: &mut Body<'_>) {
    body.code = u32::from(code);
    match codes::function_named(code) {
        Some((name, class)) => (body.name, body.class) = (name, class),
        None => body.flag(Anomaly::ReservedCode),
    }
}

/// Parses a job.
pub(super) fn request<'a>(pdu: &Pdu<'a>, body: &mut Body<'a>) {
    let mut cursor = Cursor::new(pdu.parameter);
    let Ok(code) = cursor.u8() else {
        body.flag(Anomaly::Truncated);
        body.flag(Anomaly::BadLength);
        return;
    };
    name(code, body);
    body.values = pdu.data;
    let parsed = request_body(code, &mut cursor, body);
    body.close(parsed, &cursor);
    if code == function::WRITE
        && let Some(count) = body.items
    {
        let mut items = Items::new(pdu.data, usize::from(count));
        items.by_ref().for_each(drop);
        ended(items.ended(), body);
    }
}

fn request_body<'a>(code: u8, cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    match code {
        function::READ | function::WRITE => {
            let count = cursor.u8()?;
            body.items = Some(count);
            body.expect(count > 0, Anomaly::BadValue);
            items::read(count, cursor, body)
        }
        function::SETUP => setup(cursor, body),
        function::REQUEST_DOWNLOAD..=function::END_UPLOAD
        | function::PI_SERVICE
        | function::STOP => blocks::job(code, cursor, body),
        _ => {
            cursor.take_rest();
            Ok(())
        }
    }
}

/// Parses the acknowledgement of a job, with data.
pub(super) fn response<'a>(pdu: &Pdu<'a>, asked: Option<&Asked>, body: &mut Body<'a>) {
    let mut cursor = Cursor::new(pdu.parameter);
    body.values = pdu.data;
    let Ok(code) = cursor.u8() else {
        // A refusal may have no parameter.
        body.expect(pdu.error != 0, Anomaly::BadLength);
        acknowledged(asked, body);
        return;
    };
    name(code, body);
    if let Some(asked) = asked {
        if asked.code == u32::from(code) {
            operation(asked, body);
        } else {
            body.flag(Anomaly::Mismatch);
        }
    }
    let asked = asked.filter(|asked| asked.code == u32::from(code));
    let parsed = response_body(code, pdu, asked, &mut cursor, body);
    body.close(parsed, &cursor);
    repeat(asked, body);
}

/// An answer that names nothing is about what its job named.
fn repeat(asked: Option<&Asked>, body: &mut Body<'_>) {
    if let Some(object) = asked.and_then(|asked| asked.object)
        && body.objects.is_empty()
    {
        body.object(object);
    }
}

/// Takes operation and object of the job, for an acknowledgement that says neither.
pub(super) fn acknowledged(asked: Option<&Asked>, body: &mut Body<'_>) {
    if let Some(asked) = asked {
        operation(asked, body);
        repeat(Some(asked), body);
    }
}

fn operation(asked: &Asked, body: &mut Body<'_>) {
    body.code = asked.code;
    body.sub = asked.sub;
    (body.name, body.class) = codes::operation(asked.code, asked.sub);
}

fn response_body<'a>(
    code: u8,
    pdu: &Pdu<'a>,
    asked: Option<&Asked>,
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    match code {
        // Of a job that failed as a whole there are no results.
        _ if pdu.error != 0 => {
            cursor.take_rest();
            Ok(())
        }
        function::READ | function::WRITE => {
            let count = cursor.u8()?;
            body.items = Some(count);
            let wanted = asked.and_then(|asked| asked.items);
            body.expect(
                wanted.is_none_or(|wanted| wanted == count),
                Anomaly::Mismatch,
            );
            results(code, pdu.data, count, body);
            Ok(())
        }
        function::SETUP => setup(cursor, body),
        _ => {
            blocks::acknowledgement(cursor);
            Ok(())
        }
    }
}

/// The result of each item: data behind a return code, or only that code. The first that failed is
/// the outcome.
#[inline]
fn results(code: u8, data: &[u8], count: u8, body: &mut Body<'_>) {
    let count = usize::from(count);
    let failed = |code: &u8| *code != SUCCESS;
    let first = if code == function::READ {
        let mut items = Items::new(data, count);
        let first = items.find(failed);
        items.by_ref().for_each(drop);
        ended(items.ended(), body);
        first
    } else {
        body.expect(data.len() <= count, Anomaly::TrailingBytes);
        body.expect(data.len() >= count, Anomaly::Truncated);
        body.expect(data.len() == count, Anomaly::BadLength);
        data.iter().copied().find(failed)
    };
    if let Some(code) = first {
        let name = data::return_name(code);
        body.expect(name.is_some(), Anomaly::BadValue);
        body.error = Some((u32::from(code), name.unwrap_or("unknown")));
    }
}

fn ended(ended: Ended, body: &mut Body<'_>) {
    match ended {
        Ended::Whole => return,
        Ended::Short => body.flag(Anomaly::Truncated),
        Ended::Trailing => body.flag(Anomaly::TrailingBytes),
    }
    body.flag(Anomaly::BadLength);
}

/// Setup communication: parallel jobs of both sides, largest PDU.
fn setup(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    cursor.skip(1)?;
    let calling = cursor.u16_be()?;
    let called = cursor.u16_be()?;
    let size = cursor.u16_be()?;
    for (kind, id) in [
        ("parallel_jobs_calling", calling),
        ("parallel_jobs_called", called),
        ("pdu_size", size),
    ] {
        body.object(Object::Id {
            kind,
            id: u64::from(id),
        });
    }
    body.expect(calling > 0 && called > 0 && size > 0, Anomaly::BadValue);
    Ok(())
}
