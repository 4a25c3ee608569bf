//! Tags: how parameters and values are encoded.
//!
//! Data in: octets of parameters. Data out: one tag after the other with its contents. Source: ASHRAE
//! 135-2020, clause 20.2.1.

use crate::dissect::cursor::{Cursor, Short};

/// Types of application tags (20.2.1.4).
pub(super) mod application {
    pub(in super::super) const BOOLEAN: u8 = 1;
    pub(in super::super) const UNSIGNED: u8 = 2;
    pub(in super::super) const CHARACTER_STRING: u8 = 7;
    pub(in super::super) const ENUMERATED: u8 = 9;
    pub(in super::super) const OBJECT_IDENTIFIER: u8 = 12;
    /// Higher ones are reserved.
    pub(in super::super) const LAST: u8 = 12;
}

/// What a tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag<'a> {
    /// A value whose type the tag tells.
    Application {
        kind: u8,
        contents: &'a [u8],
    },
    /// A value whose type its place tells.
    Context {
        number: u8,
        contents: &'a [u8],
    },
    Opening(u8),
    Closing(u8),
    /// An application tag of a type that is not defined, or with a length that means something in
    /// context tags only.
    Invalid,
}

impl<'a> Tag<'a> {
    /// Reads the next tag.
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Short> {
        const CONTEXT: u8 = 0x08;
        const EXTENDED: u8 = 5;
        const OPENING: u8 = 6;
        const CLOSING: u8 = 7;
        let first = cursor.u8()?;
        let number = match first >> 4 {
            0x0f => cursor.u8()?,
            number => number,
        };
        let context = first & CONTEXT != 0;
        let length = match (first & 0x07, context) {
            (OPENING, true) => return Ok(Self::Opening(number)),
            (CLOSING, true) => return Ok(Self::Closing(number)),
            (OPENING | CLOSING, false) => return Ok(Self::Invalid),
            // The value of a boolean stands in the place of its length (20.2.3).
            (_, false) if number == application::BOOLEAN => 0,
            (EXTENDED, _) => Self::extended(cursor)?,
            (length, _) => usize::from(length),
        };
        let contents = cursor.take(length)?;
        Ok(match context {
            true => Self::Context { number, contents },
            false if number > application::LAST => Self::Invalid,
            false => Self::Application {
                kind: number,
                contents,
            },
        })
    }

    /// A length of five octets and more (20.2.1.3.1).
    fn extended(cursor: &mut Cursor<'a>) -> Result<usize, Short> {
        Ok(match cursor.u8()? {
            254 => usize::from(cursor.u16_be()?),
            255 => usize::try_from(cursor.u32_be()?).unwrap_or(usize::MAX),
            length => usize::from(length),
        })
    }
}

/// An unsigned integer or an enumeration of up to four octets (20.2.4, 20.2.11).
pub(super) fn unsigned(contents: &[u8]) -> Option<u32> {
    let fits = (1..=4).contains(&contents.len());
    let value = contents
        .iter()
        .fold(0_u32, |value, octet| (value << 8) | u32::from(*octet));
    fits.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_every_kind() {
        let bytes = [
            0x0c, 0, 0, 0, 1, // context 0, four octets
            0x3e, 0x3f, // context 3, opening and closing
            0x11, // true
            0x75, 5, 0, b'a', b'b', b'c', b'd', // character string
            0xf9, 0x20, 7, // context 32
            0x65, 254, 0, 1, 9, // octet string with a length of three octets
            0xd1, 0, // reserved
        ];
        let mut cursor = Cursor::new(&bytes);
        let expected = [
            Tag::Context {
                number: 0,
                contents: &[0, 0, 0, 1],
            },
            Tag::Opening(3),
            Tag::Closing(3),
            Tag::Application {
                kind: application::BOOLEAN,
                contents: &[],
            },
            Tag::Application {
                kind: application::CHARACTER_STRING,
                contents: b"\0abcd",
            },
            Tag::Context {
                number: 32,
                contents: &[7],
            },
            Tag::Application {
                kind: 6,
                contents: &[9],
            },
            Tag::Invalid,
        ];
        for tag in expected {
            assert_eq!(Tag::read(&mut cursor), Ok(tag));
        }
        assert!(cursor.is_empty());
        assert!(Tag::read(&mut Cursor::new(&[0x0c, 1])).is_err());
        assert!(Tag::read(&mut Cursor::new(&[0x05, 255, 255, 255, 255, 255])).is_err());
    }

    #[test]
    fn unsigned_integers_have_one_to_four_octets() {
        assert_eq!(unsigned(&[1, 0]), Some(256));
        assert_eq!(unsigned(&[255; 4]), Some(u32::MAX));
        assert_eq!(unsigned(&[]), None);
        assert_eq!(unsigned(&[0; 5]), None);
    }
}
