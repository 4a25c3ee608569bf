//! State and counters of the capture sources, from the domain.

use sensor_protocols::time::Timestamp;

use super::sensor::{Aggregation, Capture, MapFill, NamedCount, ReasonCount, Ring, Source};
use super::time::UtcTime;
use crate::capture;
use crate::capture::counter::{COUNTERS, CounterBlock};
use crate::service;

impl From<&service::LiveStatus> for Capture {
    fn from(live: &service::LiveStatus) -> Self {
        let known = |time: Timestamp| (time.as_nanos() > 0).then_some(UtcTime(time));
        Self {
            time: known(live.time),
            capture_time: known(live.capture_time),
            finished: live.finished,
            sources: live.sources.iter().map(Into::into).collect(),
        }
    }
}

impl From<&capture::SourceStatus> for Source {
    fn from(source: &capture::SourceStatus) -> Self {
        Self {
            kind: source.kind.to_owned(),
            name: source.name.clone(),
            mode: source.mode.clone(),
            notes: source.notes.clone(),
            received: source.received,
            received_bytes: source.received_bytes,
            filtered: reasons(&source.filtered),
            counted: source.counted,
            handed_up: source.handed_up,
            lost: reasons(&source.lost),
            filters_apply: source.filters_apply,
            ring: source.ring.map(Into::into),
            maps: source.maps.iter().map(Into::into).collect(),
            flows_evicted: source.flows_evicted,
            counters: source.kernel.iter().flat_map(kernel_counters).collect(),
            ns_per_packet: source.run_time.map(per_run),
            ns_per_packet_hint: hint(source),
            aggregation: source.aggregation.as_ref().map(Into::into),
        }
    }
}

impl From<&capture::AggregationStatus> for Aggregation {
    fn from(status: &capture::AggregationStatus) -> Self {
        Self {
            operations_granted: status.operations_granted,
            capacity: status.capacity,
            refused: status.refused,
            counted: status.counted,
            recorded: status.recorded,
            refreshed: status.refreshed,
            flows_inspected: status.flows_inspected,
        }
    }
}

fn reasons(counts: &[(&'static str, u64)]) -> Vec<ReasonCount> {
    counts
        .iter()
        .map(|(reason, count)| ReasonCount {
            reason: (*reason).to_owned(),
            count: *count,
        })
        .collect()
}

/// Every counter of the constant list under its API name.
fn kernel_counters(block: &CounterBlock) -> impl Iterator<Item = NamedCount> + use<> {
    let block = *block;
    COUNTERS.iter().map(move |info| NamedCount {
        name: info.field.to_owned(),
        value: block.get(info.counter),
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits of nanoseconds are a hundred days of running"
)]
fn per_run(time: capture::RunTime) -> f64 {
    time.nanos as f64 / time.runs as f64
}

fn hint(source: &capture::SourceStatus) -> Option<String> {
    let unmeasured = source.kernel.is_some() && source.run_time.is_none();
    unmeasured.then(|| {
        "not measured: set run_time_statistics = true in [capture], or \
         `sysctl kernel.bpf_stats_enabled=1` on the host"
            .to_owned()
    })
}

impl From<capture::RingFill> for Ring {
    fn from(fill: capture::RingFill) -> Self {
        Self {
            capacity_bytes: fill.capacity,
            used_bytes: fill.used,
            high_water_bytes: fill.high_water,
        }
    }
}

impl From<&capture::MapFill> for MapFill {
    fn from(fill: &capture::MapFill) -> Self {
        Self {
            name: fill.name.clone(),
            entries: fill.entries,
            capacity: fill.capacity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_of_the_list_is_shown_under_its_name() {
        let mut block = CounterBlock::default();
        for (value, info) in (100..).zip(COUNTERS) {
            block.values[info.counter as usize] = value;
        }
        let status = capture::SourceStatus {
            kernel: Some(block),
            ..capture::SourceStatus::default()
        };
        let shown = Source::from(&status).counters;
        assert_eq!(shown.len(), COUNTERS.len());
        for (value, (info, shown)) in (100..).zip(COUNTERS.iter().zip(&shown)) {
            assert_eq!((shown.name.as_str(), shown.value), (info.field, value));
        }
    }

    #[test]
    fn the_time_for_a_frame_is_told_or_how_to_get_it() {
        let mut status = capture::SourceStatus {
            kernel: Some(CounterBlock::default()),
            ..capture::SourceStatus::default()
        };
        let source = Source::from(&status);
        assert_eq!(source.ns_per_packet, None);
        assert!(
            source
                .ns_per_packet_hint
                .is_some_and(|hint| hint.contains("run_time_statistics"))
        );
        status.run_time = Some(capture::RunTime {
            nanos: 350,
            runs: 4,
        });
        let source = Source::from(&status);
        assert_eq!(source.ns_per_packet, Some(87.5));
        assert_eq!(source.ns_per_packet_hint, None);
        assert_eq!(
            Source::from(&capture::SourceStatus::default()).ns_per_packet_hint,
            None
        );
    }
}
