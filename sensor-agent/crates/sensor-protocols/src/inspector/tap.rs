//! Watches what a frame of a tracked flow gives, on its way to the sink.

use super::Sink;
use crate::aggregation::exemplar::Exemplar;
use crate::decode::Packet;
use crate::frame::Frame;
use crate::observation::{Observation, Protocol, conn, flow};

/// What a frame gave.
#[derive(Debug, Default)]
pub(super) struct Yield {
    /// Messages of the application, but for one in front that only carries the next.
    messages: u32,
    /// The latter.
    carrier: Option<Exemplar>,
    /// The first of them, when repeats of it say nothing new.
    exemplar: Option<Exemplar>,
    /// Something was wrong, or found in the content.
    pub(super) suspicious: bool,
}

impl Yield {
    /// The one message of the frame, when repeats of it say nothing new.
    pub(super) fn only(self) -> Option<Exemplar> {
        self.exemplar
            .filter(|_| self.messages == 1 && !self.suspicious)
    }
}

/// A sink in front of another.
pub(super) struct Tap<'s, S> {
    sink: &'s mut S,
    found: Yield,
    /// Whether an exemplar is of use.
    wanted: bool,
}

impl<'s, S: Sink> Tap<'s, S> {
    pub(super) fn new(sink: &'s mut S, wanted: bool) -> Self {
        Self {
            sink,
            wanted,
            found: Yield::default(),
        }
    }

    pub(super) fn found(self) -> Yield {
        self.found
    }
}

/// Whether an observation is about a flow or a connection, not a message.
const fn is_fact(observation: &Observation<'_>) -> bool {
    matches!(
        observation.protocol,
        Protocol::Ethernet
            | Protocol::Ipv4
            | Protocol::Ipv6
            | Protocol::Tcp
            | Protocol::Udp
            | Protocol::Sctp
    )
}

impl<S> Tap<'_, S> {
    fn message(&mut self, observation: &Observation<'_>) {
        let found = &mut self.found;
        if self.wanted && found.messages == 0 {
            if found.carrier.is_none() {
                found.carrier = Exemplar::of_carrier(observation);
                if found.carrier.is_some() {
                    return;
                }
            }
            let carrier = found.carrier.take();
            found.exemplar = Exemplar::of(observation).map(|kept| kept.carried_by(carrier));
        }
        found.messages = found.messages.saturating_add(1);
    }
}

impl<S: Sink> Sink for Tap<'_, S> {
    fn packet(&mut self, frame: &Frame<'_>, packet: &Packet<'_>) {
        self.sink.packet(frame, packet);
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        let code = observation.operation.code;
        let fact = is_fact(observation);
        self.found.suspicious |= !observation.anomalies.is_empty()
            || (fact && (code == conn::GAP.code || code == flow::CONTENT.code));
        if !fact {
            self.message(observation);
        }
        self.sink.observe(observation);
    }
}
