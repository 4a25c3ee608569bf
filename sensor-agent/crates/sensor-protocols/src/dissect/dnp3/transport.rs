//! Transport function: segments of a fragment put together.
//!
//! Data in: the user data of link frames of one direction. Data out: whole application fragments.
//! Source: IEEE 1815-2012, 8.2: FIN, FIR and a sequence number modulo 64 before each segment.
//!
//! Limits: one fragment at a time in each direction, of [`limits::DNP3_FRAGMENT_BYTES`]; what is
//! beyond is not kept. A fragment in a single segment is not copied. Segments of two outstations
//! behind one connection that interleave are told as out of sequence.

use crate::limits;

const FIN: u8 = 0x80;
const FIR: u8 = 0x40;
const SEQUENCE: u8 = 0x3f;

/// The fragment of one direction that is being put together.
#[derive(Debug, Default)]
pub(super) struct Reassembly {
    bytes: Vec<u8>,
    /// Sequence number and addresses of the next segment, when a fragment has begun.
    expected: Option<(u8, (u16, u16))>,
    cut: bool,
    /// A fragment has begun since the start, or since a frame was lost: what has no beginning now was
    /// not sent with one.
    synchronised: bool,
}

/// What a segment brings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment<'a> {
    /// A fragment that came whole in this segment.
    Whole(&'a [u8]),
    /// The last segment: the fragment is in [`Reassembly::fragment`].
    Completed,
    /// More are to come.
    Pending,
    /// It does not continue what there is, or there is no beginning; it is dropped.
    Stray,
    /// There is no transport octet.
    Empty,
}

impl Reassembly {
    /// Takes the user data of a frame. Answers what it brings, and whether it follows from what
    /// came before: a fragment that begins while another one is not finished does not.
    pub(super) fn segment<'a>(
        &mut self,
        addresses: (u16, u16),
        data: &'a [u8],
    ) -> (Segment<'a>, bool) {
        let Some((transport, rest)) = data.split_first() else {
            return (Segment::Empty, true);
        };
        let next = (transport & SEQUENCE).wrapping_add(1) & SEQUENCE;
        let first = transport & FIR != 0;
        let known = std::mem::replace(&mut self.synchronised, true);
        let follows = first == self.expected.is_none() || !known;
        let expected = self.expected.take();
        if first {
            if transport & FIN != 0 {
                return (Segment::Whole(rest), follows);
            }
            self.bytes.clear();
            self.cut = false;
        } else if expected != Some((transport & SEQUENCE, addresses)) {
            self.bytes.clear();
            self.synchronised = known;
            return (Segment::Stray, !known);
        }
        self.keep(rest);
        if transport & FIN != 0 {
            return (Segment::Completed, follows);
        }
        self.expected = Some((next, addresses));
        (Segment::Pending, follows)
    }

    fn keep(&mut self, rest: &[u8]) {
        let room = limits::DNP3_FRAGMENT_BYTES.saturating_sub(self.bytes.len());
        let kept = rest.get(..room).unwrap_or(rest);
        self.cut |= kept.len() < rest.len();
        self.bytes.extend_from_slice(kept);
    }

    /// Takes the fragment that was completed, and whether the cap cut it.
    pub(super) fn fragment(&mut self) -> (Vec<u8>, bool) {
        (
            std::mem::take(&mut self.bytes),
            std::mem::take(&mut self.cut),
        )
    }

    /// Whole fragments passed that were not shown.
    pub(super) fn passed(&mut self) {
        self.expected = None;
        self.synchronised = true;
    }

    /// Octets kept of a fragment that is not finished.
    pub(super) const fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets what there is: a frame was lost, or there is no room.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDS: (u16, u16) = (1, 2);

    #[test]
    fn segments_make_a_fragment() {
        let mut reassembly = Reassembly::default();
        assert_eq!(
            reassembly.segment(ENDS, &[0x7f, 1, 2]),
            (Segment::Pending, true)
        );
        assert_eq!(
            reassembly.segment(ENDS, &[0x00, 3]),
            (Segment::Pending, true)
        );
        assert_eq!(
            reassembly.segment(ENDS, &[0x81, 4]),
            (Segment::Completed, true)
        );
        assert_eq!(reassembly.fragment(), (vec![1, 2, 3, 4], false));
        assert_eq!(
            reassembly.segment(ENDS, &[0xc0, 9]),
            (Segment::Whole(&[9]), true)
        );
    }

    #[test]
    fn a_segment_that_does_not_follow_is_dropped_with_what_came_before() {
        let mut reassembly = Reassembly::default();
        assert_eq!(
            reassembly.segment(ENDS, &[0x05, 1]),
            (Segment::Stray, true),
            "it may have begun before the capture"
        );
        assert_eq!(
            reassembly.segment(ENDS, &[0x45, 1]),
            (Segment::Pending, true)
        );
        assert_eq!(
            reassembly.segment(ENDS, &[0x07, 1]),
            (Segment::Stray, false)
        );
        assert_eq!(
            reassembly.segment(ENDS, &[0x45, 1]),
            (Segment::Pending, true)
        );
        assert_eq!(
            reassembly.segment((1, 3), &[0x06, 1]),
            (Segment::Stray, false)
        );
        assert_eq!(
            reassembly.segment(ENDS, &[0x45, 1]),
            (Segment::Pending, true)
        );
        assert_eq!(
            reassembly.segment(ENDS, &[0xc1, 7]),
            (Segment::Whole(&[7]), false)
        );
    }

    #[test]
    fn a_fragment_is_kept_up_to_the_cap() {
        let mut reassembly = Reassembly::default();
        reassembly.segment(ENDS, &[[0x40].as_slice(), &[7; 249]].concat());
        for n in 1..40 {
            reassembly.segment(ENDS, &[[n].as_slice(), &[7; 249]].concat());
        }
        assert_eq!(
            reassembly.segment(ENDS, &[0xa8]),
            (Segment::Completed, true)
        );
        let (fragment, cut) = reassembly.fragment();
        assert_eq!((fragment.len(), cut), (limits::DNP3_FRAGMENT_BYTES, true));
    }
}
