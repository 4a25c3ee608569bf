//! Send and receive sequence numbers of both sides (IEC 60870-5-104, 5.1).
//!
//! Data in: what the APDUs of a segment say, and the two halves of the flow. Of each half,
//! [`FlowHalf::next_cyclic`] holds V(S), the number of its next message, and above it the N(R) it
//! sent last. Data out: whether the segment follows. Followed are all APDUs, also those that are never
//! withheld: behind a number that does not follow nothing can be, since the reader finds fault with
//! what comes then too.

use sensor_common::flow::{FlowHalf, MARK_CYCLIC};

use crate::operation::Message;

/// Numbers have 15 bits, and stand in 16.
const MASK: u32 = 0x7fff;
const ABOVE: u32 = 16;
/// From here on a number is behind, not ahead.
const HALF: u32 = 0x4000;

/// How the numbers of a segment relate to those before.
///
/// As wide as a register, for the reason [`crate::outcome::Skip`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Follows {
    /// The next message, which acknowledges nothing new.
    Next,
    /// Something else that is in order, or the first that is seen.
    Moved,
    /// A number was left out or repeated, or one is acknowledged that was not sent or was before.
    Broken,
}

/// Takes the numbers of a segment of `own`: the first N(S) and the last N(R) are the tag of `message`,
/// the number of messages in I format is its step.
#[inline(always)]
pub(super) fn follow(own: &mut FlowHalf, peer: (u32, u32), message: &Message) -> Follows {
    let (peer_marks, peer_next) = peer;
    let (send, receive) = (message.tag & MASK, message.tag >> ABOVE & MASK);
    let count = u32::from(message.step);
    let known = own.marks & MARK_CYCLIC != 0;
    if !known && count == 0 {
        return Follows::Moved;
    }
    let (due, before) = (own.next_cyclic & MASK, own.next_cyclic >> ABOVE & MASK);
    let out_of_turn = count != 0 && send != due;
    let backwards = receive.wrapping_sub(before) & MASK >= HALF;
    let not_sent = peer_marks & MARK_CYCLIC != 0 && peer_next.wrapping_sub(receive) & MASK >= HALF;
    let next = if count == 0 { due } else { send };
    own.next_cyclic = (next.wrapping_add(count) & MASK) | receive << ABOVE;
    own.marks |= MARK_CYCLIC;
    if not_sent || (known && (out_of_turn || backwards)) {
        Follows::Broken
    } else if known && receive == before {
        Follows::Next
    } else {
        Follows::Moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(send: u32, receive: u32, count: u8) -> Message {
        Message {
            tag: send | receive << ABOVE,
            step: count,
            ..Message::default()
        }
    }

    const NOBODY: (u32, u32) = (0, 0);

    #[test]
    fn messages_count_up_and_wrap() {
        let mut half = FlowHalf::default();
        assert_eq!(
            follow(&mut half, NOBODY, &said(0x7ffe, 3, 1)),
            Follows::Moved
        );
        assert_eq!(
            follow(&mut half, NOBODY, &said(0x7fff, 3, 1)),
            Follows::Next
        );
        assert_eq!(follow(&mut half, NOBODY, &said(0, 3, 3)), Follows::Next);
        assert_eq!(half.next_cyclic, 3 | 3 << ABOVE);
        assert_eq!(follow(&mut half, NOBODY, &said(3, 4, 1)), Follows::Moved);
        assert_eq!(follow(&mut half, NOBODY, &said(4, 4, 1)), Follows::Next);
    }

    #[test]
    fn repeated_and_left_out_numbers_break_it() {
        for send in [4, 6, 5 + HALF] {
            let mut half = FlowHalf::default();
            follow(&mut half, NOBODY, &said(4, 0, 1));
            let follows = follow(&mut half, NOBODY, &said(send, 0, 1));
            assert_eq!(follows, Follows::Broken, "{send}");
        }
    }

    #[test]
    fn acknowledgments_go_forward_and_not_beyond_what_was_sent() {
        let mut half = FlowHalf::default();
        let peer = (MARK_CYCLIC, 7 | 9 << ABOVE);
        follow(&mut half, peer, &said(0, 5, 1));
        assert_eq!(follow(&mut half, peer, &said(0, 7, 0)), Follows::Moved);
        assert_eq!(follow(&mut half, peer, &said(1, 7, 1)), Follows::Next);
        let mut other = half;
        assert_eq!(follow(&mut other, peer, &said(2, 8, 1)), Follows::Broken);
        assert_eq!(follow(&mut half, peer, &said(2, 6, 1)), Follows::Broken);
        let mut fresh = FlowHalf::default();
        assert_eq!(follow(&mut fresh, peer, &said(0, 8, 1)), Follows::Broken);
    }

    #[test]
    fn a_side_that_only_acknowledges_has_no_number() {
        let mut half = FlowHalf::default();
        assert_eq!(follow(&mut half, NOBODY, &said(0, 8, 0)), Follows::Moved);
        assert_eq!(half.marks & MARK_CYCLIC, 0);
    }
}
