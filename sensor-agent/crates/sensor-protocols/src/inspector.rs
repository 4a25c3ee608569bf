//! Stages 3 and 4 of one worker: frames in, observations out.

use std::time::Duration;

use crate::counters::{Counter, Counters};
use crate::decode::{self, Packet};
use crate::frame::Frame;
use crate::limits;
use crate::observation::Observation;
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

/// Settings of an [`Inspector`]. The defaults are the documented caps of [`limits`].
#[derive(Clone, Debug)]
pub struct InspectorSettings {
    /// Flows held at once.
    pub flows: usize,
    /// Idle time after which a flow is forgotten.
    pub flow_idle: Duration,
    /// The same for TCP connections that were established.
    pub flow_idle_established: Duration,
    /// Bytes buffered by TCP reassembly over all flows.
    pub reassembly_bytes: usize,
    /// Tell flows with the same addresses apart by their innermost VLAN. Off by default, because
    /// mirror ports often tag one direction only; needed where machines reuse addresses.
    pub vlan_in_flow_key: bool,
    /// First flow identifier. Workers get ranges of their own, so that identifiers are unique.
    pub first_flow: u64,
}

impl Default for InspectorSettings {
    fn default() -> Self {
        Self {
            flows: limits::FLOWS,
            flow_idle: limits::FLOW_IDLE,
            flow_idle_established: limits::FLOW_IDLE_ESTABLISHED,
            reassembly_bytes: limits::REASSEMBLY_BYTES,
            vlan_in_flow_key: false,
            first_flow: 1,
        }
    }
}

/// Stages 3 and 4 of one worker. Pure: the same frames and ticks give the same observations.
pub struct Inspector {
    counters: Counters,
}

impl Default for Inspector {
    fn default() -> Self {
        Self::new(InspectorSettings::default())
    }
}

impl Inspector {
    pub fn new(settings: InspectorSettings) -> Self {
        let _ = settings;
        Self {
            counters: Counters::default(),
        }
    }

    /// Inspects one frame.
    pub fn frame(&mut self, frame: &Frame<'_>, sink: &mut impl Sink) {
        self.counters.bump(Counter::Frames);
        let packet = decode::decode(frame);
        sink.packet(frame, &packet);
    }

    /// Ends what was idle for too long. Call it about once a second of capture time.
    pub fn tick(&mut self, now: Timestamp, sink: &mut impl Sink) {
        let _ = (now, sink);
    }

    /// Ends all flows, as at the end of a file: what is pending is reported.
    pub fn finish(&mut self, sink: &mut impl Sink) {
        let _ = sink;
    }

    /// What was counted so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}
