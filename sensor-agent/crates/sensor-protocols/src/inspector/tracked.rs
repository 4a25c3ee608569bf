//! Frames about which the kernel program tells something: before a frame the flow catches up with
//! what was withheld, after it the ledger learns what may be. Anything suspicious withdraws
//! everything of the flow until it was without fault for long ([`crate::limits::FLOW_PROBATION`]).

use super::deliver::stream_mut;
use super::learner::{Learner, Seen};
use super::steps::{Arrived, class_of, has_hole, steps};
use super::tap::{Tap, Yield};
use super::{Inspector, Sink, Stage, stamp};
use crate::aggregation::ledger::Ledger;
use crate::aggregation::track::{self, Track};
use crate::aggregation::{GrantChange, KernelFacts, OpenRequest, followed};
use crate::counters::Counter;
use crate::decode::Packet;
use crate::dissect::Role;
use crate::flow::reassembly::Stamp;
use crate::flow::{Application, End, Flow};
use crate::frame::Frame;
use crate::observation::Transport;

impl Inspector {
    /// Takes a frame with facts, or one of a flow for which operations are granted.
    pub(super) fn tracked(
        &mut self,
        arrived: Arrived,
        frame: &Frame<'_>,
        packet: &mut Packet<'_>,
        sink: &mut impl Sink,
    ) {
        let (at, sender) = (arrived.at, arrived.keyed.sender);
        let recognised = frame.kernel.is_some_and(|facts| facts.message.is_some());
        let track = self.table.get(at).and_then(|flow| flow.track.as_deref());
        let wanted = track.map_or(frame.kernel.is_some(), |track| {
            recognised && track.probation == 0
        });
        let mut tap = Tap::new(sink, wanted);
        let (table, ledger, mut stage) = self.stage_and_ledger(&mut tap);
        let Some(flow) = table.get_mut(at) else {
            return;
        };
        let mut track = flow.track.take();
        if let Some(track) = track.as_deref_mut() {
            stage.catch_up(flow, track, ledger, sender, frame, packet);
        }
        if let Some(facts) = frame.kernel {
            stage.resume(flow, sender, facts, frame);
            if let (Some(open), Some(track)) = (facts.open, track.as_deref_mut()) {
                stage.reopen(flow, track, ledger, open);
            }
        }
        let (settled, had_hole) = (settled(flow), has_hole(flow));
        steps(&mut stage, flow, arrived, frame, packet);
        flow.track = track;
        let (id, class, hole) = (flow.id, class_of(flow), has_hole(flow));
        table.touch(at, class);
        let found = tap.found();
        if hole && !had_hole {
            self.holes.insert((at, id));
        }
        if let Some(facts) = frame.kernel.filter(|facts| facts.flow != 0) {
            self.learn(at, sender, (frame, packet), facts, (settled, found));
        }
    }

    /// Learns from a frame what may be withheld, and what not any more. `settled`: nothing waited in
    /// the streams of the flow before it.
    fn learn(
        &mut self,
        at: u32,
        sender: End,
        (frame, packet): (&Frame<'_>, &Packet<'_>),
        facts: &KernelFacts,
        (settled_before, found): (bool, Yield),
    ) {
        let Self {
            counters,
            table,
            ledger,
            ..
        } = self;
        let Some(flow) = table.get_mut(at) else {
            return;
        };
        if flow.track.is_none() && (facts.message.is_some() || is_counted_again(flow, facts)) {
            let source = (facts.interface, facts.flow);
            flow.track = Some(Box::new(Track::new(source)));
        }
        let Some(mut track) = flow.track.take() else {
            propose_port(flow, ledger, sender, facts, found);
            return;
        };
        let began = facts.inspected && !track.inspected;
        let source = (facts.interface, facts.flow);
        ledger.inspected(&mut track, source, facts.inspected, counters);
        track.inspected = facts.inspected;
        track.source = source;
        if found.suspicious || began || has_hole(flow) {
            track.distrust();
            ledger.withdraw_all(&mut track, counters);
        } else if !track.is_trusted() {
            let proves = settled_before && !packet.payload().is_empty();
            if proves && track.proved() && track.inspected {
                ledger.forgive(&mut track);
            }
        } else {
            let clean = settled_before && settled(flow);
            let seen = Seen {
                at,
                sender,
                facts,
                frame: frame.number,
                payload: packet.payload(),
                exemplar: found.only().filter(|_| clean),
            };
            let mut learner = Learner {
                counters,
                ledger,
                flow,
                track: &mut track,
            };
            learner.see(seen);
        }
        if !packet.payload().is_empty() && flow.role(sender) == Role::Server {
            track.answered_ns = track.answered_ns.max(facts.time_ns);
        }
        flow.track = Some(track);
    }
}

/// Whether an inspected flow speaks a protocol whose messages may be counted once it is forgiven.
fn is_counted_again(flow: &Flow, facts: &KernelFacts) -> bool {
    let Application::Known(protocol, _) = flow.application else {
        return false;
    };
    facts.inspected && followed(protocol).is_some()
}

/// Whether nothing waits in either stream.
fn settled(flow: &Flow) -> bool {
    !has_hole(flow)
        && flow.tcp.as_deref().is_none_or(|tcp| {
            tcp.streams.low.pending.is_empty() && tcp.streams.high.pending.is_empty()
        })
}

/// A flow speaks a protocol that the kernel program would recognise on another port.
fn propose_port(flow: &Flow, ledger: &mut Ledger, sender: End, facts: &KernelFacts, found: Yield) {
    let Application::Known(protocol, _) = flow.application else {
        return;
    };
    let Some(row) = followed(protocol) else {
        return;
    };
    let answered = found
        .only()
        .is_some_and(|seen| seen.request.is_some() && seen.protocol == row.observed);
    if answered && row.goes_over(flow.transport) {
        ledger.port(GrantChange::Port {
            interface: facts.interface,
            transport: flow.transport,
            port: flow.ends.of(sender).endpoint.port,
            protocol: row.aggregated,
        });
    }
}

impl<S: Sink> Stage<'_, S> {
    /// A frame of a flow with grants, before anything else of it: is it still the flow they are for?
    fn catch_up(
        &mut self,
        flow: &mut Flow,
        track: &mut Track,
        ledger: &mut Ledger,
        sender: End,
        frame: &Frame<'_>,
        packet: &Packet<'_>,
    ) {
        let source = frame.kernel.map(|facts| (facts.interface, facts.flow));
        let source = source.filter(|(_, flow)| *flow != 0);
        if flow.transport == Transport::Link {
            let front = track::front(packet.payload());
            if let (Some(front), Some((_, source))) = (front, source)
                && track.forgot_front(front, source)
            {
                self.forgotten(flow, track, ledger);
            }
        } else if source != Some(track.source) {
            self.moved(flow, track, ledger, source);
        }
        let Some(segment) = packet.tcp().filter(|_| *track.resume.of(sender)) else {
            return;
        };
        *track.resume.of_mut(sender) = false;
        self.resume_stream(flow, sender, segment.sequence, frame);
    }

    /// The kernel program took the flow for another one: nothing of what was granted holds. Where its
    /// streams stand the next segments tell; which request waits nobody does.
    fn moved(
        &mut self,
        flow: &mut Flow,
        track: &mut Track,
        ledger: &mut Ledger,
        source: Option<(u32, u64)>,
    ) {
        track.source = source.unwrap_or_default();
        if track.keys.is_empty() {
            return;
        }
        track.resume.low = true;
        track.resume.high = true;
        if let Application::Known(_, dissector) = &mut flow.application {
            dissector.gap(Role::Client, 0, 0);
        }
        self.forgotten(flow, track, ledger);
    }

    /// Nobody knows how many numbered messages were withheld, and nothing that was granted holds.
    fn forgotten(&mut self, flow: &mut Flow, track: &mut Track, ledger: &mut Ledger) {
        ledger.withdraw_all(track, self.counters);
        track.distrust();
        if let Application::Known(_, dissector) = &mut flow.application {
            dissector.resume(Role::Client, None);
            dissector.resume(Role::Server, None);
        }
    }

    /// Moves both streams of a flow to where the kernel program saw them, and the numbers of their
    /// messages.
    fn resume(&mut self, flow: &mut Flow, sender: End, facts: &KernelFacts, frame: &Frame<'_>) {
        if !facts.withheld {
            return;
        }
        if let Some(sequence) = facts.own_sequence {
            self.resume_stream(flow, sender, sequence, frame);
        }
        if let Some(sequence) = facts.peer_sequence {
            self.resume_stream(flow, sender.peer(), sequence, frame);
        }
        if has_hole(flow) {
            // What is missing comes first, or is a gap.
            return;
        }
        let numbers = [
            (sender, facts.own_number),
            (sender.peer(), facts.peer_number),
        ];
        for (end, number) in numbers {
            let role = flow.role(end);
            if let (Application::Known(_, dissector), Some(_)) = (&mut flow.application, number) {
                dissector.resume(role, number);
            }
        }
    }

    fn resume_stream(&mut self, flow: &mut Flow, end: End, sequence: u32, frame: &Frame<'_>) {
        let role = flow.role(end);
        let Some(tcp) = flow.tcp.as_deref_mut() else {
            return;
        };
        let stream = tcp.streams.of_mut(end);
        let passed = stream.reassembly.resume_at(sequence);
        if passed == 0 {
            return;
        }
        stream.content = crate::flow::content::Partial::default();
        let waiting = !stream.pending.is_empty();
        tcp.analysis.resume(end, sequence);
        self.counters.bump(Counter::StreamsResumed);
        // The program withholds whole messages only: the end of this one is missing.
        if waiting {
            self.gap(flow, end, passed, stamp(frame));
        } else if let Application::Known(_, dissector) = &mut flow.application {
            dissector.passed(role);
        }
    }

    /// Gives the dissector the request that waits, and reports it by itself: what answers it, or
    /// does not, has to find it.
    fn reopen(
        &mut self,
        flow: &mut Flow,
        track: &mut Track,
        ledger: &mut Ledger,
        open: OpenRequest,
    ) {
        let mut withdrawn = track.withdrawn.take();
        let entry = match &mut withdrawn {
            Some((handle, entry)) if *handle == open.handle => Some(entry),
            _ => ledger.get_mut(open.handle),
        };
        let Some(entry) = entry else {
            return;
        };
        if track.reopened_ns != open.time_ns && !entry.message.is_empty() {
            track.reopened_ns = open.time_ns;
            let number = entry.exemplar.as_ref().map_or(0, |kept| kept.frame);
            let mut message = entry.message.clone();
            if let Application::Known(_, dissector) = &mut flow.application
                && dissector.reopen(&mut message, open.tag, open.time, number)
                && let Some(stream) = stream_mut(flow, entry.owner.end)
            {
                stream.reassembly.ended_with(&message);
            }
        }
        if track.told_ns != open.time_ns {
            track.told_ns = open.time_ns;
            let at = Stamp {
                time: open.time,
                frame: 0,
            };
            self.tell(Some(flow), entry, at);
        }
    }
}
