//! Filter rules as the API shows them.

use sensor_protocols::time::Timestamp;

use super::state::State;
use crate::capture::filter::FilterRule;
use crate::service::ServiceError;
use crate::store::{Cursor, Filter};

/// Who set a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterOrigin {
    /// Somebody over the API; kept in the store.
    Api,
    /// The configuration file; changed there.
    Configuration,
}

impl FilterOrigin {
    pub const ALL: [Self; 2] = [Self::Api, Self::Configuration];

    /// Stable identifier: `api` or `configuration`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Configuration => "configuration",
        }
    }
}

/// A rule as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterInfo {
    pub id: u64,
    pub origin: FilterOrigin,
    pub rule: FilterRule,
    pub comment: Option<String>,
    /// Frames it decided since the sensor started or the rule was set, over all sources; `None` when a source
    /// does not tell.
    pub hits: Option<u64>,
    /// False while a rule of the configuration for the same thing stands in for it, or the rules of the API
    /// could not be put in force.
    pub active: bool,
    /// `None` for rules of the configuration.
    pub created: Option<Timestamp>,
    pub created_by: Option<String>,
    pub revision: u64,
}

/// A page of the rules, with what concerns them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterPage {
    pub items: Vec<FilterInfo>,
    pub next_cursor: Option<Cursor>,
    pub total: usize,
    /// Of the rules of the API as a whole.
    pub revision: u64,
    /// Sources that these rules do not reach.
    pub unfiltered: Vec<String>,
}

pub(super) fn info(state: &State, id: u64) -> Result<FilterInfo, ServiceError> {
    let mut found = infos(state, &[id])?;
    found
        .pop()
        .ok_or_else(|| ServiceError::not_found("filter", id))
}

/// What is to be shown of rules; ids that do not exist are left out.
pub(super) fn infos(state: &State, ids: &[u64]) -> Result<Vec<FilterInfo>, ServiceError> {
    let rules = state.rules()?;
    let shown = ids.iter().filter_map(|id| {
        let configured = state
            .configured
            .get(id)
            .map(|rule| of_configuration(*id, *rule));
        configured.or_else(|| rules.by_id.get(id).map(|filter| of_api(state, filter)))
    });
    let mut shown: Vec<FilterInfo> = shown.collect();
    let whats: Vec<_> = shown.iter().map(|info| info.rule.what).collect();
    let hits = state.hits(&whats);
    for (position, info) in shown.iter_mut().enumerate() {
        if info.active {
            info.hits = hits.as_ref().and_then(|hits| hits.get(position).copied());
        }
    }
    Ok(shown)
}

fn of_configuration(id: u64, rule: FilterRule) -> FilterInfo {
    FilterInfo {
        id,
        origin: FilterOrigin::Configuration,
        rule,
        comment: None,
        hits: Some(0),
        active: true,
        created: None,
        created_by: None,
        revision: 1,
    }
}

fn of_api(state: &State, filter: &Filter) -> FilterInfo {
    FilterInfo {
        id: filter.id,
        origin: FilterOrigin::Api,
        rule: filter.rule,
        comment: filter.comment.clone(),
        hits: Some(0),
        active: !state.unapplied && !state.shadowed(filter.rule.what),
        created: Some(filter.created),
        created_by: Some(filter.actor.name.clone()),
        revision: filter.revision,
    }
}
