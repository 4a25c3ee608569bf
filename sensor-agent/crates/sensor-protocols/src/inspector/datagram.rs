//! Datagrams, IP payloads and frame payloads to the dissector of their flow.

use super::facts::About;
use super::run::{Run, count_packet, parts};
use super::{Sink, Stage, stamp};
use crate::counters::Counter;
use crate::decode::{Layer4, Packet};
use crate::flow::content::Pattern;
use crate::flow::reassembly::Stamp;
use crate::flow::{Application, End, Flow};
use crate::frame::Frame;
use crate::observation::{Object, Observation, flow as flow_facts};

impl<S: Sink> Stage<'_, S> {
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

    fn run_datagram(
        &mut self,
        flow: &mut Flow,
        sender: End,
        frame: &Frame<'_>,
        packet: &Packet<'_>,
    ) {
        let role = flow.role(sender);
        let (about, application, _) = parts(flow, sender);
        let Application::Known(protocol, dissector) = application else {
            return;
        };
        let run = Run {
            about,
            at: stamp(frame),
            sender: role,
            bytes: packet.payload(),
            cut: packet.cut,
            last: false,
        };
        let protocol = *protocol;
        let wire_len = u64::from(frame.wire_len);
        count_packet(self.counters, protocol, wire_len);
        let mut overhead = wire_len.saturating_sub(run.bytes.len() as u64);
        let ran = self.run(dissector.as_mut(), &run, &mut overhead);
        if ran.ended {
            self.not_this_protocol(flow, sender, protocol, stamp(frame));
        }
        self.settle(flow, sender, stamp(frame));
    }

    pub(super) fn content(
        &mut self,
        flow: &Flow,
        sender: End,
        pattern: &Pattern,
        at: Stamp,
        len: usize,
    ) {
        self.counters.bump(Counter::ContentMatches);
        self.sink.observe(&Observation {
            bytes: len as u64,
            objects: &[Object::Name(pattern.id)],
            ..About::flow(flow, sender).observation(at, flow_facts::CONTENT)
        });
    }
}
