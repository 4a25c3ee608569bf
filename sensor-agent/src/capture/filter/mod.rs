//! Filter rules: which frames a source is to leave out, whatever carries them out.
//!
//! Data in: rules of the configuration and of the API. Data out: [`FilterRule`]s for
//! [`FilterControl`]s. Within one dimension (subnet, subnet pair, port, VLAN, MAC address) an
//! exclude rule that matches leaves the frame out; where a dimension has include rules, one of them
//! must match; over dimensions all must agree. Of nested subnets the longest prefix decides, of
//! nested pairs the one whose two prefixes are longest together (see [`pairs`]). Frames without
//! addresses or ports pass the dimensions they have nothing to say to, so ARP and link-layer
//! protocols are left out by VLAN or MAC address only.
//!
//! Limits: [`check`] refuses what the tables of the kernel program could not hold.

pub mod configured;
pub mod pairs;

use std::collections::HashMap;
use std::fmt;

use ipnet::IpNet;
use sensor_common::maps::{RULES_CAPACITY, RULES_MAC_CAPACITY, RULES_PREFIX_CAPACITY};
use sensor_protocols::addr::MacAddr;

use super::CaptureError;

/// Two subnets between which traffic goes, in either direction; the order does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubnetPair {
    low: IpNet,
    high: IpNet,
}

impl SubnetPair {
    /// The pair, with host bits cleared.
    pub fn new(one: IpNet, other: IpNet) -> Self {
        let (one, other) = (one.trunc(), other.trunc());
        Self {
            low: one.min(other),
            high: one.max(other),
        }
    }

    /// Both subnets, the smaller address first.
    pub const fn ends(&self) -> [IpNet; 2] {
        [self.low, self.high]
    }

    /// Whether both subnets are of one address family; otherwise no frame can match.
    pub const fn one_family(&self) -> bool {
        matches!(
            (self.low, self.high),
            (IpNet::V4(_), IpNet::V4(_)) | (IpNet::V6(_), IpNet::V6(_))
        )
    }
}

/// What a rule looks at, at either end of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Match {
    Subnet(IpNet),
    /// Both ends: one in each subnet.
    SubnetPair(SubnetPair),
    /// TCP or UDP port.
    Port(u16),
    /// Innermost VLAN identifier, 0 to 4095; 0 stands for untagged frames.
    Vlan(u16),
    Mac(MacAddr),
}

impl Match {
    /// The same with host bits of a subnet cleared.
    #[must_use]
    pub fn trunc(self) -> Self {
        match self {
            Self::Subnet(net) => Self::Subnet(net.trunc()),
            other @ (Self::SubnetPair(_) | Self::Port(_) | Self::Vlan(_) | Self::Mac(_)) => other,
        }
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subnet(net) => write!(f, "subnet {net}"),
            Self::SubnetPair(pair) => {
                let [low, high] = pair.ends();
                write!(f, "subnet pair {low} and {high}")
            }
            Self::Port(port) => write!(f, "port {port}"),
            Self::Vlan(vlan) => write!(f, "VLAN {vlan}"),
            Self::Mac(mac) => write!(f, "MAC address {mac}"),
        }
    }
}

/// What becomes of a frame that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Include,
    Exclude,
}

impl Action {
    pub const ALL: [Self; 2] = [Self::Include, Self::Exclude];

    /// Stable identifier: `include` or `exclude`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Include => "include",
            Self::Exclude => "exclude",
        }
    }
}

/// One filter rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterRule {
    pub what: Match,
    pub action: Action,
}

impl fmt::Display for FilterRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.action.id(), self.what)
    }
}

/// The filter of one running source; any thread may use it, and the source goes on meanwhile.
pub trait FilterControl: Send + Sync {
    /// Name of the source: the interface.
    fn source(&self) -> &str;

    /// Replaces the rules while frames come in; none is lost, and rules that stay keep their hits.
    /// After an error the call can be repeated, with these or other rules.
    fn apply(&self, rules: &[FilterRule]) -> Result<(), CaptureError>;

    /// Frames that each of these rules decided since it was applied; 0 for one that is not there.
    fn hits(&self, rules: &[Match]) -> Result<Vec<u64>, CaptureError>;
}

/// Why a set of rules cannot be in force as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRules {
    /// Positions in the list, counted from zero.
    #[error("filter rules {} and {} are for the same thing; keep one of them", first + 1, second + 1)]
    Twice { first: usize, second: usize },
    #[error("filter rule {} names VLAN {vlan}; VLAN identifiers end at 4095", position + 1)]
    Vlan { position: usize, vlan: u16 },
    #[error("{count} {what} rules are more than the {most} that fit; join rules or take some away")]
    TooMany {
        what: &'static str,
        count: usize,
        most: usize,
    },
    #[error(transparent)]
    Pairs(#[from] pairs::TooManyPairs),
}

/// The rules with host bits of subnets cleared; an error for what cannot be meant or does not fit.
pub fn check(rules: &[FilterRule]) -> Result<Vec<FilterRule>, BadRules> {
    let mut seen = HashMap::with_capacity(rules.len());
    let mut all = Vec::with_capacity(rules.len());
    for (position, rule) in rules.iter().enumerate() {
        if let Match::Vlan(vlan @ 0x1000..) = rule.what {
            return Err(BadRules::Vlan { position, vlan });
        }
        let what = rule.what.trunc();
        if let Some(first) = seen.insert(what, position) {
            let second = position;
            return Err(BadRules::Twice { first, second });
        }
        all.push(FilterRule { what, ..*rule });
    }
    check_sizes(&all)?;
    pairs::compile(&pairs_of(&all))?;
    Ok(all)
}

/// The subnet pairs among rules.
pub fn pairs_of(rules: &[FilterRule]) -> Vec<(SubnetPair, Action)> {
    let pairs = rules.iter().filter_map(|rule| match rule.what {
        Match::SubnetPair(pair) => Some((pair, rule.action)),
        Match::Subnet(_) | Match::Port(_) | Match::Vlan(_) | Match::Mac(_) => None,
    });
    pairs.collect()
}

fn check_sizes(rules: &[FilterRule]) -> Result<(), BadRules> {
    type Kind = fn(&Match) -> bool;
    let kinds: [(&str, u32, Kind); 4] = [
        ("filter", RULES_CAPACITY, |_| true),
        ("IPv4 subnet", RULES_PREFIX_CAPACITY, |what| {
            matches!(what, Match::Subnet(IpNet::V4(_)))
        }),
        ("IPv6 subnet", RULES_PREFIX_CAPACITY, |what| {
            matches!(what, Match::Subnet(IpNet::V6(_)))
        }),
        ("MAC address", RULES_MAC_CAPACITY, |what| {
            matches!(what, Match::Mac(_))
        }),
    ];
    for (what, most, is) in kinds {
        let count = rules.iter().filter(|rule| is(&rule.what)).count();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if count > most {
            return Err(BadRules::TooMany { what, count, most });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(what: Match, action: Action) -> FilterRule {
        FilterRule { what, action }
    }

    fn net(text: &str) -> IpNet {
        text.parse().expect("a subnet")
    }

    #[test]
    fn two_rules_for_one_thing_are_refused_by_number() {
        let rules = [
            rule(Match::Port(1), Action::Exclude),
            rule(Match::Subnet(net("10.0.0.9/8")), Action::Include),
            rule(Match::Subnet(net("10.1.0.0/8")), Action::Exclude),
        ];
        let error = check(&rules).expect_err("the last two are the same subnet");
        assert!(error.to_string().contains("rules 2 and 3"), "{error}");
        let fine = check(&rules[..2]).expect("these differ");
        assert_eq!(fine[1].what, Match::Subnet(net("10.0.0.0/8")));
    }

    #[test]
    fn a_pair_is_the_same_in_both_orders() {
        let (a, b) = (net("10.2.0.0/16"), net("10.1.0.9/16"));
        let rules = [
            rule(Match::SubnetPair(SubnetPair::new(a, b)), Action::Exclude),
            rule(Match::SubnetPair(SubnetPair::new(b, a)), Action::Include),
        ];
        assert!(matches!(check(&rules), Err(BadRules::Twice { .. })));
        assert_eq!(
            SubnetPair::new(a, b).ends(),
            [net("10.1.0.0/16"), net("10.2.0.0/16")]
        );
        assert!(!SubnetPair::new(a, net("fd00::/8")).one_family());
    }

    #[test]
    fn a_vlan_identifier_has_twelve_bits() {
        assert!(check(&[rule(Match::Vlan(4095), Action::Include)]).is_ok());
        assert!(check(&[rule(Match::Vlan(4096), Action::Include)]).is_err());
    }

    #[test]
    fn more_rules_than_a_table_holds_are_refused_with_the_number() {
        let macs = (0..=RULES_MAC_CAPACITY).map(|n| {
            let [a, b, c, d] = n.to_be_bytes();
            rule(Match::Mac(MacAddr([2, 0, a, b, c, d])), Action::Exclude)
        });
        let error = check(&macs.collect::<Vec<_>>()).expect_err("one too many");
        assert!(error.to_string().contains("8193 MAC address"), "{error}");
    }
}
