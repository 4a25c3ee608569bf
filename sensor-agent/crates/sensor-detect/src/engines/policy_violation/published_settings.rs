//! A GOOSE control block or a stream of sampled values is published with other settings than before.
//!
//! Settings: APPID, data set, `goID`, configuration revision, number of entries or ASDUs, sample rate
//! (IEC 61850-8-1, annex A; 61850-9-2, 8.5). A publisher that nobody knew yet is no change. Settings of
//! GOOSE messages are learned: those that the baseline holds are none either, and where it holds others
//! the first message counts as a change. T0836. False positives: a new configuration by plan: learn or
//! mute the alert.
//!
//! Limits: the settings published last, for each publisher and control block or stream, in a bounded
//! table.

use std::fmt::Write as _;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use sensor_protocols::observation::{Observation, Protocol};

use crate::baseline::{ChannelKey, Item};
use crate::catalogue::{AlertType, Engine};
use crate::engines::iec61850::{MESSAGE, Publication, publications};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::Finding;
use crate::state::{BoundedMap, TableStatus};

const GOOSE: &str = "goose_message_type_settings";
const SAMPLED: &str = "sv_message_type_settings";

/// Kind of the learned thing, its text the settings.
const KIND: &str = "goose_settings";

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[raises(GOOSE), raises(SAMPLED)],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Goose, Protocol::SampledValues]),
            aspects: Aspects::ONE_WAY,
        },
        new: |setup| Box::new(Settings::new(setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: &["name", "settings"],
    }
}

struct Settings {
    goose: &'static AlertType,
    sampled: &'static AlertType,
    hasher: RandomState,
    /// Fingerprint of the settings that were published last.
    last: BoundedMap<(ChannelKey, u64), u64>,
}

impl Settings {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            goose: setup.alert(GOOSE),
            sampled: setup.alert(SAMPLED),
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
        // The APPID is one of the settings here.
        let block = self.hasher.hash_one(publication.name);
        let now = self.settings(publication);
        let last = self.last.entry((cx.channel.key, block), || 0);
        let before = std::mem::replace(last, now);
        if before == now {
            return;
        }
        let describe = |finding: &mut Finding, text: String| {
            finding.discriminator = publication.stable_key();
            finding.value("name", publication.name.to_owned());
            finding.value("settings", text);
        };
        if observation.protocol == Protocol::SampledValues {
            if before != 0 {
                cx.violation(self.sampled, observation, |finding| {
                    describe(finding, text(publication));
                });
            }
            return;
        }
        self.goose(publication, before != 0, observation, cx, describe);
    }

    /// Fingerprint of the settings, which is not 0.
    fn settings(&self, publication: &Publication<'_>) -> u64 {
        let Publication {
            appid,
            revision,
            entries,
            rate,
            ..
        } = *publication;
        let texts = (publication.data_set, publication.id);
        let numbers = (appid, revision, entries, rate);
        self.hasher.hash_one((texts, numbers)) | 1
    }

    fn goose(
        &self,
        publication: &Publication<'_>,
        known: bool,
        observation: &Observation<'_>,
        cx: &mut PairContext<'_>,
        describe: impl Fn(&mut Finding, String),
    ) {
        let text = text(publication);
        let code = MESSAGE;
        let item = Item::Text {
            code,
            kind: KIND,
            text: &text,
        };
        if cx.permits(item, observation) {
            return;
        }
        let name = publication.name;
        let block = Item::Name { code, name };
        if cx.report.is_learning(self.goose, observation) {
            cx.unlearned(self.goose, item, observation, |_| ());
            if !cx.permits(block, observation) {
                cx.unlearned(self.goose, block, observation, |_| ());
            }
        } else if known || cx.permits(block, observation) {
            cx.unlearned(self.goose, item, observation, |finding| {
                describe(finding, text.clone());
            });
        }
    }
}

/// The settings for people and for the baseline.
fn text(publication: &Publication<'_>) -> String {
    let mut text = format!("{}, APPID {}", publication.name, publication.appid);
    for (label, value) in [("data set", publication.data_set), ("ID", publication.id)] {
        if !value.is_empty() {
            let _ = write!(text, ", {label} {value}");
        }
    }
    let _ = write!(
        text,
        ", revision {}, {} entries",
        publication.revision, publication.entries
    );
    if publication.rate != 0 {
        let _ = write!(text, ", sample rate {}", publication.rate);
    }
    text
}

impl PairRule for Settings {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        publications(observation, |publication| {
            self.publication(publication, observation, cx);
        });
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.last.status("published_settings", 0));
    }
}
