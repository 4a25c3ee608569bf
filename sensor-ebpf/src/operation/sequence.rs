//! The rule of running sequences: does a [cyclic](sensor_common::operation::KIND_CYCLIC) message
//! follow the one before?
//!
//! Data in: the message, and what the flow's half knows
//! ([`sensor_common::flow::FlowHalf::next_cyclic`], valid with
//! [`sensor_common::flow::MARK_CYCLIC`]). Data out: whether it follows, and the new state.

use super::{Message, STEP_OWN};

/// Moves `next` behind `message`; whether the message follows what was `known` before.
///
/// With a step given, `next` is the tag that must come. With [`STEP_OWN`] it is the tag that came
/// last; the step from there goes into the second word of the operation, so that a key is granted
/// for one step and any other is another key.
#[inline(always)]
pub fn follows(message: &mut Message, next: &mut u32, known: bool) -> bool {
    let mask = mask(message.sequence_bits);
    let tag = message.tag & mask;
    if message.step == STEP_OWN {
        let step = tag.wrapping_sub(*next) & mask;
        *next = tag;
        if !known || step == 0 || step > mask / 2 {
            return false;
        }
        message.operation[1] ^= u64::from(step);
        return true;
    }
    let follows = known && tag == *next;
    *next = tag.wrapping_add(u32::from(message.step)) & mask;
    follows
}

/// The bits of a tag that count.
#[inline(always)]
const fn mask(bits: u8) -> u32 {
    if bits == 0 || bits >= 32 {
        u32::MAX
    } else {
        (1 << bits) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: u32, bits: u8, step: u8) -> Message {
        Message {
            tag,
            sequence_bits: bits,
            step,
            ..Message::default()
        }
    }

    #[test]
    fn a_step_given_counts_up_and_wraps() {
        let mut next = 0;
        assert!(!follows(&mut message(0x7ffe, 15, 1), &mut next, false));
        assert!(follows(&mut message(0x7fff, 15, 1), &mut next, true));
        assert!(follows(&mut message(0, 15, 1), &mut next, true));
        assert!(
            !follows(&mut message(0, 15, 1), &mut next, true),
            "repeated"
        );
        assert!(
            !follows(&mut message(2, 15, 1), &mut next, true),
            "left out"
        );
        let mut next = u32::MAX;
        assert!(follows(&mut message(u32::MAX, 32, 4), &mut next, true));
        assert_eq!(next, 3);
    }

    #[test]
    fn a_step_of_its_own_is_part_of_the_operation() {
        let mut next = 0;
        let mut run = |tag, known| {
            let mut message = message(tag, 16, STEP_OWN);
            let follows = follows(&mut message, &mut next, known);
            (follows, message.operation)
        };
        assert_eq!(run(0xffe0, false), (false, [0, 0]));
        assert_eq!(run(0x0020, true), (true, [0, 64]));
        assert_eq!(run(0x0060, true), (true, [0, 64]));
        assert_eq!(run(0x0080, true), (true, [0, 32]), "another key");
        assert_eq!(run(0x0080, true), (false, [0, 0]), "repeated");
        assert_eq!(run(0x0070, true), (false, [0, 0]), "backwards");
    }
}
