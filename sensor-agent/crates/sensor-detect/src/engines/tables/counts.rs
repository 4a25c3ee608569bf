//! Types raised by so many messages of a kind within a while, one row each.
//!
//! Thresholds are those of the catalogue or of the settings. Limits: one window per row and party or
//! pair, in a bounded table that counts what it evicts.

use sensor_protocols::observation::Observation;

use super::{COMMON, Messages};
use crate::catalogue::{AlertType, Threshold};
use crate::engines::{PairContext, PairRule, Setup};
use crate::finding::{Keyed, PartyKey};
use crate::state::{BoundedMap, EventWindow, Events, TableStatus};

/// A type raised by `threshold` messages of one of some kinds.
pub(crate) struct CountRow {
    pub id: &'static str,
    pub messages: &'static [Messages],
    /// Whose messages are counted together, and which parties the alert is about.
    pub keyed: Keyed,
}

/// Raises the types of a table of [`CountRow`]s. Values: those of [`COMMON`] of the last message
/// and `events`, the messages in the window.
pub(crate) struct CountRule {
    rows: Vec<(&'static AlertType, &'static CountRow, Threshold)>,
    windows: BoundedMap<(usize, Option<PartyKey>, Option<PartyKey>), EventWindow>,
}

/// Values of the findings of a [`CountRule`].
pub(crate) const COUNT_VALUES: &[&str] = &["operation_name", "events"];

impl CountRule {
    pub(crate) fn new(table: &'static [CountRow], setup: &Setup<'_>) -> Self {
        Self {
            rows: table
                .iter()
                .map(|row| (setup.alert(row.id), row, setup.threshold(row.id)))
                .collect(),
            windows: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl PairRule for CountRule {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        for (at, (alert_type, row, threshold)) in self.rows.iter().enumerate() {
            let counts = row.messages.iter().any(|kind| kind.contain(observation));
            if !counts {
                continue;
            }
            let (source, destination) = counted(row.keyed, observation);
            let window = self
                .windows
                .entry((at, source, destination), EventWindow::default);
            let Some(events) = window.record_each(*threshold, Events::of(observation)) else {
                continue;
            };
            cx.crossed(alert_type, observation, |finding| {
                finding.keyed = row.keyed;
                finding.count = events;
                COMMON.describe(finding, observation);
                finding.value("events", events);
            });
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.windows.status("message_counts", 16 * 8));
    }
}

/// The parties whose messages are counted together.
fn counted(keyed: Keyed, observation: &Observation<'_>) -> (Option<PartyKey>, Option<PartyKey>) {
    let source = PartyKey::from(&observation.source);
    let destination = PartyKey::from(&observation.destination);
    match keyed {
        Keyed::Pair => (Some(source), Some(destination)),
        Keyed::Source => (Some(source), None),
        Keyed::Destination => (None, Some(destination)),
        Keyed::Sensor => (None, None),
    }
}
