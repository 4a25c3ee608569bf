//! What dissectors cost: one line for each capture file and protocol, as JSON.
//!
//! `cargo run --release -p sensor-protocols --example dissect_cost -- FILE…`, or `cargo xtask bench dissect`.
//!
//! Each file goes through an inspector again and again, a new one each time, with every run of a dissector
//! timed; of each protocol the best round counts, since the machine's other work only ever slows one down.
//! Flow tracking, reassembly and what observers do with a message are not in the figures; the first
//! message of a flow, for which tables are made, is.

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use sensor_protocols::counters::{Counters, ProtocolCounters};
use sensor_protocols::frame::Frame;
use sensor_protocols::inspector::{Inspector, InspectorSettings, Sink, Timing};
use sensor_protocols::observation::{Observation, Protocol};
use support::Capture;

/// Rounds of one file end after this time or this many frames, but never before the fifth.
const LONG_ENOUGH: Duration = Duration::from_millis(400);
const FRAMES: usize = 400_000;
const ROUNDS: usize = 5;

/// Looks at nothing.
struct Nobody;

impl Sink for Nobody {
    fn observe(&mut self, observation: &Observation<'_>) {
        std::hint::black_box(observation);
    }
}

fn main() {
    for file in std::env::args().skip(1) {
        let capture = Capture::read(Path::new(&file));
        let frames: Vec<_> = capture.frames().collect();
        let best = rounds(&frames);
        for (protocol, counted) in Protocol::ALL.iter().zip(best) {
            if counted.timed_messages > 0 {
                let row = serde_json::json!({
                    "file": Path::new(&file).file_name().map(|name| name.to_string_lossy()),
                    "protocol": protocol.id(),
                    "messages": counted.timed_messages,
                    "bytes": counted.timed_bytes,
                    "nanoseconds": counted.timed_nanoseconds,
                });
                println!("{row}");
            }
        }
    }
}

/// The fastest round of each protocol, in the order of the protocols.
fn rounds(frames: &[Frame<'_>]) -> Vec<ProtocolCounters> {
    let mut best = vec![ProtocolCounters::default(); Protocol::ALL.len()];
    let (started, mut round) = (Instant::now(), 0);
    while round < ROUNDS || (round * frames.len() < FRAMES && started.elapsed() < LONG_ENOUGH) {
        let counters = inspect(frames);
        for (protocol, best) in Protocol::ALL.iter().zip(&mut best) {
            let found = counters.protocol(*protocol);
            // Every round has the same messages.
            let first = best.timed_messages == 0;
            if first || found.timed_nanoseconds < best.timed_nanoseconds {
                *best = found;
            }
        }
        round += 1;
    }
    best
}

fn inspect(frames: &[Frame<'_>]) -> Counters {
    let mut inspector = Inspector::new(&InspectorSettings {
        timing: Some(Timing {
            now: nanoseconds,
            every: 1,
        }),
        ..InspectorSettings::default()
    });
    for frame in frames {
        inspector.frame(frame, &mut Nobody);
    }
    inspector.finish(&mut Nobody);
    inspector.counters().clone()
}

fn nanoseconds() -> u64 {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(FIRST.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
