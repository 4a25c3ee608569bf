//! Ordered bytes of a stream to the dissector of their flow.
//!
//! While nothing is pending the dissector reads straight from the frame. Only the tail of a
//! message that is not complete is copied, and the dissector is not asked again before as many
//! bytes are there as it needs.

use super::facts::About;
use super::run::{Ending, Ran, Run, count_packet, parts};
use super::{Sink, Stage};
use crate::counters::Counter;
use crate::flow::reassembly::{Budget, Stamp};
use crate::flow::{Application, End, Flow, Stream};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Observation, flow as flow_facts};

/// An empty buffer larger than this is not kept for the next message.
const KEPT_CAPACITY: usize = 512;

/// Bytes that continue a stream.
pub(super) struct Chunk<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: Stamp,
    /// Bytes of the lower headers around them.
    pub(super) overhead: u64,
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
            Application::Known(..) => self.feed(flow, sender, chunk),
            Application::Undecided(_) => self.decide(flow, sender, chunk),
            Application::Unknown => {}
        }
        // The segment that told the protocol is one of it too.
        if let Application::Known(protocol, _) = flow.application {
            let bytes = chunk.overhead.saturating_add(chunk.bytes.len() as u64);
            count_packet(self.counters, protocol, bytes);
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
    pub(super) fn feed_from(
        &mut self,
        flow: &mut Flow,
        sender: End,
        chunk: &Chunk<'_>,
        held: bool,
    ) {
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
        let role = flow.role(sender);
        let (about, application, tcp) = parts(flow, sender);
        let (Application::Known(_, dissector), Some(tcp)) = (application, tcp) else {
            return Ran {
                consumed: bytes.len(),
                need: 0,
                ended: false,
            };
        };
        let run = Run {
            about,
            at,
            sender: role,
            bytes,
            cut: ending == Ending::Cut,
            last: ending == Ending::Last,
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
        self.settle(flow, sender, at);
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

    /// Books what the dissector keeps of messages that are not whole. Where all flows together keep too much
    /// it has to drop them, which is told.
    #[inline]
    pub(super) fn settle(&mut self, flow: &mut Flow, sender: End, at: Stamp) {
        let held = match &flow.application {
            Application::Known(_, dissector) => dissector.held(),
            Application::Undecided(_) | Application::Unknown => 0,
        };
        if held != flow.held {
            self.rebook(flow, sender, held, at);
        }
    }

    fn rebook(&mut self, flow: &mut Flow, sender: End, held: usize, at: Stamp) {
        self.budget.give_back(flow.held);
        flow.held = 0;
        if self.budget.take(held) {
            flow.held = held;
            return;
        }
        if let Application::Known(_, dissector) = &mut flow.application {
            dissector.shed();
        }
        self.counters.bump(Counter::UnfinishedDropped);
        self.sink.observe(&Observation {
            bytes: held as u64,
            anomalies: AnomalySet::of(Anomaly::LimitReached),
            ..About::flow(flow, sender).observation(at, flow_facts::MALFORMED)
        });
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
        self.lose(flow, sender, more as u64);
    }

    /// Tells the dissector that bytes are lost, and drops what waits for them.
    pub(super) fn lose(&mut self, flow: &mut Flow, sender: End, lost: u64) {
        let role = flow.role(sender);
        let mut dropped = 0;
        if let Some(stream) = stream_mut(flow, sender) {
            dropped = stream.pending.len();
            release(stream, self.budget);
        }
        if let Application::Known(_, dissector) = &mut flow.application {
            dissector.gap(role, dropped, lost);
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
}

#[inline]
pub(super) fn stream_mut(flow: &mut Flow, sender: End) -> Option<&mut Stream> {
    Some(flow.tcp.as_deref_mut()?.streams.of_mut(sender))
}

/// Adds bytes to what is pending; false when a cap does not allow it.
pub(super) fn hold(stream: &mut Stream, bytes: &[u8], budget: &mut Budget) -> bool {
    let len = stream.pending.len().saturating_add(bytes.len());
    let room = len <= limits::STREAM_PENDING_CAP && budget.take(bytes.len());
    if room {
        stream.pending.extend_from_slice(bytes);
    }
    room
}

/// Drops what is pending.
pub(super) fn release(stream: &mut Stream, budget: &mut Budget) {
    budget.give_back(stream.pending.len());
    stream.pending = Vec::new();
    stream.need = 0;
}
