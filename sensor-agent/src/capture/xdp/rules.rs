//! Filter rules: what to leave out, written into the maps of the program and changed while it runs.
//!
//! Within one dimension (subnet, port, VLAN, MAC address) an exclude rule that matches leaves the
//! frame out; where a dimension has include rules, one of them must match; over dimensions all must
//! agree. Of nested subnets the longest prefix decides. Frames without addresses or ports pass the
//! dimensions they have nothing to say to, so ARP and link-layer protocols are left out by VLAN or
//! MAC address only.
//!
//! A change writes new rules before it takes old ones away, so that meanwhile a frame is decided by
//! the old rules, the new ones or both together; none is lost. Unchanged rules keep their hits.

use std::collections::{HashMap as StdHashMap, HashSet};

use aya::Ebpf;
use aya::maps::lpm_trie::{Key, LpmTrie};
use aya::maps::{Array, HashMap, MapData, MapError, PerCpuArray, PerCpuValues};
use ipnet::IpNet;
use sensor_common::maps::{
    RULE_HITS, RULE_HITS_CAPACITY, RULES_MAC, RULES_PORT, RULES_V4, RULES_V6, RULES_VLAN,
};
use sensor_common::rule::{ACTION_EXCLUDE, ACTION_INCLUDE, PrefixV4, PrefixV6, Rule};
use sensor_common::settings::{
    FLAG_MACS, FLAG_MACS_INCLUDE, FLAG_PORTS, FLAG_PORTS_INCLUDE, FLAG_SUBNETS_INCLUDE,
    FLAG_SUBNETS_V4, FLAG_SUBNETS_V6, FLAG_VLANS, FLAG_VLANS_INCLUDE,
};
use sensor_protocols::addr::MacAddr;

use super::CaptureError;
use super::load::{map_error, missing};

/// What a rule looks at, at either end of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Match {
    Subnet(IpNet),
    /// TCP or UDP port.
    Port(u16),
    /// Innermost VLAN identifier, 0 to 4095; 0 stands for untagged frames.
    Vlan(u16),
    Mac(MacAddr),
}

/// What becomes of a frame that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Include,
    Exclude,
}

/// One filter rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterRule {
    pub what: Match,
    pub action: Action,
}

/// The rule maps of one loaded program and what stands in them.
pub(super) struct RuleTables {
    v4: LpmTrie<MapData, PrefixV4, Rule>,
    v6: LpmTrie<MapData, PrefixV6, Rule>,
    ports: Array<MapData, Rule>,
    vlans: Array<MapData, Rule>,
    macs: HashMap<MapData, [u8; 8], Rule>,
    hits: PerCpuArray<MapData, u64>,
    /// The rules in the order they were given, each with the slot of its hits.
    placed: Vec<(FilterRule, u32)>,
}

impl RuleTables {
    pub(super) fn take(program: &mut Ebpf) -> Result<Self, CaptureError> {
        Ok(Self {
            v4: take(program, RULES_V4)?,
            v6: take(program, RULES_V6)?,
            ports: take(program, RULES_PORT)?,
            vlans: take(program, RULES_VLAN)?,
            macs: take(program, RULES_MAC)?,
            hits: take(program, RULE_HITS)?,
            placed: Vec::new(),
        })
    }

    /// Writes `rules` and gives the `FLAG_` bits the settings must carry, and what is to be removed
    /// once they do.
    pub(super) fn write(&mut self, rules: &[FilterRule]) -> Result<(u32, Stale), CaptureError> {
        let rules = checked(rules)?;
        let slots: StdHashMap<Match, u32> = self
            .placed
            .iter()
            .map(|(rule, slot)| (rule.what, *slot))
            .collect();
        let mut free = free_slots(&rules, &slots);
        let mut placed = Vec::with_capacity(rules.len());
        for rule in &rules {
            let slot = match slots.get(&rule.what) {
                Some(slot) => *slot,
                None => self.fresh_slot(&mut free)?,
            };
            self.put(rule.what, value(rule.action, slot))?;
            placed.push((*rule, slot));
        }
        let wanted: HashSet<Match> = rules.iter().map(|rule| rule.what).collect();
        let stale = self
            .placed
            .iter()
            .map(|(rule, _)| rule.what)
            .filter(|what| !wanted.contains(what))
            .collect();
        self.placed = placed;
        Ok((flags(&rules), Stale(stale)))
    }

    /// Takes away what the rules before the last write had and the rules after it have not.
    pub(super) fn remove(&mut self, stale: Stale) -> Result<(), CaptureError> {
        for what in stale.0 {
            match what {
                Match::Subnet(IpNet::V4(net)) => done(RULES_V4, self.v4.remove(&key_v4(net)))?,
                Match::Subnet(IpNet::V6(net)) => done(RULES_V6, self.v6.remove(&key_v6(net)))?,
                Match::Mac(mac) => done(RULES_MAC, self.macs.remove(&key_mac(mac)))?,
                Match::Port(_) | Match::Vlan(_) => self.put(what, Rule::default())?,
            }
        }
        Ok(())
    }

    /// Hits of every rule, in the order the rules were given.
    pub(super) fn hits(&self) -> Result<Vec<u64>, CaptureError> {
        self.placed
            .iter()
            .map(|(_, slot)| {
                let values = self
                    .hits
                    .get(slot, 0)
                    .map_err(|error| map_error(RULE_HITS, &error))?;
                Ok(values
                    .iter()
                    .fold(0, |sum: u64, hits| sum.wrapping_add(*hits)))
            })
            .collect()
    }

    fn put(&mut self, what: Match, value: Rule) -> Result<(), CaptureError> {
        match what {
            Match::Subnet(IpNet::V4(net)) => done(RULES_V4, self.v4.insert(&key_v4(net), value, 0)),
            Match::Subnet(IpNet::V6(net)) => done(RULES_V6, self.v6.insert(&key_v6(net), value, 0)),
            Match::Port(port) => done(RULES_PORT, self.ports.set(u32::from(port), value, 0)),
            Match::Vlan(vlan) => done(RULES_VLAN, self.vlans.set(u32::from(vlan), value, 0)),
            Match::Mac(mac) => done(RULES_MAC, self.macs.insert(key_mac(mac), value, 0)),
        }
    }

    /// A slot nobody uses, with its hits set to zero.
    fn fresh_slot(&mut self, free: &mut impl Iterator<Item = u32>) -> Result<u32, CaptureError> {
        let slot = free.next().ok_or_else(|| {
            refused(
                format!("more than {RULE_HITS_CAPACITY} filter rules"),
                "join subnets that lie side by side",
            )
        })?;
        let failed = |error: &MapError| map_error(RULE_HITS, error);
        let old = self.hits.get(&slot, 0).map_err(|error| failed(&error))?;
        let zeros = PerCpuValues::try_from(vec![0_u64; old.len()])
            .map_err(|error| failed(&MapError::IoError(error)))?;
        self.hits
            .set(slot, zeros, 0)
            .map_err(|error| failed(&error))?;
        Ok(slot)
    }
}

/// Entries of rules that the newest rules lack.
pub(super) struct Stale(Vec<Match>);

/// The rules with host bits of subnets cleared; an error for what cannot be meant.
fn checked(rules: &[FilterRule]) -> Result<Vec<FilterRule>, CaptureError> {
    let mut seen = StdHashMap::new();
    let mut all = Vec::with_capacity(rules.len());
    for (number, rule) in (1..).zip(rules) {
        let what = match rule.what {
            Match::Subnet(net) => Match::Subnet(net.trunc()),
            Match::Vlan(vlan) if vlan > 0x0fff => {
                return Err(refused(
                    format!("filter rule {number} names VLAN {vlan}"),
                    "VLAN identifiers end at 4095",
                ));
            }
            other @ (Match::Vlan(_) | Match::Port(_) | Match::Mac(_)) => other,
        };
        if let Some(first) = seen.insert(what, number) {
            return Err(refused(
                format!("filter rules {first} and {number} are for the same thing"),
                "keep one of them",
            ));
        }
        all.push(FilterRule { what, ..*rule });
    }
    Ok(all)
}

/// Slots that neither an old nor a kept rule uses.
fn free_slots(
    rules: &[FilterRule],
    slots: &StdHashMap<Match, u32>,
) -> impl Iterator<Item = u32> + use<> {
    let mut kept: Vec<u32> = rules
        .iter()
        .filter_map(|rule| slots.get(&rule.what).copied())
        .collect();
    kept.sort_unstable();
    (0..RULE_HITS_CAPACITY).filter(move |slot| kept.binary_search(slot).is_err())
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
            Match::Port(_) => (FLAG_PORTS, FLAG_PORTS_INCLUDE),
            Match::Vlan(_) => (FLAG_VLANS, FLAG_VLANS_INCLUDE),
            Match::Mac(_) => (FLAG_MACS, FLAG_MACS_INCLUDE),
        };
        flags | flag | if includes { include_flag } else { 0 }
    })
}

fn key_v4(net: ipnet::Ipv4Net) -> Key<PrefixV4> {
    Key::new(
        u32::from(net.prefix_len()),
        PrefixV4(net.network().octets()),
    )
}

fn key_v6(net: ipnet::Ipv6Net) -> Key<PrefixV6> {
    Key::new(
        u32::from(net.prefix_len()),
        PrefixV6(net.network().octets()),
    )
}

const fn key_mac(MacAddr([a, b, c, d, e, f]): MacAddr) -> [u8; 8] {
    [a, b, c, d, e, f, 0, 0]
}

fn done(map: &str, result: Result<(), MapError>) -> Result<(), CaptureError> {
    result.map_err(|error| map_error(map, &error))
}

fn take<M>(program: &mut Ebpf, name: &'static str) -> Result<M, CaptureError>
where
    M: TryFrom<aya::maps::Map, Error = MapError>,
{
    let map = program.take_map(name).ok_or_else(|| missing(name))?;
    M::try_from(map).map_err(|error| map_error(name, &error))
}

fn refused(cause: String, remedy: &str) -> CaptureError {
    CaptureError::Host {
        kind: "xdp",
        cause,
        remedy: remedy.to_owned(),
    }
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
    fn two_rules_for_one_thing_are_refused_by_number() {
        let rules = [
            rule(Match::Port(1), Action::Exclude),
            rule(subnet("10.0.0.9/8"), Action::Include),
            rule(subnet("10.1.0.0/8"), Action::Exclude),
        ];
        let error = checked(&rules).expect_err("the last two are the same subnet");
        assert!(error.to_string().contains("rules 2 and 3"), "{error}");
        assert_eq!(
            checked(&rules[..2]).expect("these differ")[1].what,
            subnet("10.0.0.0/8")
        );
    }

    #[test]
    fn a_vlan_identifier_has_twelve_bits() {
        assert!(checked(&[rule(Match::Vlan(4095), Action::Include)]).is_ok());
        assert!(checked(&[rule(Match::Vlan(4096), Action::Include)]).is_err());
    }

    #[test]
    fn slots_of_kept_rules_are_not_given_away() {
        let kept = rule(Match::Port(1), Action::Exclude);
        let slots = StdHashMap::from([(kept.what, 1), (Match::Port(2), 0)]);
        let free: Vec<u32> = free_slots(&[kept], &slots).take(3).collect();
        assert_eq!(free, [0, 2, 3]);
    }
}
