//! What publishers of GOOSE messages and sampled values tell of their configuration and their state.
//!
//! Data set and configuration revision that change, `ndsCom`, numbers that start anew (IEC 61850-7-2,
//! 18.2.3). Each is repeated with every message and reported when it begins. T0836, T0803, T0816. False
//! positives: configuration and maintenance by plan. Mute the publisher.
//!
//! Limits: what was published last, for each publisher and control block or stream, in a bounded table.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use sensor_protocols::observation::{Observation, Protocol};

use crate::baseline::ChannelKey;
use crate::catalogue::{AlertType, Engine};
use crate::engines::iec61850::{Publication, is_start, needs_commissioning, publications};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::state::{BoundedMap, TableStatus};

const GOOSE_DATA_SET: &str = "goose_dataset_changed";
const SV_DATA_SET: &str = "sv_dataset_changed";
const COMMISSIONING: &str = "goose_needs_commissioning";
const STARTED: &str = "goose_publisher_restarted";

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[
        raises(GOOSE_DATA_SET),
        raises(SV_DATA_SET),
        raises(COMMISSIONING),
        raises(STARTED),
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Goose, Protocol::SampledValues]),
            aspects: Aspects::ONE_WAY,
        },
        new: |setup| Box::new(Published::new(setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: &["name", "data_set", "revision"],
    }
}

/// What was published last.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Last {
    data_set: u64,
    revision: u64,
    needs_commissioning: bool,
    numbers: Option<(u32, u32)>,
}

struct Published {
    data_set: &'static AlertType,
    sampled_data_set: &'static AlertType,
    commissioning: &'static AlertType,
    started: &'static AlertType,
    hasher: RandomState,
    last: BoundedMap<(ChannelKey, u64), Last>,
}

impl Published {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            data_set: setup.alert(GOOSE_DATA_SET),
            sampled_data_set: setup.alert(SV_DATA_SET),
            commissioning: setup.alert(COMMISSIONING),
            started: setup.alert(STARTED),
            hasher: RandomState::default(),
            last: BoundedMap::new(setup.limits().counters),
        }
    }

    fn publication(
        &mut self,
        publication: &Publication<'_>,
        observation: &Observation<'_>,
        cx: &mut PairContext<'_>,
    ) {
        let sampled = observation.protocol == Protocol::SampledValues;
        let now = Last {
            data_set: self.hasher.hash_one(publication.data_set),
            revision: publication.revision,
            needs_commissioning: needs_commissioning(observation),
            numbers: publication.numbers,
        };
        let key = (cx.channel.key, publication.key(&self.hasher));
        let before = self
            .last
            .get_mut(&key)
            .map(|last| std::mem::replace(last, now));
        let Some(before) = before else {
            self.last.entry(key, || now);
            if now.needs_commissioning {
                raise(self.commissioning, publication, observation, cx);
            }
            return;
        };
        if (before.data_set, before.revision) != (now.data_set, now.revision) {
            let changed = if sampled {
                self.sampled_data_set
            } else {
                self.data_set
            };
            raise(changed, publication, observation, cx);
        }
        if now.needs_commissioning && !before.needs_commissioning {
            raise(self.commissioning, publication, observation, cx);
        }
        if began(before.numbers, now.numbers) {
            raise(self.started, publication, observation, cx);
        }
    }
}

/// Whether the numbers are those of a start, and the ones before were higher.
fn began(before: Option<(u32, u32)>, now: Option<(u32, u32)>) -> bool {
    matches!((before, now), (Some(before), Some(now)) if is_start(now) && before > now)
}

fn raise(
    alert_type: &'static AlertType,
    publication: &Publication<'_>,
    observation: &Observation<'_>,
    cx: &mut PairContext<'_>,
) {
    cx.crossed(alert_type, observation, |finding| {
        finding.count = 1;
        finding.discriminator = publication.stable_key();
        finding.value("name", publication.name.to_owned());
        finding.value("data_set", publication.data_set.to_owned());
        finding.value("revision", publication.revision);
    });
}

impl PairRule for Published {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        publications(observation, |publication| {
            self.publication(publication, observation, cx);
        });
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.last.status("publications", 0));
    }
}
