//! What the kernel program of each source only counts. What it counts by itself stands among the
//! metrics of the capture.

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

const FIGURES: [Figure; 4] = [
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
        "Operations that kernel or agent had no room for.",
        |s| s.refused,
    ),
    (
        "sensor_aggregation_recorded_packets_total",
        Kind::Counter,
        "Frames only counted in the kernel and booked on their flows.",
        |s| s.recorded,
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
