//! Messages of office protocols in numbers that no normal use explains, one row each.
//!
//! - `dhcp_flood`: requests of all clients together; whoever takes all addresses away invents clients.
//! - `ssh_repeated_logins`: completed key exchanges of a pair. What follows is encrypted, but nobody opens a
//!   connection every few seconds who gets in at the first.
//!
//! T0814, T0812. False positives: a plant that is switched on again (DHCP), programs that do each command in a
//! connection of its own (SSH). Mute the pair, or raise the threshold.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::sign_ins::SSH_NEW_KEYS;
use crate::engines::tables::{COUNT_VALUES, CountRow, CountRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

const TABLE: &[CountRow] = &[
    CountRow {
        id: "dhcp_flood",
        messages: &[Messages::requests(Protocol::Dhcp, When::Any)],
        keyed: Keyed::Sensor,
    },
    CountRow {
        id: "ssh_repeated_logins",
        messages: &[Messages::requests(Protocol::Ssh, When::Code(SSH_NEW_KEYS))],
        keyed: Keyed::Pair,
    },
];

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        Raises {
            id: "dhcp_flood",
            values: COUNT_VALUES,
        },
        Raises {
            id: "ssh_repeated_logins",
            values: COUNT_VALUES,
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Dhcp, Protocol::Ssh]),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(CountRule::new(TABLE, setup)),
    },
};
