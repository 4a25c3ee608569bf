//! Whether the filter rules are what the sources leave out.

use super::{Service, State};
use crate::service::{HealthCheck, HealthStatus};

impl Service {
    /// The state of the filter rules: degraded when some are not in force anywhere.
    pub(in crate::service) fn filters_health(&self) -> HealthCheck {
        let state = self.filter_state();
        let trouble = trouble(&state);
        HealthCheck {
            name: "filters",
            status: if trouble.is_some() {
                HealthStatus::Degraded
            } else {
                HealthStatus::Ok
            },
            detail: trouble.unwrap_or_else(|| format!("{} rules are in force", count(&state))),
        }
    }
}

fn count(state: &State) -> usize {
    let kept = state.kept.as_ref().map_or(0, |rules| rules.by_id.len());
    kept.saturating_add(state.configured.len())
}

fn trouble(state: &State) -> Option<String> {
    if state.unapplied {
        return Some(
            "the rules set over the API are not in force: they do not fit with the configuration, or a source \
             refused them; change or delete one to try again"
                .to_owned(),
        );
    }
    if state.astray {
        return Some(
            "a source may have other rules than the list shows: it refused a change and its old rules; \
             change any rule to set all of them again"
                .to_owned(),
        );
    }
    let ignored = !state.unfiltered.is_empty() && count(state) > 0;
    ignored.then(|| {
        format!(
            "{} cannot filter and takes every frame",
            state.unfiltered.join(", ")
        )
    })
}
