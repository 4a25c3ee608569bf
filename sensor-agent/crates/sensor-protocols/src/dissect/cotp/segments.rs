//! TSDUs put together from their DT TPDUs.
//!
//! Data in: the user data of the DT TPDUs of one direction, with EOT. Data out: whole TSDUs.
//! Source: ISO/IEC 8073:1997, 6.3 (segmenting and reassembling).
//!
//! Limits: [`limits::COTP_TSDU_BYTES`] are kept; what is beyond is not. A TSDU in a single TPDU is
//! not copied.

use crate::limits;

/// The TSDU of one direction that is being put together.
#[derive(Debug, Default)]
pub(super) struct Reassembly {
    bytes: Vec<u8>,
    cut: bool,
    /// The beginning of what comes was lost.
    headless: bool,
}

/// What a DT TPDU brings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment<'a> {
    /// A TSDU that came whole in this TPDU.
    Whole(&'a [u8]),
    /// The last part: the TSDU is in [`Reassembly::take`].
    Completed,
    /// More is to come, or nothing came at all.
    Pending,
    /// The last part of a TSDU whose beginning was lost.
    Headless,
}

impl Reassembly {
    /// Takes the user data of a DT TPDU.
    #[inline]
    pub(super) fn segment<'a>(&mut self, data: &'a [u8], end: bool) -> Segment<'a> {
        if self.headless {
            self.headless = !end;
            return if end {
                Segment::Headless
            } else {
                Segment::Pending
            };
        }
        if end && self.bytes.is_empty() {
            return if data.is_empty() {
                Segment::Pending
            } else {
                Segment::Whole(data)
            };
        }
        let room = limits::COTP_TSDU_BYTES.saturating_sub(self.bytes.len());
        let kept = data.get(..room).unwrap_or(data);
        self.cut |= kept.len() < data.len();
        self.bytes.extend_from_slice(kept);
        if end {
            Segment::Completed
        } else {
            Segment::Pending
        }
    }

    /// Takes the TSDU that was completed, and whether the cap cut it.
    pub(super) fn take(&mut self) -> (Vec<u8>, bool) {
        (
            std::mem::take(&mut self.bytes),
            std::mem::take(&mut self.cut),
        )
    }

    /// Octets kept of a TSDU that is not finished.
    pub(super) const fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes were lost: what there is has no end, and what comes may have no beginning.
    pub(super) fn lost(&mut self) {
        let begun = !self.bytes.is_empty();
        *self = Self {
            headless: begun,
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_a_unit_and_one_part_is_not_copied() {
        let mut reassembly = Reassembly::default();
        assert_eq!(reassembly.segment(&[1], true), Segment::Whole(&[1]));
        assert_eq!(reassembly.segment(&[], false), Segment::Pending);
        assert_eq!(reassembly.segment(&[2], true), Segment::Whole(&[2]));
        assert_eq!(reassembly.segment(&[3], false), Segment::Pending);
        assert_eq!(reassembly.segment(&[4, 5], true), Segment::Completed);
        assert_eq!(reassembly.take(), (vec![3, 4, 5], false));
    }

    #[test]
    fn a_unit_is_kept_up_to_the_cap() {
        let mut reassembly = Reassembly::default();
        for _ in 0..9 {
            assert_eq!(reassembly.segment(&[7; 1000], false), Segment::Pending);
        }
        assert_eq!(reassembly.segment(&[7], true), Segment::Completed);
        let (unit, cut) = reassembly.take();
        assert_eq!((unit.len(), cut), (limits::COTP_TSDU_BYTES, true));
    }

    #[test]
    fn what_follows_a_loss_inside_a_unit_is_dropped_to_its_end() {
        let mut reassembly = Reassembly::default();
        reassembly.segment(&[1], false);
        reassembly.lost();
        assert_eq!(reassembly.segment(&[2], false), Segment::Pending);
        assert_eq!(reassembly.segment(&[3], true), Segment::Headless);
        assert_eq!(reassembly.segment(&[4], true), Segment::Whole(&[4]));
    }
}
