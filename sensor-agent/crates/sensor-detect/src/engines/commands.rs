//! Commands that rules know by their codes: tables of (protocol, operation).
//!
//! Data in: a message. Data out: the alert type of the first row that names its operation. Limits:
//! the rows of one protocol are few and searched in order.

use sensor_protocols::observation::{Direction, Observation, Protocol};

use crate::catalogue::AlertType;
use crate::engines::Setup;
use crate::engines::tables::When;

/// A request, or a group of them, and the alert type it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Command {
    pub(super) protocol: Protocol,
    pub(super) when: When,
    pub(super) id: &'static str,
}

/// Shorthand for the rows of a table.
pub(super) const fn command(protocol: Protocol, when: When, id: &'static str) -> Command {
    Command { protocol, when, id }
}

/// Whether a message gives a command rather than that it answers one or tells of something.
pub(super) fn is_given(observation: &Observation<'_>) -> bool {
    match observation.direction {
        Direction::Request => true,
        // A command of FINS may want no answer; those of POWERLINK and of KNX routers get none.
        Direction::OneWay => {
            [Protocol::Fins, Protocol::Knx, Protocol::Powerlink].contains(&observation.protocol)
        }
        Direction::Response => false,
    }
}

/// Commands with their alert types at hand, by protocol.
pub(super) struct Commands {
    rows: Vec<Vec<(&'static Command, &'static AlertType)>>,
}

impl Commands {
    pub(super) fn new(setup: &Setup<'_>, table: &'static [Command]) -> Self {
        Self::of_tables(setup, &[table])
    }

    /// The rows of several tables, in their order.
    pub(super) fn of_tables(setup: &Setup<'_>, tables: &[&'static [Command]]) -> Self {
        let mut rows = vec![Vec::new(); Protocol::ALL.len()];
        for command in tables.iter().copied().flatten() {
            if let Some(of) = rows.get_mut(command.protocol as usize) {
                of.push((command, setup.alert(command.id)));
            }
        }
        Self { rows }
    }

    /// The type of the command that this message gives; `None` for every other message.
    pub(super) fn named(&self, observation: &Observation<'_>) -> Option<&'static AlertType> {
        if is_given(observation) {
            self.of(observation)
        } else {
            None
        }
    }

    /// The type of the command that this message gives, answers or tells of.
    pub(super) fn of(&self, observation: &Observation<'_>) -> Option<&'static AlertType> {
        self.rows
            .get(observation.protocol as usize)?
            .iter()
            .find(|(command, _)| command.when.fits(observation))
            .map(|(_, alert_type)| *alert_type)
    }
}
