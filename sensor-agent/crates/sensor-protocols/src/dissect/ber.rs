//! The Basic Encoding Rules of ASN.1 (ITU-T X.690), as far as GOOSE, sampled values and MMS use
//! them: tag, definite length, contents.
//!
//! Data in: a [`Cursor`] over the contents of an outer element. Data out: [`Element`]s, one after
//! the other; [`Elements::enter`] goes into a constructed one.
//!
//! Limits: tag numbers and lengths of up to 32 bits; nesting of [`crate::limits::BER_NESTING`]. The
//! indefinite form of a length is refused ([`BerError::Indefinite`]): none of these profiles sends
//! it. An element takes at least two octets, so a walk over `n` octets takes at most `n / 2` steps
//! on each level.

mod elements;

use std::fmt;

pub use elements::Elements;

use super::cursor::{Cursor, Short};
use crate::observation::Anomaly;

/// Who defines the number of a tag (X.690, 8.1.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    Universal,
    Application,
    /// What the number means depends on the element around it.
    Context,
    Private,
}

impl Class {
    const fn of(octet: u8) -> Self {
        match octet >> 6 {
            0 => Self::Universal,
            1 => Self::Application,
            2 => Self::Context,
            _ => Self::Private,
        }
    }
}

/// Identifier octets of an element (X.690, 8.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    pub class: Class,
    /// The contents are elements themselves.
    pub constructed: bool,
    pub number: u32,
}

/// Universal tag numbers that these protocols use (X.680, 8.4).
pub mod universal {
    pub const BOOLEAN: u32 = 1;
    pub const INTEGER: u32 = 2;
    pub const BIT_STRING: u32 = 3;
    pub const OCTET_STRING: u32 = 4;
    pub const NULL: u32 = 5;
    pub const OBJECT_IDENTIFIER: u32 = 6;
    pub const EXTERNAL: u32 = 8;
    pub const ENUMERATED: u32 = 10;
    pub const SEQUENCE: u32 = 16;
    pub const SET: u32 = 17;
    pub const VISIBLE_STRING: u32 = 26;
}

impl Tag {
    /// A primitive element of the universal class.
    pub const fn universal(number: u32) -> Self {
        Self::new(Class::Universal, false, number)
    }

    /// A primitive element of the context-specific class: `[number] IMPLICIT`.
    pub const fn context(number: u32) -> Self {
        Self::new(Class::Context, false, number)
    }

    pub const fn application(number: u32) -> Self {
        Self::new(Class::Application, false, number)
    }

    /// The same tag on a constructed element.
    #[must_use]
    pub const fn constructed(self) -> Self {
        Self::new(self.class, true, self.number)
    }

    const fn new(class: Class, constructed: bool, number: u32) -> Self {
        Self {
            class,
            constructed,
            number,
        }
    }

    /// Whether this is `[number]` of the context-specific class, primitive or constructed.
    #[inline]
    pub fn is_context(self, number: u32) -> bool {
        self.class == Class::Context && self.number == number
    }
}

/// Bits of an identifier octet: the contents are elements, and the number (31: octets follow).
const CONSTRUCTED: u8 = 0x20;
const NUMBER: u8 = 0x1f;
/// First length octet of the long form.
const LONG: u8 = 0x80;

/// Why the next element cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BerError {
    /// The octets end before the element does. Holds what its contents have and need, when
    /// identifier and length were there.
    Short(Short),
    /// A length of the indefinite form (X.690, 8.1.3.6), or the reserved one.
    Indefinite,
    /// A tag number or length of more than 32 bits.
    TooLarge,
    /// Nested deeper than [`crate::limits::BER_NESTING`].
    TooDeep,
}

impl BerError {
    /// How a message shows that it ended here, when it came whole from its sender.
    pub const fn anomaly(self) -> Anomaly {
        match self {
            Self::Short(_) | Self::TooLarge => Anomaly::BadLength,
            Self::Indefinite => Anomaly::BadValue,
            Self::TooDeep => Anomaly::LimitReached,
        }
    }
}

impl fmt::Display for BerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(short) => write!(f, "element ends early: {short}"),
            Self::Indefinite => f.write_str("indefinite or reserved form of a length"),
            Self::TooLarge => f.write_str("tag number or length of more than 32 bits"),
            Self::TooDeep => f.write_str("elements nested too deeply"),
        }
    }
}

impl std::error::Error for BerError {}

impl From<Short> for BerError {
    fn from(short: Short) -> Self {
        Self::Short(short)
    }
}

/// One element.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    pub tag: Tag,
    /// Its contents octets. Offsets go on counting from the outermost cursor.
    pub contents: Cursor<'a>,
}

impl<'a> Element<'a> {
    /// Contents octets as they are.
    #[inline]
    pub const fn octets(&self) -> &'a [u8] {
        self.contents.rest()
    }

    /// Contents as an INTEGER that is never negative; see [`unsigned`].
    #[inline]
    pub fn unsigned(&self) -> Option<u64> {
        unsigned(self.octets())
    }

    /// The same in 32 bits.
    #[inline]
    pub fn unsigned32(&self) -> Option<u32> {
        self.unsigned().and_then(|value| u32::try_from(value).ok())
    }

    /// Contents as a BOOLEAN (X.690, 8.2): one octet, false when it is zero.
    #[inline]
    pub const fn boolean(&self) -> Option<bool> {
        match self.octets() {
            [octet] => Some(*octet != 0),
            _ => None,
        }
    }

    /// Contents as text: printable ASCII (`VisibleString`).
    #[inline]
    pub fn visible(&self) -> Option<&'a str> {
        let octets = self.octets();
        // Without a way out of the loop, several octets are looked at at once.
        let printable = octets
            .iter()
            .fold(true, |all, octet| all & matches!(octet, 0x20..=0x7e));
        let text = std::str::from_utf8(octets).ok();
        text.filter(|_| printable)
    }
}

/// Reads identifier, length and contents of one element.
///
/// # Errors
/// See [`BerError`]. The cursor then stands anywhere in the element.
#[inline]
pub fn read<'a>(cursor: &mut Cursor<'a>) -> Result<Element<'a>, BerError> {
    // Nearly all elements have one octet of each.
    if let [octet, length, ..] = *cursor.rest()
        && octet & NUMBER != NUMBER
        && length < LONG
    {
        cursor.skip(2)?;
        return Ok(Element {
            tag: Tag::new(
                Class::of(octet),
                octet & CONSTRUCTED != 0,
                u32::from(octet & NUMBER),
            ),
            contents: cursor.sub(usize::from(length))?,
        });
    }
    read_long(cursor)
}

/// The same with any identifier and length.
fn read_long<'a>(cursor: &mut Cursor<'a>) -> Result<Element<'a>, BerError> {
    let tag = read_tag(cursor)?;
    let length = read_length(cursor)?;
    let contents = cursor.sub(length)?;
    Ok(Element { tag, contents })
}

/// Reads identifier octets (X.690, 8.1.2).
///
/// # Errors
/// [`BerError::Short`], [`BerError::TooLarge`].
#[inline]
pub fn read_tag(cursor: &mut Cursor<'_>) -> Result<Tag, BerError> {
    let octet = cursor.u8()?;
    let low = octet & NUMBER;
    let number = if low == NUMBER {
        read_high_number(cursor)?
    } else {
        u32::from(low)
    };
    Ok(Tag::new(Class::of(octet), octet & CONSTRUCTED != 0, number))
}

/// A tag number from 31 up: seven bits an octet, the last one without the high bit (8.1.2.4).
fn read_high_number(cursor: &mut Cursor<'_>) -> Result<u32, BerError> {
    const MORE: u8 = 0x80;
    let mut number = 0_u32;
    loop {
        let octet = cursor.u8()?;
        if number.leading_zeros() < 7 {
            return Err(BerError::TooLarge);
        }
        number = number << 7 | u32::from(octet & !MORE);
        if octet & MORE == 0 {
            return Ok(number);
        }
    }
}

/// Reads length octets of the definite form (X.690, 8.1.3). The length may exceed what is left.
///
/// # Errors
/// [`BerError::Short`], [`BerError::Indefinite`], [`BerError::TooLarge`].
#[inline]
pub fn read_length(cursor: &mut Cursor<'_>) -> Result<usize, BerError> {
    let first = cursor.u8()?;
    if first < LONG {
        return Ok(usize::from(first));
    }
    read_long_length(cursor, first & 0x7f)
}

/// The long form: so many octets, most significant first. They may start with zeros.
fn read_long_length(cursor: &mut Cursor<'_>, octets: u8) -> Result<usize, BerError> {
    if octets == 0 || octets == 0x7f {
        return Err(BerError::Indefinite);
    }
    let value = unsigned(cursor.take(usize::from(octets))?).ok_or(BerError::TooLarge)?;
    let length = u32::try_from(value).map_err(|_| BerError::TooLarge)?;
    usize::try_from(length).map_err(|_| BerError::TooLarge)
}

/// Contents of an INTEGER whose type has no negative values. Leading zeros are allowed; the first
/// bit is not taken for a sign, since stacks leave out the zero octet before it. `None`: no octets,
/// or more than 64 bits.
#[inline]
pub fn unsigned(octets: &[u8]) -> Option<u64> {
    match octets {
        [] => None,
        [a] => Some(u64::from(*a)),
        [a, b] => Some(u64::from(u16::from_be_bytes([*a, *b]))),
        [a, b, c, d] | [0, a, b, c, d] => Some(u64::from(u32::from_be_bytes([*a, *b, *c, *d]))),
        long => unsigned_of_any_length(long),
    }
}

fn unsigned_of_any_length(octets: &[u8]) -> Option<u64> {
    octets.iter().try_fold(0_u64, |value, octet| {
        (value.leading_zeros() >= 8).then_some(value << 8 | u64::from(*octet))
    })
}

/// Contents of an INTEGER (X.690, 8.3): two's complement. `None`: no octets, or more than eight.
pub fn integer(octets: &[u8]) -> Option<i64> {
    let first = *octets.first()?;
    if octets.len() > 8 {
        return None;
    }
    let sign = if first & 0x80 == 0 { 0_i64 } else { -1 };
    let shift = |value: i64, octet: &u8| value << 8 | i64::from(*octet);
    Some(octets.iter().fold(sign, shift))
}

/// A BIT STRING (X.690, 8.6, primitive).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits<'a> {
    /// The bits, first one in the highest position of the first octet.
    pub octets: &'a [u8],
    /// Bits of the last octet that do not count, 0 to 7.
    pub unused: u8,
}

impl<'a> Bits<'a> {
    /// Contents of a BIT STRING. `None` when the number of unused bits cannot be.
    pub fn of(contents: &'a [u8]) -> Option<Self> {
        let (unused, octets) = contents.split_first()?;
        let possible = *unused <= 7 && (*unused == 0 || !octets.is_empty());
        possible.then_some(Self {
            octets,
            unused: *unused,
        })
    }
}

#[cfg(test)]
mod tests;
