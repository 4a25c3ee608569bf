//! Prints what detection costs: nanoseconds per observation of learned and of new traffic, all
//! engines together and each alone, and bytes per learned tuple.
//!
//! `cargo run --release -p sensor-detect --example cost`; the output is a JSON list of
//! `{name, value, unit}`.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use sensor_detect::catalogue::Engine;
use sensor_detect::detector::{Command, Detector, DetectorSettings, Mode};
use sensor_protocols::addr::{Endpoint, MacAddr};
use sensor_protocols::observation::{
    AnomalySet, Direction, Identity, Object, Observation, Operation, OperationClass, Outcome,
    Protocol, Transport,
};
use sensor_protocols::time::Timestamp;

/// Channels, and learned tuples of each: two operations and eight ranges.
const CHANNELS: u32 = 10_000;
const RANGES: u32 = 8;
const ROUNDS: u32 = 20;

fn main() {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: f64, unit: &str| {
        rows.push(format!(
            "  {{\"name\": \"{name}\", \"value\": {value:.1}, \"unit\": \"{unit}\"}}"
        ));
    };
    let mut taught = None;
    let memory = allocation_counter::measure(|| taught = Some(teach()));
    let mut detector = taught.expect("teach ran");
    let tuples = detector.baseline().len();
    row("detect_learned_tuples", count(tuples as u64), "tuples");
    let bytes = count(memory.bytes_current.unsigned_abs()) / count(tuples as u64);
    row("detect_bytes_per_tuple", bytes, "bytes");

    row(
        "detect_known_all_engines",
        known(&mut detector),
        "ns/observation",
    );
    for engine in Engine::ALL {
        only(&mut detector, Some(engine));
        let name = format!("detect_known_{}", engine.id());
        row(&name, known(&mut detector), "ns/observation");
    }
    only(&mut detector, None);
    row(
        "detect_new_all_engines",
        new(&mut detector),
        "ns/observation",
    );
    println!("[\n{}\n]", rows.join(",\n"));
}

fn count(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Time this thread spent computing, so that a busy machine does not count; the clock on the wall
/// where the kernel does not tell.
struct Stopwatch {
    wall: Instant,
    computed: Option<Duration>,
}

impl Stopwatch {
    fn start() -> Self {
        Self {
            wall: Instant::now(),
            computed: computed(),
        }
    }

    fn nanoseconds(&self) -> f64 {
        let computed = computed()
            .zip(self.computed)
            .map(|(end, start)| end.saturating_sub(start));
        computed
            .unwrap_or_else(|| self.wall.elapsed())
            .as_secs_f64()
            * 1e9
    }
}

/// First field of `schedstat`: nanoseconds on a processor (Linux, proc(5)).
fn computed() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// Leaves one engine on, or all.
fn only(detector: &mut Detector, engine: Option<Engine>) {
    for other in Engine::ALL {
        detector.apply(Command::SetEngineEnabled {
            engine: other,
            enabled: engine.is_none_or(|engine| engine == other),
        });
    }
}

fn teach() -> Detector {
    let mut detector = Detector::new(DetectorSettings {
        mode: Mode::Learning,
        ..DetectorSettings::default()
    });
    let mut found = Vec::new();
    for channel in 0..CHANNELS {
        for range in 0..RANGES {
            exchange(&mut detector, channel, range, &mut found);
        }
    }
    detector.apply(Command::SetMode(Mode::Operational));
    assert!(found.is_empty());
    drop(detector.take_changes());
    detector
}

/// Nanoseconds per observation of learned traffic, channel after channel in a scattered order.
fn known(detector: &mut Detector) -> f64 {
    let mut found = Vec::new();
    let mut rounds = |count| {
        for round in 0..count {
            for step in 0..CHANNELS {
                let channel = step.wrapping_mul(7919) % CHANNELS;
                exchange(detector, channel, round % RANGES, &mut found);
            }
        }
    };
    // Every shape once, as in a plant that has been watched for a while.
    rounds(RANGES);
    let begun = Stopwatch::start();
    rounds(ROUNDS);
    assert!(
        found.is_empty(),
        "learned traffic raised {:?}",
        found[0].alert_type.id
    );
    begun.nanoseconds() / f64::from(2 * ROUNDS * CHANNELS)
}

/// Nanoseconds per observation of traffic that the baseline does not hold, findings included.
fn new(detector: &mut Detector) -> f64 {
    let mut found = Vec::new();
    let begun = Stopwatch::start();
    for channel in 0..CHANNELS {
        exchange(detector, channel, RANGES + channel, &mut found);
        found.clear();
    }
    begun.nanoseconds() / f64::from(2 * CHANNELS)
}

/// A request and its answer.
fn exchange(
    detector: &mut Detector,
    channel: u32,
    range: u32,
    found: &mut Vec<sensor_detect::finding::Finding>,
) {
    let (client, server) = (end(channel % 100, 40_000), end(1000 + channel, 502));
    let objects = [Object::Range {
        table: "holding_register",
        start: range * 20,
        count: 10,
    }];
    let code = if range.is_multiple_of(2) { 3 } else { 4 };
    let mut observation = message(u64::from(channel) + 1, client, server, code, &objects);
    detector.observe(&observation, found);
    observation.direction = Direction::Response;
    observation.outcome = Outcome::Ok;
    std::mem::swap(&mut observation.source, &mut observation.destination);
    detector.observe(&observation, found);
}

fn message<'a>(
    flow: u64,
    source: Endpoint,
    destination: Endpoint,
    code: u32,
    objects: &'a [Object<'a>],
) -> Observation<'a> {
    Observation {
        time: Timestamp::from_nanos(1_700_000_000_000_000_000 + flow * 1_000_000),
        frame: flow,
        count: 1,
        bytes: 78,
        flow,
        source,
        destination,
        transport: Transport::Tcp,
        protocol: Protocol::Modbus,
        direction: Direction::Request,
        operation: Operation {
            code,
            sub: None,
            name: "read_holding_registers",
            class: OperationClass::Read,
        },
        station: Some(1),
        objects,
        values: &[],
        outcome: Outcome::None,
        anomalies: AnomalySet::EMPTY,
        identity: Identity::NONE,
        request: None,
        repeats: None,
    }
}

fn end(host: u32, port: u16) -> Endpoint {
    Endpoint {
        mac: MacAddr([2, 0, 0, 0, 0, 1]),
        ip: Some(IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + host))),
        port,
        vlan: None,
    }
}
