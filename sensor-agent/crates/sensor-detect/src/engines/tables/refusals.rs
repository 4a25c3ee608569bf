//! Types raised by refusals, one row each: the server refused, the client asked for it.

use sensor_protocols::observation::{Direction, Observation, Outcome, Protocol};

use super::Words;
use crate::catalogue::AlertType;
use crate::engines::{Aspects, Interest, PairContext, PairRule, Protocols, Setup};

/// A type raised by a refusal.
pub(crate) struct ErrorRow {
    pub id: &'static str,
    pub protocol: Protocol,
    /// Error codes; empty for any.
    pub errors: &'static [u32],
    /// Operations whose errors mean something else.
    pub except: &'static [u32],
}

/// Raises the types of a table of [`ErrorRow`]s. Values: [`Words::errors`].
pub(crate) struct ErrorRule {
    rows: Vec<(&'static AlertType, &'static ErrorRow)>,
    words: &'static Words,
}

impl ErrorRule {
    /// What such a rule wants of the protocols of its rows.
    pub(crate) const fn interest(protocols: &'static [Protocol]) -> Interest {
        Interest {
            protocols: Protocols::These(protocols),
            aspects: Aspects::ERROR,
        }
    }

    pub(crate) fn new(
        table: &'static [ErrorRow],
        words: &'static Words,
        setup: &Setup<'_>,
    ) -> Self {
        Self {
            rows: table.iter().map(|row| (setup.alert(row.id), row)).collect(),
            words,
        }
    }
}

impl PairRule for ErrorRule {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let Outcome::Error { code, .. } = observation.outcome else {
            return;
        };
        if observation.direction != Direction::Response {
            return;
        }
        for (alert_type, row) in &self.rows {
            if row.protocol == observation.protocol
                && (row.errors.is_empty() || row.errors.contains(&code))
                && !row.except.contains(&observation.operation.code)
            {
                cx.violation(alert_type, observation, |finding| {
                    finding.discriminator = u64::from(code);
                    self.words.describe(finding, observation);
                });
            }
        }
    }
}
