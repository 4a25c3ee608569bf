//! Request and response in turn, and numbered sequences.
//!
//! A response is withheld only when its request was, so that the agent never sees an answer
//! without its question or waits for one that was counted.

use sensor_common::flow::{
    FlowStats, MARK_CYCLIC, OPEN_HANDED_UP, OPEN_NONE, OPEN_UNNAMED, OPEN_WITHHELD, Track,
};
use sensor_common::operation::{Aggregated, KIND_CYCLIC, KIND_NONE, KIND_REQUEST, KIND_RESPONSE};
use sensor_common::record::Class;

use super::numbers::{self, Follows};
use super::{Arrival, Site, Verdict, Work, complete, count, inspect, is_tcp, own, withhold};
use crate::operation::{Role, STEP_OWN, Shape, sequence};
use crate::outcome::Parsed;

/// One recognised message.
#[inline(always)]
pub(super) fn recognised(
    arrival: &Arrival<'_>,
    stats: &mut FlowStats,
    site: &mut impl Site,
    work: &mut Work,
) -> Verdict {
    if is_numbered(work) {
        match follow(arrival, stats, work) {
            Follows::Next => {}
            Follows::Moved => return Verdict::HandUp,
            Follows::Broken => return inspect(&mut stats.track),
        }
    }
    let due = is_numbered(work) || work.message.kind != KIND_CYCLIC || is_due(arrival, stats, work);
    work.key.flow = stats.track.id;
    work.key.operation = work.message.operation;
    place(arrival, work, 0);
    match work.message.kind {
        KIND_REQUEST => request(arrival, &mut stats.track, site, work),
        KIND_RESPONSE => response(arrival, &mut stats.track, site, work),
        KIND_CYCLIC if due => cyclic(arrival, stats, site, work),
        _ => Verdict::HandUp,
    }
}

/// Completes the key of a message; `request` is the handle of what it answers.
#[inline(always)]
fn place(arrival: &Arrival<'_>, work: &mut Work, request: u32) {
    let direction = arrival.parsed.direction() as u8;
    let message = &work.message;
    complete(
        &mut work.key,
        request,
        [message.protocol, message.kind, direction],
    );
}

/// A response that comes later than this goes up: it may answer nothing that anybody still waits for,
/// and a device that slow is worth a look.
pub(super) const LATE_NS: u64 = 10_000_000_000;

#[inline(always)]
fn request(
    arrival: &Arrival<'_>,
    track: &mut Track,
    site: &mut impl Site,
    work: &mut Work,
) -> Verdict {
    if track.open != OPEN_NONE && !is_answered(track, work.role) {
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
    let joining = Aggregated::from_u8(work.message.protocol).joining();
    if open == OPEN_NONE || (track.open_tag ^ work.message.tag) & joining != 0 {
        return inspect(track);
    }
    track.open = OPEN_NONE;
    if track.open_handle == 0 || arrival.now_ns.saturating_sub(track.open_ns) > LATE_NS {
        return Verdict::HandUp;
    }
    place(arrival, work, track.open_handle);
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

/// Whether what is open no longer waits: between equal ports, something unrecognised may have been
/// the response.
#[inline(always)]
fn is_answered(track: &Track, role: Role) -> bool {
    track.open == OPEN_UNNAMED && matches!(role, Role::Either)
}

/// Whether a numbered message is the next of its sequence: the one of its sender before it did the same, and
/// its number follows. So what changes goes up, and what comes back to what it was before. A jump
/// goes up and is no more than that: messages that are not recognised may take a number too.
#[inline(always)]
fn is_due(arrival: &Arrival<'_>, stats: &mut FlowStats, work: &mut Work) -> bool {
    if is_tcp(arrival.parsed) {
        return false;
    }
    let half = own(stats, arrival.parsed);
    let digest = digest(work.message.operation);
    let known = half.marks & MARK_CYCLIC != 0 && half.next_sequence == digest;
    half.marks |= MARK_CYCLIC;
    half.next_sequence = digest;
    let due = sequence::follows(&mut work.message, &mut half.next_cyclic, known);
    if !due && work.message.step == STEP_OWN {
        // The operation lacks the step, so there is nothing to grant.
        work.message.kind = KIND_NONE;
    }
    due
}

/// What tells two operations of a flow apart, in 32 bits: one word of an operation is a hash that nobody
/// can aim at, or zero, and then no more than half of the other differs.
#[inline(always)]
const fn digest([first, second]: [u64; 2]) -> u32 {
    let both = first ^ second;
    (both ^ both >> 32) as u32
}

#[inline(always)]
fn cyclic(
    arrival: &Arrival<'_>,
    stats: &mut FlowStats,
    site: &mut impl Site,
    work: &mut Work,
) -> Verdict {
    match site.granted(&work.key) {
        Some(operation) => withhold(arrival, operation, &mut stats.track),
        None => Verdict::HandUp,
    }
}

/// Messages that ask for nothing. They go up, but may be numbered.
#[inline(always)]
pub(super) fn aside(arrival: &Arrival<'_>, stats: &mut FlowStats, work: &Work) -> Verdict {
    if is_numbered(work) && matches!(follow(arrival, stats, work), Follows::Broken) {
        return inspect(&mut stats.track);
    }
    Verdict::HandUp
}

/// Whether the message says what numbers its segment has, as those of IEC 104 do.
#[inline(always)]
fn is_numbered(work: &Work) -> bool {
    work.protocol == Aggregated::Iec104 as u32 && work.message.sequence_bits != 0
}

#[inline(always)]
fn follow(arrival: &Arrival<'_>, stats: &mut FlowStats, work: &Work) -> Follows {
    let at = arrival.parsed.direction() as usize & 1;
    let peer = &stats.halves[at ^ 1];
    let peer = (peer.marks, peer.next_cyclic);
    numbers::follow(&mut stats.halves[at], peer, &work.message)
}

/// Whole messages that are not one recognised one. They go up; those to the server may be requests,
/// those of the server may be the response to the one that waits.
#[inline(always)]
pub(super) fn unrecognised(stats: &mut FlowStats, parsed: &Parsed, work: &Work) -> Verdict {
    if !is_tcp(parsed) {
        // It may have taken a number of the sequence.
        own(stats, parsed).marks &= !MARK_CYCLIC;
    }
    let track = &mut stats.track;
    if !asks(parsed, work.protocol) {
        return Verdict::HandUp;
    }
    if matches!(work.role, Role::Server) {
        // A response that goes on is still waited for.
        let begun = matches!(work.shape, Shape::Begun);
        track.open = if begun { OPEN_UNNAMED } else { OPEN_NONE };
        return Verdict::HandUp;
    }
    if track.open != OPEN_NONE && !matches!(work.role, Role::Either) {
        return inspect(track);
    }
    track.open = OPEN_UNNAMED;
    track.open_handle = 0;
    Verdict::HandUp
}

/// Whether there are requests at all: not on the link layer, in IEC 104, and in the implicit data of
/// EtherNet/IP.
#[inline(always)]
fn asks(parsed: &Parsed, protocol: u32) -> bool {
    let is = |other: Aggregated| protocol == other as u32;
    match parsed.class {
        Class::Tcp => !is(Aggregated::Iec104),
        Class::Udp => !is(Aggregated::EthernetIp),
        Class::Unparsed
        | Class::OtherLink
        | Class::Arp
        | Class::OtLink
        | Class::OtherIp
        | Class::Fragment => false,
    }
}
