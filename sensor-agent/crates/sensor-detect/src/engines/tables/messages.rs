//! Types raised by single messages whatever was learned, one row each.

use sensor_protocols::observation::Observation;

use super::{COMMON, Messages};
use crate::catalogue::AlertType;
use crate::engines::{PairContext, PairRule, Setup};
use crate::finding::Keyed;

/// A type raised by each message of a kind.
pub(crate) struct MessageRow {
    pub id: &'static str,
    pub messages: Messages,
    /// Which parties make two of its findings one alert.
    pub keyed: Keyed,
}

/// Raises the types of a table of [`MessageRow`]s. Values: those of [`COMMON`].
pub(crate) struct MessageRule {
    rows: Vec<(&'static AlertType, &'static MessageRow)>,
}

impl MessageRule {
    pub(crate) fn new(table: &'static [MessageRow], setup: &Setup<'_>) -> Self {
        Self {
            rows: table.iter().map(|row| (setup.alert(row.id), row)).collect(),
        }
    }
}

impl PairRule for MessageRule {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        for (alert_type, row) in &self.rows {
            if row.messages.contain(observation) {
                cx.violation(alert_type, observation, |finding| {
                    finding.keyed = row.keyed;
                    let operation = observation.operation;
                    finding.discriminator = operation_number((operation.code, operation.sub));
                    COMMON.describe(finding, observation);
                });
            }
        }
    }
}

/// Tells the operations of one pair apart.
pub(crate) fn operation_number((code, sub): (u32, Option<u32>)) -> u64 {
    u64::from(code) << 32 | sub.map_or(0, |sub| u64::from(sub) + 1)
}
