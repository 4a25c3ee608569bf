//! PROFINET devices that are told to forget their configuration.
//!
//! Why: without name and address a device takes no part in the process. T0858, T0814.
//! False positives: commissioning. Mute the pair.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, MessageRow, MessageRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

/// DCP Set (IEC 61158-6-10) with the options *factory reset* and *reset to factory*.
const TABLE: &[MessageRow] = &[MessageRow {
    id: "profinet_factory_reset",
    messages: Messages::requests(Protocol::ProfinetDcp, When::Subs(4, (0x0505, 0x0506))),
    keyed: Keyed::Pair,
}];

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: "profinet_factory_reset",
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::ProfinetDcp),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(MessageRule::new(TABLE, setup)),
    },
};
