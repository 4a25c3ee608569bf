//! Where messages begin and end in the payload of a segment.
//!
//! Data in: a payload and how a protocol tells the length of a message. Data out: a [`Shape`].
//! Limit: [`MESSAGES`] messages in one segment.

use super::{Payload, Shape};

/// Messages in one segment that are followed.
pub(super) const MESSAGES: usize = 4;

/// Whether the payload is one message ([`Shape::One`], not looked at yet), several whole ones, or
/// neither. `length` tells the bytes of the message at an offset, `None` when there is none.
#[inline(always)]
pub(super) fn shape(
    payload: &Payload<'_>,
    mut length: impl FnMut(&Payload<'_>, usize) -> Option<usize>,
) -> Shape {
    let mut offset = 0;
    for number in 0..MESSAGES {
        let Some(length) = length(payload, offset) else {
            return Shape::Partial;
        };
        offset = payload.forget(offset + length);
        if offset == payload.len() {
            return if number == 0 {
                Shape::One
            } else {
                Shape::Whole
            };
        }
        if offset > payload.len() {
            return Shape::Partial;
        }
    }
    // More than are followed: where they end is not known.
    Shape::Partial
}
