//! UUIDs as DCE/RPC sends them.
//!
//! Source: C706, appendix A: the first three fields in the order of octets of the message.

use std::fmt;

use crate::dissect::cursor::{Cursor, Short};

/// Order of octets in the numbers of a message (C706, 14.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::dissect) enum Order {
    Big,
    #[default]
    Little,
}

impl Order {
    pub(in crate::dissect) fn u16(self, cursor: &mut Cursor<'_>) -> Result<u16, Short> {
        match self {
            Self::Big => cursor.u16_be(),
            Self::Little => cursor.u16_le(),
        }
    }

    pub(in crate::dissect) fn u32(self, cursor: &mut Cursor<'_>) -> Result<u32, Short> {
        match self {
            Self::Big => cursor.u32_be(),
            Self::Little => cursor.u32_le(),
        }
    }

    pub(super) fn uuid(self, cursor: &mut Cursor<'_>) -> Result<Uuid, Short> {
        let (low, middle, high) = (self.u32(cursor)?, self.u16(cursor)?, self.u16(cursor)?);
        let rest: [u8; 8] = cursor.array()?;
        let first = u128::from(low) << 96 | u128::from(middle) << 80 | u128::from(high) << 64;
        Ok(Uuid(first | u128::from(u64::from_be_bytes(rest))))
    }
}

/// A UUID: its digits, as they are written, as one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Uuid(u128);

impl Uuid {
    pub(super) const fn of(digits: u128) -> Self {
        Self(digits)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |shift: u32, bits: u128| self.0 >> shift & bits;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            part(96, 0xffff_ffff),
            part(80, 0xffff),
            part(64, 0xffff),
            part(48, 0xffff),
            part(0, 0xffff_ffff_ffff),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_the_same_in_either_order() {
        let little = [
            0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00,
            0x10, 0x03,
        ];
        let big = [
            0x36, 0x7a, 0xbb, 0x81, 0x98, 0x44, 0x35, 0xf1, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00,
            0x10, 0x03,
        ];
        let uuid = Order::Little.uuid(&mut Cursor::new(&little)).unwrap();
        assert_eq!(Order::Big.uuid(&mut Cursor::new(&big)), Ok(uuid));
        assert_eq!(uuid.to_string(), "367abb81-9844-35f1-ad32-98f038001003");
    }
}
