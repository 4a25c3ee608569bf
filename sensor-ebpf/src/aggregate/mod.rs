//! Whether a frame is only counted: the state of its flow in, a [`Verdict`] and the new state out.
//!
//! The agent grants: a frame is withheld only under a key that stands in the map of operations.
//! What else it takes is decided here: the segment is the next of its direction, its one message
//! is recognised, and request and response alternate. A flow that breaks this pattern is handed up
//! in full until the agent, which saw it in order for a while, forgives it; one whose segments do not
//! hold whole messages never is. Pure: maps and helpers are reached through a [`Site`]. Limits:
//! one request waits at a time.

mod alternation;
mod count;
mod numbers;
mod sequence;
mod standing;
#[cfg(test)]
mod tests;

use core::hint::black_box;

use sensor_common::counter::Counter;
use sensor_common::flow::{
    FlowHalf, FlowStats, MARK_CYCLIC, MARK_SEQUENCE, OPEN_NONE, TRACK_INSPECT, TRACK_PIECES,
    TRACK_WITHHELD, Track,
};
use sensor_common::maps::PORT_PROTOCOLS_UDP;
use sensor_common::operation::{
    Aggregated, KIND_ACKNOWLEDGMENT, KIND_CYCLIC, KIND_NONE, KIND_REQUEST, OperationKey,
    OperationStats,
};
use sensor_common::ports::aggregated_ethertype;
use sensor_common::record::Class;
use sensor_common::settings::{FLAG_AGGREGATE, Settings};

use self::sequence::{ACK, Order, PSH, SYN};
use crate::operation::{Message, Payload, Role, Shape, classify};
use crate::outcome::Parsed;

pub use self::standing::{describe, settle};

/// What becomes of a frame.
///
/// As wide as a register, for the reason [`crate::outcome::Skip`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Verdict {
    HandUp,
    /// Goes up, and so does everything else of this flow until it is forgiven.
    Inspect,
    /// Goes up although it is known, because that has not happened for long enough.
    Refresh,
    /// Was counted and goes nowhere.
    Count,
}

impl Verdict {
    /// The counter that moves with it.
    #[inline(always)]
    pub const fn note(self) -> Option<Counter> {
        match self {
            Self::HandUp => None,
            Self::Inspect => Some(Counter::FlowsInspected),
            Self::Refresh => Some(Counter::OperationsRefreshed),
            Self::Count => Some(Counter::Counted),
        }
    }
}

/// A frame with a flow.
#[derive(Clone, Copy)]
pub struct Arrival<'a> {
    pub parsed: &'a Parsed,
    pub settings: &'a Settings,
    pub wire_len: u32,
    pub now_ns: u64,
}

/// The maps of the program, as far as the decision looks into them.
pub trait Site {
    /// What is counted under a key. `None` when the agent has not granted it, and for a datagram
    /// whose checksum does not fit.
    fn granted(&mut self, key: &OperationKey) -> Option<&mut OperationStats>;

    /// Whether an inspected flow may be counted again.
    fn is_forgiven(&mut self, flow: u64) -> bool;

    /// An identifier for a flow: never zero, never given before.
    fn fresh_flow(&mut self) -> u64;
}

/// What a decision works with; in the kernel it lives in a per-CPU map, since the stack is short.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Work {
    /// Of the frame at hand; its kind is [`KIND_NONE`] unless one message was recognised.
    pub message: Message,
    /// How the payload is made up, once it was looked into.
    pub shape: Shape,
    role: Role,
    /// [`Aggregated`] as a number: what the ports or the ethertype stand for.
    pub protocol: u32,
    /// Not zero when nothing about the headers is odd.
    sound: u32,
    key: OperationKey,
}

/// Takes note of who speaks which protocol; gives the protocol whose message the payload is to be
/// taken for before [`decide`], [`Aggregated::None`] as a number when it is not to be looked into.
/// `ports` gives the protocol of a port; UDP ports stand behind the TCP ports, see
/// [`PORT_PROTOCOLS_UDP`].
#[inline(always)]
pub fn prepare(arrival: &Arrival<'_>, ports: impl Fn(u32) -> u32, work: &mut Work) -> u32 {
    work.message.kind = KIND_NONE;
    work.shape = Shape::Whole;
    work.protocol = Aggregated::None as u32;
    if arrival.settings.flags & FLAG_AGGREGATE == 0 {
        return Aggregated::None as u32;
    }
    let (protocol, role) = spoken(arrival.parsed, ports);
    let sound = is_sound(arrival);
    work.protocol = protocol;
    work.role = role;
    work.sound = u32::from(sound);
    if !sound || payload_len(arrival.parsed, arrival.wire_len) == 0 {
        return Aggregated::None as u32;
    }
    protocol
}

/// Takes the payload for a message of `protocol`.
#[inline(always)]
pub fn look_into(protocol: Aggregated, payload: &Payload<'_>, seed: u64, work: &mut Work) {
    work.shape = classify(protocol, payload, work.role, seed, &mut work.message);
}

/// Decides about a frame whose flow it is, and takes its effect on the flow.
#[inline(always)]
pub fn decide(
    arrival: &Arrival<'_>,
    stats: &mut FlowStats,
    site: &mut impl Site,
    work: &mut Work,
) -> Verdict {
    let parsed = arrival.parsed;
    let kind = work.message.kind;
    work.message.kind = KIND_NONE;
    let sender_is_the_same = remember_sender(own(stats, parsed), parsed.source_mac);
    let order = if is_tcp(parsed) {
        in_order(arrival, stats, site)
    } else {
        Order::Next
    };
    if arrival.settings.flags & FLAG_AGGREGATE == 0 {
        return Verdict::HandUp;
    }
    if stats.track.state & TRACK_INSPECT != 0 {
        let begins = matches!(order, Order::Next)
            && matches!(work.shape, Shape::One)
            && matches!(kind, KIND_REQUEST | KIND_CYCLIC);
        if !begins || !forgive(&mut stats.track, site) {
            // What goes by now has numbers too.
            own(stats, parsed).marks &= !MARK_CYCLIC;
            return Verdict::HandUp;
        }
    }
    if matches!(order, Order::Broken) {
        return inspect(&mut stats.track);
    }
    if work.protocol == Aggregated::None as u32 {
        return Verdict::HandUp;
    }
    let candidate = sender_is_the_same && work.sound != 0;
    if !matches!(order, Order::Next) {
        return without_message(arrival, order, candidate, stats, site, work);
    }
    let shape = if candidate { work.shape } else { Shape::Whole };
    match shape {
        Shape::One => {
            work.message.kind = kind;
            alternation::recognised(arrival, stats, site, work)
        }
        Shape::Aside => alternation::aside(arrival, stats, work),
        Shape::Partial if is_tcp(parsed) => {
            stats.track.state |= TRACK_PIECES;
            inspect(&mut stats.track)
        }
        Shape::Partial | Shape::Whole | Shape::Begun => {
            alternation::unrecognised(stats, parsed, work)
        }
    }
}

/// A segment that is not the next piece of its stream: an acknowledgment, or one of those that go
/// up for themselves.
#[inline(always)]
fn without_message(
    arrival: &Arrival<'_>,
    order: Order,
    candidate: bool,
    stats: &mut FlowStats,
    site: &mut impl Site,
    work: &mut Work,
) -> Verdict {
    if !matches!(order, Order::Acknowledgment) || !candidate {
        return Verdict::HandUp;
    }
    let direction = arrival.parsed.direction() as u8;
    work.key.flow = stats.track.id;
    work.key.operation = [zero(); 2];
    complete(
        &mut work.key,
        0,
        [Aggregated::Tcp as u8, KIND_ACKNOWLEDGMENT, direction],
    );
    match site.granted(&work.key) {
        Some(operation) => withhold(arrival, operation, &mut stats.track),
        None => Verdict::HandUp,
    }
}

/// Fills in all of a key but flow and operation: the handle of what is answered, and protocol, kind
/// and direction. In one word, since a look-up reads the key in words, and to read what was just
/// written in pieces makes a processor wait.
#[inline(always)]
fn complete(key: &mut OperationKey, request: u32, [protocol, kind, direction]: [u8; 3]) {
    const AT: usize = core::mem::offset_of!(OperationKey, request);
    const { assert!(AT + 8 == size_of::<OperationKey>() && AT.is_multiple_of(8)) };
    let [a, b, c, d] = request.to_ne_bytes();
    let word = u64::from_ne_bytes([a, b, c, d, protocol, kind, direction, 0]);
    let place = (&raw mut *key).cast::<u64>().wrapping_add(AT / 8);
    // SAFETY: the last eight bytes of the key, to which it gives its alignment; they are integers,
    // for which any bits will do, in the order of their offsets.
    unsafe { place.write(word) };
}

/// A zero the compiler does not see through. It makes a call of `memset`, which goes byte by byte,
/// of several fields that are set to zero; the bench of a counted frame showed it.
#[inline(always)]
pub fn zero() -> u64 {
    black_box(0)
}

/// Counts a frame whose key is granted, unless it is its turn to go up.
#[inline(always)]
fn withhold(arrival: &Arrival<'_>, operation: &mut OperationStats, track: &mut Track) -> Verdict {
    if count::is_due(operation, arrival.now_ns, arrival.settings.refresh_ns) {
        count::hand_up(operation, arrival.now_ns);
        return Verdict::Refresh;
    }
    count::add(
        operation,
        arrival.wire_len,
        arrival.now_ns,
        arrival.settings.epoch,
    );
    track.state |= TRACK_WITHHELD;
    Verdict::Count
}

/// Lets a flow be counted again if the agent says so. It begins with a request or a numbered
/// message, so that nothing is open.
#[inline(always)]
fn forgive(track: &mut Track, site: &mut impl Site) -> bool {
    if track.state & TRACK_PIECES != 0 || !site.is_forgiven(track.id) {
        return false;
    }
    track.state &= !TRACK_INSPECT;
    track.open = OPEN_NONE;
    true
}

/// From here on everything of the flow goes up, until it is forgiven.
#[inline(always)]
fn inspect(track: &mut Track) -> Verdict {
    track.state |= TRACK_INSPECT;
    Verdict::Inspect
}

/// The half of the sender.
#[inline(always)]
fn own<'a>(stats: &'a mut FlowStats, parsed: &Parsed) -> &'a mut FlowHalf {
    &mut stats.halves[parsed.direction() as usize & 1]
}

#[inline(always)]
fn is_tcp(parsed: &Parsed) -> bool {
    parsed.class as u8 == Class::Tcp as u8
}

/// Whether the sender has the MAC address its frames showed last; an address taken over by another
/// station must be seen.
#[inline(always)]
fn remember_sender(half: &mut FlowHalf, mac: [u8; 8]) -> bool {
    let mac = u64::from_ne_bytes(mac);
    let known = u64::from_ne_bytes(half.mac);
    half.mac = mac.to_ne_bytes();
    known == mac || known == 0
}

/// Follows the sequence numbers; a new connection starts the tracking afresh.
#[inline(always)]
fn in_order(arrival: &Arrival<'_>, stats: &mut FlowStats, site: &mut impl Site) -> Order {
    let parsed = arrival.parsed;
    let at = parsed.direction() as usize & 1;
    if parsed.tcp_flags & SYN != 0 {
        let mut seen = stats.halves[at].marks;
        // The first of the handshake is about both directions, its answer about its own.
        if parsed.tcp_flags & ACK == 0 {
            let peer = &mut stats.halves[at ^ 1];
            seen |= peer.marks;
            peer.marks = 0;
        }
        if seen & MARK_SEQUENCE != 0 {
            let zero = zero();
            stats.track = Track {
                id: site.fresh_flow(),
                state: zero as u32,
                open: zero as u32,
                open_tag: zero as u32,
                open_handle: zero as u32,
                open_ns: zero,
            };
        }
        stats.halves[at].marks = 0;
    }
    sequence::advance(
        &mut stats.halves[at],
        parsed.sequence,
        payload_len(parsed, arrival.wire_len),
        parsed.tcp_flags,
    )
}

/// Length of the payload, as far as it was on the wire.
#[inline(always)]
pub fn payload_len(parsed: &Parsed, wire_len: u32) -> u32 {
    let end = u32::from(parsed.packet_end()).min(wire_len);
    end.saturating_sub(u32::from(parsed.payload_offset))
}

/// Whether nothing about the headers is odd, so that user space would find nothing either.
#[inline(always)]
fn is_sound(arrival: &Arrival<'_>) -> bool {
    let parsed = arrival.parsed;
    let (start, end) = (
        u32::from(parsed.payload_offset),
        u32::from(parsed.packet_end()),
    );
    match parsed.class {
        Class::OtLink => true,
        Class::Tcp => {
            parsed.plain
                && end <= arrival.wire_len
                && start <= end
                && parsed.tcp_flags & !PSH == ACK
        }
        Class::Udp => {
            parsed.plain
                && end <= arrival.wire_len
                && start <= end
                && u32::from(parsed.datagram_len) == end - start + 8
        }
        Class::Unparsed | Class::OtherLink | Class::Arp | Class::OtherIp | Class::Fragment => false,
    }
}

/// The protocol of a flow as a number, and who sent the frame. None when no end has a port that is
/// known, and when both have and nobody knows who asks.
#[inline(always)]
fn spoken(parsed: &Parsed, ports: impl Fn(u32) -> u32) -> (u32, Role) {
    let udp = match parsed.class {
        Class::OtLink => return (aggregated_ethertype(parsed.ethertype) as u32, Role::Client),
        Class::Tcp => 0,
        Class::Udp => PORT_PROTOCOLS_UDP,
        Class::Unparsed | Class::OtherLink | Class::Arp | Class::OtherIp | Class::Fragment => {
            return (Aggregated::None as u32, Role::Client);
        }
    };
    let to = ports(udp | u32::from(parsed.destination.port));
    let from = ports(udp | u32::from(parsed.source.port));
    if to == 0 {
        (from, Role::Server)
    } else if from == 0 {
        (to, Role::Client)
    } else if to == from && udp != 0 {
        (to, Role::Either)
    } else {
        (Aggregated::None as u32, Role::Client)
    }
}
