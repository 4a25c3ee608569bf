//! Writes to the identity and to the network settings of CIP devices.
//!
//! Why: a device with another address is lost to its controller, and one with another identity
//! passes for another device. T0836, T0831. False positives: commissioning. Mute the pair.

use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, MessageRow, MessageRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

/// Services that set attributes (CIP Volume 1, appendix A-4).
const SET: [u32; 3] = [0x02, 0x04, 0x10];

/// Identity (CIP Volume 1, 5-2); port (3-7), TCP/IP interface and Ethernet link (Volume 2, 5-4 and
/// 5-5).
const IDENTITY: &[u32] = &[0x01];
const NETWORK: &[u32] = &[0xf4, 0xf5, 0xf6];

fn sets(observation: &Observation<'_>, classes: &[u32]) -> bool {
    let operation = observation.operation;
    SET.contains(&operation.code) && operation.sub.is_some_and(|class| classes.contains(&class))
}

const TABLE: &[MessageRow] = &[
    row(
        "cip_identity_written",
        When::Holds(|observation| sets(observation, IDENTITY)),
    ),
    row(
        "cip_network_settings_written",
        When::Holds(|observation| sets(observation, NETWORK)),
    ),
];

const fn row(id: &'static str, when: When) -> MessageRow {
    MessageRow {
        id,
        messages: Messages::requests(Protocol::Cip, when),
        keyed: Keyed::Pair,
    }
}

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        raises("cip_identity_written"),
        raises("cip_network_settings_written"),
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Cip),
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
