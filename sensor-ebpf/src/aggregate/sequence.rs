//! TCP sequence numbers of one direction (RFC 9293, 3.4).

use sensor_common::flow::{FlowHalf, MARK_SEQUENCE};

pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const RST: u8 = 0x04;
pub(super) const PSH: u8 = 0x08;
pub(super) const ACK: u8 = 0x10;

/// Where a segment stands in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Order {
    /// The next piece.
    Next,
    /// Without payload, and in its place.
    Acknowledgment,
    /// Goes up for itself: opens or resets the connection, is the first seen of its direction, or
    /// keeps it alive with the number before the next (RFC 9293, 3.8.4).
    Aside,
    /// Earlier or later than the next piece.
    Broken,
}

/// Takes a segment with `payload` bytes into account.
#[inline(always)]
pub(super) fn advance(half: &mut FlowHalf, sequence: u32, payload: u32, flags: u8) -> Order {
    if flags & RST != 0 {
        return Order::Aside;
    }
    // SYN and FIN take a number each.
    let length = payload
        .wrapping_add(u32::from(flags & FIN))
        .wrapping_add(u32::from((flags & SYN) >> 1));
    let end = sequence.wrapping_add(length);
    let next = half.next_sequence;
    if half.marks & MARK_SEQUENCE == 0 {
        half.next_sequence = end;
        half.marks |= MARK_SEQUENCE;
        return if payload == 0 {
            Order::Aside
        } else {
            Order::Next
        };
    }
    let ahead = end.wrapping_sub(next).cast_signed();
    if ahead > 0 {
        half.next_sequence = end;
    }
    if sequence == next {
        return if length == 0 {
            Order::Acknowledgment
        } else if payload == 0 {
            Order::Aside
        } else {
            Order::Next
        };
    }
    if length == 0 && sequence == next.wrapping_sub(1) {
        return Order::Aside;
    }
    Order::Broken
}
