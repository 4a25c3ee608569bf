//! What a TCP segment means for its stream: new data, retransmission or out of order.
//!
//! The rules are those of the sequence analysis of Wireshark 4.0 (its user's guide, 7.5 "TCP
//! Analysis"), because its count of retransmissions is what analysts compare with. Fast and
//! spurious retransmissions count as retransmissions. One thing differs: whether a segment was
//! seen before is answered by reassembly, not by a list of unacknowledged segments.

use std::time::Duration;

use super::{End, Ends};
use crate::decode::{Tcp, tcp_flags};
use crate::time::Timestamp;

/// Out of order, not retransmitted, when it comes this soon after the segment it should precede
/// and the round-trip time is not known.
const OUT_OF_ORDER: Duration = Duration::from_millis(3);

/// A fast retransmission follows the duplicate acknowledgements this soon.
const FAST_RETRANSMISSION: Duration = Duration::from_millis(20);

/// What the last segment of one direction left behind.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// Sequence number this end started with, as far as captured.
    base: Option<u32>,
    /// Sequence number behind the highest one seen.
    next: Option<u32>,
    next_time: Timestamp,
    /// Latest acknowledgement number and window.
    acknowledged: Option<u32>,
    acknowledged_time: Timestamp,
    window: u16,
    duplicate_acks: u16,
    /// The latest segment was a keep-alive, or a zero window probe.
    keep_alive: bool,
    window_probe: bool,
}

/// State of the analysis of one flow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Analysis {
    sides: Ends<Side>,
    syn_time: Option<Timestamp>,
    round_trip: Option<Duration>,
}

/// Whether `a` lies before `b` (RFC 9293, 3.4: arithmetic modulo 2^32).
#[inline]
pub const fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) > u32::MAX >> 1
}

const SYN_FIN: u8 = tcp_flags::SYN | tcp_flags::FIN;
const SYN_FIN_RST: u8 = SYN_FIN | tcp_flags::RST;

impl Analysis {
    /// Initial sequence number of `end`: that of its SYN, else the one before the first captured.
    pub fn base_of(&self, end: End) -> Option<u32> {
        self.sides.of(end).base
    }

    /// What `end` last acknowledged.
    pub fn acknowledged_by(&self, end: End) -> Option<u32> {
        self.sides.of(end).acknowledged
    }

    /// Segments of `sender` up to `next` were withheld.
    pub fn resume(&mut self, sender: End, next: u32) {
        let own = self.sides.of_mut(sender);
        if own.next.is_none_or(|known| before(known, next)) {
            own.next = Some(next);
        }
    }

    /// Takes a segment of `sender`; true when it is a retransmission. `seen` tells whether all of
    /// the payload was seen before.
    pub fn segment(
        &mut self,
        sender: End,
        tcp: &Tcp<'_>,
        time: Timestamp,
        seen: impl FnOnce() -> bool,
    ) -> bool {
        let round_trip = self.round_trip;
        // Known to later segments only, as in Wireshark.
        self.measure_round_trip(tcp.flags, time);
        let (own, peer) = self.sides.split_mut(sender);
        set_bases(own, peer, tcp);
        let kind = own.classify(peer, tcp);
        let carries = tcp.payload_len > 0 || tcp.flags & SYN_FIN != 0;
        let retransmission = carries
            && kind != Kind::KeepAlive
            && own.goes_back(peer, tcp, time, round_trip.unwrap_or(OUT_OF_ORDER), seen);
        own.remember(tcp, time, kind);
        self.measure_round_trip(tcp.flags, time);
        retransmission
    }

    /// Time from the SYN to the acknowledgement that completes the handshake.
    fn measure_round_trip(&mut self, flags: u8, time: Timestamp) {
        match flags & (tcp_flags::SYN | tcp_flags::ACK) {
            tcp_flags::SYN => self.syn_time = Some(time),
            tcp_flags::ACK if self.round_trip.is_none() => {
                self.round_trip = self.syn_time.map(|syn| time.since(syn));
            }
            _ => {}
        }
    }
}

/// Notes the initial sequence numbers of both ends from the first segments that tell them.
fn set_bases(own: &mut Side, peer: &mut Side, tcp: &Tcp<'_>) {
    let syn = u32::from(tcp.flags & tcp_flags::SYN == 0);
    own.base.get_or_insert(tcp.sequence.wrapping_sub(syn));
    if tcp.flags & tcp_flags::ACK != 0 {
        peer.base.get_or_insert(tcp.acknowledgement.wrapping_sub(1));
    }
}

/// What a segment is apart from the data it carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    KeepAlive,
    WindowProbe,
    DuplicateAck,
}

impl Side {
    fn classify(&self, peer: &Self, tcp: &Tcp<'_>) -> Kind {
        let plain = tcp.flags & SYN_FIN_RST == 0;
        let Some(next) = self.next else {
            return Kind::Plain;
        };
        let at_next = tcp.sequence == next;
        if tcp.payload_len == 1 && at_next && peer.window == 0 && peer.acknowledged.is_some() {
            return Kind::WindowProbe;
        }
        if !plain || tcp.payload_len > 1 {
            return Kind::Plain;
        }
        if tcp.sequence == next.wrapping_sub(1) {
            return Kind::KeepAlive;
        }
        let unchanged = tcp.payload_len == 0
            && at_next
            && tcp.window == self.window
            && self.acknowledged == Some(tcp.acknowledgement);
        let answers_probe = peer.keep_alive || peer.window_probe;
        if unchanged && tcp.window != 0 && !answers_probe {
            return Kind::DuplicateAck;
        }
        Kind::Plain
    }

    /// Whether a segment that carries something brings nothing new, reordering apart.
    fn goes_back(
        &self,
        peer: &Self,
        tcp: &Tcp<'_>,
        time: Timestamp,
        out_of_order: Duration,
        seen: impl FnOnce() -> bool,
    ) -> bool {
        let end = tcp.sequence.wrapping_add(tcp.payload_len);
        // Spurious: all of it was acknowledged before. That holds as well when the capture shows
        // an acknowledgement in front of what it acknowledges.
        let acknowledged = peer.acknowledged.is_some_and(|ack| !before(ack, end));
        if tcp.payload_len > 0 && acknowledged {
            return true;
        }
        let Some(next) = self.next.filter(|next| before(tcp.sequence, *next)) else {
            return false;
        };
        // The byte of a window probe is sent again together with what follows it.
        if tcp.payload_len > 1 && tcp.sequence == next.wrapping_sub(1) {
            return false;
        }
        let fast = peer.duplicate_acks >= 2
            && peer.acknowledged == Some(tcp.sequence)
            && time.since(peer.acknowledged_time) < FAST_RETRANSMISSION;
        let reordered = time.since(self.next_time) < out_of_order && end != next;
        fast || !reordered || seen()
    }

    fn remember(&mut self, tcp: &Tcp<'_>, time: Timestamp, kind: Kind) {
        let syn_fin = u32::from(tcp.flags & SYN_FIN != 0);
        let end = tcp
            .sequence
            .wrapping_add(tcp.payload_len)
            .wrapping_add(syn_fin);
        let advances = self.next.is_none_or(|next| before(next, end));
        if advances && kind != Kind::WindowProbe {
            self.next = Some(end);
            self.next_time = time;
        }
        self.duplicate_acks = match kind {
            Kind::DuplicateAck => self.duplicate_acks.saturating_add(1),
            Kind::Plain | Kind::KeepAlive | Kind::WindowProbe => {
                if self.acknowledged == Some(tcp.acknowledgement) {
                    self.duplicate_acks
                } else {
                    0
                }
            }
        };
        self.keep_alive = kind == Kind::KeepAlive;
        self.window_probe = kind == Kind::WindowProbe;
        if tcp.flags & tcp_flags::ACK != 0 {
            self.acknowledged = Some(tcp.acknowledgement);
            self.acknowledged_time = time;
        }
        self.window = tcp.window;
    }
}
