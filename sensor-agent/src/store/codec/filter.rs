//! The record of a filter rule.

use ipnet::IpNet;
use sensor_protocols::addr::MacAddr;
use sensor_protocols::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ActorV1, Result, by_code, pack, unpack};
use crate::alert::Actor;
use crate::capture::filter::{Action, FilterRule, Match, SubnetPair};

/// A filter rule that somebody set over the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    /// From 1, never used twice.
    pub id: u64,
    pub rule: FilterRule,
    pub comment: Option<String>,
    pub created: Timestamp,
    pub actor: Actor,
    /// Moves with every change.
    pub revision: u64,
}

#[derive(Serialize, Deserialize)]
struct FilterV1 {
    id: u64,
    what: MatchV1,
    action: u8,
    comment: Option<String>,
    created: u64,
    actor: ActorV1,
    revision: u64,
}

/// New kinds go to the end; the order is part of the record.
#[derive(Serialize, Deserialize)]
enum MatchV1 {
    Subnet(IpNet),
    SubnetPair(IpNet, IpNet),
    Port(u16),
    Vlan(u16),
    Mac([u8; 6]),
}

impl From<Match> for MatchV1 {
    fn from(what: Match) -> Self {
        match what {
            Match::Subnet(net) => Self::Subnet(net),
            Match::SubnetPair(pair) => {
                let [low, high] = pair.ends();
                Self::SubnetPair(low, high)
            }
            Match::Port(port) => Self::Port(port),
            Match::Vlan(vlan) => Self::Vlan(vlan),
            Match::Mac(mac) => Self::Mac(mac.0),
        }
    }
}

impl From<MatchV1> for Match {
    fn from(what: MatchV1) -> Self {
        match what {
            MatchV1::Subnet(net) => Self::Subnet(net),
            MatchV1::SubnetPair(one, other) => Self::SubnetPair(SubnetPair::new(one, other)),
            MatchV1::Port(port) => Self::Port(port),
            MatchV1::Vlan(vlan) => Self::Vlan(vlan),
            MatchV1::Mac(mac) => Self::Mac(MacAddr(mac)),
        }
    }
}

const fn action_code(action: Action) -> u8 {
    match action {
        Action::Include => 1,
        Action::Exclude => 2,
    }
}

pub(crate) fn encode_filter(filter: &Filter) -> Result<Vec<u8>> {
    pack(&FilterV1 {
        id: filter.id,
        what: filter.rule.what.into(),
        action: action_code(filter.rule.action),
        comment: filter.comment.clone(),
        created: filter.created.as_nanos(),
        actor: (&filter.actor).into(),
        revision: filter.revision,
    })
}

pub(crate) fn decode_filter(bytes: &[u8]) -> Result<Filter> {
    let record: FilterV1 = unpack(bytes)?;
    let action = by_code(&Action::ALL, action_code, record.action, "filter action")?;
    let what = record.what.into();
    Ok(Filter {
        id: record.id,
        rule: FilterRule { what, action },
        comment: record.comment,
        created: Timestamp::from_nanos(record.created),
        actor: record.actor.into(),
        revision: record.revision,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_rule_comes_back() {
        let net = |text: &str| text.parse().expect("a subnet");
        let kinds = [
            Match::Subnet(net("10.0.0.0/8")),
            Match::Subnet(net("fd00::/8")),
            Match::SubnetPair(SubnetPair::new(net("10.1.0.0/16"), net("10.2.0.0/16"))),
            Match::Port(502),
            Match::Vlan(0),
            Match::Mac(MacAddr([2, 0, 0, 0, 0, 1])),
        ];
        for (number, what) in (1..).zip(kinds) {
            for action in Action::ALL {
                let filter = Filter {
                    id: number,
                    rule: FilterRule { what, action },
                    comment: Some("backup".to_owned()),
                    created: Timestamp::from_nanos(7),
                    actor: Actor::new("ada", None),
                    revision: 3,
                };
                let bytes = encode_filter(&filter).expect("encoded");
                assert_eq!(decode_filter(&bytes), Ok(filter));
            }
        }
    }
}
