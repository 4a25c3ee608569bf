//! Writes filter rules into the maps of the program and changes them while it runs.
//!
//! Data in: rules as [`crate::capture::filter`] describes them. Data out: entries of the rule maps,
//! the flags that tell the program where to look, hits of each rule.
//!
//! A change writes the next generation beside the one in force and switches over at once, so that a
//! frame is decided by the old rules as a whole or by the new ones ([`super::generations`]); none is
//! lost. Unchanged rules keep their hits, and a new rule gets a slot that no old one uses. After an
//! error before the switch the old rules are in force as they were; what stands in the maps is kept in
//! mind, so that [`RuleTables::settle`] brings them in order.

use std::collections::{HashMap as StdHashMap, HashSet};

use aya::Ebpf;
use aya::maps::lpm_trie::{Key, LpmTrie};
use aya::maps::{Array, HashMap, MapData, MapError, PerCpuArray, PerCpuValues};
use aya::sys::SyscallError;
use ipnet::IpNet;
use sensor_common::maps::{
    RULE_HITS, RULE_HITS_CAPACITY, RULES_MAC, RULES_PORT, RULES_V4, RULES_V6, RULES_VLAN,
};
use sensor_common::rule::{
    ACTION_EXCLUDE, ACTION_INCLUDE, PrefixV4, PrefixV6, Rule, RuleGenerations,
};
use sensor_common::settings::{
    FLAG_MACS, FLAG_MACS_INCLUDE, FLAG_PAIRS, FLAG_PAIRS_INCLUDE, FLAG_PORTS, FLAG_PORTS_INCLUDE,
    FLAG_RULES_SECOND, FLAG_SUBNETS_INCLUDE, FLAG_SUBNETS_V4, FLAG_SUBNETS_V6, FLAG_VLANS,
    FLAG_VLANS_INCLUDE,
};
use sensor_protocols::addr::MacAddr;

use super::CaptureError;
use super::generations::{Generations, Wanted, Write};
use super::load::{map_error, missing};
use super::pair_tables::PairTables;
use crate::capture::filter::check;
pub use crate::capture::filter::{Action, FilterRule, Match, SubnetPair};

/// The rule maps of one loaded program and what stands in them.
pub(super) struct RuleTables {
    v4: LpmTrie<MapData, PrefixV4, RuleGenerations>,
    v6: LpmTrie<MapData, PrefixV6, RuleGenerations>,
    ports: Array<MapData, RuleGenerations>,
    vlans: Array<MapData, RuleGenerations>,
    macs: HashMap<MapData, [u8; 8], RuleGenerations>,
    pairs: PairTables,
    hits: PerCpuArray<MapData, u64>,
    /// The rules in force, in the order they were given.
    placed: Vec<FilterRule>,
    /// Rules that were written and are in force after [`Self::switch`].
    written: Option<Vec<FilterRule>>,
    /// The slot of every rule that stands or may stand in a map.
    slots: StdHashMap<Match, u32>,
    /// What stands in the maps, pairs aside.
    generations: Generations,
    /// Slots that some rule has used and that may hold its hits.
    used: HashSet<u32>,
    /// The maps may hold more than the rules in force.
    untidy: bool,
}

impl RuleTables {
    pub(super) fn take(program: &mut Ebpf) -> Result<Self, CaptureError> {
        Ok(Self {
            v4: take(program, RULES_V4)?,
            v6: take(program, RULES_V6)?,
            ports: take(program, RULES_PORT)?,
            vlans: take(program, RULES_VLAN)?,
            macs: take(program, RULES_MAC)?,
            pairs: PairTables::take(program)?,
            hits: take(program, RULE_HITS)?,
            placed: Vec::new(),
            written: None,
            slots: StdHashMap::new(),
            generations: Generations::default(),
            used: HashSet::new(),
            untidy: false,
        })
    }

    /// Writes `rules` beside those in force and gives the `FLAG_` bits with which the settings put
    /// them in force; tell [`Self::switch`] when they do. After an error nothing is in force that
    /// was not before.
    pub(super) fn write(&mut self, rules: &[FilterRule]) -> Result<u32, CaptureError> {
        let rules = check(rules).map_err(|bad| refused(bad.to_string()))?;
        self.written = None;
        // What a change before left would take the room of this one.
        self.settle()?;
        self.untidy = true;
        let mut free = free_slots(&self.slots);
        let mut wanted = Wanted::default();
        let mut pairs = Vec::new();
        for rule in &rules {
            let slot = match self.slots.get(&rule.what) {
                Some(slot) => *slot,
                None => self.fresh_slot(rule.what, &mut free)?,
            };
            let value = value(rule.action, slot);
            if let Match::SubnetPair(pair) = rule.what {
                pairs.push((pair, rule.action, value));
            } else {
                wanted.insert(rule.what, value);
            }
        }
        for write in self.generations.next(&wanted) {
            self.carry_out(write)?;
        }
        self.generations.prepared(wanted);
        let pairs = self.pairs.write(&pairs)?;
        let second = self.generations.second() != self.generations.changes();
        let second = if second { FLAG_RULES_SECOND } else { 0 };
        let flags = flags(&rules) | second | pairs;
        self.written = Some(rules);
        Ok(flags)
    }

    /// The settings point at what was written last. Says whether programs that read the settings
    /// before may still meet what [`Self::settle`] takes away.
    pub(super) fn switch(&mut self) -> bool {
        let changes = self.generations.changes() || self.pairs.changes();
        self.generations.switch();
        self.pairs.switch();
        if let Some(written) = self.written.take() {
            self.placed = written;
        }
        changes
    }

    /// Brings the maps to hold the rules in force and nothing else. Can be repeated after an error.
    pub(super) fn settle(&mut self) -> Result<(), CaptureError> {
        if !self.untidy {
            return Ok(());
        }
        self.pairs.settle()?;
        for write in self.generations.leftovers() {
            self.carry_out(write)?;
        }
        let placed: HashSet<Match> = self.placed.iter().map(|rule| rule.what).collect();
        self.slots.retain(|what, _| placed.contains(what));
        self.untidy = false;
        Ok(())
    }

    /// Whether the maps hold more than the rules in force, because [`Self::settle`] failed.
    pub(super) const fn untidy(&self) -> bool {
        self.untidy
    }

    /// The rules in the order they were given.
    pub(super) fn placed(&self) -> &[FilterRule] {
        &self.placed
    }

    /// Hits of these rules; 0 for one that is not there.
    pub(super) fn hits(&self, rules: &[Match]) -> Result<Vec<u64>, CaptureError> {
        let hits = rules
            .iter()
            .map(|what| match self.slots.get(&what.trunc()) {
                Some(slot) => self.hits_of(*slot),
                None => Ok(0),
            });
        hits.collect()
    }

    fn hits_of(&self, slot: u32) -> Result<u64, CaptureError> {
        let values = self.hits.get(&slot, 0);
        let values = values.map_err(|error| map_error(RULE_HITS, &error))?;
        Ok(values
            .iter()
            .fold(0, |sum: u64, hits| sum.wrapping_add(*hits)))
    }

    /// Entries of the rule maps by their names.
    pub(super) fn entries(&self) -> [(&'static str, usize); 8] {
        let count = |is: fn(&Match) -> bool| self.generations.entries().filter(is).count();
        let [groups_v4, groups_v6, pairs] = self.pairs.entries();
        [
            (
                RULES_V4,
                count(|what| matches!(what, Match::Subnet(IpNet::V4(_)))),
            ),
            (
                RULES_V6,
                count(|what| matches!(what, Match::Subnet(IpNet::V6(_)))),
            ),
            (RULES_PORT, count(|what| matches!(what, Match::Port(_)))),
            (RULES_VLAN, count(|what| matches!(what, Match::Vlan(_)))),
            (RULES_MAC, count(|what| matches!(what, Match::Mac(_)))),
            groups_v4,
            groups_v6,
            pairs,
        ]
    }

    /// A call that fails changes nothing, so what stands in the maps is known at every moment.
    fn carry_out(&mut self, write: Write) -> Result<(), CaptureError> {
        match write {
            Write::Put(what, value) => self.put(what, value)?,
            Write::Remove(what) => self.remove(what)?,
        }
        self.generations.note(write);
        Ok(())
    }

    fn put(&mut self, what: Match, value: RuleGenerations) -> Result<(), CaptureError> {
        match what {
            Match::Subnet(IpNet::V4(net)) => done(RULES_V4, self.v4.insert(&key_v4(net), value, 0)),
            Match::Subnet(IpNet::V6(net)) => done(RULES_V6, self.v6.insert(&key_v6(net), value, 0)),
            Match::Port(port) => done(RULES_PORT, self.ports.set(u32::from(port), value, 0)),
            Match::Vlan(vlan) => done(RULES_VLAN, self.vlans.set(u32::from(vlan), value, 0)),
            Match::Mac(mac) => done(RULES_MAC, self.macs.insert(key_mac(mac), value, 0)),
            Match::SubnetPair(_) => Ok(()),
        }
    }

    fn remove(&mut self, what: Match) -> Result<(), CaptureError> {
        match what {
            Match::Subnet(IpNet::V4(net)) => gone(RULES_V4, self.v4.remove(&key_v4(net))),
            Match::Subnet(IpNet::V6(net)) => gone(RULES_V6, self.v6.remove(&key_v6(net))),
            Match::Mac(mac) => gone(RULES_MAC, self.macs.remove(&key_mac(mac))),
            Match::Port(_) | Match::Vlan(_) => self.put(what, RuleGenerations::default()),
            Match::SubnetPair(_) => Ok(()),
        }
    }

    /// A slot nobody uses, with its hits set to zero.
    fn fresh_slot(
        &mut self,
        what: Match,
        free: &mut impl Iterator<Item = u32>,
    ) -> Result<u32, CaptureError> {
        let slot = free
            .next()
            .ok_or_else(|| refused(format!("more than {RULE_HITS_CAPACITY} filter rules")))?;
        if !self.used.insert(slot) {
            self.clear_hits(slot)?;
        }
        self.slots.insert(what, slot);
        Ok(slot)
    }

    fn clear_hits(&mut self, slot: u32) -> Result<(), CaptureError> {
        let failed = |error: &MapError| map_error(RULE_HITS, error);
        let old = self.hits.get(&slot, 0).map_err(|error| failed(&error))?;
        let zeros = PerCpuValues::try_from(vec![0_u64; old.len()])
            .map_err(|error| failed(&MapError::IoError(error)))?;
        let set = self.hits.set(slot, zeros, 0);
        set.map_err(|error| failed(&error))
    }
}

/// Slots that no rule uses, be it old or new.
fn free_slots(slots: &StdHashMap<Match, u32>) -> impl Iterator<Item = u32> + use<> {
    let mut taken: Vec<u32> = slots.values().copied().collect();
    taken.sort_unstable();
    (0..RULE_HITS_CAPACITY).filter(move |slot| taken.binary_search(slot).is_err())
}

const fn value(action: Action, hit_index: u32) -> Rule {
    Rule {
        action: match action {
            Action::Include => ACTION_INCLUDE,
            Action::Exclude => ACTION_EXCLUDE,
        },
        hit_index,
    }
}

/// Which dimensions the program must look at.
fn flags(rules: &[FilterRule]) -> u32 {
    rules.iter().fold(0, |flags, rule| {
        let includes = rule.action == Action::Include;
        let (flag, include_flag) = match rule.what {
            // Once one family has an include rule, the other must meet one too.
            Match::Subnet(_) if includes => {
                (FLAG_SUBNETS_V4 | FLAG_SUBNETS_V6, FLAG_SUBNETS_INCLUDE)
            }
            Match::Subnet(IpNet::V4(_)) => (FLAG_SUBNETS_V4, FLAG_SUBNETS_INCLUDE),
            Match::Subnet(IpNet::V6(_)) => (FLAG_SUBNETS_V6, FLAG_SUBNETS_INCLUDE),
            Match::SubnetPair(_) => (FLAG_PAIRS, FLAG_PAIRS_INCLUDE),
            Match::Port(_) => (FLAG_PORTS, FLAG_PORTS_INCLUDE),
            Match::Vlan(_) => (FLAG_VLANS, FLAG_VLANS_INCLUDE),
            Match::Mac(_) => (FLAG_MACS, FLAG_MACS_INCLUDE),
        };
        flags | flag | if includes { include_flag } else { 0 }
    })
}

pub(super) fn key_v4(net: ipnet::Ipv4Net) -> Key<PrefixV4> {
    Key::new(
        u32::from(net.prefix_len()),
        PrefixV4(net.network().octets()),
    )
}

pub(super) fn key_v6(net: ipnet::Ipv6Net) -> Key<PrefixV6> {
    Key::new(
        u32::from(net.prefix_len()),
        PrefixV6(net.network().octets()),
    )
}

const fn key_mac(MacAddr([a, b, c, d, e, f]): MacAddr) -> [u8; 8] {
    [a, b, c, d, e, f, 0, 0]
}

pub(super) fn done(map: &str, result: Result<(), MapError>) -> Result<(), CaptureError> {
    result.map_err(|error| map_error(map, &error))
}

/// As [`done`] for a removal: what is not there need not be taken away.
pub(super) fn gone(map: &str, result: Result<(), MapError>) -> Result<(), CaptureError> {
    match result {
        Err(error) if is_not_there(&error) => Ok(()),
        other => done(map, other),
    }
}

/// Whether a map has no such key. The library tells it one way for look-ups and another for removals.
pub(super) fn is_not_there(error: &MapError) -> bool {
    let none = |error: &SyscallError| error.io_error.kind() == std::io::ErrorKind::NotFound;
    matches!(error, MapError::KeyNotFound)
        || matches!(error, MapError::SyscallError(error) if none(error))
}

pub(super) fn take<M>(program: &mut Ebpf, name: &'static str) -> Result<M, CaptureError>
where
    M: TryFrom<aya::maps::Map, Error = MapError>,
{
    let map = program.take_map(name).ok_or_else(|| missing(name))?;
    M::try_from(map).map_err(|error| map_error(name, &error))
}

pub(super) fn refused(cause: String) -> CaptureError {
    CaptureError::Rules { cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(what: Match, action: Action) -> FilterRule {
        FilterRule { what, action }
    }

    fn subnet(text: &str) -> Match {
        Match::Subnet(text.parse().expect("a subnet"))
    }

    #[test]
    fn an_include_rule_of_one_family_binds_both() {
        let exclude = flags(&[rule(subnet("10.0.0.0/8"), Action::Exclude)]);
        assert_eq!(exclude, FLAG_SUBNETS_V4);
        let include = flags(&[rule(subnet("10.0.0.0/8"), Action::Include)]);
        assert_eq!(
            include,
            FLAG_SUBNETS_V4 | FLAG_SUBNETS_V6 | FLAG_SUBNETS_INCLUDE
        );
        assert_eq!(flags(&[]), 0);
    }

    #[test]
    fn slots_of_old_and_kept_rules_are_not_given_away() {
        let slots = StdHashMap::from([(Match::Port(1), 1), (Match::Port(2), 0)]);
        let free: Vec<u32> = free_slots(&slots).take(3).collect();
        assert_eq!(free, [2, 3, 4]);
    }
}
