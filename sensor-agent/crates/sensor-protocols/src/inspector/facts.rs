//! Facts about flows and connections, and packets that break a specification.

use super::{Sink, Stage, addresses, stamp};
use crate::addr::Endpoint;
use crate::counters::Counter;
use crate::decode::{Network, Packet};
use crate::flow::key::Keyed;
use crate::flow::reassembly::Stamp;
use crate::flow::session::Event;
use crate::flow::{End, Flow};
use crate::frame::Frame;
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Identity, Observation, Operation, Outcome, Protocol, Transport,
    flow as flow_facts,
};

/// Who and what an observation is about, apart from its operation.
#[derive(Clone, Copy)]
pub(super) struct About<'f> {
    pub(super) flow: u64,
    pub(super) source: &'f Endpoint,
    pub(super) destination: &'f Endpoint,
    pub(super) transport: Transport,
    pub(super) protocol: Protocol,
}

impl<'f> About<'f> {
    /// Something that `source` of `flow` did.
    pub(super) fn flow(flow: &'f Flow, source: End) -> Self {
        Self {
            flow: flow.id,
            source: &flow.ends.of(source).endpoint,
            destination: &flow.ends.of(source.peer()).endpoint,
            transport: flow.transport,
            protocol: flow.protocol,
        }
    }

    /// An observation of one frame with nothing but its operation.
    pub(super) fn observation<'a>(&self, at: Stamp, operation: Operation) -> Observation<'a> {
        Observation {
            time: at.time,
            frame: at.frame,
            count: 1,
            bytes: 0,
            flow: self.flow,
            source: *self.source,
            destination: *self.destination,
            transport: self.transport,
            protocol: self.protocol,
            direction: Direction::OneWay,
            operation,
            station: None,
            objects: &[],
            values: &[],
            outcome: Outcome::None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
            request: None,
            repeats: None,
        }
    }
}

impl<S: Sink> Stage<'_, S> {
    /// Notes the frame in its flow and reports the first frame of a direction, liveness, and what
    /// is wrong with the packet.
    #[inline]
    pub(super) fn flow_facts(
        &mut self,
        flow: &mut Flow,
        keyed: &Keyed,
        frame: &Frame<'_>,
        packet: &Packet<'_>,
    ) {
        let (sent, peer) = flow.ends.split_mut(keyed.sender);
        // Addresses and ports are those of the flow; only the link layer can change.
        let vlan = packet.link.vlans.innermost();
        (sent.endpoint.vlan, peer.endpoint.vlan) = (vlan, vlan);
        if let Some(macs) = packet.link.macs {
            (sent.endpoint.mac, peer.endpoint.mac) = (macs.source, macs.destination);
        }
        sent.frames = sent.frames.saturating_add(1);
        sent.bytes = sent.bytes.saturating_add(u64::from(frame.wire_len));
        flow.last = frame.time.max(flow.last);
        flow.last_frame = frame.number;
        let first = !sent.started;
        let due = frame.time.since(sent.reported) >= limits::FLOW_UPDATE;
        let mut anomalies = packet.anomalies;
        if first {
            sent.started = true;
            self.flow_fact(flow, keyed.sender, stamp(frame), flow_facts::STARTED);
            if addresses::illegal_source(packet) {
                anomalies.insert(Anomaly::IllegalAddress);
            }
        } else if due {
            self.flow_fact(flow, keyed.sender, stamp(frame), flow_facts::UPDATED);
        }
        if !anomalies.is_empty() {
            self.malformed(&About::flow(flow, keyed.sender), frame, anomalies);
        }
    }

    /// Reports frames and bytes of one direction since the last report.
    pub(super) fn flow_fact(
        &mut self,
        flow: &mut Flow,
        sender: End,
        at: Stamp,
        operation: Operation,
    ) {
        let sent = flow.ends.of(sender);
        self.sink.observe(&Observation {
            count: sent.frames,
            bytes: sent.bytes,
            ..About::flow(flow, sender).observation(at, operation)
        });
        let sent = flow.ends.of_mut(sender);
        sent.frames = 0;
        sent.bytes = 0;
        sent.reported = at.time;
    }

    /// Reports what a direction sent since the last report; for flows that end.
    pub(super) fn last_flow_facts(&mut self, flow: &mut Flow) {
        let at = Stamp {
            time: flow.last,
            frame: flow.last_frame,
        };
        for end in [flow.client, flow.client.peer()] {
            if flow.ends.of(end).frames > 0 {
                self.flow_fact(flow, end, at, flow_facts::UPDATED);
            }
        }
    }

    /// Reports a packet that belongs to no flow, if something is wrong with it.
    pub(super) fn without_flow(&mut self, frame: &Frame<'_>, packet: &Packet<'_>) {
        if packet.anomalies.is_empty() {
            return;
        }
        let (source, destination) = packet.endpoints();
        let about = About {
            flow: 0,
            source: &source,
            destination: &destination,
            transport: packet.transport(),
            protocol: match packet.network {
                Network::Arp(_) => Protocol::Arp,
                Network::None | Network::Ip(_) | Network::Other => Protocol::Ethernet,
            },
        };
        self.malformed(&about, frame, packet.anomalies);
    }

    fn malformed(&mut self, about: &About<'_>, frame: &Frame<'_>, anomalies: AnomalySet) {
        self.counters.bump(Counter::MalformedPackets);
        self.sink.observe(&Observation {
            bytes: u64::from(frame.wire_len),
            anomalies,
            ..about.observation(stamp(frame), flow_facts::MALFORMED)
        });
    }

    /// Reports a step of a TCP connection.
    pub(super) fn connection_fact(&mut self, flow: &Flow, event: Event, frame: &Frame<'_>) {
        self.sink.observe(&Observation {
            bytes: u64::from(frame.wire_len),
            ..About::flow(flow, event.source).observation(stamp(frame), event.operation)
        });
    }
}
