//! Tag and length of an element in the basic encoding rules (ITU-T X.690, 8.1.2 and 8.1.3), as far
//! as GOOSE and sampled values use them.
//!
//! Limits: tags of one byte, definite lengths of up to two bytes behind their form byte.

use super::{MOST, Payload};

/// An element whose contents lie at `start` up to `end` of the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) tag: u8,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Element {
    #[inline(always)]
    pub(super) const fn len(&self) -> usize {
        self.end - self.start
    }

    /// The contents as an unsigned number of at most 32 bits.
    #[inline(always)]
    pub(super) fn number(&self, payload: &Payload<'_>) -> Option<u32> {
        let len = self.len();
        if !(1..=5).contains(&len) || self.end > payload.len().min(MOST) {
            return None;
        }
        // A fifth byte is there to keep the sign clear.
        let number = payload.word(self.start).swap_bytes() >> (8 * (8 - len));
        u32::try_from(number).ok()
    }

    /// The contents as a truth value.
    #[inline(always)]
    pub(super) fn truth(&self, payload: &Payload<'_>) -> Option<bool> {
        if self.len() != 1 {
            return None;
        }
        let [byte] = payload.read::<1>(self.start)?;
        Some(byte != 0)
    }
}

/// The element at `offset`; `None` when it has no such form or does not end before `end`.
#[inline(always)]
pub(super) fn element(payload: &Payload<'_>, offset: usize, end: usize) -> Option<Element> {
    let [tag, first] = payload.read::<2>(offset)?;
    let (start, len) = match first {
        0..=0x7f => (offset + 2, first as usize),
        0x81 => {
            let [len] = payload.read::<1>(offset + 2)?;
            (offset + 3, len as usize)
        }
        0x82 => {
            let len = payload.read::<2>(offset + 2)?;
            (offset + 4, u16::from_be_bytes(len) as usize)
        }
        _ => return None,
    };
    let (start, behind) = (payload.forget(start), payload.forget(start + len));
    if tag & 0x1f == 0x1f || behind > end {
        return None;
    }
    Some(Element {
        tag,
        start,
        end: behind,
    })
}

/// The element at `offset`, which must have the tag.
#[inline(always)]
pub(super) fn tagged(payload: &Payload<'_>, tag: u8, offset: usize, end: usize) -> Option<Element> {
    let element = element(payload, offset, end)?;
    (element.tag == tag).then_some(element)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Buffer;

    fn read(bytes: &[u8]) -> Option<Element> {
        element(
            &Payload::new(&mut Buffer::of(bytes), bytes.len()),
            0,
            bytes.len(),
        )
    }

    #[test]
    fn lengths_in_three_forms() {
        let (tag, start) = (0x85, 2);
        let short = read(&[tag, 1, 9]);
        assert_eq!(short, Some(Element { tag, start, end: 3 }));
        assert_eq!(
            read(&[tag, 0x81, 1, 9]).map(|e| (e.start, e.len())),
            Some((3, 1))
        );
        assert_eq!(
            read(&[tag, 0x82, 0, 1, 9]).map(|e| (e.start, e.len())),
            Some((4, 1))
        );
        for bad in [
            &[tag, 2, 9][..],
            &[tag, 0x80, 0, 0],
            &[tag, 0x83, 0, 0, 0],
            &[0x9f, 1, 9],
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn numbers_of_up_to_32_bits() {
        let number =
            |bytes: &[u8]| read(bytes)?.number(&Payload::new(&mut Buffer::of(bytes), bytes.len()));
        assert_eq!(number(&[0x85, 3, 0, 0x8f, 0x61]), Some(0x8f61));
        assert_eq!(number(&[0x85, 5, 0, 0xff, 0, 0, 1]), Some(0xff00_0001));
        assert_eq!(number(&[0x85, 5, 1, 0xff, 0, 0, 1]), None);
        assert_eq!(number(&[0x85, 0]), None);
        assert_eq!(number(&[0x85, 6, 0, 0, 0, 0, 0, 1]), None);
        let truth =
            |bytes: &[u8]| read(bytes)?.truth(&Payload::new(&mut Buffer::of(bytes), bytes.len()));
        assert_eq!(
            (truth(&[0x87, 1, 0]), truth(&[0x87, 1, 1])),
            (Some(false), Some(true))
        );
        assert_eq!(truth(&[0x87, 2, 0, 0]), None);
    }
}
