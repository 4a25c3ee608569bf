//! Prints what the inspector sees in capture files (pcap or pcapng): one observation a line.
//!
//! `cargo run -p sensor-protocols --example inspect -- FILE...`
//! `cargo run --release -p sensor-protocols --example inspect -- --speed FILE` loops the file from
//! memory for some seconds and prints packets a second.

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use sensor_protocols::inspector::{Inspector, Sink};
use sensor_protocols::observation::Observation;
use support::{Capture, Each};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [flag, file] if flag == "--speed" => speed(Path::new(file)),
        files => files.iter().for_each(|file| print(Path::new(file))),
    }
}

fn print(file: &Path) {
    let mut inspector = Inspector::default();
    let mut sink = Each(|o: &Observation<'_>| println!("{}", line(o)));
    for frame in Capture::read(file).frames() {
        inspector.frame(&frame, &mut sink);
    }
    inspector.finish(&mut sink);
    let counters = inspector.counters();
    for (name, value) in counters.entries().filter(|(_, value)| *value > 0) {
        eprintln!("{name} {value}");
    }
}

fn line(o: &Observation<'_>) -> String {
    let end = |e: &sensor_protocols::addr::Endpoint| match e.ip {
        Some(ip) => format!("{ip}:{}", e.port),
        None => e.mac.to_string(),
    };
    format!(
        "{} flow {} {} {} > {} {:?} {}({}{}) {:?} {:?} {:?} count {} bytes {}",
        o.frame,
        o.flow,
        o.protocol.id(),
        end(&o.source),
        end(&o.destination),
        o.direction,
        o.operation.name,
        o.operation.code,
        o.operation.sub.map(|s| format!("/{s}")).unwrap_or_default(),
        o.objects,
        o.outcome,
        o.anomalies,
        o.count,
        o.bytes,
    )
}

#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn observe(&mut self, observation: &Observation<'_>) {
        self.0 += observation.count;
    }
}

fn speed(file: &Path) {
    let capture = Capture::read(file);
    let frames: Vec<_> = capture.frames().collect();
    let mut sink = Count::default();
    let mut packets = 0_u64;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        let mut inspector = Inspector::default();
        for frame in &frames {
            inspector.frame(frame, &mut sink);
        }
        inspector.finish(&mut sink);
        packets += frames.len() as u64;
    }
    let seconds = start.elapsed().as_secs_f64();
    let count = sink.0;
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = packets as f64 / seconds;
    println!(
        "{packets} packets in {seconds:.2} s: {rate:.0} packets/s, {:.1} ns a packet, {count} counted",
        1e9 / rate
    );
}
