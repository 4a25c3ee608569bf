//! The whole way of frames through the inspector, on connections written by hand: connection and
//! flow facts, gaps, port reuse, probing, content patterns, caps.

mod connections;
mod content;
mod pieces;
#[path = "../support/mod.rs"]
mod support;

use sensor_protocols::frame::Frame;
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::{Anomaly, Observation, Protocol};
use support::Each;
use support::frames::{Connection, Segment, numbered};

/// What the tests look at in an observation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    name: &'static str,
    protocol: Protocol,
    frame: u64,
    flow: u64,
    /// Ports of source and destination.
    ports: (u16, u16),
    count: u64,
    bytes: u64,
    anomalies: Vec<Anomaly>,
    objects: String,
}

fn seen(o: &Observation<'_>) -> Seen {
    Seen {
        name: o.operation.name,
        protocol: o.protocol,
        frame: o.frame,
        flow: o.flow,
        ports: (o.source.port, o.destination.port),
        count: o.count,
        bytes: o.bytes,
        anomalies: o.anomalies.iter().collect(),
        objects: format!("{:?}", o.objects),
    }
}

fn inspect_with(inspector: &mut Inspector, frames: &[Frame<'_>]) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut sink = Each(|o: &Observation<'_>| all.push(seen(o)));
    for frame in frames {
        inspector.frame(frame, &mut sink);
    }
    all
}

fn inspect(frames: &[Frame<'_>]) -> Vec<Seen> {
    let mut inspector = Inspector::default();
    let mut all = inspect_with(&mut inspector, frames);
    inspector.finish(&mut Each(|o: &Observation<'_>| all.push(seen(o))));
    all
}

fn frames_of(segments: &[Segment]) -> Vec<Vec<u8>> {
    segments.iter().map(Segment::frame).collect()
}

/// Names of the facts about connections, with the frame they came in and the source port.
fn connection_facts(segments: &[Segment]) -> Vec<(&'static str, u64, u16)> {
    let bytes = frames_of(segments);
    inspect(&numbered(&bytes))
        .into_iter()
        .filter(|s| s.protocol == Protocol::Tcp && !s.name.starts_with("flow_"))
        .map(|s| (s.name, s.frame, s.ports.0))
        .collect()
}

fn named<'a>(all: &'a [Seen], name: &str) -> Vec<&'a Seen> {
    all.iter().filter(|s| s.name == name).collect()
}

fn connection() -> Connection {
    Connection::new(40_000, 502, [1000, 9000])
}
