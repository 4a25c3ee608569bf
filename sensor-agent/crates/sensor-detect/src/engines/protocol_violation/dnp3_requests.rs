//! DNP3 requests that a master should not send, one row each.
//!
//! Function codes 15 and 19 are obsolete (IEEE 1815-2012, 4.4). T0855. False positives: masters
//! from before 2000. Mute the pair.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, MessageRow, MessageRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

const TABLE: &[MessageRow] = &[
    row("dnp3_obsolete_initialize_data", When::Code(15)),
    row("dnp3_obsolete_save_config", When::Code(19)),
];

const fn row(id: &'static str, when: When) -> MessageRow {
    MessageRow {
        id,
        messages: Messages::requests(Protocol::Dnp3, when),
        keyed: Keyed::Pair,
    }
}

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[
        raises("dnp3_obsolete_initialize_data"),
        raises("dnp3_obsolete_save_config"),
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dnp3),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(MessageRule::new(TABLE, setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.operation,
    }
}
