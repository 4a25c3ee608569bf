//! EtherCAT devices that are told to leave operation.
//!
//! Why: in no other state than *operational* do they drive their outputs. T0816, T0858. Beyond the
//! reference. False positives: starts and stops of the master, which go through the other states.
//! Mute the source.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, MessageRow, MessageRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

/// AL control (ETG.1000.6, 6.4.1) with another state than *operational*.
const OPERATIONAL: u32 = 8;

const TABLE: &[MessageRow] = &[MessageRow {
    id: "ethercat_state_command",
    messages: Messages::requests(
        Protocol::Ethercat,
        When::Holds(|observation| {
            let operation = observation.operation;
            operation.name.starts_with("al_control") && operation.sub != Some(OPERATIONAL)
        }),
    ),
    keyed: Keyed::Source,
}];

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: "ethercat_state_command",
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Ethercat),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(MessageRule::new(TABLE, setup)),
    },
};
