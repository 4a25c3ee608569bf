//! Ordered bytes and datagrams to the dissector of their flow.
//!
//! While nothing is pending the dissector reads straight from the frame. Only the tail of a
//! message that is not complete is copied, and the dissector is not asked again before as many
//! bytes are there as it needs.

use super::facts::About;
use super::{Sink, Stage, stamp};
use crate::counters::{Counter, Counters};
use crate::decode::{Layer4, Packet};
use crate::dissect::registry::{self, Decision};
use crate::dissect::{Dissector, Input, MessageFacts, Parsed, ProbeInput, Role};
use crate::flow::content::Pattern;
use crate::flow::reassembly::{Budget, Stamp};
use crate::flow::{Application, End, Flow, Stream};
use crate::frame::Frame;
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Object, Observation, OperationClass, Protocol, Transport,
    flow as flow_facts,
};

/// An empty buffer larger than this is not kept for the next message.
const KEPT_CAPACITY: usize = 512;

/// Bytes that continue a stream.
pub(super) struct Chunk<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: Stamp,
    /// Bytes of the lower headers around them.
    pub(super) overhead: u64,
}

/// How the dissector left a run of bytes.
struct Ran {
    consumed: usize,
    /// Bytes needed from the first not consumed byte on; 0 when all were consumed.
    need: usize,
    /// The bytes are not this protocol.
    ended: bool,
}

/// What comes after the bytes of a stream that are offered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// More may follow.
    Open,
    /// The capture cut off what follows.
    Cut,
    /// Nothing will follow.
    Last,
}

/// One run of a dissector over bytes.
struct Run<'a> {
    about: About,
    at: Stamp,
    sender: Role,
    bytes: &'a [u8],
    cut: bool,
    last: bool,
}

impl<S: Sink> Stage<'_, S> {
    /// Delivers the next bytes of a stream.
    #[inline]
    pub(super) fn deliver(&mut self, flow: &mut Flow, sender: End, chunk: &Chunk<'_>) {
        self.search_stream(flow, sender, chunk);
        let Some(tcp) = flow.tcp.as_deref_mut() else {
            return;
        };
        let stream = tcp.streams.of_mut(sender);
        stream.overhead = stream.overhead.saturating_add(chunk.overhead);
        match flow.application {
            Application::Known(protocol, _) => {
                let bytes = chunk.overhead.saturating_add(chunk.bytes.len() as u64);
                count_packet(self.counters, protocol, bytes);
                self.feed(flow, sender, chunk);
            }
            Application::Undecided(_) => self.decide(flow, sender, chunk),
            Application::Unknown => {}
        }
    }

    fn search_stream(&mut self, flow: &mut Flow, sender: End, chunk: &Chunk<'_>) {
        let Some(tcp) = flow.tcp.as_deref_mut() else {
            return;
        };
        let partial = &mut tcp.streams.of_mut(sender).content;
        let mut hit = None;
        self.scanner
            .stream(partial, chunk.bytes, |pattern| hit = Some(pattern));
        if let Some(pattern) = hit {
            self.content(flow, sender, pattern, chunk.at, chunk.bytes.len());
        }
    }

    fn content(&mut self, flow: &Flow, sender: End, pattern: &Pattern, at: Stamp, len: usize) {
        self.counters.bump(Counter::ContentMatches);
        self.sink.observe(&Observation {
            bytes: len as u64,
            objects: &[Object::Name(pattern.id)],
            ..About::flow(flow, sender).observation(at, flow_facts::CONTENT)
        });
    }

    /// Probes the first bytes of a stream.
    fn decide(&mut self, flow: &mut Flow, sender: End, chunk: &Chunk<'_>) {
        let hint = handshake_role(flow, sender);
        let ports = ports(flow, sender);
        let Some(stream) = stream_mut(flow, sender) else {
            return;
        };
        let input = |bytes| ProbeInput {
            bytes,
            transport: Transport::Tcp,
            hinted: false,
            sender: hint,
        };
        let held = !stream.pending.is_empty();
        let decision = if !held {
            registry::decide(&input(chunk.bytes), ports)
        } else if hold(stream, chunk.bytes, self.budget) {
            registry::decide(&input(&stream.pending), ports)
        } else {
            Decision::Unrecognised
        };
        let wait = matches!(decision, Decision::Wait)
            && stream.pending.len() < limits::PROBE_BYTES
            && (held || hold(stream, chunk.bytes, self.budget));
        match decision {
            Decision::Known(entry, role) => {
                recognised(flow, sender, entry, role);
                self.feed_from(flow, sender, chunk, held);
            }
            Decision::Wait if wait => {}
            Decision::Wait | Decision::Unrecognised => {
                release(stream, self.budget);
                self.not_recognised(flow, sender, ports, chunk.at);
            }
        }
    }

    /// Counts a failed probe; the last one that a flow has closes it to dissection.
    fn not_recognised(&mut self, flow: &mut Flow, sender: End, ports: (u16, u16), at: Stamp) {
        let hinted = registry::hinted(flow.transport, ports);
        let failed = match flow.application {
            Application::Undecided(failed) => failed.saturating_add(1),
            Application::Known(..) | Application::Unknown => u8::MAX,
        };
        let allowed = if hinted.is_some() {
            limits::PROBES_HINTED
        } else {
            limits::PROBES
        };
        if failed < allowed {
            flow.application = Application::Undecided(failed);
            return;
        }
        self.counters.bump(Counter::FlowsUnrecognised);
        match hinted {
            Some(entry) => self.not_this_protocol(flow, sender, entry.protocol, at),
            None => self.close_to_dissection(flow),
        }
    }

    fn not_this_protocol(&mut self, flow: &mut Flow, sender: End, protocol: Protocol, at: Stamp) {
        let about = About {
            protocol,
            ..About::flow(flow, sender)
        };
        self.sink.observe(&Observation {
            anomalies: AnomalySet::of(Anomaly::NotThisProtocol),
            ..about.observation(at, flow_facts::MALFORMED)
        });
        self.close_to_dissection(flow);
    }

    fn close_to_dissection(&mut self, flow: &mut Flow) {
        flow.application = Application::Unknown;
        if let Some(tcp) = flow.tcp.as_deref_mut() {
            release(&mut tcp.streams.low, self.budget);
            release(&mut tcp.streams.high, self.budget);
        }
    }

    /// Feeds bytes to the dissector of a stream.
    #[inline]
    fn feed(&mut self, flow: &mut Flow, sender: End, chunk: &Chunk<'_>) {
        let Some(stream) = stream_mut(flow, sender) else {
            return;
        };
        let held = !stream.pending.is_empty();
        if held {
            if !hold(stream, chunk.bytes, self.budget) {
                return self.overflow(flow, sender, chunk.bytes.len(), chunk.at);
            }
            if stream.pending.len() < stream.need {
                return;
            }
        }
        self.feed_from(flow, sender, chunk, held);
    }

    /// Runs the dissector over the pending bytes (which include the chunk), or over the chunk.
    #[inline]
    fn feed_from(&mut self, flow: &mut Flow, sender: End, chunk: &Chunk<'_>, held: bool) {
        if held {
            let Some(stream) = stream_mut(flow, sender) else {
                return;
            };
            let pending = std::mem::take(&mut stream.pending);
            let ran = self.run_stream(flow, sender, &pending, chunk.at, Ending::Open);
            self.keep_pending(flow, sender, pending, &ran);
            self.after_run(flow, sender, &ran, chunk.at);
        } else {
            let ran = self.run_stream(flow, sender, chunk.bytes, chunk.at, Ending::Open);
            let rest = chunk.bytes.get(ran.consumed..).unwrap_or_default();
            if !rest.is_empty()
                && let Some(stream) = stream_mut(flow, sender)
                && !hold(stream, rest, self.budget)
            {
                return self.overflow(flow, sender, rest.len(), chunk.at);
            }
            self.after_run(flow, sender, &ran, chunk.at);
        }
    }

    fn run_stream(
        &mut self,
        flow: &mut Flow,
        sender: End,
        bytes: &[u8],
        at: Stamp,
        ending: Ending,
    ) -> Ran {
        let run = Run {
            about: About::flow(flow, sender),
            at,
            sender: flow.role(sender),
            bytes,
            cut: ending == Ending::Cut,
            last: ending == Ending::Last,
        };
        let Flow {
            application, tcp, ..
        } = flow;
        let (Application::Known(_, dissector), Some(tcp)) = (application, tcp.as_deref_mut())
        else {
            return Ran {
                consumed: bytes.len(),
                need: 0,
                ended: false,
            };
        };
        let overhead = &mut tcp.streams.of_mut(sender).overhead;
        self.run(dissector.as_mut(), &run, overhead)
    }

    /// Puts back what of the pending bytes was not consumed.
    fn keep_pending(&mut self, flow: &mut Flow, sender: End, mut pending: Vec<u8>, ran: &Ran) {
        self.budget.give_back(ran.consumed.min(pending.len()));
        pending.drain(..ran.consumed.min(pending.len()));
        if pending.is_empty() && pending.capacity() > KEPT_CAPACITY {
            pending = Vec::new();
        }
        match stream_mut(flow, sender) {
            Some(stream) => stream.pending = pending,
            None => self.budget.give_back(pending.len()),
        }
    }

    /// Ends dissection or gives up a message, as the run asks for.
    #[inline]
    fn after_run(&mut self, flow: &mut Flow, sender: End, ran: &Ran, at: Stamp) {
        if ran.ended {
            if let Application::Known(protocol, _) = flow.application {
                self.not_this_protocol(flow, sender, protocol, at);
            }
            return;
        }
        let Some(stream) = stream_mut(flow, sender) else {
            return;
        };
        stream.need = ran.need;
        if ran.need > limits::STREAM_PENDING_BYTES {
            self.overflow(flow, sender, 0, at);
        }
    }

    /// Gives up a message that needs more bytes than may be kept; `more` bytes of it are not even
    /// pending.
    fn overflow(&mut self, flow: &mut Flow, sender: End, more: usize, at: Stamp) {
        self.counters.bump(Counter::TcpPendingDropped);
        let pending = stream_mut(flow, sender).map_or(0, |stream| stream.pending.len());
        let lost = pending.saturating_add(more) as u64;
        self.sink.observe(&Observation {
            bytes: lost,
            anomalies: AnomalySet::of(Anomaly::LimitReached),
            ..About::flow(flow, sender).observation(at, flow_facts::MALFORMED)
        });
        self.lose(flow, sender, lost);
    }

    /// Tells the dissector that bytes are lost, and drops what waits for them.
    pub(super) fn lose(&mut self, flow: &mut Flow, sender: End, lost: u64) {
        let role = flow.role(sender);
        if let Some(stream) = stream_mut(flow, sender) {
            release(stream, self.budget);
        }
        if let Application::Known(_, dissector) = &mut flow.application {
            dissector.gap(role, lost);
        }
    }

    /// Offers the pending bytes of a stream for the last time: no more will follow.
    pub(super) fn deliver_last(&mut self, flow: &mut Flow, sender: End, at: Stamp) {
        self.deliver_pending(flow, sender, at, Ending::Last);
    }

    /// Offers the pending bytes of a stream once more: the capture cut off what follows.
    pub(super) fn deliver_cut(&mut self, flow: &mut Flow, sender: End, at: Stamp) {
        self.deliver_pending(flow, sender, at, Ending::Cut);
    }

    fn deliver_pending(&mut self, flow: &mut Flow, sender: End, at: Stamp, ending: Ending) {
        let Some(stream) = stream_mut(flow, sender) else {
            return;
        };
        let pending = std::mem::take(&mut stream.pending);
        self.budget.give_back(pending.len());
        if !pending.is_empty() {
            self.run_stream(flow, sender, &pending, at, ending);
        }
    }

    /// Lets the dissector report what it still holds.
    pub(super) fn end_dissector(&mut self, flow: &mut Flow, at: Stamp) {
        let about = About::flow(flow, flow.client);
        let Application::Known(_, dissector) = &mut flow.application else {
            return;
        };
        let Self { counters, sink, .. } = self;
        dissector.end(at.time, &mut |facts| {
            emit(counters, *sink, &about, at, facts, 0);
        });
    }

    /// Delivers a datagram, an IP payload or a frame payload.
    pub(super) fn datagram(
        &mut self,
        flow: &mut Flow,
        sender: End,
        frame: &Frame<'_>,
        packet: &Packet<'_>,
    ) {
        let payload = packet.payload();
        if payload.is_empty() {
            return;
        }
        let at = stamp(frame);
        if let Layer4::Udp(_) = packet.layer4 {
            let mut hit = None;
            self.scanner
                .datagram(payload, |pattern| hit = Some(pattern));
            if let Some(pattern) = hit {
                self.content(flow, sender, pattern, at, payload.len());
            }
        }
        if let Application::Undecided(_) = flow.application {
            self.decide_datagram(flow, sender, payload, at);
        }
        self.run_datagram(flow, sender, frame, packet);
    }

    fn decide_datagram(&mut self, flow: &mut Flow, sender: End, payload: &[u8], at: Stamp) {
        let ports = ports(flow, sender);
        let input = ProbeInput {
            bytes: payload,
            transport: Transport::Udp,
            hinted: false,
            sender: None,
        };
        match registry::decide(&input, ports) {
            Decision::Known(entry, role) => recognised(flow, sender, entry, role),
            Decision::Wait | Decision::Unrecognised => {
                self.not_recognised(flow, sender, ports, at);
            }
        }
    }

    fn run_datagram(
        &mut self,
        flow: &mut Flow,
        sender: End,
        frame: &Frame<'_>,
        packet: &Packet<'_>,
    ) {
        let run = Run {
            about: About::flow(flow, sender),
            at: stamp(frame),
            sender: flow.role(sender),
            bytes: packet.payload(),
            cut: packet.cut,
            last: false,
        };
        let Application::Known(protocol, dissector) = &mut flow.application else {
            return;
        };
        let protocol = *protocol;
        let wire_len = u64::from(frame.wire_len);
        count_packet(self.counters, protocol, wire_len);
        let mut overhead = wire_len.saturating_sub(run.bytes.len() as u64);
        let ran = self.run(dissector.as_mut(), &run, &mut overhead);
        if ran.ended {
            self.not_this_protocol(flow, sender, protocol, run.at);
        }
    }

    /// Lets a dissector take messages until it wants no more. The first message is charged with
    /// the overhead.
    #[inline]
    fn run(&mut self, dissector: &mut dyn Dissector, run: &Run<'_>, overhead: &mut u64) -> Ran {
        let Self { counters, sink, .. } = self;
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
                emit(counters, *sink, &run.about, run.at, facts, overhead);
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
        Ran {
            consumed,
            need,
            ended,
        }
    }
}

/// Makes the observation of a message.
#[inline]
fn emit<S: Sink>(
    counters: &mut Counters,
    sink: &mut S,
    about: &About,
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
    let mut source = about.source;
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
        destination: about.destination,
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
    });
}

#[inline]
fn count_packet(counters: &mut Counters, protocol: Protocol, bytes: u64) {
    if let Some(counts) = counters.protocol_mut(protocol) {
        counts.packets = counts.packets.saturating_add(1);
        counts.bytes = counts.bytes.saturating_add(bytes);
    }
}

#[inline]
fn stream_mut(flow: &mut Flow, sender: End) -> Option<&mut Stream> {
    Some(flow.tcp.as_deref_mut()?.streams.of_mut(sender))
}

/// Gives the flow its dissector. The handshake says who is client, else the probe.
fn recognised(flow: &mut Flow, sender: End, entry: &registry::Entry, role: Option<Role>) {
    if handshake_role(flow, sender).is_none() {
        flow.client = match role {
            Some(Role::Client) => sender,
            Some(Role::Server) => sender.peer(),
            None => flow.client,
        };
    }
    flow.application = Application::Known(entry.protocol, (entry.create)());
}

/// Role of an end where the TCP handshake told it.
fn handshake_role(flow: &Flow, end: End) -> Option<Role> {
    let client = flow.tcp.as_deref()?.session.client()?;
    Some(if client == end {
        Role::Client
    } else {
        Role::Server
    })
}

/// Ports of the sender and of its peer.
fn ports(flow: &Flow, sender: End) -> (u16, u16) {
    (
        flow.ends.of(sender).endpoint.port,
        flow.ends.of(sender.peer()).endpoint.port,
    )
}

/// Adds bytes to what is pending; false when a cap does not allow it.
fn hold(stream: &mut Stream, bytes: &[u8], budget: &mut Budget) -> bool {
    let len = stream.pending.len().saturating_add(bytes.len());
    let room = len <= limits::STREAM_PENDING_CAP && budget.take(bytes.len());
    if room {
        stream.pending.extend_from_slice(bytes);
    }
    room
}

/// Drops what is pending.
fn release(stream: &mut Stream, budget: &mut Budget) {
    budget.give_back(stream.pending.len());
    stream.pending = Vec::new();
    stream.need = 0;
}
