//! Restart commands in quick succession, one row for each protocol.
//!
//! Why: an outstation that is told to restart again and again does not control its process.
//! T0814, T0806. False positives: commissioning. Mute the source.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COUNT_VALUES, CountRow, CountRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

/// Cold and warm restart (IEEE 1815-2012, 4.4.10 and 4.4.11).
const TABLE: &[CountRow] = &[CountRow {
    id: "excessive_outstation_restart",
    messages: &[Messages::requests(Protocol::Dnp3, When::Codes(&[13, 14]))],
    keyed: Keyed::Pair,
}];

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: "excessive_outstation_restart",
        values: COUNT_VALUES,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dnp3),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(CountRule::new(TABLE, setup)),
    },
};
