//! What the kernel program of each source only counts.

use super::text::{Kind, Page};
use crate::capture::AggregationStatus;
use crate::service::LiveStatus;

/// One figure: name, kind, help and value.
type Figure = (
    &'static str,
    Kind,
    &'static str,
    fn(&AggregationStatus) -> u64,
);

const FIGURES: [Figure; 6] = [
    (
        "sensor_aggregation_operations",
        Kind::Gauge,
        "Operations whose repeats are only counted.",
        |s| s.operations_granted,
    ),
    (
        "sensor_aggregation_operations_capacity",
        Kind::Gauge,
        "Operations whose repeats may be only counted.",
        |s| s.capacity,
    ),
    (
        "sensor_aggregation_operations_refused_total",
        Kind::Counter,
        "Operations the kernel had no room for.",
        |s| s.refused,
    ),
    (
        "sensor_aggregation_recorded_packets_total",
        Kind::Counter,
        "Frames only counted in the kernel and booked on their flows.",
        |s| s.recorded,
    ),
    (
        "sensor_aggregation_refreshed_packets_total",
        Kind::Counter,
        "Frames handed up although their operation is known.",
        |s| s.refreshed,
    ),
    (
        "sensor_aggregation_flows_inspected_total",
        Kind::Counter,
        "Flows looked at in full because a frame broke the pattern that allows counting.",
        |s| s.flows_inspected,
    ),
];

pub(super) fn aggregation(page: &mut Page, live: &LiveStatus) {
    for (name, kind, help, value) in FIGURES {
        page.family(name, kind, help);
        for (index, source) in live.sources.iter().enumerate() {
            if let Some(status) = &source.aggregation {
                page.sample(name, &[("source", &index.to_string())], value(status));
            }
        }
    }
}
