//! Commands that rules know by their codes: tables of (protocol, operation).
//!
//! Data in: a request, or a command that wants no answer. Data out: the alert type of the first row that names its operation. Limits:
//! tables are short and searched in order.

use sensor_protocols::observation::{Direction, Observation, Protocol};

use crate::catalogue::AlertType;
use crate::engines::Setup;
use crate::engines::tables::When;

/// A request, or a group of them, and the alert type it belongs to.
pub(super) struct Command {
    pub(super) protocol: Protocol,
    pub(super) when: When,
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

    /// The type of the command that this message gives; `None` for answers. A command may want none.
    pub(super) fn named(&self, observation: &Observation<'_>) -> Option<&'static AlertType> {
        if observation.direction == Direction::Response {
            return None;
        }
        let names = |command: &Command| {
            command.protocol == observation.protocol && command.when.fits(observation)
        };
        self.rows
            .iter()
            .find(|(command, _)| names(command))
            .map(|(_, alert_type)| *alert_type)
    }
}
