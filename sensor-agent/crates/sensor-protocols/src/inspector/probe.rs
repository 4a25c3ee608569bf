//! Which protocol a flow speaks: probing its first bytes, once.

use super::deliver::{Chunk, hold, release, stream_mut};
use super::facts::About;
use super::{Sink, Stage};
use crate::counters::Counter;
use crate::dissect::registry::{self, Decision, Entry};
use crate::dissect::{ProbeInput, Role};
use crate::flow::reassembly::Stamp;
use crate::flow::{Application, End, Flow};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Observation, Protocol, Transport, flow as flow_facts,
};

impl<S: Sink> Stage<'_, S> {
    /// Probes the first bytes of a stream.
    pub(super) fn decide(&mut self, flow: &mut Flow, sender: End, chunk: &Chunk<'_>) {
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
                self.another_than_expected(flow, sender, entry, chunk.at);
                self.feed_from(flow, sender, chunk, held);
            }
            Decision::Wait if wait => {}
            Decision::Wait | Decision::Unrecognised => {
                release(stream, self.budget);
                self.not_recognised(flow, sender, ports, chunk.at);
            }
        }
    }

    pub(super) fn decide_datagram(
        &mut self,
        flow: &mut Flow,
        sender: End,
        payload: &[u8],
        at: Stamp,
    ) {
        let ports = ports(flow, sender);
        let input = ProbeInput {
            bytes: payload,
            transport: Transport::Udp,
            hinted: false,
            sender: None,
        };
        match registry::decide(&input, ports) {
            Decision::Known(entry, role) => {
                recognised(flow, sender, entry, role);
                self.another_than_expected(flow, sender, entry, at);
            }
            Decision::Wait | Decision::Unrecognised => {
                self.not_recognised(flow, sender, ports, at);
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

    /// A flow on the port of a protocol ended before its probes were used up, and none of them
    /// found that protocol.
    pub(super) fn undecided_to_the_end(&mut self, flow: &mut Flow, at: Stamp) {
        let sender = flow.client;
        if let Application::Undecided(1..) = flow.application
            && let Some(entry) = registry::hinted(flow.transport, ports(flow, sender))
        {
            self.counters.bump(Counter::FlowsUnrecognised);
            self.not_this_protocol(flow, sender, entry.protocol, at);
        }
    }

    /// Says so when the server's port is that of a protocol of plants and something else is spoken there.
    /// Without a handshake nobody knows which port is the server's.
    fn another_than_expected(&mut self, flow: &Flow, sender: End, spoken: &Entry, at: Stamp) {
        let Some(client) = flow.tcp.as_deref().and_then(|tcp| tcp.session.client()) else {
            return;
        };
        let server = flow.ends.of(client.peer()).endpoint.port;
        let expected = registry::hinted(flow.transport, (server, server));
        if let Some(expected) = expected.filter(|entry| entry.protocol.is_ot())
            && !registry::is_usual(spoken, flow.transport, server)
        {
            self.report_another(flow, sender, expected.protocol, at);
        }
    }

    pub(super) fn not_this_protocol(
        &mut self,
        flow: &mut Flow,
        sender: End,
        protocol: Protocol,
        at: Stamp,
    ) {
        self.report_another(flow, sender, protocol, at);
        self.close_to_dissection(flow);
    }

    fn report_another(&mut self, flow: &Flow, sender: End, protocol: Protocol, at: Stamp) {
        let about = About {
            protocol,
            ..About::flow(flow, sender)
        };
        self.sink.observe(&Observation {
            anomalies: AnomalySet::of(Anomaly::NotThisProtocol),
            ..about.observation(at, flow_facts::MALFORMED)
        });
    }

    fn close_to_dissection(&mut self, flow: &mut Flow) {
        flow.application = Application::Unknown;
        self.budget.give_back(std::mem::take(&mut flow.held));
        if let Some(tcp) = flow.tcp.as_deref_mut() {
            release(&mut tcp.streams.low, self.budget);
            release(&mut tcp.streams.high, self.budget);
        }
    }
}

/// Gives the flow its dissector. The handshake says who is client, else the probe.
fn recognised(flow: &mut Flow, sender: End, entry: &Entry, role: Option<Role>) {
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
