//! The only way decoders and dissectors read bytes: every read is checked.
//!
//! A [`Cursor`] walks a slice once, front to back. A length field makes a [`Cursor::sub`] cursor,
//! so the parser of an inner structure cannot read past its own end. Offsets are counted from the
//! start of the outermost slice, so an error names the byte a packet analyser shows.

use std::fmt;

/// A read asked for more bytes than there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// Offset of the read, counted from the start of the outermost cursor.
    pub offset: usize,
    /// Bytes the read needed.
    pub need: usize,
    /// Bytes that were left.
    pub have: usize,
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, need, have } = self;
        write!(f, "need {need} bytes at offset {offset}, have {have}")
    }
}

impl std::error::Error for Short {}

/// A checked reader over borrowed bytes.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    offset: usize,
}

macro_rules! integers {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $from:ident;)*) => {
        $($(#[$doc])*
        #[inline]
        pub fn $name(&mut self) -> Result<$type, Short> {
            Ok(<$type>::$from(self.array()?))
        })*
    };
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `data`, offset 0.
    #[inline]
    pub const fn new(data: &'a [u8]) -> Self {
        Self {
            rest: data,
            offset: 0,
        }
    }

    /// Bytes read so far, counted from the start of the outermost cursor.
    #[inline]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes are left.
    #[inline]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes that are left, without reading them.
    #[inline]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Reads `n` bytes.
    #[inline]
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Short> {
        let (head, tail) = self.rest.split_at_checked(n).ok_or(self.short(n))?;
        self.rest = tail;
        self.offset = self.offset.saturating_add(n);
        Ok(head)
    }

    /// Reads all that is left.
    #[inline]
    pub fn take_rest(&mut self) -> &'a [u8] {
        let all = self.rest;
        self.rest = &[];
        self.offset = self.offset.saturating_add(all.len());
        all
    }

    /// Reads `n` bytes as a cursor of their own that keeps counting offsets.
    #[inline]
    pub fn sub(&mut self, n: usize) -> Result<Self, Short> {
        let offset = self.offset;
        Ok(Self {
            rest: self.take(n)?,
            offset,
        })
    }

    /// Moves past `n` bytes.
    #[inline]
    pub fn skip(&mut self, n: usize) -> Result<(), Short> {
        self.take(n).map(|_| ())
    }

    /// Reads exactly `N` bytes.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(self.short(N))?;
        self.rest = tail;
        self.offset = self.offset.saturating_add(N);
        Ok(*head)
    }

    /// The next byte, without reading it.
    #[inline]
    pub fn peek_u8(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads a 24-bit big-endian integer.
    #[inline]
    pub fn u24_be(&mut self) -> Result<u32, Short> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    /// Reads a 24-bit little-endian integer.
    #[inline]
    pub fn u24_le(&mut self) -> Result<u32, Short> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_le_bytes([a, b, c, 0]))
    }

    integers! {
        /// Reads one byte.
        u8: u8 = from_be_bytes;
        /// Reads a 16-bit big-endian integer.
        u16_be: u16 = from_be_bytes;
        /// Reads a 32-bit big-endian integer.
        u32_be: u32 = from_be_bytes;
        /// Reads a 64-bit big-endian integer.
        u64_be: u64 = from_be_bytes;
        /// Reads a 16-bit little-endian integer.
        u16_le: u16 = from_le_bytes;
        /// Reads a 32-bit little-endian integer.
        u32_le: u32 = from_le_bytes;
        /// Reads a 64-bit little-endian integer.
        u64_le: u64 = from_le_bytes;
    }

    #[inline]
    const fn short(&self, need: usize) -> Short {
        Short {
            offset: self.offset,
            need,
            have: self.rest.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_integers_in_both_byte_orders() {
        let mut c = Cursor::new(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(c.u8(), Ok(1));
        assert_eq!(c.u16_be(), Ok(0x0203));
        assert_eq!(c.u16_le(), Ok(0x0504));
        assert_eq!(c.u24_be(), Ok(0x0006_0708));
        assert_eq!(c.offset(), 8);
        assert_eq!(
            c.u32_be(),
            Err(Short {
                offset: 8,
                need: 4,
                have: 1
            })
        );
        assert_eq!(c.take_rest(), [9], "a failed read consumes nothing");
    }

    #[test]
    fn a_sub_cursor_ends_at_its_own_length() {
        let mut outer = Cursor::new(&[0, 0, 1, 2, 3]);
        outer.skip(2).unwrap();
        let mut inner = outer.sub(2).unwrap();
        assert_eq!(inner.u16_be(), Ok(0x0102));
        assert_eq!(
            inner.u8(),
            Err(Short {
                offset: 4,
                need: 1,
                have: 0
            })
        );
        assert_eq!(outer.u8(), Ok(3));
    }
}
