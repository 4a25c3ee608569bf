//! The maps of the subnet pairs: a whole new generation is written beside the one in force.
//!
//! Data in: pairs with the rule for each. Data out: entries of the maps, and the flag that says
//! which generation counts. A group number carries its generation, so that a frame meets one
//! generation as a whole, however many entries are written meanwhile.

use std::collections::BTreeSet;

use aya::Ebpf;
use aya::maps::{HashMap, LpmTrie, MapData};
use ipnet::IpNet;
use sensor_common::maps::{PAIR_GROUPS_V4, PAIR_GROUPS_V6, RULES_PAIR};
use sensor_common::rule::{PairGroups, PairKey, PrefixV4, PrefixV6, Rule};
use sensor_common::settings::FLAG_PAIRS_SECOND;

use super::CaptureError;
use super::rules::{done, gone, key_v4, key_v6, refused, take};
use crate::capture::filter::pairs::compile;
use crate::capture::filter::{Action, SubnetPair};

/// A pair, what becomes of its frames, and that as it stands in the map.
pub(super) type PairRule = (SubnetPair, Action, Rule);

/// The maps of one loaded program and what stands in them.
pub(super) struct PairTables {
    v4: LpmTrie<MapData, PrefixV4, PairGroups>,
    v6: LpmTrie<MapData, PrefixV6, PairGroups>,
    rules: HashMap<MapData, PairKey, Rule>,
    /// The pairs in force.
    current: Vec<PairRule>,
    /// Which of [`Self::generations`] is in force.
    second: bool,
    generations: [Generation; 2],
    /// Pairs that were written and are in force once the settings say so.
    written: Option<Vec<PairRule>>,
    /// Prefixes that may stand in the maps.
    prefixes: BTreeSet<IpNet>,
}

/// What belongs to one generation.
#[derive(Default)]
struct Generation {
    /// In order; the group of each follows from its position.
    prefixes: Vec<IpNet>,
    keys: Vec<PairKey>,
}

impl PairTables {
    pub(super) fn take(program: &mut Ebpf) -> Result<Self, CaptureError> {
        Ok(Self {
            v4: take(program, PAIR_GROUPS_V4)?,
            v6: take(program, PAIR_GROUPS_V6)?,
            rules: take(program, RULES_PAIR)?,
            current: Vec::new(),
            second: false,
            generations: Default::default(),
            written: None,
            prefixes: BTreeSet::new(),
        })
    }

    /// Writes the pairs beside those in force, and gives the flag that puts them in force.
    pub(super) fn write(&mut self, pairs: &[PairRule]) -> Result<u32, CaptureError> {
        self.written = None;
        if pairs == self.current {
            return Ok(flag(self.second));
        }
        let next = !self.second;
        self.clear(next)?;
        let wanted: Vec<_> = pairs
            .iter()
            .map(|(pair, action, _)| (*pair, *action))
            .collect();
        let table = compile(&wanted).map_err(|error| refused(error.to_string()))?;
        let entries = table.entries.iter().filter_map(|(one, other, rule)| {
            let key = PairKey::new(group(*one, next), group(*other, next));
            pairs.get(*rule).map(|(_, _, value)| (key, *value))
        });
        let entries: Vec<(PairKey, Rule)> = entries.collect();
        self.prefixes.extend(&table.prefixes);
        // Noted before it is written, so that a failure half way leaves nothing unknown behind.
        *self.generation(next) = Generation {
            prefixes: table.prefixes,
            keys: entries.iter().map(|(key, _)| *key).collect(),
        };
        for (key, value) in entries {
            done(RULES_PAIR, self.rules.insert(key, value, 0))?;
        }
        for (prefix, groups) in self.groups() {
            self.put(prefix, groups)?;
        }
        self.written = Some(pairs.to_vec());
        Ok(flag(next))
    }

    /// Whether other pairs than those in force wait for the switch.
    pub(super) const fn changes(&self) -> bool {
        self.written.is_some()
    }

    /// The settings point at what was written last.
    pub(super) fn switch(&mut self) {
        if let Some(written) = self.written.take() {
            self.current = written;
            self.second = !self.second;
        }
    }

    /// Takes the generation away that is not in force.
    pub(super) fn settle(&mut self) -> Result<(), CaptureError> {
        self.written = None;
        self.clear(!self.second)?;
        let [first, second] = &self.generations;
        let kept = if self.second { second } else { first };
        let stale = self.prefixes.iter().copied();
        let stale: Vec<IpNet> = stale
            .filter(|prefix| kept.prefixes.binary_search(prefix).is_err())
            .collect();
        for prefix in stale {
            match prefix {
                IpNet::V4(net) => gone(PAIR_GROUPS_V4, self.v4.remove(&key_v4(net)))?,
                IpNet::V6(net) => gone(PAIR_GROUPS_V6, self.v6.remove(&key_v6(net)))?,
            }
            self.prefixes.remove(&prefix);
        }
        Ok(())
    }

    /// Entries of the maps by their names.
    pub(super) fn entries(&self) -> [(&'static str, usize); 3] {
        let v4 = self
            .prefixes
            .iter()
            .filter(|net| matches!(net, IpNet::V4(_)));
        let v4 = v4.count();
        let keys = self
            .generations
            .iter()
            .map(|generation| generation.keys.len());
        [
            (PAIR_GROUPS_V4, v4),
            (PAIR_GROUPS_V6, self.prefixes.len() - v4),
            (RULES_PAIR, keys.sum()),
        ]
    }

    /// Takes the pairs of a generation that is not in force out of the map.
    fn clear(&mut self, second: bool) -> Result<(), CaptureError> {
        while let Some(key) = self.generation(second).keys.last().copied() {
            gone(RULES_PAIR, self.rules.remove(&key))?;
            self.generation(second).keys.pop();
        }
        self.generation(second).prefixes.clear();
        Ok(())
    }

    fn generation(&mut self, second: bool) -> &mut Generation {
        let [one, other] = &mut self.generations;
        if second { other } else { one }
    }

    /// Every prefix with its group in both generations: its own where a generation names it, else
    /// that of the prefix around it.
    fn groups(&self) -> Vec<(IpNet, PairGroups)> {
        let mut around: Vec<(IpNet, PairGroups)> = Vec::new();
        let mut all = Vec::with_capacity(self.prefixes.len());
        for prefix in &self.prefixes {
            while around
                .last()
                .is_some_and(|(outer, _)| !outer.contains(prefix))
            {
                around.pop();
            }
            let mut groups = around.last().map_or(PairGroups::default(), |(_, g)| *g);
            let [first, second] = &mut groups.groups;
            let [one, other] = &self.generations;
            for (slot, generation, is_second) in [(first, one, false), (second, other, true)] {
                if let Ok(position) = generation.prefixes.binary_search(prefix) {
                    *slot = group(position, is_second);
                }
            }
            around.push((*prefix, groups));
            all.push((*prefix, groups));
        }
        all
    }

    fn put(&mut self, prefix: IpNet, groups: PairGroups) -> Result<(), CaptureError> {
        match prefix {
            IpNet::V4(net) => done(PAIR_GROUPS_V4, self.v4.insert(&key_v4(net), groups, 0)),
            IpNet::V6(net) => done(PAIR_GROUPS_V6, self.v6.insert(&key_v6(net), groups, 0)),
        }
    }
}

/// The number of a group: its position counted from one, and its generation in the last bit.
fn group(position: usize, second: bool) -> u32 {
    let number = u32::try_from(position).unwrap_or(u32::MAX >> 2) + 1;
    (number << 1) | u32::from(second)
}

const fn flag(second: bool) -> u32 {
    if second { FLAG_PAIRS_SECOND } else { 0 }
}
