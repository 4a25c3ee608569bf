//! Capture filter rules.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::term::{FilterActionTerm, FilterOriginTerm};
use super::time::UtcTime;
use super::{CursorValue, IdItem};
use crate::api::bounded::{Int, Text};
use crate::api::limits;
use crate::capture::filter::{FilterRule, Match};
use crate::service;

/// A subnet as it is written; what is wrong with it is told with a code of its own.
type SubnetText = Text<0, 100>;

/// Any number: what is out of range is told with a code of its own.
type Number = Int<0, { limits::ID_MAX }>;

/// Remark of a rule.
type Remark = Text<1, 200>;

/// What a rule looks at, at either end of the frame.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FilterWhat {
    /// Frames with an end in a subnet; of nested subnets the longest prefix decides.
    Subnet {
        /// Address and prefix length, without bits behind the prefix.
        #[schema(value_type = String, max_length = 100, example = "10.1.0.0/16")]
        subnet: SubnetText,
    },
    /// Frames between two subnets, either way; of nested pairs the one whose prefixes are longest
    /// together decides, and an exclude rule between equally long ones.
    SubnetPair {
        /// Both subnets; their order does not matter.
        #[schema(inline, value_type = Vec<super::Word>, min_items = 2, max_items = 2,
            example = json!(["10.1.0.0/16", "10.2.0.0/16"]))]
        subnets: [SubnetText; 2],
    },
    /// TCP and UDP frames with a port at either end.
    Port {
        #[schema(value_type = u16, example = 502, minimum = 1, maximum = 65535)]
        port: Number,
    },
    /// Frames of a VLAN; 0 stands for untagged ones.
    Vlan {
        /// Innermost VLAN identifier.
        #[schema(value_type = u16, example = 100, minimum = 0, maximum = 4094)]
        vlan: Number,
    },
    /// Frames from or to a MAC address.
    Mac {
        #[schema(value_type = String, max_length = 100, example = "00:1b:1b:0a:0b:0c")]
        mac: SubnetText,
    },
}

/// A new rule.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "what": {"kind": "subnet_pair", "subnets": ["10.1.0.0/16", "10.1.99.0/24"]},
    "action": "exclude",
    "comment": "Backups at night"
}))]
pub struct NewFilter {
    pub what: FilterWhat,
    pub action: FilterActionTerm,
    /// Why, for people.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, example = "Backups at night")]
    pub comment: Option<Remark>,
}

/// All rules of the API.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterSet {
    /// The rules that are to be in force from here on; an empty list takes all away. A rule for the
    /// same thing as before keeps its id and its hits.
    #[schema(max_items = 100_000)]
    pub rules: Vec<NewFilter>,
}

/// Changes of a rule; fields that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"action": "include", "comment": null}))]
pub struct FilterPatch {
    /// What it looks at from here on; its hits start at 0 then.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = FilterWhat)]
    pub what: Option<FilterWhat>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = FilterActionTerm)]
    pub action: Option<FilterActionTerm>,
    /// Null takes the remark away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, example = "Backups at night")]
    pub comment: Option<Option<Remark>>,
}

/// A field that is there, so that `null` is a value and not an absence.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What a rule in force looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FilterMatch {
    Subnet {
        #[schema(example = "10.1.0.0/16", max_length = 50)]
        subnet: String,
    },
    SubnetPair {
        /// Both subnets, the smaller address first.
        #[schema(inline, value_type = Vec<super::Word>, min_items = 2, max_items = 2,
            example = json!(["10.1.0.0/16", "10.2.0.0/16"]))]
        subnets: [String; 2],
    },
    Port {
        #[schema(example = 502, minimum = 0, maximum = 65535)]
        port: u16,
    },
    Vlan {
        #[schema(example = 100, minimum = 0, maximum = 4095)]
        vlan: u16,
    },
    Mac {
        #[schema(example = "00:1b:1b:0a:0b:0c", max_length = 17)]
        mac: String,
    },
}

/// A filter rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Filter {
    #[schema(value_type = IdItem, example = 17)]
    pub id: u64,
    pub origin: FilterOriginTerm,
    pub what: FilterMatch,
    pub action: FilterActionTerm,
    /// Frames this rule decided, over all sources; from 0 at each start of the sensor. Null when a source does
    /// not tell.
    #[schema(example = 52_000, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub hits: Option<u64>,
    /// False while a rule of the configuration for the same thing stands in for it, or while the rules of the
    /// API are not in force because they could not be applied: changing or deleting them tries again.
    #[schema(example = true)]
    pub active: bool,
    /// Why, for people.
    #[schema(example = "Backups at night", max_length = 200)]
    pub comment: Option<String>,
    /// Null for rules of the configuration.
    pub created_at: Option<UtcTime>,
    /// Name of the token it was set with; null for rules of the configuration.
    #[schema(example = "admin", max_length = 256)]
    pub created_by: Option<String>,
    /// Moves with every change; the ETag of the rule.
    #[schema(example = 1, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub revision: u64,
}

/// A page of the filter rules.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FilterList {
    /// Rules of the API by id, then those of the configuration.
    #[schema(max_items = 1000)]
    pub items: Vec<Filter>,
    /// Parameter `cursor` of the next page; null on the last.
    #[schema(value_type = Option<CursorValue>, example = json!(null))]
    pub next_cursor: Option<String>,
    /// Rules in all.
    #[schema(example = 12, minimum = 0, maximum = 1_000_000)]
    pub total: usize,
    /// Revision of the rules of the API as a whole; the ETag of this list, for `replaceFilters`.
    #[schema(example = 7, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub revision: u64,
    /// Sources that cannot leave frames out: every frame of theirs is inspected.
    #[schema(inline, value_type = Vec<super::Line>, max_items = 1000, example = json!([]))]
    pub unfiltered_sources: Vec<String>,
}

/// What the replacement of all rules did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FiltersReplaced {
    /// Rules of the API that are in force.
    #[schema(example = 100_000, minimum = 0, maximum = 100_000)]
    pub total: usize,
    #[schema(example = 20, minimum = 0, maximum = 100_000)]
    pub added: usize,
    /// Rules for the same thing as before with another action or comment.
    #[schema(example = 1, minimum = 0, maximum = 100_000)]
    pub changed: usize,
    #[schema(example = 3, minimum = 0, maximum = 1_000_000)]
    pub removed: usize,
    /// Revision of the rules of the API as a whole.
    #[schema(example = 8, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub revision: u64,
}

impl From<FilterWhat> for service::MatchText {
    fn from(what: FilterWhat) -> Self {
        match what {
            FilterWhat::Subnet { subnet } => Self::Subnet(subnet.into_string()),
            FilterWhat::SubnetPair { subnets } => {
                Self::SubnetPair(subnets.map(SubnetText::into_string))
            }
            FilterWhat::Port { port } => Self::Port(port.get()),
            FilterWhat::Vlan { vlan } => Self::Vlan(vlan.get()),
            FilterWhat::Mac { mac } => Self::Mac(mac.into_string()),
        }
    }
}

impl From<NewFilter> for service::NewFilter {
    fn from(new: NewFilter) -> Self {
        Self {
            what: new.what.into(),
            action: new.action.0,
            comment: new.comment.map(Text::into_string),
        }
    }
}

impl From<FilterPatch> for service::FilterEdit {
    fn from(patch: FilterPatch) -> Self {
        Self {
            what: patch.what.map(Into::into),
            action: patch.action.map(|action| action.0),
            comment: patch.comment.map(|comment| comment.map(Text::into_string)),
        }
    }
}

impl FilterPatch {
    pub const fn is_empty(&self) -> bool {
        self.what.is_none() && self.action.is_none() && self.comment.is_none()
    }
}

impl From<Match> for FilterMatch {
    fn from(what: Match) -> Self {
        match what {
            Match::Subnet(net) => Self::Subnet {
                subnet: net.to_string(),
            },
            Match::SubnetPair(pair) => Self::SubnetPair {
                subnets: pair.ends().map(|net| net.to_string()),
            },
            Match::Port(port) => Self::Port { port },
            Match::Vlan(vlan) => Self::Vlan { vlan },
            Match::Mac(mac) => Self::Mac {
                mac: mac.to_string(),
            },
        }
    }
}

impl From<service::FilterInfo> for Filter {
    fn from(info: service::FilterInfo) -> Self {
        let FilterRule { what, action } = info.rule;
        Self {
            id: info.id,
            origin: info.origin.into(),
            what: what.into(),
            action: action.into(),
            hits: info.hits,
            active: info.active,
            comment: info.comment,
            created_at: info.created.map(UtcTime),
            created_by: info.created_by,
            revision: info.revision,
        }
    }
}

impl From<service::FiltersReplaced> for FiltersReplaced {
    fn from(done: service::FiltersReplaced) -> Self {
        Self {
            total: done.total,
            added: done.added,
            changed: done.changed,
            removed: done.removed,
            revision: done.revision,
        }
    }
}
