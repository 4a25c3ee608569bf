//! Request and response in turn, and numbered sequences.
//!
//! A response is withheld only when its request was, so that the agent never sees an answer
//! without its question or waits for one that was counted.

use sensor_common::flow::{
    FlowStats, MARK_CYCLIC, OPEN_HANDED_UP, OPEN_NONE, OPEN_UNNAMED, OPEN_WITHHELD, Track,
};
use sensor_common::operation::{KIND_CYCLIC, KIND_REQUEST, KIND_RESPONSE};

use super::{Arrival, Site, Verdict, Work, count, inspect, is_tcp, own, withhold};
use crate::operation::{Message, Role};

/// One recognised message.
#[inline(always)]
pub(super) fn recognised(
    arrival: &Arrival<'_>,
    stats: &mut FlowStats,
    site: &mut impl Site,
    work: &mut Work,
) -> Verdict {
    work.key.flow = stats.track.id;
    work.key.operation = work.message.operation;
    work.key.request = 0;
    work.key.protocol = work.message.protocol;
    work.key.kind = work.message.kind;
    work.key.direction = arrival.parsed.direction() as u8;
    match work.message.kind {
        KIND_REQUEST => request(arrival, &mut stats.track, site, work),
        KIND_RESPONSE => response(arrival, &mut stats.track, site, work),
        KIND_CYCLIC => cyclic(arrival, stats, site, work),
        _ => Verdict::HandUp,
    }
}

#[inline(always)]
fn request(
    arrival: &Arrival<'_>,
    track: &mut Track,
    site: &mut impl Site,
    work: &mut Work,
) -> Verdict {
    if track.open != OPEN_NONE {
        return inspect(track);
    }
    track.open = OPEN_HANDED_UP;
    track.open_tag = work.message.tag;
    track.open_handle = 0;
    track.open_ns = arrival.now_ns;
    let Some(operation) = site.granted(&work.key) else {
        return Verdict::HandUp;
    };
    track.open_handle = operation.handle;
    let verdict = withhold(arrival, operation, track);
    if matches!(verdict, Verdict::Count) {
        track.open = OPEN_WITHHELD;
    }
    verdict
}

#[inline(always)]
fn response(
    arrival: &Arrival<'_>,
    track: &mut Track,
    site: &mut impl Site,
    work: &mut Work,
) -> Verdict {
    let open = track.open;
    if open == OPEN_UNNAMED {
        track.open = OPEN_NONE;
        return Verdict::HandUp;
    }
    if open == OPEN_NONE || track.open_tag != work.message.tag {
        return inspect(track);
    }
    track.open = OPEN_NONE;
    if track.open_handle == 0 {
        return Verdict::HandUp;
    }
    work.key.request = track.open_handle;
    let Some(operation) = site.granted(&work.key) else {
        return Verdict::HandUp;
    };
    if open == OPEN_WITHHELD {
        return withhold(arrival, operation, track);
    }
    // Goes up with its request, so its own turn is over too.
    count::hand_up(operation, arrival.now_ns);
    Verdict::HandUp
}

#[inline(always)]
fn cyclic(
    arrival: &Arrival<'_>,
    stats: &mut FlowStats,
    site: &mut impl Site,
    work: &mut Work,
) -> Verdict {
    let half = own(stats, arrival.parsed);
    let (known, due) = (half.marks & MARK_CYCLIC != 0, half.next_cyclic);
    half.next_cyclic = following(&work.message);
    half.marks |= MARK_CYCLIC;
    if !known {
        return Verdict::HandUp;
    }
    if due != work.message.tag {
        return if is_tcp(arrival.parsed) {
            inspect(&mut stats.track)
        } else {
            Verdict::HandUp
        };
    }
    match site.granted(&work.key) {
        Some(operation) => withhold(arrival, operation, &mut stats.track),
        None => Verdict::HandUp,
    }
}

/// The number behind that of a cyclic message.
#[inline(always)]
const fn following(message: &Message) -> u32 {
    let bits = message.sequence_bits as u32;
    let mask = if bits == 0 || bits > 31 {
        u32::MAX
    } else {
        (1 << bits) - 1
    };
    message.tag.wrapping_add(1) & mask
}

/// Whole messages that are not one recognised one. They go up; those to the server may be requests,
/// those of the server may be the response to the one that waits.
#[inline(always)]
pub(super) fn unrecognised(track: &mut Track, role: Role) -> Verdict {
    if matches!(role, Role::Server) {
        track.open = OPEN_NONE;
        return Verdict::HandUp;
    }
    if track.open != OPEN_NONE {
        return inspect(track);
    }
    track.open = OPEN_UNNAMED;
    track.open_handle = 0;
    Verdict::HandUp
}
