//! The part of detection that needs nothing beyond one pair of devices.
//!
//! Data in: observations. Data out: findings, and facts for the `super::site` part. Pairs can be
//! spread over workers: all that is kept here is keyed by pair.

use sensor_protocols::observation::{Direction, Observation, Protocol};
use sensor_protocols::time::Timestamp;

use super::desk::Desk;
use super::fact::{self, Fact, FactKind};
use super::fence::Fence;
use super::report::Report;
use crate::baseline::{Channel, ChannelKey, Channels, Parties};
use crate::catalogue::Engine;
use crate::engines::policy_violation::learned::CHANNELS_OF_IT;
use crate::engines::{
    Aspects, Build, ChannelState, Interest, PairContext, PairRule, Setup, TickContext, registry,
};
use crate::finding::{Finding, PartyKey};
use crate::inventory::AddressBook;
use crate::settings::DetectorSettings;
use crate::state::TableStatus;

struct Member {
    engine: Engine,
    interest: Interest,
    rule: Box<dyn PairRule>,
}

/// Which rules want what of one protocol.
#[derive(Clone, Default)]
struct Route {
    /// What any of them wants.
    wanted: Option<Aspects>,
    /// Per engine: aspects and position of the rule.
    rules: [Vec<(Aspects, usize)>; 5],
    /// Whether channels of the protocol are kept.
    channels: bool,
}

/// Channels and pair rules.
pub struct PairDetector {
    pub(super) channels: Channels<ChannelState>,
    pub(super) parties: Parties,
    rules: Vec<Member>,
    routes: Vec<Route>,
}

impl PairDetector {
    pub fn new(settings: &DetectorSettings) -> Self {
        let rules = build(&Setup::new(settings));
        Self {
            channels: Channels::new(settings.limits.channels),
            parties: Parties::new(settings.limits.tuples),
            routes: routes(&rules),
            rules,
        }
    }

    /// Runs the pair rules; appends facts for the site to `facts`.
    #[inline]
    pub fn observe(
        &mut self,
        observation: &Observation<'_>,
        addresses: &AddressBook,
        desk: &mut Desk,
        fence: &mut Fence,
        out: &mut Vec<Finding>,
        facts: &mut Vec<Fact>,
    ) {
        let aspects = Aspects::of(observation);
        let key = ChannelKey::of(observation);
        let route = &self.routes[observation.protocol as usize];
        let index = if route.channels {
            self.channels.find(key)
        } else {
            self.channels.passing(key)
        };
        if route.wanted.is_some_and(|wanted| wanted.meets(aspects)) {
            let channel = self.channels.at(index);
            let (rules, parties) = (&mut self.rules, &mut self.parties);
            fence.run(|engine| {
                for (wanted, rule) in &route.rules[engine as usize] {
                    if !wanted.meets(aspects) {
                        continue;
                    }
                    let mut cx = PairContext {
                        channel: &mut *channel,
                        index,
                        parties: &mut *parties,
                        addresses,
                        report: Report {
                            desk: &mut *desk,
                            addresses,
                            out: &mut *out,
                        },
                        facts: &mut *facts,
                    };
                    rules[*rule].rule.observe(observation, &mut cx);
                }
            });
        }
        if observation.protocol.is_ot() {
            ot_facts(self.channels.at(index), observation, aspects, facts);
        } else {
            self.other_facts(observation, aspects, facts);
        }
    }

    fn other_facts(&self, observation: &Observation<'_>, aspects: Aspects, facts: &mut Vec<Fact>) {
        let layer = Aspects::CONNECTION.or(Aspects::FLOW);
        let kind = if aspects.meets(layer) {
            let familiar = aspects.meets(Aspects::CONNECTION) && self.is_familiar(observation);
            fact::layer_fact(observation, familiar)
        } else {
            fact::service_fact(observation)
        };
        facts.extend(kind.map(|kind| Fact::of(observation, kind)));
        // Not those of LLMNR, where whoever answers names itself: so do poisoners.
        let names = [Protocol::Dns, Protocol::Mdns];
        if names.contains(&observation.protocol) && aspects.meets(Aspects::RESPONSE) {
            let names = fact::names(observation).into_iter();
            facts.extend(names.map(|kind| Fact::of(observation, kind)));
        }
        if aspects.meets(Aspects::IDENTITY) {
            facts.push(Fact::of(observation, fact::identity(observation)));
        }
    }

    /// Whether anything between the two is in the baseline.
    fn is_familiar(&self, observation: &Observation<'_>) -> bool {
        let (client, server) = (
            PartyKey::from(&observation.source),
            PartyKey::from(&observation.destination),
        );
        Protocol::ALL.iter().filter(|p| p.is_ot()).any(|protocol| {
            let key = ChannelKey {
                client,
                server,
                protocol: *protocol,
            };
            self.channels
                .get(&key)
                .is_some_and(|c| !c.baseline.is_empty())
        })
    }

    /// Lets time pass for the pair rules.
    pub fn tick(
        &mut self,
        now: Timestamp,
        addresses: &AddressBook,
        desk: &mut Desk,
        fence: &mut Fence,
        out: &mut Vec<Finding>,
    ) {
        let (rules, channels, parties) = (&mut self.rules, &mut self.channels, &mut self.parties);
        fence.run(|engine| {
            for member in rules.iter_mut().filter(|member| member.engine == engine) {
                let mut cx = TickContext {
                    channels: &mut *channels,
                    parties: &mut *parties,
                    report: Report {
                        desk: &mut *desk,
                        addresses,
                        out: &mut *out,
                    },
                };
                member.rule.tick(now, &mut cx);
            }
        });
    }

    /// Makes the rules of an engine anew.
    pub fn rebuild(&mut self, engine: Engine, settings: &DetectorSettings) {
        for (member, fresh) in self.rules.iter_mut().zip(build(&Setup::new(settings))) {
            if member.engine == engine {
                *member = fresh;
            }
        }
    }

    /// The tables of the rules.
    pub fn tables(&self, out: &mut Vec<TableStatus>) {
        for member in &self.rules {
            member.rule.tables(out);
        }
    }

    pub(super) fn channel_of(&mut self, key: ChannelKey) -> &mut Channel<ChannelState> {
        let index = self.channels.find(key);
        self.channels.at(index)
    }
}

fn build(setup: &Setup<'_>) -> Vec<Member> {
    registry::RULES
        .iter()
        .filter_map(|rule| match &rule.build {
            Build::Pair { interest, new } => Some(Member {
                engine: rule.engine,
                interest: *interest,
                rule: new(setup),
            }),
            Build::Site { .. } | Build::Detector => None,
        })
        .collect()
}

fn routes(rules: &[Member]) -> Vec<Route> {
    let mut routes = vec![Route::default(); Protocol::ALL.len()];
    for protocol in Protocol::ALL {
        let route = &mut routes[*protocol as usize];
        route.channels = protocol.is_ot() || CHANNELS_OF_IT.contains(protocol);
        for (at, member) in rules.iter().enumerate() {
            let aspects = member.interest.in_protocol(*protocol);
            if aspects == Aspects::NONE {
                continue;
            }
            route.wanted = Some(route.wanted.map_or(aspects, |wanted| wanted.or(aspects)));
            route.rules[member.engine as usize].push((aspects, at));
        }
    }
    routes
}

/// Facts of OT messages: the first of each flow and side, refusals, identities.
#[inline]
fn ot_facts(
    channel: &mut Channel<ChannelState>,
    observation: &Observation<'_>,
    aspects: Aspects,
    facts: &mut Vec<Fact>,
) {
    let (flow, kind) = match observation.direction {
        Direction::Response => (&mut channel.state.answered_flow, FactKind::OtAnswered),
        Direction::Request | Direction::OneWay => {
            (&mut channel.state.asked_flow, FactKind::OtAsked)
        }
    };
    // Who connects the transport and no more has not asked for anything yet.
    if observation.protocol != Protocol::Cotp && *flow != observation.flow {
        *flow = observation.flow;
        facts.push(Fact::of(observation, kind));
    }
    if aspects.meets(Aspects::ERROR) && observation.direction == Direction::Response {
        let refusal = fact::refusal(observation);
        facts.extend(refusal.map(|kind| Fact::of(observation, kind)));
    }
    if aspects.meets(Aspects::IDENTITY) {
        facts.push(Fact::of(observation, fact::identity(observation)));
    }
}
