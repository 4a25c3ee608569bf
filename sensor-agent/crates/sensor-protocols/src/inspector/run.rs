//! A dissector at work on bytes, and the observations that come of it.

use super::facts::About;
use super::{Sink, Stage};
use crate::counters::Counters;
use crate::dissect::{Dissector, Input, MessageFacts, Parsed, Role};
use crate::flow::reassembly::Stamp;
use crate::flow::{Application, End, Flow, Tcp};
use crate::observation::{Anomaly, Observation, OperationClass, Protocol};

/// How the dissector left a run of bytes.
pub(super) struct Ran {
    pub(super) consumed: usize,
    /// Bytes needed from the first not consumed byte on; 0 when all were consumed.
    pub(super) need: usize,
    /// The bytes are not this protocol.
    pub(super) ended: bool,
}

/// What comes after the bytes of a stream that are offered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// More may follow.
    Open,
    /// The capture cut off what follows.
    Cut,
    /// Nothing will follow.
    Last,
}

/// One run of a dissector over bytes.
pub(super) struct Run<'a> {
    pub(super) about: About<'a>,
    pub(super) at: Stamp,
    pub(super) sender: Role,
    pub(super) bytes: &'a [u8],
    pub(super) cut: bool,
    pub(super) last: bool,
}

impl<S: Sink> Stage<'_, S> {
    /// Lets a dissector take messages until it wants no more. The first message is charged with
    /// the overhead.
    #[inline]
    pub(super) fn run(
        &mut self,
        dissector: &mut dyn Dissector,
        run: &Run<'_>,
        overhead: &mut u64,
    ) -> Ran {
        let Self {
            counters,
            sink,
            stopwatch,
            ..
        } = self;
        let mut lap = stopwatch.start();
        let mut consumed = 0_usize;
        let mut input = Input {
            time: run.at.time,
            frame: run.at.frame,
            sender: run.sender,
            transport: run.about.transport,
            bytes: run.bytes,
            cut: run.cut,
            last: run.last,
        };
        let (mut need, mut ended) = (0, false);
        while !input.bytes.is_empty() {
            let answer = dissector.parse(&input, &mut |facts| {
                let overhead = std::mem::take(overhead);
                let mut hand_on = || emit(counters, *sink, &run.about, run.at, facts, overhead);
                match &mut lap {
                    Some(lap) => lap.pause(facts.protocol, hand_on),
                    None => hand_on(),
                }
            });
            match answer {
                Parsed::Consumed(n) if n > 0 => {
                    consumed = consumed.saturating_add(n.min(input.bytes.len()));
                    input.bytes = input.bytes.get(n..).unwrap_or_default();
                }
                Parsed::Incomplete { need: wanted } => {
                    need = wanted.max(input.bytes.len().saturating_add(1));
                    break;
                }
                // Consuming nothing would never end: the dissector breaks its contract.
                Parsed::Consumed(_) | Parsed::NotThisProtocol => {
                    consumed = run.bytes.len();
                    ended = true;
                    break;
                }
            }
        }
        if let Some(lap) = lap {
            lap.stop(counters, run.about.protocol, consumed);
        }
        Ran {
            consumed,
            need,
            ended,
        }
    }

    /// Lets the dissector report what it still holds.
    pub(super) fn end_dissector(&mut self, flow: &mut Flow, at: Stamp) {
        let client = flow.client;
        let (about, application, _) = parts(flow, client);
        let Application::Known(_, dissector) = application else {
            return;
        };
        let Self { counters, sink, .. } = self;
        dissector.end(at.time, &mut |facts| {
            emit(counters, *sink, &about, at, facts, 0);
        });
    }
}

/// Makes the observation of a message.
#[inline]
fn emit<S: Sink>(
    counters: &mut Counters,
    sink: &mut S,
    about: &About<'_>,
    at: Stamp,
    facts: &MessageFacts<'_>,
    overhead: u64,
) {
    if let Some(counts) = counters.protocol_mut(facts.protocol) {
        counts.messages = counts.messages.saturating_add(1);
        if facts.anomalies.is_malformed() {
            counts.malformed = counts.malformed.saturating_add(1);
        }
        if facts.operation.class == OperationClass::Unknown {
            counts.unknown_operations = counts.unknown_operations.saturating_add(1);
        }
    }
    let mut source = *about.source;
    let mut anomalies = facts.anomalies;
    if let Some(named) = facts.sender {
        if !source.mac.is_zero() && source.mac != named.mac {
            anomalies.insert(Anomaly::Mismatch);
        }
        source.mac = named.mac;
        source.ip = named.ip;
    }
    sink.observe(&Observation {
        time: at.time,
        frame: at.frame,
        count: 1,
        bytes: overhead.saturating_add(facts.size as u64),
        flow: about.flow,
        source,
        destination: *about.destination,
        transport: about.transport,
        protocol: facts.protocol,
        direction: facts.direction,
        operation: facts.operation,
        station: facts.station,
        objects: facts.objects,
        values: facts.values,
        outcome: facts.outcome,
        anomalies,
        identity: facts.identity,
        request: facts.request,
        repeats: None,
    });
}

#[inline]
pub(super) fn count_packet(counters: &mut Counters, protocol: Protocol, bytes: u64) {
    if let Some(counts) = counters.protocol_mut(protocol) {
        counts.packets = counts.packets.saturating_add(1);
        counts.bytes = counts.bytes.saturating_add(bytes);
    }
}

/// A flow taken apart, so that its dissector can work while its ends are read.
#[inline]
pub(super) fn parts(
    flow: &mut Flow,
    sender: End,
) -> (About<'_>, &mut Application, Option<&mut Tcp>) {
    let about = About {
        flow: flow.id,
        source: &flow.ends.of(sender).endpoint,
        destination: &flow.ends.of(sender.peer()).endpoint,
        transport: flow.transport,
        protocol: flow.protocol,
    };
    (about, &mut flow.application, flow.tcp.as_deref_mut())
}
