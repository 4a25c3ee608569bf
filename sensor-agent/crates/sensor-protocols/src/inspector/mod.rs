//! Stages 3 and 4 of one worker: frames in, observations out.
//!
//! ```text
//! frame ─ decode ─ defragment ─ flow ─┬─ Sink::packet
//!                                     ├─ facts     first frame, liveness, connection, malformed
//!                                     └─ deliver   reassembly ─ content patterns ─ dissector
//! ```
//!
//! Pure: the same frames and ticks give the same observations. Bounded: see [`crate::limits`].

#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "tests stop at the first surprise, and that is their job"
    )
)]

mod addresses;
mod datagram;
mod deliver;
mod facts;
mod learner;
mod open;
mod probe;
mod repeats;
mod run;
mod settings;
mod steps;
mod stopwatch;
mod stream;
mod tap;
mod tracked;

pub use settings::InspectorSettings;
pub use stopwatch::Timing;

use steps::{Arrived, class_of, has_hole, steps};

use std::collections::BTreeSet;

use crate::aggregation::ledger::Ledger;
use crate::counters::{Counter, Counters};
use crate::decode::{self, Layer4, Packet, Undecoded};
use crate::flow::content::Scanner;
use crate::flow::defrag::{self, Defragmenter};
use crate::flow::key::{self, Keyed};
use crate::flow::reassembly::{Budget, Stamp};
use crate::flow::session::Session;
use crate::flow::table::{Index, Table};
use crate::flow::timers::IdleTimes;
use crate::flow::{Flow, Tcp};
use crate::frame::Frame;
use crate::observation::{Anomaly, Observation};
use crate::time::Timestamp;

/// Takes what the inspector sees.
pub trait Sink {
    /// Every frame, decoded as far as it goes, fragments put together, flow known. Called before
    /// the observations of the frame.
    fn packet(&mut self, frame: &Frame<'_>, packet: &Packet<'_>) {
        let _ = (frame, packet);
    }

    /// One message or connection fact, in the order in which frames completed them.
    fn observe(&mut self, observation: &Observation<'_>);
}

/// Stages 3 and 4 of one worker.
pub struct Inspector {
    counters: Counters,
    table: Table,
    defragmenter: Defragmenter,
    scanner: Scanner,
    stopwatch: stopwatch::Stopwatch,
    budget: Budget,
    idle: IdleTimes,
    vlan_in_key: bool,
    next_flow: u64,
    /// Flows with a hole in a stream, so that a tick finds them: place in the table, identifier.
    holes: BTreeSet<(Index, u64)>,
    /// What the kernel program may withhold, and when unused grants were last looked for.
    ledger: Ledger,
    swept: Timestamp,
}

/// What the stages below work with, and where they put what they find.
struct Stage<'i, S> {
    counters: &'i mut Counters,
    scanner: &'i Scanner,
    stopwatch: &'i mut stopwatch::Stopwatch,
    budget: &'i mut Budget,
    sink: &'i mut S,
}

impl Default for Inspector {
    fn default() -> Self {
        Self::new(&InspectorSettings::default())
    }
}

impl Inspector {
    pub fn new(settings: &InspectorSettings) -> Self {
        Self {
            counters: Counters::default(),
            table: Table::new(settings.flows),
            defragmenter: Defragmenter::default(),
            scanner: Scanner::default(),
            stopwatch: stopwatch::Stopwatch::new(settings.timing),
            budget: Budget {
                used: 0,
                cap: settings.reassembly_bytes,
            },
            idle: IdleTimes {
                established: settings.flow_idle_established,
                other: settings.flow_idle,
            },
            vlan_in_key: settings.vlan_in_flow_key,
            next_flow: settings.first_flow,
            holes: BTreeSet::new(),
            ledger: Ledger::default(),
            swept: Timestamp::ZERO,
        }
    }

    /// What was counted so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Inspects one frame.
    pub fn frame(&mut self, frame: &Frame<'_>, sink: &mut impl Sink) {
        self.counters.bump(Counter::Frames);
        self.counters.add(Counter::Bytes, u64::from(frame.wire_len));
        let mut packet = decode::decode(frame);
        self.count_decoding(&packet);
        let Layer4::Fragment(payload) = packet.layer4 else {
            return self.packet(frame, &mut packet, sink);
        };
        match self.defragment(frame, &mut packet, payload) {
            Some((whole, ip)) => {
                let mut packet = decode::decode_reassembled(&packet, ip, &whole);
                self.packet(frame, &mut packet, sink);
            }
            None => self.packet(frame, &mut packet, sink),
        }
    }

    fn count_decoding(&mut self, packet: &Packet<'_>) {
        if packet.cut {
            self.counters.bump(Counter::CutFrames);
        }
        if packet.outer.is_some() {
            self.counters.bump(Counter::Decapsulated);
        }
        let Some(reason) = packet.undecoded else {
            return;
        };
        self.counters.bump(match reason {
            Undecoded::LinkType(_) => Counter::UndecodedLinkType,
            Undecoded::Link => Counter::UndecodedLink,
            Undecoded::Network => Counter::UndecodedNetwork,
            Undecoded::Transport => Counter::UndecodedTransport,
        });
    }

    /// Takes a fragment; returns the datagram that it completes, and its IP header.
    fn defragment(
        &mut self,
        frame: &Frame<'_>,
        packet: &mut Packet<'_>,
        payload: &[u8],
    ) -> Option<(Vec<u8>, decode::Ip)> {
        self.counters.bump(Counter::FragmentsSeen);
        let ip = *packet.ip()?;
        let found = self.defragmenter.fragment(&ip, payload, frame.time)?;
        if found.evicted {
            self.counters.bump(Counter::DefragEvicted);
        }
        if found.conflict {
            self.counters.bump(Counter::DefragConflictingOverlaps);
            packet.anomalies.insert(Anomaly::ConflictingOverlap);
        }
        match found.outcome {
            defrag::Outcome::Complete(whole, protocol) => {
                self.counters.bump(Counter::DatagramsReassembled);
                Some((whole, decode::Ip { protocol, ..ip }))
            }
            defrag::Outcome::Pending => None,
            defrag::Outcome::CapHit => {
                self.counters.bump(Counter::DefragCapHits);
                packet.anomalies.insert(Anomaly::LimitReached);
                None
            }
            defrag::Outcome::Invalid => {
                packet.anomalies.insert(Anomaly::BadLength);
                None
            }
        }
    }

    fn packet(&mut self, frame: &Frame<'_>, packet: &mut Packet<'_>, sink: &mut impl Sink) {
        let Some(keyed) = key::of(packet, self.vlan_in_key) else {
            sink.packet(frame, packet);
            return self.stage(sink).1.without_flow(frame, packet);
        };
        let (at, fresh, ended) = self.flow_of(&keyed, packet, frame.time, sink);
        let arrived = Arrived {
            at,
            keyed,
            fresh,
            ended,
        };
        let (table, mut stage) = self.stage(sink);
        let Some(flow) = table.get_mut(at) else {
            return;
        };
        let had_hole = has_hole(flow);
        if frame.kernel.is_some() || flow.track.is_some() {
            return self.tracked(arrived, frame, packet, sink);
        }
        steps(&mut stage, flow, arrived, frame, packet);
        let (id, class, hole) = (flow.id, class_of(flow), has_hole(flow));
        table.touch(at, class);
        if hole && !had_hole {
            self.holes.insert((at, id));
        }
    }

    /// The inspector's parts, borrowed apart.
    fn stage<'i, S: Sink>(&'i mut self, sink: &'i mut S) -> (&'i mut Table, Stage<'i, S>) {
        let stage = Stage {
            counters: &mut self.counters,
            scanner: &self.scanner,
            stopwatch: &mut self.stopwatch,
            budget: &mut self.budget,
            sink,
        };
        (&mut self.table, stage)
    }

    /// The same with the ledger.
    fn stage_and_ledger<'i, S: Sink>(
        &'i mut self,
        sink: &'i mut S,
    ) -> (&'i mut Table, &'i mut Ledger, Stage<'i, S>) {
        let stage = Stage {
            counters: &mut self.counters,
            scanner: &self.scanner,
            stopwatch: &mut self.stopwatch,
            budget: &mut self.budget,
            sink,
        };
        (&mut self.table, &mut self.ledger, stage)
    }

    /// Finds or makes the flow of a packet: where it is, whether it is new, and the flow whose
    /// place it took because the same ports opened another connection.
    fn flow_of(
        &mut self,
        keyed: &Keyed,
        packet: &Packet<'_>,
        time: Timestamp,
        sink: &mut impl Sink,
    ) -> (Index, bool, Option<Box<Flow>>) {
        let mut ended = None;
        if let Some(at) = self.table.find(&keyed.key) {
            if !self.opens_another(at, keyed, packet) {
                return (at, false, None);
            }
            self.counters.bump(Counter::FlowsReplaced);
            ended = self.remove(at).map(Box::new);
        }
        while self.table.is_full() {
            let Some(victim) = self.table.victim() else {
                break;
            };
            self.counters.bump(Counter::FlowsEvicted);
            self.end_at(victim, sink);
        }
        let flow = open::new_flow(self.next_flow, keyed, packet, time);
        self.next_flow = self.next_flow.wrapping_add(1);
        self.counters.bump(Counter::FlowsStarted);
        let at = self.table.insert(flow);
        self.counters
            .set(Counter::FlowsActive, self.table.len() as u64);
        (at, true, ended)
    }

    fn opens_another(&self, at: Index, keyed: &Keyed, packet: &Packet<'_>) -> bool {
        let (Some(segment), Some(flow)) = (packet.tcp(), self.table.get(at)) else {
            return false;
        };
        let base = |tcp: &Tcp| tcp.analysis.base_of(keyed.sender);
        Session::is_new_connection(segment, flow.tcp.as_deref().and_then(base))
    }

    fn remove(&mut self, at: Index) -> Option<Flow> {
        let mut flow = self.table.remove(at)?;
        self.holes.remove(&(at, flow.id));
        if let Some(mut track) = flow.track.take() {
            self.ledger.withdraw_all(&mut track, &mut self.counters);
        }
        Some(flow)
    }

    fn end_at(&mut self, at: Index, sink: &mut impl Sink) {
        if let Some(flow) = self.remove(at) {
            self.stage(sink).1.end(flow);
        }
        self.counters
            .set(Counter::FlowsActive, self.table.len() as u64);
    }

    /// Ends what was idle for too long and gives up what was waited for too long. Call it about
    /// once a second of capture time.
    pub fn tick(&mut self, now: Timestamp, sink: &mut impl Sink) {
        let expired = self.defragmenter.expire(now);
        self.counters.add(Counter::DefragExpired, expired);
        self.give_up_holes(now, sink);
        while let Some(at) = self.idle.due(&self.table, now) {
            self.counters.bump(Counter::FlowsExpired);
            self.end_at(at, sink);
        }
        self.withdraw_unused(now);
        self.gauge();
    }

    fn give_up_holes(&mut self, now: Timestamp, sink: &mut impl Sink) {
        let mut holes = std::mem::take(&mut self.holes);
        holes.retain(|(at, id)| {
            let (table, mut stage) = self.stage(sink);
            match table.get_mut(*at).filter(|flow| flow.id == *id) {
                Some(flow) => {
                    stage.give_up_lost_holes(flow, now);
                    has_hole(flow)
                }
                None => false,
            }
        });
        self.holes = holes;
    }

    /// Ends all flows, as at the end of a file: what is pending is reported, oldest flow first.
    pub fn finish(&mut self, sink: &mut impl Sink) {
        let expired = self.defragmenter.expire(Timestamp::MAX);
        self.counters.add(Counter::DefragExpired, expired);
        while let Some(at) = self.table.victim() {
            self.end_at(at, sink);
        }
        self.gauge();
    }

    fn gauge(&mut self) {
        self.counters
            .set(Counter::ReassemblyBytes, self.budget.used as u64);
    }
}

/// Time and number of a frame.
const fn stamp(frame: &Frame<'_>) -> Stamp {
    Stamp {
        time: frame.time,
        frame: frame.number,
    }
}
