//! Commands that rules know by their codes: tables of (protocol, operation, second-level codes).
//!
//! Data in: a request. Data out: the alert type of the first row that names its operation. Limits:
//! tables are short and searched in order.

use sensor_protocols::observation::{Direction, Observation, Protocol};

use crate::catalogue::AlertType;
use crate::engines::Setup;

/// One command, or a run of neighbouring ones, and the alert type it belongs to.
pub(super) struct Command {
    pub(super) protocol: Protocol,
    pub(super) code: u32,
    /// Second-level codes, first and last; an operation that has none has 0.
    pub(super) sub: (u32, u32),
    pub(super) id: &'static str,
}

/// Commands with their alert types at hand.
pub(super) struct Commands {
    rows: Vec<(&'static Command, &'static AlertType)>,
}

impl Commands {
    pub(super) fn new(setup: &Setup<'_>, table: &'static [Command]) -> Self {
        let row = |command: &'static Command| (command, setup.alert(command.id));
        Self {
            rows: table.iter().map(row).collect(),
        }
    }

    /// The type of the command that this request gives; `None` for every other message.
    pub(super) fn named(&self, observation: &Observation<'_>) -> Option<&'static AlertType> {
        if observation.direction != Direction::Request {
            return None;
        }
        let operation = observation.operation;
        let sub = operation.sub.unwrap_or(0);
        let names = |command: &Command| {
            command.protocol == observation.protocol
                && command.code == operation.code
                && (command.sub.0..=command.sub.1).contains(&sub)
        };
        self.rows
            .iter()
            .find(|(command, _)| names(command))
            .map(|(_, alert_type)| *alert_type)
    }
}
