//! What the record of a frame says about where its flow stood, and what follows from it going up.

use sensor_common::flow::{
    Direction, FlowStats, MARK_CYCLIC, MARK_LOST, MARK_SEQUENCE, OPEN_HANDED_UP, OPEN_WITHHELD,
    TRACK_WITHHELD,
};
use sensor_common::record::{
    RECORD_OPEN, RECORD_OWN_NUMBER, RECORD_OWN_SEQUENCE, RECORD_PEER_NUMBER, RECORD_PEER_SEQUENCE,
    RECORD_WITHHELD, RecordHeader,
};

/// Writes where a flow stands before a frame of this direction.
#[inline(always)]
pub fn describe(stats: &FlowStats, direction: Direction, header: &mut RecordHeader) {
    let at = direction as usize & 1;
    let (own, peer) = (&stats.halves[at], &stats.halves[at ^ 1]);
    header.flow = stats.track.id;
    header.flags = 0;
    header.own_sequence = own.next_sequence;
    header.peer_sequence = peer.next_sequence;
    header.open_ns = stats.track.open_ns;
    // Without branches: each would double what the verifier has to walk.
    let open = u8::from(stats.track.open == OPEN_WITHHELD);
    let kept = 0_u32.wrapping_sub(u32::from(open));
    header.open_handle = (stats.track.open_handle & kept) | (peer.next_cyclic & !kept);
    header.open_tag = (stats.track.open_tag & kept) | (own.next_cyclic & !kept);
    let withheld = u8::from(stats.track.state & TRACK_WITHHELD != 0) | open;
    header.flags = withheld
        * (RECORD_WITHHELD
            | (RECORD_OWN_SEQUENCE * is_told(own.marks))
            | (RECORD_PEER_SEQUENCE * is_told(peer.marks))
            | (RECORD_OPEN * open)
            | ((open ^ 1)
                * ((RECORD_OWN_NUMBER * is_numbered(own.marks))
                    | (RECORD_PEER_NUMBER * is_numbered(peer.marks)))));
}

/// One when the next sequence number is known and what came before it was not lost, else zero.
#[inline(always)]
const fn is_told(marks: u32) -> u8 {
    (marks & (MARK_SEQUENCE | MARK_LOST) == MARK_SEQUENCE) as u8
}

/// The same for the next number of a sequence.
#[inline(always)]
const fn is_numbered(marks: u32) -> u8 {
    (marks & (MARK_CYCLIC | MARK_LOST) == MARK_CYCLIC) as u8
}

/// Takes note of whether the frame reached the ring, with `payload` bytes of payload.
#[inline(always)]
pub fn settle(stats: &mut FlowStats, direction: Direction, payload: u32, handed_up: bool) {
    let half = &mut stats.halves[direction as usize & 1];
    if !handed_up {
        if payload > 0 {
            half.marks |= MARK_LOST;
        }
        return;
    }
    if payload > 0 {
        half.marks &= !MARK_LOST;
    }
    stats.track.state &= !TRACK_WITHHELD;
    // The agent was told of the request that waits, so it has to see the response.
    if stats.track.open == OPEN_WITHHELD {
        stats.track.open = OPEN_HANDED_UP;
    }
}
