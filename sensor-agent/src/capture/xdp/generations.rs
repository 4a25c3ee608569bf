//! The two generations of the rule maps: what to write so that a change takes effect at once.
//!
//! Data in: the rules that are to be in force. Data out: entries to write and to remove. Subnet pairs
//! have maps of their own ([`super::pair_tables`]).
//!
//! No order of single writes would do: a frame meets a rule at either end and in several dimensions,
//! and where one rule that excludes it makes way for another one, each order lets some frame through
//! that both sets of rules exclude, or the other way round. So each entry holds two rules, one for
//! each generation, and one write of the settings switches from one to the other:
//!
//! 1. [`Generations::next`]: every prefix of the rules in force and of the new ones gets an entry that
//!    names its rule in both generations: its own where that generation has one for it, else that of
//!    the prefix around it. Whatever is written first, each address keeps its rule in force: an entry
//!    that is there keeps that half, and a new one repeats what its addresses met already.
//! 2. [`Generations::switch`], once the settings name the other generation.
//! 3. [`Generations::leftovers`], once no program runs that has read the settings before: an entry
//!    without a rule in force repeats what stands around it, so its removal changes nothing, in
//!    whatever order; what stays gets its rule in both generations, so that the next change writes
//!    what it changes and no more.
//!
//! A change that stops half way leaves the generation in force untouched, and what stands in the maps
//! known; [`Generations::leftovers`] tidies up then too.

use std::collections::{BTreeMap, HashMap};

use ipnet::IpNet;
use sensor_common::rule::{Rule, RuleGenerations};

use crate::capture::filter::Match;

/// Nothing stands here in either generation.
const NOTHING: RuleGenerations = RuleGenerations {
    rules: [NO_RULE, NO_RULE],
};

const NO_RULE: Rule = Rule {
    action: sensor_common::rule::ACTION_NONE,
    hit_index: 0,
};

/// The rules that are to be in force, by what they look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    subnets: BTreeMap<IpNet, Rule>,
    others: HashMap<Match, Rule>,
}

impl Wanted {
    pub(super) fn insert(&mut self, what: Match, rule: Rule) {
        match what {
            Match::Subnet(net) => self.subnets.insert(net, rule),
            other @ (Match::Port(_) | Match::Vlan(_) | Match::Mac(_)) => {
                self.others.insert(other, rule)
            }
            // In maps of their own.
            Match::SubnetPair(_) => None,
        };
    }
}

/// One change of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    Put(Match, RuleGenerations),
    Remove(Match),
}

/// What stands in the maps.
#[derive(Debug, Default)]
pub(super) struct Generations {
    subnets: BTreeMap<IpNet, RuleGenerations>,
    others: HashMap<Match, RuleGenerations>,
    /// The second generation is in force.
    second: bool,
    /// The rules in force.
    current: Wanted,
    /// Rules that were written and are in force after [`Self::switch`].
    written: Option<Wanted>,
}

impl Generations {
    /// Which generation is in force.
    pub(super) const fn second(&self) -> bool {
        self.second
    }

    /// What stands in the maps.
    pub(super) fn entries(&self) -> impl Iterator<Item = Match> + '_ {
        let subnets = self.subnets.keys().copied().map(Match::Subnet);
        subnets.chain(self.others.keys().copied())
    }

    /// What to write before the switch.
    pub(super) fn next(&self, wanted: &Wanted) -> Vec<Write> {
        let mut writes = self.next_subnets(wanted);
        for (what, rule) in &wanted.others {
            self.put(&mut writes, *what, self.standing(*what), *rule);
        }
        for (what, stands) in &self.others {
            if !wanted.others.contains_key(what) {
                self.put(&mut writes, *what, *stands, NO_RULE);
            }
        }
        writes
    }

    /// Everything that [`Self::next`] named is written.
    pub(super) fn prepared(&mut self, wanted: Wanted) {
        self.written = Some(wanted);
    }

    /// Whether rules wait for the switch that differ from those in force.
    pub(super) fn changes(&self) -> bool {
        matches!(&self.written, Some(written) if *written != self.current)
    }

    /// The settings name the other generation from here on.
    pub(super) fn switch(&mut self) {
        if self.changes() {
            self.second = !self.second;
        }
        if let Some(written) = self.written.take() {
            self.current = written;
        }
    }

    /// What to write and to remove until the maps hold the rules in force and nothing else.
    pub(super) fn leftovers(&self) -> Vec<Write> {
        let mut writes = Vec::new();
        for what in self.entries() {
            let rule = match what {
                Match::Subnet(net) => self.current.subnets.get(&net),
                other
                @ (Match::SubnetPair(_) | Match::Port(_) | Match::Vlan(_) | Match::Mac(_)) => {
                    self.current.others.get(&other)
                }
            };
            match rule {
                None => writes.push(Write::Remove(what)),
                Some(rule) => {
                    let both = RuleGenerations {
                        rules: [*rule, *rule],
                    };
                    if self.standing(what) != both {
                        writes.push(Write::Put(what, both));
                    }
                }
            }
        }
        writes
    }

    /// A write went through.
    pub(super) fn note(&mut self, write: Write) {
        match write {
            Write::Put(Match::Subnet(net), stands) => {
                self.subnets.insert(net, stands);
            }
            Write::Put(what, stands) => {
                self.others.insert(what, stands);
            }
            Write::Remove(Match::Subnet(net)) => {
                self.subnets.remove(&net);
            }
            Write::Remove(what) => {
                self.others.remove(&what);
            }
        }
    }

    /// Every prefix with its rule in both generations: its own, else that of the prefix around it.
    fn next_subnets(&self, wanted: &Wanted) -> Vec<Write> {
        let mut nets: Vec<IpNet> = self
            .subnets
            .keys()
            .chain(wanted.subnets.keys())
            .copied()
            .collect();
        nets.sort_unstable();
        nets.dedup();
        let mut writes = Vec::new();
        // The prefixes around the one that is looked at, the outermost first.
        let mut around: Vec<(IpNet, Rule, Rule)> = Vec::new();
        for net in nets {
            while around
                .last()
                .is_some_and(|(outer, ..)| !outer.contains(&net))
            {
                around.pop();
            }
            let (outer_now, outer_next) = match around.last() {
                Some((_, now, next)) => (*now, *next),
                None => (NO_RULE, NO_RULE),
            };
            let stands = self.subnets.get(&net);
            let now = stands.map_or(outer_now, |stands| stands.of(self.second));
            let next = wanted.subnets.get(&net).copied().unwrap_or(outer_next);
            let wanted = self.both(now, next);
            if stands != Some(&wanted) {
                writes.push(Write::Put(Match::Subnet(net), wanted));
            }
            around.push((net, now, next));
        }
        writes
    }

    fn standing(&self, what: Match) -> RuleGenerations {
        let stands = match what {
            Match::Subnet(net) => self.subnets.get(&net),
            other @ (Match::SubnetPair(_) | Match::Port(_) | Match::Vlan(_) | Match::Mac(_)) => {
                self.others.get(&other)
            }
        };
        stands.copied().unwrap_or(NOTHING)
    }

    /// Has `rule` stand in the next generation, where that is not so.
    fn put(&self, writes: &mut Vec<Write>, what: Match, stands: RuleGenerations, rule: Rule) {
        let wanted = self.both(stands.of(self.second), rule);
        if stands != wanted {
            writes.push(Write::Put(what, wanted));
        }
    }

    /// `now` for the generation in force, `next` for the other one.
    const fn both(&self, now: Rule, next: Rule) -> RuleGenerations {
        RuleGenerations {
            rules: if self.second {
                [next, now]
            } else {
                [now, next]
            },
        }
    }
}

#[cfg(test)]
mod tests;
