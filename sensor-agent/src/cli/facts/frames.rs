//! Books messages by frame where the oracle counts all of a frame that it hands to a dissector.
//!
//! Data in: for each frame of the protocol what the oracle makes of its segment ([`Handling`]), then
//! the sensor's messages. Data out: the messages by frame, and what the sensor saw.
//!
//! Limit: memory grows with the messages of a file.

use std::collections::{BTreeMap, HashMap};

use sensor_protocols::observation::{Direction, Observation, Transport};

use super::report::{Messages, count};
use super::segments::Handling;

/// Messages of one protocol; `M` is what is kept of each.
pub(super) struct Frames<M> {
    rows: BTreeMap<u64, Vec<M>>,
    /// Frames that the oracle does not hand on.
    passed_over: HashMap<u64, &'static str>,
    seen: Option<Messages>,
}

impl<M> Default for Frames<M> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            passed_over: HashMap::new(),
            seen: None,
        }
    }
}

impl<M> Frames<M> {
    /// Notes what the oracle makes of a TCP segment that is this protocol by its port.
    pub(super) fn segment(&mut self, frame: u64, handling: Handling) {
        let reason = match handling {
            Handling::Retransmission => "retransmitted_segment",
            Handling::OutOfOrder => "out_of_order_segment",
            Handling::Reset => "segment_with_reset",
            Handling::Empty | Handling::HandedOn { .. } => return,
        };
        self.passed_over.insert(frame, reason);
    }

    /// Takes an observation, of which `message` makes a message; bytes that are none give `None`.
    /// Answers the server port when the oracle knows the protocol by others, `known`, of its transport.
    pub(super) fn message(
        &mut self,
        observation: &Observation<'_>,
        known: &[(Transport, u16)],
        message: impl Fn(&Observation<'_>) -> Option<M>,
    ) -> Option<u16> {
        let seen = self.seen.get_or_insert_default();
        for anomaly in observation.anomalies.iter() {
            count(&mut seen.anomalies, anomaly.id());
        }
        let Some(message) = message(observation) else {
            count(&mut seen.fragments, observation.operation.name);
            return None;
        };
        seen.messages += 1;
        count(&mut seen.operations, observation.operation.name);
        if let Some(reason) = self.passed_over.get(&observation.frame) {
            count(&mut seen.not_booked, *reason);
            return None;
        }
        self.book(observation.frame, message);
        let (source, destination) = (observation.source.port, observation.destination.port);
        let transport = observation.transport;
        let knows = |port| known.contains(&(transport, port));
        let by_port = known.iter().any(|(of, _)| *of == transport);
        let elsewhere = by_port && !knows(source) && !knows(destination);
        elsewhere.then_some(match observation.direction {
            Direction::Response => source,
            Direction::Request | Direction::OneWay => destination,
        })
    }

    /// Takes a message that another one, which was seen, was carried in.
    pub(super) fn carrier(&mut self, frame: u64, message: M) {
        if !self.passed_over.contains_key(&frame) {
            self.book(frame, message);
        }
    }

    fn book(&mut self, frame: u64, message: M) {
        self.rows.entry(frame).or_default().push(message);
    }

    /// The messages by frame, if any were booked; what was seen goes to `seen`.
    pub(super) fn finish(&mut self, seen: &mut Option<Messages>) -> Option<BTreeMap<u64, Vec<M>>> {
        *seen = self.seen.take();
        let rows = std::mem::take(&mut self.rows);
        (!rows.is_empty()).then_some(rows)
    }
}
