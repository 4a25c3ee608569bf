//! Which operations of a flow may be withheld, decided frame by frame.
//!
//! Granted is an operation of which one whole exchange was seen and was clean: it reads, nothing
//! departed from a specification, the response was joined to its request, and no bytes waited on
//! either side. Of a protocol without a dissector nothing is known but its exchanges: there the
//! second of a kind is granted.

use crate::aggregation::exemplar::Exemplar;
use crate::aggregation::ledger::{Entry, Ledger, Owner};
use crate::aggregation::track::{self, Asked, Track};
use crate::aggregation::{
    Aggregated, Direction, KIND_ACKNOWLEDGMENT, KIND_CYCLIC, KIND_REQUEST, KIND_RESPONSE,
    KernelFacts, Message, OperationKey, dissected,
};
use crate::counters::Counters;
use crate::dissect::Role;
use crate::flow::{Application, End, Flow};
use crate::observation::{self, Transport};

/// One frame of a flow without a fault.
pub(super) struct Seen<'f> {
    pub(super) at: u32,
    pub(super) sender: End,
    pub(super) facts: &'f KernelFacts,
    pub(super) frame: u64,
    pub(super) payload: &'f [u8],
    /// The one clean message of the frame, with nothing waiting around it.
    pub(super) exemplar: Option<Exemplar>,
}

/// Decides about the operations of one flow.
pub(super) struct Learner<'l> {
    pub(super) counters: &'l mut Counters,
    pub(super) ledger: &'l mut Ledger,
    pub(super) flow: &'l mut Flow,
    pub(super) track: &'l mut Track,
}

impl Learner<'_> {
    pub(super) fn see(&mut self, mut seen: Seen<'_>) {
        let Some(message) = seen.facts.message else {
            // Whatever it is, the next response may be to it.
            if !seen.payload.is_empty() {
                self.track.asked = None;
            }
            return;
        };
        if let Some(row) = dissected(message.protocol) {
            seen.exemplar = seen.exemplar.filter(|kept| kept.protocol == row.observed);
        }
        match message.kind {
            KIND_REQUEST => self.request(seen, message),
            KIND_RESPONSE => self.response(&seen, message),
            KIND_CYCLIC => self.cyclic(&seen, message),
            KIND_ACKNOWLEDGMENT if !self.track.keys.is_empty() => {
                self.acknowledgments(&seen);
            }
            _ => {}
        }
    }

    /// Whether the flow speaks what the kernel program takes it for: `Some(true)` with a dissector
    /// at work, `Some(false)` when there is none for the protocol.
    fn is_dissected(&self, message: Message) -> Option<bool> {
        match (&self.flow.application, dissected(message.protocol)) {
            (Application::Known(spoken, _), Some(row))
                if *spoken == row.spoken && row.goes_over(self.flow.transport) =>
            {
                Some(true)
            }
            (Application::Unknown, None) => Some(false),
            _ => None,
        }
    }

    fn request(&mut self, seen: Seen<'_>, message: Message) {
        self.track.asked = None;
        if self.flow.role(seen.sender) != Role::Client {
            return;
        }
        let exemplar = seen
            .exemplar
            .filter(|kept| kept.direction == observation::Direction::Request);
        let bytes = match self.is_dissected(message) {
            Some(true) if exemplar.is_some() => seen.payload.into(),
            Some(false) => Box::default(),
            Some(true) | None => return,
        };
        self.track.asked = Some(Asked {
            message,
            bytes,
            exemplar,
            frame: seen.frame,
            time_ns: seen.facts.time_ns,
        });
    }

    fn response(&mut self, seen: &Seen<'_>, message: Message) {
        let asked = self.track.asked.take();
        let Some(dissected) = self.is_dissected(message) else {
            return;
        };
        if self.flow.role(seen.sender) != Role::Server {
            return;
        }
        let exemplar = seen.exemplar.clone().filter(|kept| {
            kept.direction == observation::Direction::Response && kept.request.is_some()
        });
        if dissected && exemplar.is_none() {
            return;
        }
        let request = match (asked, seen.facts.open) {
            (_, Some(open)) if message.answers(open.tag) => {
                let answered = exemplar.as_ref().and_then(|kept| kept.request);
                let joined = !dissected
                    || answered.map(|request| request.frame) == self.ledger.frame(open.handle);
                (joined && self.ledger.is_granted(open.handle)).then_some(open.handle)
            }
            (Some(asked), _) if message.answers(asked.message.tag) => {
                let pair = (asked.message.operation, message.operation);
                let answered = exemplar.as_ref().and_then(|kept| kept.request);
                let joined = if dissected {
                    answered.is_some_and(|request| request.frame == asked.frame)
                } else {
                    self.track.paired(pair.0, pair.1)
                };
                joined.then(|| self.asked(seen, asked)).flatten()
            }
            _ => None,
        };
        if let Some(request) = request {
            let granted = self.allow(seen, seen.sender, key_of(message, request), exemplar);
            if granted.is_some() {
                self.acknowledgments(seen);
            }
        }
    }

    /// Grants the request of an exchange.
    fn asked(&mut self, seen: &Seen<'_>, asked: Asked) -> Option<u32> {
        let key = key_of(asked.message, 0);
        let mut entry = self.entry(seen, seen.sender.peer(), key, asked.exemplar);
        entry.message = asked.bytes;
        self.ledger
            .allow(self.track, asked.time_ns, entry, self.counters)
    }

    fn cyclic(&mut self, seen: &Seen<'_>, message: Message) {
        // What answers something names its request, which is another the next time.
        let exemplar = seen.exemplar.clone();
        let exemplar = exemplar.filter(|kept| kept.direction == observation::Direction::OneWay);
        let known = match self.is_dissected(message) {
            Some(true) => exemplar.is_some(),
            Some(false) => self.track.paired(message.operation, [0; 2]),
            None => false,
        };
        let on_link = self.flow.transport == Transport::Link;
        let placed = !on_link
            || track::front(seen.payload)
                .is_some_and(|front| self.track.know_front(front, seen.facts.flow));
        if known && placed {
            let granted = self.allow(seen, seen.sender, key_of(message, 0), exemplar);
            if granted.is_some() {
                self.acknowledgments(seen);
            }
        }
    }

    /// Grants the bare acknowledgments of both directions.
    fn acknowledgments(&mut self, seen: &Seen<'_>) {
        if self.flow.tcp.is_none() {
            return;
        }
        for end in [seen.sender, seen.sender.peer()] {
            let message = Message {
                protocol: Aggregated::Tcp,
                kind: KIND_ACKNOWLEDGMENT,
                operation: [0; 2],
                tag: 0,
            };
            self.allow(seen, end, key_of(message, 0), None);
        }
    }

    fn allow(
        &mut self,
        seen: &Seen<'_>,
        end: End,
        key: OperationKey,
        exemplar: Option<Exemplar>,
    ) -> Option<u32> {
        let entry = self.entry(seen, end, key, exemplar);
        self.ledger
            .allow(self.track, seen.facts.time_ns, entry, self.counters)
    }

    /// An operation that `end` carries out, under `key` completed by flow and direction.
    fn entry(
        &self,
        seen: &Seen<'_>,
        end: End,
        key: OperationKey,
        exemplar: Option<Exemplar>,
    ) -> Entry {
        let direction = if end == seen.sender {
            seen.facts.direction
        } else {
            match seen.facts.direction {
                Direction::LowToHigh => Direction::HighToLow,
                Direction::HighToLow => Direction::LowToHigh,
            }
        };
        Entry {
            interface: seen.facts.interface,
            key: OperationKey {
                flow: seen.facts.flow,
                direction: direction as u8,
                ..key
            },
            owner: Owner {
                at: seen.at,
                flow: self.flow.id,
                end,
                source: self.flow.ends.of(end).endpoint,
                destination: self.flow.ends.of(end.peer()).endpoint,
                transport: self.flow.transport,
                protocol: self.flow.protocol,
            },
            exemplar,
            message: Box::default(),
            told: 0,
            told_bytes: 0,
            used: self.flow.last,
            closing: false,
        }
    }
}

/// The key of a message; `request` is the handle of what it answers.
fn key_of(message: Message, request: u32) -> OperationKey {
    OperationKey {
        operation: message.operation,
        request,
        protocol: message.protocol as u8,
        kind: message.kind,
        ..OperationKey::default()
    }
}
