//! Types raised by departures from a specification that a decoder or dissector saw, one row each.

use sensor_protocols::observation::{AnomalySet, Observation};

use crate::catalogue::AlertType;
use crate::engines::{Aspects, Interest, PairContext, PairRule, Protocols, Setup};

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
