//! A point is operated that was not selected before.
//!
//! Operate repeats the objects of the select before it, and nothing comes between the two (IEEE
//! 1815-2012, 4.4.4). Why: whoever makes up a command out of a capture, or breaks into a session,
//! does not have the select. T0855. False positives: none known;
//! a select that the capture lost. Mute the pair.
//!
//! Limits: the latest select of each master and outstation, in a bounded table.

use std::hash::BuildHasher;
use std::time::Duration;

use foldhash::fast::RandomState;
use sensor_protocols::observation::{Direction, Observation, Protocol};
use sensor_protocols::time::Timestamp;

use crate::catalogue::{AlertType, Engine};
use crate::engines::tables::COMMON;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::PartyKey;
use crate::state::{BoundedMap, TableStatus};

const ID: &str = "dnp3_operate_without_select";

const SELECT: u32 = 3;
const OPERATE: u32 = 4;

/// Outstations take back a selection after some seconds; none waits this long.
const SELECTED_FOR: Duration = Duration::from_mins(5);

pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[Raises {
        id: ID,
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dnp3),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(Operates::new(setup)),
    },
};

/// Master, outstation and its address.
type Key = (PartyKey, PartyKey, u32);

struct Operates {
    alert_type: &'static AlertType,
    hasher: RandomState,
    /// Fingerprint of the objects that are selected, and since when.
    selected: BoundedMap<Key, (u64, Timestamp)>,
}

impl Operates {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            hasher: RandomState::default(),
            selected: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl PairRule for Operates {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let code = observation.operation.code;
        let (Some(station), true) = (observation.station, matches!(code, SELECT | OPERATE)) else {
            return;
        };
        if observation.direction != Direction::Request {
            return;
        }
        let objects = self.hasher.hash_one(observation.values);
        let key = (
            PartyKey::from(&observation.source),
            PartyKey::from(&observation.destination),
            station,
        );
        if code == SELECT {
            *self.selected.entry(key, || (0, Timestamp::ZERO)) = (objects, observation.time);
            return;
        }
        // It stays selected: an operate whose answer was lost is repeated.
        let selected = self.selected.get(&key).is_some_and(|(known, since)| {
            *known == objects && observation.time.since(*since) <= SELECTED_FOR
        });
        if !selected {
            cx.violation(self.alert_type, observation, |finding| {
                finding.discriminator = u64::from(station);
                COMMON.describe(finding, observation);
            });
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.selected.status("dnp3_selections", 0));
    }
}
