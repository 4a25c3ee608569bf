//! Devices that accepted firmware and were then told to restart: from there on they run it.
//!
//! Why: the restart is what puts new firmware in force, and a device that is replaced by its own
//! firmware may still report the old version. T0857. False positives: planned updates. Mute the
//! pair.
//!
//! Limits: a transfer is remembered for [`REMEMBERED`], in a bounded table that counts what it
//! evicts. A device that restarts by itself after the transfer shows as the transfer alone.

use std::time::Duration;

use sensor_protocols::observation::{Direction, Observation, Outcome};
use sensor_protocols::time::Timestamp;

use crate::catalogue::{AlertType, Engine};
use crate::engines::commands::Commands;
use crate::engines::configuration::Table;
use crate::engines::firmware_transfers::{PROTOCOLS, TABLE};
use crate::engines::operational::commands::RESETS;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::PartyKey;
use crate::state::{BoundedMap, TableStatus};

const ID: &str = "firmware_change_detected";

/// How long after its last part a transfer is held against a restart.
const REMEMBERED: Duration = Duration::from_hours(24);

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: ID,
        values: &["function_name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(PROTOCOLS),
            aspects: Aspects::REQUEST.or(Aspects::RESPONSE),
        },
        new: |setup| Box::new(FirmwareChange::new(setup)),
    },
};

struct FirmwareChange {
    alert_type: &'static AlertType,
    resets: Commands,
    transfers: Table,
    /// Devices that took firmware, and when they took the last part.
    taken: BoundedMap<PartyKey, Timestamp>,
}

impl FirmwareChange {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            resets: Commands::new(setup, RESETS),
            transfers: Table::of(TABLE),
            taken: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl PairRule for FirmwareChange {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.direction == Direction::Response {
            if observation.outcome == Outcome::Ok && self.transfers.names(observation) {
                let device = PartyKey::from(&observation.source);
                *self.taken.entry(device, || observation.time) = observation.time;
            }
            return;
        }
        if self.taken.is_empty() || self.resets.named(observation).is_none() {
            return;
        }
        let device = PartyKey::from(&observation.destination);
        let taken = self.taken.remove(&device);
        if taken.is_some_and(|time| observation.time.since(time) <= REMEMBERED) {
            cx.violation(self.alert_type, observation, |finding| {
                finding.value("function_name", observation.operation.name);
            });
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.taken.status("firmware_transfers", 0));
    }
}
