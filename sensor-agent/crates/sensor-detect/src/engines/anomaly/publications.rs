//! GOOSE messages that are older than what was published already, and simulated messages in live
//! traffic.
//!
//! State and sequence number only grow, but for a publisher that starts anew (IEC 61850-7-2, 18.2.3.5).
//! Why: a recorded trip or block that is sent again acts as the first time. A simulated message acts on
//! every receiver that is in simulation mode, and on those that do not know the flag. T0856, T0831.
//! False positives: frames out of order in a merged capture; tests of protection by plan. Mute the
//! publisher.
//!
//! A repeated frame with the numbers of the latest is a copy by a mirror port and no replay. Older messages that follow
//! from each other with no other in between are a publisher whose start was not seen: the first of them
//! is reported. After time ran back the numbers are taken as they come: another capture began.
//!
//! Limits: the latest numbers of each publisher and control block, in a bounded table.

use std::time::Duration;

use foldhash::fast::RandomState;
use sensor_protocols::observation::{Observation, Protocol};
use sensor_protocols::time::Timestamp;

use crate::baseline::ChannelKey;
use crate::catalogue::{AlertType, Engine};
use crate::detector::{Fact, FactKind};
use crate::engines::iec61850::{self, Publication, is_start, publications};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::state::{BoundedMap, TableStatus};

const REPLAY: &str = "goose_replay";
const SIMULATED: &str = "simulated_process_data";

/// Time that runs back further than frames out of order do.
const ANOTHER_CAPTURE: Duration = Duration::from_secs(2);

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        Raises {
            id: REPLAY,
            values: &[
                "name",
                "state",
                "sequence",
                "latest_state",
                "latest_sequence",
            ],
        },
        Raises {
            id: SIMULATED,
            values: &["name"],
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Goose, Protocol::SampledValues]),
            aspects: Aspects::ONE_WAY,
        },
        new: |setup| Box::new(Publications::new(setup)),
    },
};

/// State and sequence number.
type Numbers = (u32, u32);

#[derive(Clone, Copy, Debug, Default)]
struct Block {
    time: Timestamp,
    latest: Option<Numbers>,
    /// The one before, when it was older than the latest.
    older: Option<Numbers>,
    simulated: bool,
}

struct Publications {
    replay: &'static AlertType,
    simulated: &'static AlertType,
    hasher: RandomState,
    blocks: BoundedMap<(ChannelKey, u64), Block>,
}

impl Publications {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            replay: setup.alert(REPLAY),
            simulated: setup.alert(SIMULATED),
            hasher: RandomState::default(),
            blocks: BoundedMap::new(setup.limits().counters),
        }
    }

    fn publication(
        &mut self,
        publication: &Publication<'_>,
        observation: &Observation<'_>,
        cx: &mut PairContext<'_>,
    ) {
        let publisher = (cx.channel.key, publication.key(&self.hasher));
        if self.blocks.get(&publisher).is_none() {
            cx.facts
                .push(Fact::of(observation, published(publication, publisher.1)));
        }
        let block = self.blocks.entry(publisher, Block::default);
        if block.time.since(observation.time) > ANOTHER_CAPTURE {
            *block = Block::default();
        }
        block.time = observation.time;
        let simulated = iec61850::is_simulated(observation);
        let before = std::mem::replace(&mut block.simulated, simulated);
        if simulated && !before {
            cx.crossed(self.simulated, observation, |finding| {
                finding.discriminator = publication.stable_key();
                finding.value("name", publication.name.to_owned());
            });
        }
        let Some(numbers) = publication.numbers else {
            return;
        };
        if let Some(latest) = block.replayed(numbers) {
            cx.crossed(self.replay, observation, |finding| {
                finding.discriminator = publication.stable_key();
                finding.value("name", publication.name.to_owned());
                finding.value("state", numbers.0);
                finding.value("sequence", numbers.1);
                finding.value("latest_state", latest.0);
                finding.value("latest_sequence", latest.1);
            });
        }
    }
}

fn published(publication: &Publication<'_>, key: u64) -> FactKind {
    FactKind::Published {
        publication: key,
        appid: u32::try_from(publication.appid).unwrap_or(u32::MAX),
    }
}

impl Block {
    /// Takes the numbers of a message. Answers the latest ones when it is older than those.
    fn replayed(&mut self, now: Numbers) -> Option<Numbers> {
        let older = self.older.take();
        let latest = match self.latest {
            Some(latest) if is_older(now, latest) && !is_start(now) => latest,
            _ => {
                self.latest = Some(now);
                return None;
            }
        };
        if older.is_some_and(|older| follows(older, now)) {
            self.latest = Some(now);
            return None;
        }
        self.older = Some(now);
        Some(latest)
    }
}

/// Half way round tells ahead from behind, since the numbers wrap.
fn is_older((state, sequence): Numbers, (latest, latest_sequence): Numbers) -> bool {
    const HALF: u32 = 1 << 31;
    if state == latest {
        sequence.wrapping_sub(latest_sequence) >= HALF
    } else {
        state.wrapping_sub(latest) >= HALF
    }
}

fn follows(before: Numbers, now: Numbers) -> bool {
    let next = |number: u32| number.wrapping_add(1);
    now == (before.0, next(before.1)) || now == (next(before.0), 0)
}

impl PairRule for Publications {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        publications(observation, |publication| {
            self.publication(publication, observation, cx);
        });
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.blocks.status("published_numbers", 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replays(numbers: &[Numbers]) -> Vec<Numbers> {
        let mut block = Block::default();
        let replayed = |now: &&Numbers| block.replayed(**now).is_some();
        numbers.iter().filter(replayed).copied().collect()
    }

    #[test]
    fn older_numbers_are_replayed() {
        assert_eq!(replays(&[(7, 0), (7, 1), (8, 0), (8, 0), (8, 5)]), []);
        assert_eq!(replays(&[(7, 3), (8, 0), (7, 3), (8, 1)]), [(7, 3)]);
        assert_eq!(replays(&[(8, 3), (8, 1), (8, 4), (8, 2)]), [(8, 1), (8, 2)]);
    }

    #[test]
    fn a_publisher_that_starts_anew_replays_nothing() {
        assert_eq!(replays(&[(7, 3), (1, 0), (1, 1), (2, 0)]), []);
        let unseen_start = [(7, 3), (1, 5), (1, 6), (1, 7), (2, 0)];
        assert_eq!(replays(&unseen_start), [(1, 5)]);
    }

    #[test]
    fn numbers_wrap() {
        assert_eq!(replays(&[(u32::MAX, 2), (1, 3), (1, 4)]), []);
    }
}
