//! Rules that are tables: one row is one alert type.

use sensor_protocols::observation::{AnomalySet, Direction, Observation, Outcome, Protocol};

use super::{Aspects, Interest, PairContext, PairRule, Protocols, Setup};
use crate::catalogue::AlertType;

/// A type raised by anomalies that a decoder or dissector saw.
pub(crate) struct AnomalyRow {
    pub id: &'static str,
    pub protocols: Protocols,
    pub when: fn(AnomalySet) -> bool,
}

/// Raises the types of a table of [`AnomalyRow`]s. Values: `protocol`, `departures`.
pub(crate) struct AnomalyRule {
    rows: Vec<(&'static AlertType, &'static AnomalyRow)>,
}

/// Values of the findings of an [`AnomalyRule`].
pub(crate) const ANOMALY_VALUES: &[&str] = &["operation", "departures"];

impl AnomalyRule {
    pub(crate) const INTEREST: Interest = Interest {
        protocols: Protocols::Any,
        aspects: Aspects::ANOMALY,
    };

    pub(crate) fn new(table: &'static [AnomalyRow], setup: &Setup<'_>) -> Self {
        Self {
            rows: table.iter().map(|row| (setup.alert(row.id), row)).collect(),
        }
    }
}

impl PairRule for AnomalyRule {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let anomalies = observation.anomalies;
        for (alert_type, row) in &self.rows {
            if row.protocols.contain(observation.protocol) && (row.when)(anomalies) {
                cx.violation(alert_type, observation, |finding| {
                    finding.value("operation", observation.operation.name);
                    finding.value("departures", departures(anomalies));
                });
            }
        }
    }
}

/// Names of the anomalies, in the order of their definition.
pub(crate) fn departures(anomalies: AnomalySet) -> String {
    let names: Vec<&str> = anomalies
        .iter()
        .map(sensor_protocols::observation::Anomaly::id)
        .collect();
    names.join(", ")
}

/// A type raised by a refusal.
pub(crate) struct ErrorRow {
    pub id: &'static str,
    pub protocol: Protocol,
    /// Error codes; empty for any.
    pub errors: &'static [u32],
    /// Operations whose errors mean something else.
    pub except: &'static [u32],
}

/// Values of the findings of an [`ErrorRule`].
pub(crate) const ERROR_VALUES: &[&str] = &[
    "unit",
    "function",
    "function_name",
    "exception",
    "exception_name",
];

/// Raises the types of a table of [`ErrorRow`]s: the server refused, the client asked for it.
pub(crate) struct ErrorRule {
    rows: Vec<(&'static AlertType, &'static ErrorRow)>,
}

impl ErrorRule {
    pub(crate) const INTEREST: Interest = Interest {
        protocols: Protocols::Ot,
        aspects: Aspects::ERROR,
    };

    pub(crate) fn new(table: &'static [ErrorRow], setup: &Setup<'_>) -> Self {
        Self {
            rows: table.iter().map(|row| (setup.alert(row.id), row)).collect(),
        }
    }
}

impl PairRule for ErrorRule {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let Outcome::Error { code, name } = observation.outcome else {
            return;
        };
        if observation.direction != Direction::Response {
            return;
        }
        let operation = observation.operation;
        for (alert_type, row) in &self.rows {
            if row.protocol == observation.protocol
                && (row.errors.is_empty() || row.errors.contains(&code))
                && !row.except.contains(&operation.code)
            {
                cx.violation(alert_type, observation, |finding| {
                    finding.discriminator = u64::from(code);
                    finding.value("unit", observation.station.unwrap_or(0));
                    finding.value("function", operation.code);
                    finding.value("function_name", operation.name);
                    finding.value("exception", code);
                    finding.value("exception_name", name);
                });
            }
        }
    }
}
