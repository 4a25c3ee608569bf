//! Walks the elements of an MMS message, also of one that ends early.
//!
//! Data in: the contents of an element. Data out: the elements in it. [`super::super::ber`] reads tags
//! and lengths; here an element that goes on beyond what is there has the contents that are there, so
//! that a message the capture cut is still told, and what is wrong is kept in `fault`.
//!
//! Limits: an element whose length is of the indefinite form (X.690, 8.1.3.6) is looked for its end through
//! [`limits::BER_NESTING`] such elements in each other; what is deeper is `limit_reached`. Nobody else
//! descends by recursion.

use crate::dissect::ber::{self, BerError, Class, Element, Tag, universal};
use crate::dissect::cursor::Cursor;
use crate::limits;
use crate::observation::{Anomaly, AnomalySet};

/// The elements of one level, front to back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: Cursor<'a>,
    /// What departs from the encoding rules so far.
    pub(super) fault: AnomalySet,
}

impl<'a> Reader<'a> {
    #[inline]
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: Cursor::new(bytes),
            fault: AnomalySet::EMPTY,
        }
    }

    /// The elements in `element`.
    #[inline]
    pub(super) const fn within(element: &Element<'a>) -> Self {
        Self {
            rest: element.contents,
            fault: AnomalySet::EMPTY,
        }
    }

    /// The octets that are left.
    #[inline]
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest.rest()
    }

    /// The next element; `None` at the end, and where none can be read.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Element<'a>> {
        while !self.rest.is_empty() {
            match self.read() {
                // The end of an element of indefinite length is taken with it. What stands behind one
                // that ends nothing is read all the same: nobody hides a command there.
                Ok(element) if element.tag == END_OF_CONTENTS => {
                    self.fault.insert(Anomaly::BadValue);
                }
                Ok(element) => return Some(element),
                Err(error) => {
                    self.rest.take_rest();
                    self.fault = self.fault.union(fault(error));
                }
            }
        }
        None
    }

    #[inline]
    fn read(&mut self) -> Result<Element<'a>, BerError> {
        let tag = ber::read_tag(&mut self.rest)?;
        let length = match ber::read_length(&mut self.rest) {
            Err(BerError::Indefinite) if tag.constructed => return self.indefinite(tag),
            length => length?,
        };
        let there = self.rest.remaining().min(length);
        if there < length {
            self.fault = self.fault.union(ENDS_EARLY);
        }
        let contents = self.rest.sub(there)?;
        Ok(Element { tag, contents })
    }

    /// An element of indefinite length: up to its end, or all there is where none can be found.
    fn indefinite(&mut self, tag: Tag) -> Result<Element<'a>, BerError> {
        let contents = match octets_to_end(self.rest, limits::BER_NESTING) {
            Ok(octets) => {
                let contents = self.rest.sub(octets)?;
                self.rest.skip(END_OCTETS)?;
                contents
            }
            Err(error) => {
                self.fault = self.fault.union(fault(error));
                self.rest.sub(self.rest.remaining())?
            }
        };
        Ok(Element { tag, contents })
    }

    /// The next element, when it has this number in the context-specific class.
    pub(super) fn context(&mut self, number: u32) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.next().filter(|e| e.tag.is_context(number))?;
        *self = ahead;
        Some(element)
    }
}

/// Two zero octets end an element of indefinite length.
const END_OF_CONTENTS: Tag = Tag::universal(0);

const END_OCTETS: usize = 2;

/// Octets before the end of contents that belongs to the level that `level` stands at the start of.
fn octets_to_end(mut level: Cursor<'_>, depth: u8) -> Result<usize, BerError> {
    let depth = depth.checked_sub(1).ok_or(BerError::TooDeep)?;
    let all = level.remaining();
    loop {
        let before = all.saturating_sub(level.remaining());
        let tag = ber::read_tag(&mut level)?;
        match ber::read_length(&mut level) {
            Ok(0) if tag == END_OF_CONTENTS => return Ok(before),
            Ok(octets) => level.skip(octets)?,
            Err(BerError::Indefinite) if tag.constructed => {
                level.skip(octets_to_end(level, depth)?)?;
                level.skip(END_OCTETS)?;
            }
            Err(error) => return Err(error),
        }
    }
}

const ENDS_EARLY: AnomalySet = AnomalySet::of(Anomaly::Truncated).with(Anomaly::BadLength);

fn fault(error: BerError) -> AnomalySet {
    match error {
        BerError::Short(_) => ENDS_EARLY,
        BerError::Indefinite | BerError::TooLarge | BerError::TooDeep => {
            AnomalySet::of(error.anomaly())
        }
    }
}

/// Whether an element is of the universal class with this number.
pub(super) fn is_universal(element: &Element<'_>, number: u32) -> bool {
    element.tag.class == Class::Universal && element.tag.number == number
}

/// Whether an element is an INTEGER.
pub(super) fn is_integer(element: &Element<'_>) -> bool {
    is_universal(element, universal::INTEGER)
}

/// Device text as it is shown; `None` when it is not readable.
pub(super) fn text<'a>(element: &Element<'a>) -> Option<&'a str> {
    let text = std::str::from_utf8(element.octets()).ok()?.trim();
    let readable = !text.is_empty() && !text.chars().any(char::is_control);
    readable.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_that_ends_early_keeps_what_is_there() {
        let mut reader = Reader::new(&[0x80, 1, 7, 0x81, 4, 8]);
        assert_eq!(reader.next().unwrap().octets(), [7]);
        assert!(reader.fault.is_empty());
        assert_eq!(reader.next().unwrap().octets(), [8]);
        assert_eq!(reader.fault, ENDS_EARLY);
        assert!(reader.next().is_none());
    }

    #[test]
    fn an_element_of_indefinite_length_is_gone_into() {
        let mut reader = Reader::new(&[0xa0, 0x80, 0x81, 1, 8, 0, 0]);
        let mut inner = Reader::within(&reader.next().unwrap());
        assert_eq!(inner.next().unwrap().octets(), [8]);
        assert!(inner.next().is_none());
        assert!(inner.fault.is_empty() && reader.fault.is_empty());
    }
}
