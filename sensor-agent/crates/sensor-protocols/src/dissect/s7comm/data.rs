//! Data items: what a read brings and a write carries, each behind a return code.
//!
//! ```text
//!  0        1           2        4
//! ├────────┼───────────┼────────┼────────┬──────┐
//! │ return │ transport │ length │ data … │ fill │  in bits for transport sizes 3 to 5
//! └────────┴───────────┴────────┴────────┴──────┘
//! ```

use crate::dissect::cursor::{Cursor, Short};

/// Return code of an item that is there.
pub(super) const SUCCESS: u8 = 0xff;

/// Names of the return codes of items.
const RETURN_CODES: &[(u8, &str)] = &[
    (0x00, "reserved"),
    (0x01, "hardware error"),
    (0x03, "access to the object not allowed"),
    (0x05, "invalid address"),
    (0x06, "data type not supported"),
    (0x07, "data type inconsistent"),
    (0x0a, "object does not exist"),
];

/// Name of a return code; `None` when it is not defined.
pub(super) fn return_name(code: u8) -> Option<&'static str> {
    RETURN_CODES
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, name)| *name)
}

/// Items one behind the other, by their return code; the last may be short.
#[derive(Clone, Debug)]
pub(super) struct Items<'a> {
    cursor: Cursor<'a>,
    left: usize,
    short: bool,
}

impl<'a> Items<'a> {
    pub(super) const fn new(data: &'a [u8], count: usize) -> Self {
        Self {
            cursor: Cursor::new(data),
            left: count,
            short: false,
        }
    }

    /// Whether all items were there and nothing more.
    pub(super) const fn ended(&self) -> Ended {
        match (self.short || self.left > 0, self.cursor.is_empty()) {
            (true, _) => Ended::Short,
            (false, true) => Ended::Whole,
            (false, false) => Ended::Trailing,
        }
    }

    /// What lies behind the items.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.cursor.rest()
    }

    fn item(&mut self) -> Result<u8, Short> {
        let code = self.cursor.u8()?;
        let transport = self.cursor.u8()?;
        let length = usize::from(self.cursor.u16_be()?);
        // Of an item that failed the length stands for nothing.
        if !matches!(code, 0 | SUCCESS) {
            return Ok(code);
        }
        let octets = match transport {
            3..=5 => length.div_ceil(8),
            _ => length,
        };
        self.cursor.skip(octets)?;
        if octets % 2 != 0 && self.left > 0 {
            self.cursor.skip(1)?;
        }
        Ok(code)
    }
}

impl Iterator for Items<'_> {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        if self.left == 0 || self.cursor.is_empty() {
            return None;
        }
        let first = self.cursor.peek_u8();
        self.left = self.left.saturating_sub(1);
        if self.item().is_err() {
            self.short = true;
            self.left = 0;
            self.cursor.take_rest();
            return first;
        }
        first
    }
}

/// How a run of items ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Whole,
    Short,
    Trailing,
}
