//! The sensor's own figures, from the domain.

use sensor_detect::detector;
use sensor_protocols::observation::Protocol;

use super::sensor::{
    EngineList, EngineStatus, Health, HealthCheck, NamedCount, ProtocolCounters, ProtocolList,
    TableStatus, TypeStatus,
};
use crate::service;

impl From<&service::LiveStatus> for ProtocolList {
    /// The samples that carry the label `protocol`, in the order of the protocols.
    fn from(live: &service::LiveStatus) -> Self {
        let items = Protocol::ALL.iter().filter_map(|protocol| {
            let counters = counters_of(&live.counters, protocol.id());
            (!counters.is_empty()).then(|| ProtocolCounters {
                protocol: (*protocol).into(),
                title: protocol.title().to_owned(),
                nanoseconds_per_message: cost(&counters),
                counters,
            })
        });
        Self {
            items: items.collect(),
        }
    }
}

/// Mean time of the messages that were timed.
#[expect(
    clippy::cast_precision_loss,
    reason = "a mean of more than 2^53 ns is as good to a few parts in 10^16"
)]
fn cost(counters: &[NamedCount]) -> Option<f64> {
    let value = |name| Some(counters.iter().find(|count| count.name == name)?.value);
    let messages = value("timed_messages").filter(|messages| *messages > 0)?;
    Some(value("timed_nanoseconds")? as f64 / messages as f64)
}

fn counters_of(samples: &[service::CounterSample], protocol: &str) -> Vec<NamedCount> {
    samples
        .iter()
        .filter(|sample| {
            sample
                .labels
                .iter()
                .any(|(name, value)| *name == "protocol" && value == protocol)
        })
        .map(|sample| NamedCount {
            name: sample
                .name
                .strip_prefix("protocol_")
                .unwrap_or(sample.name)
                .to_owned(),
            value: sample.value,
        })
        .collect()
}

impl From<&service::LiveStatus> for EngineList {
    fn from(live: &service::LiveStatus) -> Self {
        let status = &live.detector;
        Self {
            mode: live.mode.into(),
            items: status.engines.iter().map(Into::into).collect(),
            types: status.types.iter().map(Into::into).collect(),
            tables: status.tables.iter().map(Into::into).collect(),
        }
    }
}

impl From<&detector::EngineStatus> for EngineStatus {
    fn from(status: &detector::EngineStatus) -> Self {
        Self {
            engine: status.engine.into(),
            state: status.state.into(),
            failure: status.failure.clone(),
            panics: status.panics,
            findings: status.findings,
            suppressed: status.suppressed,
        }
    }
}

impl From<&detector::TypeStatus> for TypeStatus {
    fn from(status: &detector::TypeStatus) -> Self {
        Self {
            type_id: status.type_id.to_string(),
            enabled: status.enabled,
            mode: status.mode.into(),
            findings: status.findings,
            suppressed: status.suppressed,
            would_have_alerted: status.would_have_alerted,
        }
    }
}

impl From<&detector::TableStatus> for TableStatus {
    fn from(status: &detector::TableStatus) -> Self {
        Self {
            name: status.name.to_owned(),
            entries: status.entries,
            capacity: status.capacity,
            evicted: status.evicted,
            refused: status.refused,
            bytes: status.bytes,
        }
    }
}

impl From<service::Health> for Health {
    fn from(health: service::Health) -> Self {
        let checks = health.checks.into_iter().map(|check| HealthCheck {
            name: check.name.to_owned(),
            status: check.status.into(),
            detail: check.detail,
        });
        Self {
            status: health.status.into(),
            checks: checks.collect(),
        }
    }
}
