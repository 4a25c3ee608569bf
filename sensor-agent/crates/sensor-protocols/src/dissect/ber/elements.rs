//! A walk over the elements within one.
//!
//! Data in: contents octets. Data out: elements, one after the other.
//!
//! Limits: nesting of [`crate::limits::BER_NESTING`].

use super::{BerError, CONSTRUCTED, Element, LONG, NUMBER, read};
use crate::dissect::cursor::Cursor;
use crate::limits;

/// The elements within one element, front to back.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    rest: Cursor<'a>,
    levels: u8,
}

impl<'a> Elements<'a> {
    /// The elements that `contents` holds, on the outermost level.
    #[inline]
    pub const fn new(contents: Cursor<'a>) -> Self {
        Self {
            rest: contents,
            levels: limits::BER_NESTING,
        }
    }

    /// The next element; `None` at the end. After an error there is no next one.
    ///
    /// # Errors
    /// See [`BerError`].
    #[inline]
    pub fn next_element(&mut self) -> Result<Option<Element<'a>>, BerError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        match read(&mut self.rest) {
            Ok(element) => Ok(Some(element)),
            Err(error) => {
                self.rest.take_rest();
                Err(error)
            }
        }
    }

    /// Moves past primitive elements with one octet of identifier and length, up to the next other one
    /// or one that is not whole; how many there were. What a data set is made of.
    pub fn pass_short(&mut self) -> u32 {
        let mut octets = self.rest.rest();
        let mut passed = 0_u32;
        while let [octet, length, contents @ ..] = octets
            && octet & CONSTRUCTED == 0
            && octet & NUMBER != NUMBER
            && *length < LONG
            && let Some(after) = contents.get(usize::from(*length)..)
        {
            octets = after;
            passed = passed.saturating_add(1);
        }
        let by = self.rest.remaining().saturating_sub(octets.len());
        // Cannot fail: these octets were looked at.
        let _ = self.rest.skip(by);
        passed
    }

    /// The elements within `element`, one level further in.
    ///
    /// # Errors
    /// [`BerError::TooDeep`].
    #[inline]
    pub fn enter(&self, element: &Element<'a>) -> Result<Self, BerError> {
        let levels = self.levels.checked_sub(1).ok_or(BerError::TooDeep)?;
        Ok(Self {
            rest: element.contents,
            levels,
        })
    }

    /// Octets not read yet.
    #[inline]
    pub const fn remaining(&self) -> usize {
        self.rest.remaining()
    }
}
