//! What the pipeline says about itself, once a second.

use sensor_detect::detector::Detector;
use sensor_protocols::counters::Counters;
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;

use crate::capture::SourceStatus;
use crate::service::{CounterSample, LiveStatus};

/// The snapshot that API and metrics read.
pub(super) fn snapshot(
    now: Timestamp,
    capture_time: Timestamp,
    mut sources: Vec<SourceStatus>,
    inspector: &Inspector,
    detector: &Detector,
    finished: bool,
) -> LiveStatus {
    for aggregation in sources.iter_mut().filter_map(|s| s.aggregation.as_mut()) {
        let refused = inspector.operations_refused(aggregation.interface);
        aggregation.refused = aggregation.refused.saturating_add(refused);
    }
    LiveStatus {
        time: now,
        capture_time,
        sources,
        counters: samples(inspector.counters()),
        detector: detector.status(),
        mode: detector.mode(),
        finished,
    }
}

/// Every counter by name; those of a protocol only when that protocol was seen.
fn samples(counters: &Counters) -> Vec<CounterSample> {
    let whole = counters
        .entries()
        .map(|(name, value)| CounterSample::new(name, value));
    let single = Protocol::ALL.iter().flat_map(|protocol| {
        let counters = counters.protocol(*protocol);
        let seen = counters.entries().any(|(_, value)| value > 0);
        let entries: Vec<_> = counters.entries().filter(|_| seen).collect();
        entries
            .into_iter()
            .map(|(name, value)| CounterSample::new(name, value).with("protocol", protocol.id()))
    });
    whole.chain(single).collect()
}
