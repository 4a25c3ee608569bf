//! What the service keeps in memory of the filter rules, and how a change goes through.
//!
//! A change is checked as a whole, applied to every source, made durable, and only then remembered.
//! When a source or the store refuses, the sources get the old rules back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::fault::{FaultCode, FilterFault, FilterFaults};
use crate::capture::CaptureError;
use crate::capture::filter::{FilterControl, FilterRule, Match, check};
use crate::service::ServiceError;
use crate::store::{Filter, FilterChange, KeptFilters};

/// Ids of the configuration's rules start here, far above those of the API's.
const CONFIGURED: u64 = 1 << 52;

#[derive(Default)]
pub(super) struct State {
    /// The rules of the API; `None` until they could be read.
    pub(super) kept: Option<Rules>,
    /// The kept rules are not in force: they do not fit with the configuration, or a source refused them.
    pub(super) unapplied: bool,
    /// A change failed and a source could not be given the old rules back.
    pub(super) astray: bool,
    /// Rules of the configuration by id.
    pub(super) configured: BTreeMap<u64, FilterRule>,
    /// And their ids by what they look at.
    configured_ids: HashMap<Match, u64>,
    pub(super) controls: Vec<Arc<dyn FilterControl>>,
    /// Sources that leave nothing out.
    pub(super) unfiltered: Vec<String>,
}

/// The rules of the API.
#[derive(Clone, Default)]
pub(super) struct Rules {
    pub(super) by_id: BTreeMap<u64, Filter>,
    pub(super) revision: u64,
    pub(super) next_id: u64,
}

impl From<KeptFilters> for Rules {
    fn from(kept: KeptFilters) -> Self {
        let by_id = kept.rules.into_iter().map(|filter| (filter.id, filter));
        Self {
            by_id: by_id.collect(),
            revision: kept.revision,
            next_id: kept.next_id,
        }
    }
}

impl Rules {
    /// The id of every rule by what it looks at.
    pub(super) fn ids(&self) -> HashMap<Match, u64> {
        let rules = self.by_id.values();
        rules.map(|filter| (filter.rule.what, filter.id)).collect()
    }

    /// What turns these rules into `next`.
    pub(super) fn change_to(&self, next: &Self) -> FilterChange {
        let changed = |filter: &&Filter| self.by_id.get(&filter.id) != Some(filter);
        let gone = |id: &&u64| !next.by_id.contains_key(id);
        FilterChange {
            put: next.by_id.values().filter(changed).cloned().collect(),
            removed: self.by_id.keys().filter(gone).copied().collect(),
            revision: next.revision,
            next_id: next.next_id,
        }
    }
}

/// The id of a rule of the configuration: the same as long as the rule stands there.
fn configured_id(what: Match) -> u64 {
    let digest = Sha256::digest(what.to_string());
    let (first, _) = digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
    CONFIGURED | (u64::from_be_bytes(*first) & (CONFIGURED - 1))
}

impl State {
    /// The rules of the API, or why they cannot be had.
    pub(super) fn rules(&self) -> Result<&Rules, ServiceError> {
        self.kept.as_ref().ok_or_else(|| ServiceError::Unavailable {
            code: "store_unavailable",
            message: "the filter rules could not be read from the store; see /api/v1/health"
                .to_owned(),
        })
    }

    /// Takes the rules of the configuration.
    pub(super) fn configure(&mut self, rules: &[FilterRule]) {
        let numbered = rules.iter().map(|rule| (configured_id(rule.what), *rule));
        self.configured = numbered.collect();
        let ids = self.configured.iter().map(|(id, rule)| (rule.what, *id));
        self.configured_ids = ids.collect();
    }

    /// Whether a rule of the configuration is about the same thing and stands in for it.
    pub(super) fn shadowed(&self, what: Match) -> bool {
        self.configured_ids.contains_key(&what)
    }

    /// What the sources have while `kept` are the rules of the API.
    pub(super) fn standing(&self, kept: &Rules) -> Vec<FilterRule> {
        if self.unapplied {
            self.configured.values().copied().collect()
        } else {
            self.in_force(kept)
        }
    }

    /// Whether the sources have what they are to have.
    pub(super) const fn is_settled(&self) -> bool {
        !self.unapplied && !self.astray
    }

    /// Every rule that is in force with these rules of the API.
    pub(super) fn in_force(&self, rules: &Rules) -> Vec<FilterRule> {
        let kept = rules.by_id.values().map(|filter| filter.rule);
        let kept = kept.filter(|rule| !self.shadowed(rule.what));
        self.configured.values().copied().chain(kept).collect()
    }

    /// Whether these rules fit with those of the configuration.
    pub(super) fn check(&self, rules: &Rules) -> Result<Vec<FilterRule>, FilterFaults> {
        check(&self.in_force(rules)).map_err(|bad| FilterFault::from(bad).into())
    }

    /// Has every source take `rules`; after a failure those before it have `old` again.
    pub(super) fn apply(&self, rules: &[FilterRule], old: &[FilterRule]) -> Result<(), NotApplied> {
        for (done, control) in self.controls.iter().enumerate() {
            if let Err(error) = control.apply(rules) {
                let astray = self.restore(old, done + 1);
                return Err(NotApplied { error, astray });
            }
        }
        Ok(())
    }

    /// Gives the first `count` sources their old rules back. Names those that did not take them.
    pub(super) fn restore(&self, old: &[FilterRule], count: usize) -> Vec<String> {
        let mut astray = Vec::new();
        for control in self.controls.iter().take(count) {
            if let Err(error) = control.apply(old) {
                let source = control.source();
                tracing::error!(source, %error, "the old filter rules could not be put back; the next change tries again");
                astray.push(source.to_owned());
            }
        }
        astray
    }

    /// Hits of rules, over all sources. `None` when one of them does not tell: the rules stand all the same.
    pub(super) fn hits(&self, whats: &[Match]) -> Option<Vec<u64>> {
        let mut sums = vec![0_u64; whats.len()];
        for control in &self.controls {
            let hits = control.hits(whats).inspect_err(|error| {
                let source = control.source();
                tracing::warn!(source, %error, "the hits of the filter rules could not be read");
            });
            for (sum, hits) in sums.iter_mut().zip(hits.ok()?) {
                *sum = sum.saturating_add(hits);
            }
        }
        Some(sums)
    }

    /// Refuses a rule that is about the same thing as another one.
    pub(super) fn refuse_duplicate(
        &self,
        rules: &Rules,
        what: Match,
        own: Option<u64>,
    ) -> Result<(), FilterFault> {
        let same = rules.by_id.values().find(|filter| filter.rule.what == what);
        let same = same.map(|filter| filter.id).filter(|id| Some(*id) != own);
        let configured = self.configured_ids.get(&what);
        let (id, whose) = match (same, configured) {
            (Some(id), _) => (id, ""),
            (None, Some(id)) => (*id, " of the configuration"),
            (None, None) => return Ok(()),
        };
        let message = format!("filter {id}{whose} is for {what} already; change that one");
        Err(FilterFault::new(FaultCode::Duplicate, "/what", message))
    }
}

/// A source did not take the rules.
pub(super) struct NotApplied {
    error: CaptureError,
    /// Sources that did not take their old rules back either.
    astray: Vec<String>,
}

impl NotApplied {
    pub(super) const fn leaves_astray(&self) -> bool {
        !self.astray.is_empty()
    }
}

impl From<NotApplied> for ServiceError {
    fn from(NotApplied { error, astray }: NotApplied) -> Self {
        let what = match astray.as_slice() {
            [] => "nothing was changed".to_owned(),
            sources => astray_text(sources),
        };
        Self::Unavailable {
            code: "filter_not_applied",
            message: format!("{what}: {error}"),
        }
    }
}

/// The change was not kept, and sources could not be given the old rules back.
pub(super) fn not_put_back(cause: &ServiceError, sources: &[String]) -> ServiceError {
    ServiceError::Unavailable {
        code: "filter_not_applied",
        message: format!("{}: {cause}", astray_text(sources)),
    }
}

fn astray_text(sources: &[String]) -> String {
    format!(
        "the change was not kept, but rules of it may be in force on {}: make the change again, or \
         send the rules that are to stand",
        sources.join(", ")
    )
}
