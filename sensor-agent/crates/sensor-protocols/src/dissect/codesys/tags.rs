//! Tags of a service: number and length in seven bits an octet, then contents; from 0x80 up they hold tags.

use crate::dissect::cursor::Cursor;
use crate::dissect::message::Message;
use crate::dissect::message::text::printable;
use crate::limits;

/// Tags of a login.
mod tag {
    pub(super) const CREDENTIALS: u32 = 0x81;
    pub(super) const RESULTS: u32 = 0x82;
    pub(super) const USER: u32 = 0x10;
    pub(super) const PASSWORD: u32 = 0x11;
    pub(super) const RESULT: u32 = 0x20;
}

/// Seven bits an octet, the lowest first. Behind a number may come octets that fill up, which count as digits of 0.
fn number(cursor: &mut Cursor<'_>) -> Option<u32> {
    let mut value = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let octet = cursor.u8().ok()?;
        value |= u32::from(octet & 0x7f).checked_shl(shift)?;
        if octet & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn next<'a>(cursor: &mut Cursor<'a>) -> Option<(u32, Cursor<'a>)> {
    let number_of = number(cursor)?;
    let length = usize::try_from(number(cursor)?).ok()?;
    Some((number_of, cursor.sub(length).ok()?))
}

/// User and whether there is a password; or the result.
pub(super) fn login<'a>(cursor: &mut Cursor<'a>, response: bool, message: &mut Message<'a>) {
    let wanted = if response {
        tag::RESULTS
    } else {
        tag::CREDENTIALS
    };
    for _ in 0..limits::CODESYS_TAGS {
        let Some((number, mut contents)) = next(cursor) else {
            return;
        };
        if number != wanted {
            continue;
        }
        for _ in 0..limits::CODESYS_TAGS {
            match next(&mut contents) {
                Some((tag::USER, user)) if !response => {
                    message.text("user", printable(user.rest()));
                }
                Some((tag::PASSWORD, _)) if !response => message.id("password_hash", 1_u8),
                Some((tag::RESULT, mut result)) if response => {
                    if let Ok(code) = result.u16_le() {
                        message.ended(u32::from(code), 0, "refused");
                    }
                }
                Some(_) => {}
                None => break,
            }
        }
    }
}
