//! Routes between BACnet networks that were not learned: networks that messages come from and go
//! to, and messages that set up routes.
//!
//! Why: who routes BACnet stands between a workstation and every device behind it. Networks are
//! those of source and destination in the network layer (ASHRAE 135-2020, 6.2.2); messages are those
//! of 6.4. T0855, T0830. False positives: routers that were added or replaced: learn the alert.

use sensor_protocols::observation::{Direction, Observation, Protocol};

use crate::catalogue::Engine;
use crate::engines::numbers::{BACNET_DESTINATION, BACNET_NETWORK, BACNET_SOURCE};
use crate::engines::tables::learned::{Kinds, Learned, ObjectRow, OperationRow, Per, Table};
use crate::engines::tables::{COMMON, When};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};

const ID: &str = "bacnet_unauthorized_route";

/// I-Am-Router, I-Could-Be-Router, Initialize-Routing-Table, Establish- and Disconnect-Connection.
const SETTING_UP: &[u32] = &[
    BACNET_NETWORK | 1,
    BACNET_NETWORK | 2,
    BACNET_NETWORK | 6,
    BACNET_NETWORK | 8,
    BACNET_NETWORK | 9,
];

const MESSAGES: Table = Table {
    operations: &[OperationRow {
        id: ID,
        when: When::Codes(SETTING_UP),
    }],
    ..Table::of(Protocol::Bacnet)
};

const ROUTES: &[ObjectRow] = &[ObjectRow {
    id: ID,
    when: When::Any,
    kinds: Kinds::Only(&[BACNET_DESTINATION, BACNET_SOURCE]),
    per: Per::Channel,
}];

const NETWORKS: Table = Table {
    objects: ROUTES,
    answers: ROUTES,
    ..Table::of(Protocol::Bacnet)
};

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: ID,
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Bacnet),
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY).or(Aspects::RESPONSE),
        },
        new: |setup| Box::new(Routes::new(setup)),
    },
};

struct Routes {
    messages: Learned,
    networks: Learned,
}

impl Routes {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            messages: Learned::new(&MESSAGES, setup),
            networks: Learned::new(&NETWORKS, setup),
        }
    }
}

impl PairRule for Routes {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let code = observation.operation.code;
        if observation.direction != Direction::Response && SETTING_UP.contains(&code) {
            self.messages.observe(observation, cx);
        }
        self.networks.observe(observation, cx);
    }
}
