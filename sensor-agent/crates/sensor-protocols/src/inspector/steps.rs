//! One packet through its flow, and what is asked about flows on the way.

use super::{Sink, Stage};
use crate::decode::Packet;
use crate::flow::key::Keyed;
use crate::flow::table::{Class, Index};
use crate::flow::{Flow, Tcp};
use crate::frame::Frame;
use crate::time::Timestamp;

/// A packet that found its flow.
pub(super) struct Arrived {
    pub(super) at: Index,
    pub(super) keyed: Keyed,
    /// The flow is new.
    pub(super) fresh: bool,
    /// The flow whose place it took; boxed, since it is rare and large.
    pub(super) ended: Option<Box<Flow>>,
}

/// Takes a packet through its flow.
#[inline]
pub(super) fn steps<S: Sink>(
    stage: &mut Stage<'_, S>,
    flow: &mut Flow,
    arrived: Arrived,
    frame: &Frame<'_>,
    packet: &mut Packet<'_>,
) {
    let keyed = arrived.keyed;
    packet.flow = flow.id;
    packet.retransmission = analyse(flow, &keyed, packet, frame.time);
    stage.sink.packet(frame, packet);
    if let Some(ended) = arrived.ended {
        stage.end(*ended);
    }
    stage.flow_facts(flow, &keyed, frame, packet);
    stage.payload(flow, &keyed, frame, packet, arrived.fresh);
}

/// Notes the packet in its flow; true when it is a retransmission.
fn analyse(flow: &mut Flow, keyed: &Keyed, packet: &Packet<'_>, time: Timestamp) -> bool {
    let (Some(segment), Some(tcp)) = (packet.tcp(), flow.tcp.as_deref_mut()) else {
        return false;
    };
    let Tcp {
        analysis, streams, ..
    } = tcp;
    analysis.segment(keyed.sender, segment, time, || {
        let stream = streams.of(keyed.sender);
        stream
            .reassembly
            .seen(segment.sequence, segment.payload_len)
    })
}

pub(super) fn has_hole(flow: &Flow) -> bool {
    flow.tcp.as_deref().is_some_and(|tcp| {
        tcp.streams.low.reassembly.has_hole() || tcp.streams.high.reassembly.has_hole()
    })
}

pub(super) fn class_of(flow: &Flow) -> Class {
    match flow.tcp.as_deref().map(|tcp| tcp.session) {
        Some(session) if session.is_over() => Class::Closed,
        Some(session) if session.is_established() => Class::Established,
        Some(_) | None => Class::Other,
    }
}
