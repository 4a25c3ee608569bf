//! TCP segments to ordered bytes, and the end of flows.

use super::deliver::Chunk;
use super::facts::About;
use super::{Sink, Stage, stamp};
use crate::counters::Counter;
use crate::decode::{self, Layer4, Packet, tcp_flags};
use crate::flow::key::Keyed;
use crate::flow::reassembly::{Piece, Placed, Stamp};
use crate::flow::{End, Flow};
use crate::frame::Frame;
use crate::observation::{Anomaly, AnomalySet, Observation, conn, flow as flow_facts};
use crate::time::Timestamp;

/// A segment that meets full buffers gives up at most this many holes to make room.
const HOLES_FOR_ONE_SEGMENT: usize = 4;

/// Whether this would start a stream that has no SYN with the byte of a keep-alive probe, which has
/// no meaning (RFC 9293, 3.8.4). Data that short is pushed.
fn starts_with_keep_alive(flow: &Flow, sender: End, segment: &decode::Tcp<'_>) -> bool {
    segment.payload.len() == 1
        && segment.flags & tcp_flags::PSH == 0
        && flow
            .tcp
            .as_deref()
            .is_some_and(|tcp| !tcp.streams.of(sender).reassembly.is_started())
}

impl<S: Sink> Stage<'_, S> {
    /// Takes what the packet carries to where it belongs. `fresh` says that the flow is new.
    #[inline]
    pub(super) fn payload(
        &mut self,
        flow: &mut Flow,
        keyed: &Keyed,
        frame: &Frame<'_>,
        packet: &Packet<'_>,
        fresh: bool,
    ) {
        match packet.layer4 {
            Layer4::Tcp(segment) => {
                self.segment(flow, keyed.sender, frame, &segment, fresh);
                if packet.retransmission {
                    self.counters.bump(Counter::TcpRetransmissions);
                }
            }
            Layer4::Fragment(_) => {}
            Layer4::None
            | Layer4::Udp(_)
            | Layer4::Sctp(_)
            | Layer4::Icmp(_)
            | Layer4::Icmpv6(_)
            | Layer4::Other(_) => self.datagram(flow, keyed.sender, frame, packet),
        }
    }

    fn segment(
        &mut self,
        flow: &mut Flow,
        sender: End,
        frame: &Frame<'_>,
        segment: &decode::Tcp<'_>,
        fresh: bool,
    ) {
        let Some(tcp) = flow.tcp.as_deref_mut() else {
            return;
        };
        let event = tcp.session.segment(sender, segment, fresh);
        let syn = u32::from(segment.flags & tcp_flags::SYN != 0);
        if let Some(client) = tcp.session.client() {
            flow.client = client;
        }
        if syn == 1 {
            let start = segment.sequence.wrapping_add(1);
            tcp.streams.of_mut(sender).reassembly.start_at(start);
        }
        if let Some(event) = event {
            self.connection_fact(flow, event, frame);
        }
        if !segment.payload.is_empty() && !starts_with_keep_alive(flow, sender, segment) {
            let sequence = segment.sequence.wrapping_add(syn);
            self.place(flow, sender, sequence, segment, frame);
        }
        self.give_up_lost_holes(flow, frame.time);
    }

    fn place(
        &mut self,
        flow: &mut Flow,
        sender: End,
        sequence: u32,
        segment: &decode::Tcp<'_>,
        frame: &Frame<'_>,
    ) {
        let at = stamp(frame);
        let wire_len = u64::from(frame.wire_len);
        for _ in 0..=HOLES_FOR_ONE_SEGMENT {
            let Some(tcp) = flow.tcp.as_deref_mut() else {
                return;
            };
            let acknowledged = tcp.analysis.acknowledged_by(sender.peer());
            let stream = tcp.streams.of_mut(sender);
            let offered =
                stream
                    .reassembly
                    .offer(sequence, segment.payload, at, acknowledged, self.budget);
            if offered.conflict {
                self.conflicting_overlap(flow, sender, frame);
            }
            match offered.placed {
                Placed::InOrder(bytes) => {
                    let overhead = wire_len.saturating_sub(bytes.len() as u64);
                    self.in_order(flow, sender, bytes, at, overhead);
                    self.cut(flow, sender, segment, at);
                }
                Placed::Restarted { payload, lost } => {
                    self.gap(flow, sender, lost, at);
                    let overhead = wire_len.saturating_sub(payload.len() as u64);
                    self.in_order(flow, sender, payload, at, overhead);
                }
                Placed::Buffered => self.counters.bump(Counter::TcpOutOfOrder),
                Placed::Stranger => self.counters.bump(Counter::TcpStrangers),
                Placed::Old => {}
                Placed::Full => {
                    self.counters.bump(Counter::ReassemblyCapHits);
                    self.make_room(flow, sender, sequence, at);
                    continue;
                }
            }
            return;
        }
    }

    /// Gives up the first hole, or everything before `sequence` when nothing is buffered.
    fn make_room(&mut self, flow: &mut Flow, sender: End, sequence: u32, at: Stamp) {
        if self.skip_hole(flow, sender, at) {
            return;
        }
        let Some(tcp) = flow.tcp.as_deref_mut() else {
            return;
        };
        let lost = tcp.streams.of_mut(sender).reassembly.jump_to(sequence);
        self.gap(flow, sender, lost, at);
    }

    /// Delivers bytes that continue the stream, and the buffered pieces that follow them.
    #[inline]
    fn in_order(&mut self, flow: &mut Flow, sender: End, bytes: &[u8], at: Stamp, overhead: u64) {
        self.deliver(
            flow,
            sender,
            &Chunk {
                bytes,
                at,
                overhead,
            },
        );
        self.deliver_ready(flow, sender, at.time);
    }

    fn deliver_ready(&mut self, flow: &mut Flow, sender: End, time: Timestamp) {
        while let Some(piece) = self.next_ready(flow, sender, time) {
            let chunk = Chunk {
                bytes: &piece.data,
                at: piece.stamp,
                overhead: 0,
            };
            self.deliver(flow, sender, &chunk);
        }
    }

    #[inline]
    fn next_ready(&mut self, flow: &mut Flow, sender: End, time: Timestamp) -> Option<Piece> {
        let stream = flow.tcp.as_deref_mut()?.streams.of_mut(sender);
        stream.reassembly.next_ready(time, self.budget)
    }

    /// Reports the end of a segment that the capture cut off.
    fn cut(&mut self, flow: &mut Flow, sender: End, segment: &decode::Tcp<'_>, at: Stamp) {
        let captured = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX);
        let lost = u64::from(segment.payload_len.saturating_sub(captured));
        let Some(tcp) = flow.tcp.as_deref_mut().filter(|_| lost > 0) else {
            return;
        };
        if tcp.streams.of_mut(sender).reassembly.skip_cut(lost) {
            self.deliver_cut(flow, sender, at);
            self.gap(flow, sender, lost, at);
        }
    }

    /// Gives up the holes of both directions that will not be filled any more.
    #[inline]
    pub(super) fn give_up_lost_holes(&mut self, flow: &mut Flow, now: Timestamp) {
        for sender in [End::Low, End::High] {
            while let Some(tcp) = flow.tcp.as_deref() {
                let acknowledged = tcp.analysis.acknowledged_by(sender.peer());
                let reassembly = &tcp.streams.of(sender).reassembly;
                if !reassembly.hole_is_lost(now, acknowledged) {
                    break;
                }
                let at = Stamp {
                    time: now,
                    frame: flow.last_frame,
                };
                self.skip_hole(flow, sender, at);
            }
        }
    }

    /// Gives up the first hole of a stream and delivers what was behind it.
    fn skip_hole(&mut self, flow: &mut Flow, sender: End, at: Stamp) -> bool {
        let Some(tcp) = flow.tcp.as_deref_mut() else {
            return false;
        };
        let Some(lost) = tcp.streams.of_mut(sender).reassembly.skip_hole() else {
            return false;
        };
        self.gap(flow, sender, lost, at);
        self.deliver_ready(flow, sender, at.time);
        true
    }

    /// Reports bytes that were never captured.
    pub(super) fn gap(&mut self, flow: &mut Flow, sender: End, lost: u64, at: Stamp) {
        self.counters.bump(Counter::TcpGaps);
        self.counters.add(Counter::TcpGapBytes, lost);
        self.sink.observe(&Observation {
            bytes: lost,
            ..About::flow(flow, sender).observation(at, conn::GAP)
        });
        self.lose(flow, sender, lost);
    }

    fn conflicting_overlap(&mut self, flow: &Flow, sender: End, frame: &Frame<'_>) {
        self.counters.bump(Counter::TcpConflictingOverlaps);
        self.sink.observe(&Observation {
            bytes: u64::from(frame.wire_len),
            anomalies: AnomalySet::of(Anomaly::ConflictingOverlap),
            ..About::flow(flow, sender).observation(stamp(frame), flow_facts::MALFORMED)
        });
    }

    /// Ends a flow: delivers what is buffered, tells the dissector, reports the last frames.
    pub(super) fn end(&mut self, mut flow: Flow) {
        let at = Stamp {
            time: flow.last,
            frame: flow.last_frame,
        };
        for sender in [flow.client, flow.client.peer()] {
            while self.skip_hole(&mut flow, sender, at) {}
            self.deliver_last(&mut flow, sender, at);
        }
        self.end_dissector(&mut flow, at);
        self.budget.give_back(std::mem::take(&mut flow.held));
        self.undecided_to_the_end(&mut flow, at);
        self.last_flow_facts(&mut flow);
    }
}
