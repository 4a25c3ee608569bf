//! More requests of DHCP on the whole network than its devices can have reason for.
//!
//! Why: a flood with ever other client addresses takes every lease of a server, or its time (DHCP
//! starvation). T0814. False positives: many devices that start at once, after a power failure.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COUNT_VALUES, CountRow, CountRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

const ID: &str = "dhcp_flood";

/// Discover, request, inform (RFC 2132, 9.6).
const TABLE: &[CountRow] = &[CountRow {
    id: ID,
    messages: &[Messages::requests(Protocol::Dhcp, When::Codes(&[1, 3, 8]))],
    keyed: Keyed::Sensor,
}];

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: COUNT_VALUES,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dhcp),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(CountRule::new(TABLE, setup)),
    },
};
