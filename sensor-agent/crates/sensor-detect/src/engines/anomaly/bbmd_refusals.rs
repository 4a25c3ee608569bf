//! Refusals of a BACnet broadcast management device (BBMD), one after the other.
//!
//! Why: whoever wants the broadcasts of a building asks for the tables of the BBMD and registers
//! with it until it lets them. T0846, T0861. False positives: foreign devices that are registered
//! with the wrong BBMD. Mute the pair.

use sensor_protocols::observation::{Outcome, Protocol};

use crate::catalogue::Engine;
use crate::engines::numbers::BACNET_LINK;
use crate::engines::tables::{COUNT_VALUES, CountRow, CountRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

/// Results of the virtual link other than success, of BACnet/IP and of BACnet/IPv6 (ASHRAE 135-2020,
/// J.2.1 and U.2.1): the spaces of its functions are the highest.
const TABLE: &[CountRow] = &[CountRow {
    id: "bacnet_bbmd_refusals",
    messages: &[Messages::responses(
        Protocol::Bacnet,
        When::Holds(|observation| {
            observation.operation.code >= BACNET_LINK
                && matches!(observation.outcome, Outcome::Error { .. })
        }),
    )],
    keyed: Keyed::Pair,
}];

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: "bacnet_bbmd_refusals",
        values: COUNT_VALUES,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Bacnet),
            aspects: Aspects::ERROR,
        },
        new: |setup| Box::new(CountRule::new(TABLE, setup)),
    },
};
