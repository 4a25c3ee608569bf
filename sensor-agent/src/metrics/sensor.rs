//! The sensor's own figures, stage by stage.

use sensor_detect::detector::{DetectorStatus, EngineState, EngineStatus, TableStatus};

use super::text::{Kind, Page};
use crate::capture::counter::{COUNTERS, Counter, CounterInfo, Term};
use crate::capture::{MapFill, SourceStatus};
use crate::service::{HealthStatus, LiveStatus, Service};

/// Version, mode and health.
pub(super) fn about(page: &mut Page, service: &Service) {
    let name = "sensor_build_info";
    page.family(name, Kind::Gauge, "Always 1; the label holds the version.");
    page.sample(name, &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let health = service.health();
    let name = "sensor_health_status";
    let help = "State of each part: 0 ok, 1 degraded, 2 failing.";
    page.family(name, Kind::Gauge, help);
    for check in &health.checks {
        let value = match check.status {
            HealthStatus::Ok => 0,
            HealthStatus::Degraded => 1,
            HealthStatus::Failing => 2,
        };
        page.sample(name, &[("check", check.name)], value);
    }
}

/// One figure of a source.
type SourceFigure = fn(&SourceStatus) -> u64;

/// One figure of a source that is broken down by reason.
type SourceReasons = fn(&SourceStatus) -> &[(&'static str, u64)];

/// Frames per source: `received = filtered + counted + handed up + dropped`.
pub(super) fn capture(page: &mut Page, live: &LiveStatus) {
    let figures: [(&str, &str, SourceFigure); 4] = [
        ("received_packets", "Frames the source was offered.", |s| {
            s.received
        }),
        (
            "received_bytes",
            "Bytes of the frames the source was offered.",
            |s| s.received_bytes,
        ),
        (
            "counted_packets",
            "Frames only counted in the kernel.",
            |s| s.counted,
        ),
        ("inspected_packets", "Frames handed up in full.", |s| {
            s.handed_up
        }),
    ];
    for (figure, help, value) in figures {
        let name = format!("sensor_capture_{figure}_total");
        page.family(&name, Kind::Counter, help);
        for (index, source) in live.sources.iter().enumerate() {
            let number = index.to_string();
            page.sample(
                &name,
                &[("source", &number), ("kind", source.kind)],
                value(source),
            );
        }
    }
    let reasons: [(&str, &str, SourceReasons); 2] = [
        ("filtered_packets", "Frames left out on purpose.", |s| {
            &s.filtered
        }),
        (
            "dropped_packets",
            "Frames lost against the sensor's will.",
            |s| &s.lost,
        ),
    ];
    for (figure, help, values) in reasons {
        let name = format!("sensor_capture_{figure}_total");
        page.family(&name, Kind::Counter, help);
        for (index, source) in live.sources.iter().enumerate() {
            let number = index.to_string();
            for (reason, value) in values(source) {
                let labels = [("source", number.as_str()), ("reason", reason)];
                page.sample(&name, &labels, value);
            }
        }
    }
    kernel_notes(page, live);
    tables_and_ring(page, live);
    capture_time(page, live);
}

/// Counters of the kernel program that are no term of the sum, each from the constant list. The
/// terms have their families above, with the figures of other kinds of sources.
fn kernel_notes(page: &mut Page, live: &LiveStatus) {
    let own =
        |info: &&CounterInfo| info.term == Term::Note && info.counter != Counter::ReceivedBytes;
    let mut families: Vec<&str> = Vec::new();
    for first in COUNTERS.iter().filter(own) {
        if families.contains(&first.metric) {
            continue;
        }
        families.push(first.metric);
        page.family(first.metric, Kind::Counter, first.help);
        let family = |info: &&CounterInfo| own(info) && info.metric == first.metric;
        for info in COUNTERS.iter().filter(family) {
            kernel_note(page, live, info);
        }
    }
}

fn kernel_note(page: &mut Page, live: &LiveStatus, info: &CounterInfo) {
    for (index, source) in live.sources.iter().enumerate() {
        let Some(block) = &source.kernel else {
            continue;
        };
        let number = index.to_string();
        let labels = [("source", number.as_str()), ("reason", info.reason)];
        let count = if info.reason.is_empty() { 1 } else { 2 };
        let labels = labels.get(..count).unwrap_or_default();
        page.sample(info.metric, labels, block.get(info.counter));
    }
}

/// One figure of a source that not every kind has.
type OptionalFigure = fn(&SourceStatus) -> Option<f64>;

/// One figure of a table of the kernel program.
type MapFigure = fn(&MapFill) -> u64;

/// Fill of ring and tables, and what the kernel program costs.
fn tables_and_ring(page: &mut Page, live: &LiveStatus) {
    let figures: [(&str, Kind, &str, OptionalFigure); 6] = [
        (
            "sensor_capture_ring_capacity_bytes",
            Kind::Gauge,
            "Size of the buffer between kernel program and agent.",
            |s| s.ring.map(|ring| float(ring.capacity)),
        ),
        (
            "sensor_capture_ring_used_bytes",
            Kind::Gauge,
            "Bytes in the buffer between kernel program and agent.",
            |s| s.ring.map(|ring| float(ring.used)),
        ),
        (
            "sensor_capture_ring_high_water_bytes",
            Kind::Gauge,
            "Most bytes that were in the buffer when the reader came.",
            |s| s.ring.map(|ring| float(ring.high_water)),
        ),
        (
            "sensor_capture_flows_evicted_total",
            Kind::Counter,
            "Flows that had to make room for others in the kernel's table.",
            |s| s.flows_evicted.map(float),
        ),
        (
            "sensor_capture_program_runs_total",
            Kind::Counter,
            "Measured runs of the kernel program.",
            |s| s.run_time.map(|time| float(time.runs)),
        ),
        (
            "sensor_capture_program_seconds_total",
            Kind::Counter,
            "Time that the measured runs of the kernel program took.",
            |s| s.run_time.map(|time| float(time.nanos) / 1e9),
        ),
    ];
    for (name, kind, help, figure) in figures {
        page.family(name, kind, help);
        for (index, source) in live.sources.iter().enumerate() {
            if let Some(value) = figure(source) {
                page.sample(name, &[("source", &index.to_string())], value);
            }
        }
    }
    let figures: [(&str, &str, MapFigure); 2] = [
        (
            "entries",
            "Entries of a table of the kernel program.",
            |map| map.entries,
        ),
        (
            "capacity_entries",
            "Entries a table of the kernel program can hold.",
            |map| map.capacity,
        ),
    ];
    for (figure, help, value) in figures {
        let name = format!("sensor_capture_map_{figure}");
        page.family(&name, Kind::Gauge, help);
        for (index, source) in live.sources.iter().enumerate() {
            let number = index.to_string();
            for map in &source.maps {
                let labels = [("source", number.as_str()), ("map", map.name.as_str())];
                page.sample(&name, &labels, value(map));
            }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the text format holds floating-point numbers anyway"
)]
const fn float(value: u64) -> f64 {
    value as f64
}

fn capture_time(page: &mut Page, live: &LiveStatus) {
    let seconds = |time: sensor_protocols::time::Timestamp| {
        std::time::Duration::from_nanos(time.as_nanos()).as_secs_f64()
    };
    page.single(
        "sensor_status_timestamp_seconds",
        Kind::Gauge,
        "Sensor time at which the pipeline last reported; 0 before the first time.",
        seconds(live.time),
    );
    page.single(
        "sensor_capture_timestamp_seconds",
        Kind::Gauge,
        "Capture time of the last frame; 0 before the first one.",
        seconds(live.capture_time),
    );
}

/// One figure of an engine.
type EngineFigure = fn(&EngineStatus) -> u64;

/// One figure of a table.
type TableFigure = fn(&TableStatus) -> u64;

/// Engines and tables.
pub(super) fn detector(page: &mut Page, status: &DetectorStatus) {
    let name = "sensor_engine_up";
    page.family(name, Kind::Gauge, "Whether the engine is running.");
    for engine in &status.engines {
        let up = u8::from(engine.state == EngineState::Running);
        page.sample(name, &[("engine", engine.engine.id())], up);
    }
    let figures: [(&str, &str, EngineFigure); 3] = [
        (
            "sensor_engine_panics_total",
            "Faults inside the engine.",
            |e| e.panics,
        ),
        (
            "sensor_engine_findings_total",
            "Findings handed to the alert stage.",
            |e| e.findings,
        ),
        (
            "sensor_engine_suppressed_findings_total",
            "Findings held back by the rate limit.",
            |e| e.suppressed,
        ),
    ];
    for (name, help, value) in figures {
        page.family(name, Kind::Counter, help);
        for engine in &status.engines {
            page.sample(name, &[("engine", engine.engine.id())], value(engine));
        }
    }
    let learning: u64 = status
        .types
        .iter()
        .fold(0, |sum, kind| sum.saturating_add(kind.would_have_alerted));
    page.single(
        "sensor_detector_learned_findings_total",
        Kind::Counter,
        "Findings that raised no alert because their type was learning.",
        learning,
    );
    tables(page, status);
}

fn tables(page: &mut Page, status: &DetectorStatus) {
    let figures: [(&str, Kind, &str, TableFigure); 5] = [
        ("entries", Kind::Gauge, "Entries of a bounded table.", |t| {
            t.entries
        }),
        (
            "capacity_entries",
            Kind::Gauge,
            "Entries a bounded table can hold.",
            |t| t.capacity,
        ),
        (
            "bytes",
            Kind::Gauge,
            "Estimated memory of a bounded table in bytes.",
            |t| t.bytes,
        ),
        (
            "evicted_total",
            Kind::Counter,
            "Entries given up to make room.",
            |t| t.evicted,
        ),
        (
            "refused_total",
            Kind::Counter,
            "Entries that found no room.",
            |t| t.refused,
        ),
    ];
    for (figure, kind, help, value) in figures {
        let name = format!("sensor_detector_table_{figure}");
        page.family(&name, kind, help);
        for table in &status.tables {
            page.sample(&name, &[("table", table.name)], value(table));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::counter::CounterBlock;

    /// The status that the kernel program's counters give.
    fn source(block: CounterBlock) -> SourceStatus {
        let reasons = |term| {
            let infos = COUNTERS.iter().filter(move |info| info.term == term);
            infos
                .map(|info| (info.reason, block.get(info.counter)))
                .collect()
        };
        SourceStatus {
            kind: "xdp",
            received: block.get(Counter::Received),
            received_bytes: block.get(Counter::ReceivedBytes),
            counted: block.sum(Term::Counted),
            handed_up: block.sum(Term::HandedUp),
            filtered: reasons(Term::Filtered),
            lost: reasons(Term::Lost),
            kernel: Some(block),
            ..SourceStatus::default()
        }
    }

    #[test]
    fn every_counter_of_the_list_has_its_metric() {
        for (value, info) in (1000..).zip(COUNTERS) {
            let mut block = CounterBlock::default();
            block.values[info.counter as usize] = value;
            let live = LiveStatus {
                sources: vec![source(block)],
                ..LiveStatus::default()
            };
            let mut page = Page::default();
            capture(&mut page, &live);
            let text = page.finish();
            let reason = format!("reason=\"{}\"", info.reason);
            let found = text.lines().any(|line| {
                line.starts_with(&format!("{}{{", info.metric))
                    && (info.reason.is_empty() || line.contains(&reason))
                    && line.ends_with(&format!(" {value}"))
            });
            assert!(found, "{} {} is not in\n{text}", info.metric, info.reason);
        }
    }

    /// Each counter of the list has another value; whatever shows it twice is found.
    #[test]
    fn no_counter_of_the_list_has_two_metrics() {
        let mut block = CounterBlock::default();
        for (value, info) in (1000..).zip(COUNTERS) {
            block.values[info.counter as usize] = value;
        }
        let mut source = source(block);
        source.counted = block.get(Counter::Counted);
        source.aggregation = Some(crate::capture::AggregationStatus {
            counted: source.counted,
            refreshed: block.get(Counter::OperationsRefreshed),
            flows_inspected: block.get(Counter::FlowsInspected),
            ..crate::capture::AggregationStatus::default()
        });
        let live = LiveStatus {
            sources: vec![source],
            ..LiveStatus::default()
        };
        let mut page = Page::default();
        capture(&mut page, &live);
        super::super::aggregation::aggregation(&mut page, &live);
        let text = page.finish();
        for (value, info) in (1000..1000 + COUNTERS.len()).zip(COUNTERS) {
            let end = format!(" {value}");
            let shown = text.lines().filter(|line| line.ends_with(&end)).count();
            assert_eq!(shown, 1, "{} in\n{text}", info.field);
        }
    }

    #[test]
    fn no_family_is_started_twice() {
        let live = LiveStatus {
            sources: vec![source(CounterBlock::default()); 2],
            ..LiveStatus::default()
        };
        let mut page = Page::default();
        capture(&mut page, &live);
        let text = page.finish();
        let mut seen = std::collections::BTreeSet::new();
        for line in text.lines().filter(|line| line.starts_with("# TYPE")) {
            assert!(seen.insert(line.to_owned()), "{line} twice");
        }
    }
}
