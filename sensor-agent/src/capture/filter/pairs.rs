//! Subnet pairs as the two tables of the kernel program: prefix → group, and pair of groups → rule.
//!
//! Data in: the pairs with their actions. Data out: [`PairTable`]. An address belongs to the group
//! of the longest prefix that holds it, whichever pair named that prefix; so a prefix inside another
//! one must bring every pair of the outer one along. That is worked out here, where there is time:
//! the program looks up two prefixes and one pair.
//!
//! Of several pairs that match two addresses the one decides whose prefixes are longest together;
//! between equally long ones an exclude rule decides, and then the one that was given first.
//!
//! Limits: [`PREFIXES`] and [`ENTRIES`]. Nested subnets multiply: a pair of outer subnets needs an
//! entry for each pair of prefixes inside them. Beyond the limits the rules are refused.

use std::cmp::Reverse;
use std::collections::HashMap;

use ipnet::IpNet;
use sensor_common::maps::{RULES_PAIR_CAPACITY, RULES_PREFIX_CAPACITY};

use super::{Action, SubnetPair};

/// Prefixes that all pairs together may name.
pub const PREFIXES: usize = RULES_PREFIX_CAPACITY as usize;

/// Pairs of groups that all pairs together may come to.
pub const ENTRIES: usize = RULES_PAIR_CAPACITY as usize;

/// Candidates looked at while working that out; several rules may compete for one entry.
const CANDIDATES: usize = 8 * ENTRIES;

/// Too much for the tables.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooManyPairs {
    #[error("the subnet pairs name {count} different subnets, and {PREFIXES} fit; join subnets")]
    Prefixes { count: usize },
    #[error(
        "the subnet pairs come to more than {ENTRIES} combinations, because their subnets lie \
         inside each other; use fewer nested subnets"
    )]
    Combinations,
}

/// The two tables, with groups as positions in [`Self::prefixes`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairTable {
    /// Every prefix once, outer ones before those inside them.
    pub prefixes: Vec<IpNet>,
    /// Positions of two prefixes, the smaller first, and the position of the rule for them.
    pub entries: Vec<(usize, usize, usize)>,
}

/// How strongly a rule claims an entry: prefix bits, exclusion, position.
type Claim = (u16, bool, Reverse<usize>);

/// Works the tables out.
pub fn compile(pairs: &[(SubnetPair, Action)]) -> Result<PairTable, TooManyPairs> {
    let mut prefixes: Vec<IpNet> = pairs.iter().flat_map(|(pair, _)| pair.ends()).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    if prefixes.len() > PREFIXES {
        let count = prefixes.len();
        return Err(TooManyPairs::Prefixes { count });
    }
    let mut claims: HashMap<(usize, usize), Claim> = HashMap::with_capacity(pairs.len());
    let mut candidates = 0_usize;
    for (rule, (pair, action)) in pairs.iter().enumerate() {
        let [low, high] = pair.ends().map(|end| inside(&prefixes, end));
        candidates = candidates.saturating_add(low.len().saturating_mul(high.len()));
        if candidates > CANDIDATES {
            return Err(TooManyPairs::Combinations);
        }
        let claim = claim(pair, *action, rule);
        for one in low {
            for other in high.clone() {
                let key = (one.min(other), one.max(other));
                let held = claims.entry(key).or_insert(claim);
                *held = claim.max(*held);
            }
        }
    }
    if claims.len() > ENTRIES {
        return Err(TooManyPairs::Combinations);
    }
    let entries = claims
        .into_iter()
        .map(|((one, other), (_, _, Reverse(rule)))| (one, other, rule));
    let mut entries: Vec<_> = entries.collect();
    entries.sort_unstable();
    Ok(PairTable { prefixes, entries })
}

fn claim(pair: &SubnetPair, action: Action, rule: usize) -> Claim {
    let [low, high] = pair.ends();
    let bits = u16::from(low.prefix_len()) + u16::from(high.prefix_len());
    (bits, action == Action::Exclude, Reverse(rule))
}

/// Positions of the prefixes inside one of them, itself included: they stand side by side.
fn inside(prefixes: &[IpNet], outer: IpNet) -> std::ops::Range<usize> {
    let start = prefixes.partition_point(|prefix| *prefix < outer);
    let rest = prefixes.get(start..).unwrap_or_default();
    let count = rest.partition_point(|prefix| outer.contains(prefix));
    start..start + count
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use proptest::prelude::*;

    use super::*;

    fn pair(one: &str, other: &str) -> SubnetPair {
        let net = |text: &str| text.parse().expect("a subnet");
        SubnetPair::new(net(one), net(other))
    }

    /// What the program does: longest prefix of each end, then the entry of both.
    fn looked_up(table: &PairTable, one: IpAddr, other: IpAddr) -> Option<usize> {
        let group = |address: IpAddr| {
            let holding = table.prefixes.iter().enumerate();
            let holding = holding.filter(|(_, prefix)| prefix.contains(&address));
            holding
                .max_by_key(|(_, prefix)| prefix.prefix_len())
                .map(|(position, _)| position)
        };
        let (one, other) = (group(one)?, group(other)?);
        let key = (one.min(other), one.max(other));
        let entry = table.entries.iter().find(|(a, b, _)| (*a, *b) == key)?;
        Some(entry.2)
    }

    /// What the rules say, without tables.
    fn said(pairs: &[(SubnetPair, Action)], one: IpAddr, other: IpAddr) -> Option<usize> {
        let matching = pairs.iter().enumerate().filter(|(_, (pair, _))| {
            let [low, high] = pair.ends();
            (low.contains(&one) && high.contains(&other))
                || (low.contains(&other) && high.contains(&one))
        });
        matching
            .max_by_key(|(rule, (pair, action))| claim(pair, *action, *rule))
            .map(|(rule, _)| rule)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_prefix_inside_another_inherits_its_pairs() {
        let pairs = [
            (pair("10.0.0.0/8", "192.0.2.0/24"), Action::Exclude),
            (pair("10.1.0.0/16", "198.51.100.0/24"), Action::Exclude),
        ];
        let table = compile(&pairs).expect("small");
        let ask = |one, other| looked_up(&table, address(one), address(other));
        assert_eq!(ask("10.1.2.3", "192.0.2.9"), Some(0), "through the /16");
        assert_eq!(ask("192.0.2.9", "10.1.2.3"), Some(0), "and back");
        assert_eq!(ask("10.1.2.3", "198.51.100.1"), Some(1));
        assert_eq!(ask("10.2.2.3", "198.51.100.1"), None);
        assert_eq!(ask("10.1.2.3", "10.1.2.4"), None);
    }

    #[test]
    fn the_pair_with_the_longest_prefixes_decides() {
        let pairs = [
            (pair("10.0.0.0/8", "10.0.0.0/8"), Action::Exclude),
            (pair("10.1.0.0/16", "10.2.0.0/16"), Action::Include),
            (pair("fd00::/8", "::/0"), Action::Exclude),
        ];
        let table = compile(&pairs).expect("small");
        let ask = |one, other| looked_up(&table, address(one), address(other));
        assert_eq!(ask("10.1.0.1", "10.2.0.1"), Some(1));
        assert_eq!(ask("10.1.0.1", "10.1.0.2"), Some(0));
        assert_eq!(ask("fd00::1", "2001:db8::1"), Some(2));
        assert_eq!(ask("fd00::1", "10.1.0.1"), None);
    }

    #[test]
    fn nesting_beyond_the_tables_is_refused_and_plain_pairs_are_not() {
        let host = |n: u32| -> IpNet { IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + n)).into() };
        let plain = (0..60_000).map(|n| {
            (
                SubnetPair::new(host(2 * n), host(2 * n + 1)),
                Action::Exclude,
            )
        });
        let table = compile(&plain.collect::<Vec<_>>()).expect("they do not nest");
        assert_eq!(table.entries.len(), 60_000);
        let any: IpNet = "0.0.0.0/0".parse().expect("a subnet");
        let nested = (0..2_000).map(|n| (SubnetPair::new(any, host(n)), Action::Exclude));
        let nested: Vec<_> = nested.collect();
        assert_eq!(compile(&nested), Err(TooManyPairs::Combinations));
        let many = (0..70_000).map(|n| {
            (
                SubnetPair::new(host(2 * n), host(2 * n + 1)),
                Action::Exclude,
            )
        });
        let refused = compile(&many.collect::<Vec<_>>());
        assert_eq!(refused, Err(TooManyPairs::Prefixes { count: 140_000 }));
    }

    /// Few different bits, so that prefixes nest and meet.
    fn prefix() -> impl Strategy<Value = IpNet> {
        (0_u32..16, 0_u8..=4).prop_map(|(bits, len)| {
            let address = Ipv4Addr::from(bits << 28);
            IpNet::new(address.into(), len)
                .expect("a short prefix")
                .trunc()
        })
    }

    proptest! {
        #[test]
        fn the_tables_say_what_the_rules_say(
            rules in proptest::collection::vec((prefix(), prefix(), any::<bool>()), 0..12),
            one in 0_u32..16, other in 0_u32..16,
        ) {
            let pairs: Vec<_> = rules
                .iter()
                .map(|(one, other, exclude)| {
                    let action = if *exclude { Action::Exclude } else { Action::Include };
                    (SubnetPair::new(*one, *other), action)
                })
                .collect();
            let table = compile(&pairs).expect("small");
            let address = |bits: u32| IpAddr::V4(Ipv4Addr::from((bits << 28) | 1));
            let (one, other) = (address(one), address(other));
            prop_assert_eq!(looked_up(&table, one, other), said(&pairs, one, other));
        }
    }
}
