//! Userdata: programmer commands, subscriptions, blocks, CPU, security, clock.
//!
//! ```text
//!  parameter                                                 data
//!  0          3        4        5              6     7       0        1      2
//! ├──────────┼────────┼────────┼──────────────┼─────┼───────┬ ├──────┼──────┼────────┼────────┤
//! │ 00 01 12 │ length │ method │ type · group │ sub │ count │…│ code │ size │ length │ data … │
//! └──────────┴────────┴────────┴──────────────┴─────┴───────┴ └──────┴──────┴────────┴────────┘
//!                                                   in answers: unit, last unit, error (2)
//! ```
//!
//! Data in: the two parts of a PDU with ROSCTR 7. Data out: a [`Body`] and the type.
//!
//! Limits: a password is not kept. Of the other programmer commands, BSEND and messages of the CPU the
//! data is kept as sent.

use super::blocks;
use super::body::{Body, Scratch};
use super::codes::{self, Group};
use super::header::Pdu;
use super::{items, szl, vartab};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::Anomaly;

/// Octets of the data head: return code, transport size, length.
const HEAD: usize = 4;

/// What the four high bits of the group octet say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Push,
    Request,
    Response,
    /// Not defined.
    Other,
}

impl Type {
    /// 3, 7 and 11 are those of NC programming.
    const fn of(bits: u8) -> Self {
        match bits {
            0 | 3 => Self::Push,
            4 | 7 => Self::Request,
            8 | 11 => Self::Response,
            _ => Self::Other,
        }
    }
}

/// Parses userdata; answers the bits of its type and what they say. `going` is the number of the
/// answer that goes on in the next PDU, 0 for none.
pub(super) fn read<'a>(
    pdu: &Pdu<'a>,
    going: &mut u8,
    scratch: &'a mut Scratch,
    body: &mut Body<'a>,
) -> (u8, Type) {
    let mut cursor = Cursor::new(pdu.parameter);
    body.code = super::USERDATA;
    let (mut bits, mut unit) = (0, Unit::default());
    let parsed = parameter(&mut cursor, &mut bits, &mut unit, body);
    body.close(parsed, &cursor);
    let kind = Type::of(bits);
    let mut continues = false;
    if kind == Type::Response {
        continues = unit.number != 0 && unit.number == *going;
        *going = if unit.more { unit.number } else { 0 };
    }
    if parsed.is_ok() {
        body.expect(kind != Type::Other, Anomaly::ReservedCode);
        let kind = if continues { Type::Other } else { kind };
        data(pdu.data, kind, scratch, body);
    } else {
        body.values = pdu.data;
    }
    (bits, kind)
}

/// An answer that does not fit into one PDU has a number.
#[derive(Clone, Copy, Debug, Default)]
struct Unit {
    number: u8,
    more: bool,
}

fn parameter(
    cursor: &mut Cursor<'_>,
    bits: &mut u8,
    unit: &mut Unit,
    body: &mut Body<'_>,
) -> Result<(), Short> {
    let head: [u8; 3] = cursor.array()?;
    let length = cursor.u8()?;
    // Nothing but a change of mode may have another head, and then no length.
    let mode = cursor.rest().get(1).is_some_and(|octet| *octet == 0);
    body.expect(head == [0, 1, 0x12] || mode, Anomaly::BadValue);
    let fits = usize::from(length) == cursor.remaining();
    body.expect(fits || mode, Anomaly::BadLength);
    let method = cursor.u8()?;
    let octet = cursor.u8()?;
    *bits = octet >> 4;
    let group = octet & 0x0f;
    let sub = cursor.u8()?;
    cursor.skip(1)?;
    body.code = super::USERDATA | u32::from(group);
    body.sub = Some(u32::from(sub));
    (body.name, body.class) = codes::operation(body.code, body.sub);
    body.expect(codes::is_group(group), Anomaly::ReservedCode);
    if method == 0x12 {
        unit.number = cursor.u8()?;
        unit.more = cursor.u8()? != 0;
        let error = cursor.u16_be()?;
        if error != 0 {
            body.error = Some((u32::from(error), codes::error_name(error)));
        }
    }
    Ok(())
}

/// The data part: its head, and what the function has behind it.
fn data<'a>(data: &'a [u8], kind: Type, scratch: &'a mut Scratch, body: &mut Body<'a>) {
    let secret = codes::group_of(body.code) == Some(Group::Security) && kind == Type::Request;
    body.values = if secret {
        data.get(..HEAD).unwrap_or(data)
    } else {
        data
    };
    if data.is_empty() {
        return;
    }
    let mut cursor = Cursor::new(data);
    let parsed = payload(&mut cursor, kind, scratch, body);
    body.close(parsed, &cursor);
}

fn payload<'a>(
    cursor: &mut Cursor<'a>,
    kind: Type,
    scratch: &'a mut Scratch,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    cursor.skip(2)?;
    let length = usize::from(cursor.u16_be()?);
    let mut inner = cursor.sub(length)?;
    if inner.is_empty() {
        return Ok(());
    }
    let parsed = function(&mut inner, kind, scratch, body);
    if parsed.is_err() {
        body.flag(Anomaly::Truncated);
        body.flag(Anomaly::BadLength);
    }
    Ok(())
}

/// What a function has in its data. Fields that nothing is made of are left.
fn function<'a>(
    cursor: &mut Cursor<'a>,
    kind: Type,
    scratch: &'a mut Scratch,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let sub = body.sub.unwrap_or_default();
    match (codes::group_of(body.code), sub, kind) {
        (Some(Group::Cpu), 1, Type::Request) => szl::subject(cursor, body).map(drop),
        (Some(Group::Cpu), 1, Type::Response) => szl::list(cursor, scratch, body),
        (Some(Group::Cyclic), 1 | 5 | 7, Type::Request) => {
            let count = cursor.u16_be()?;
            // Base and factor of the interval.
            cursor.skip(2)?;
            items::read(u8::try_from(count).unwrap_or(u8::MAX), cursor, body)
        }
        (Some(Group::Programmer), vartab::WATCH | vartab::MODIFY, Type::Request) => {
            vartab::variables(cursor, body)
        }
        (Some(Group::Cyclic), 4, Type::Request) => {
            cursor.skip(1)?;
            let job = cursor.u8()?;
            body.id("job", job);
            Ok(())
        }
        (Some(Group::Block), 2, Type::Request) => {
            let digits = cursor.take(2)?;
            match blocks::kind(digits) {
                Some(kind) => body.object(crate::observation::Object::Name(kind)),
                None => body.flag(Anomaly::BadValue),
            }
            Ok(())
        }
        (Some(Group::Block), 3, Type::Request) => {
            blocks::block(cursor.take_rest(), body);
            Ok(())
        }
        _ => Ok(()),
    }
}
