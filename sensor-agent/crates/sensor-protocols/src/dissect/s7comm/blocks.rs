//! Jobs about blocks and the program: upload, download, program invocation, stop.
//!
//! Data in: what follows the function code, and the data part. Data out: the block as an object (its
//! kind and number), names and arguments.
//!
//! A file name is `_` or `$`, the kind of the block as two hexadecimal digits, its number as five
//! decimal ones, and the file system: `_0A00001P` is data block 1 in the passive one.

use super::body::Body;
use super::codes::{self, function};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, Object};

/// Adds a block that is named in eight octets or more: two hexadecimal digits, five decimal.
pub(super) fn block<'a>(name: &'a [u8], body: &mut Body<'a>) {
    let digits = name
        .get(2..7)
        .and_then(|digits| std::str::from_utf8(digits).ok());
    let number = digits.and_then(|digits| digits.parse::<u32>().ok());
    let kind = name.get(..2).and_then(kind);
    match (kind, number) {
        (Some(kind), Some(number)) => body.id(kind, number),
        _ => body.text(name),
    }
}

/// Kind of a block, written as two hexadecimal digits.
pub(super) fn kind(digits: &[u8]) -> Option<&'static str> {
    match digits {
        [b'0', digit] => codes::block(char::from(*digit).to_digit(16)?),
        _ => None,
    }
}

fn file_name<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    let length = usize::from(cursor.u8()?);
    let name = cursor.take(length)?;
    match name {
        [b'_' | b'$', rest @ ..] => block(rest, body),
        _ => body.text(name),
    }
    Ok(())
}

/// Status, two octets and the identifier of the transfer.
fn transfer(cursor: &mut Cursor<'_>) -> Result<(), Short> {
    cursor.skip(7)
}

/// What a job says behind its function code.
pub(super) fn job<'a>(code: u8, cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    match code {
        function::REQUEST_DOWNLOAD => {
            transfer(cursor)?;
            file_name(cursor, body)?;
            // Lengths of the block in load memory and of its code, as digits.
            let length = usize::from(cursor.u8()?);
            cursor.skip(length)
        }
        function::DOWNLOAD_BLOCK | function::DOWNLOAD_ENDED | function::START_UPLOAD => {
            transfer(cursor)?;
            file_name(cursor, body)
        }
        function::UPLOAD | function::END_UPLOAD => transfer(cursor),
        function::PI_SERVICE => program_invocation(cursor, body),
        _ => stop(cursor, body),
    }
}

/// What an acknowledgement says behind its function code: of an upload its identifier and length,
/// of a part whether more follow; the others say nothing.
pub(super) fn acknowledgement(cursor: &mut Cursor<'_>) {
    cursor.take_rest();
}

/// Seven octets, the arguments, the name of the service.
fn program_invocation<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    const BLOCK: usize = 8;
    cursor.skip(7)?;
    let length = usize::from(cursor.u16_be()?);
    let mut arguments = cursor.sub(length)?;
    let length = usize::from(cursor.u8()?);
    let name = cursor.take(length)?;
    let service = codes::service(name);
    match service {
        Some(service) => {
            body.sub = Some(service.number);
            (body.name, body.class) = (service.name, service.class);
        }
        None => body.text(name),
    }
    if service.is_some_and(|service| service.names_blocks) && arguments.remaining() > 2 {
        arguments.skip(2)?;
        while let Ok(name) = arguments.take(BLOCK) {
            block(name, body);
        }
        body.expect(arguments.is_empty(), Anomaly::BadLength);
    } else if let Some(argument) = super::body::text(arguments.take_rest()) {
        body.object(Object::Name(argument));
    }
    Ok(())
}

/// Five octets and the name of the program.
fn stop<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    cursor.skip(5)?;
    let length = usize::from(cursor.u8()?);
    let name = cursor.take(length)?;
    body.text(name);
    Ok(())
}
