//! The sensor's own figures, stage by stage.

use sensor_detect::detector::{DetectorStatus, EngineState, EngineStatus, TableStatus};

use super::text::{Kind, Page};
use crate::capture::SourceStatus;
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
    capture_time(page, live);
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
