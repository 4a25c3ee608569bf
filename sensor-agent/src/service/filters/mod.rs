//! Verbs about filter rules: list, add, change, remove, replace all.
//!
//! Data in: rules of the configuration once, rules of people afterwards. Data out: rules in force on
//! every source that can filter, the same rules in the store, an event on the timeline for each
//! change. Rules of the configuration can be seen here and changed there. Limits: one change after
//! the other; as many rules as the kernel program's tables hold.

mod bulk;
mod fault;
mod health;
mod state;
mod view;

use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sensor_protocols::time::Timestamp;

use super::alerts::check_limit;
use super::tokens::note_change;
use super::{Service, ServiceError};
use crate::alert::{Actor, Edit, Operation};
use crate::capture::filter::{Action, FilterControl, FilterRule};
use crate::store::{
    BadCursor, Cursor, Filter, List, ListQuery, PAGE_DEFAULT, PAGE_LIMIT, Snapshot,
};

pub use bulk::FiltersReplaced;
pub use fault::{FaultCode, FaultKind, FilterFault, FilterFaults, MatchText, NewFilter};
pub use view::{FilterInfo, FilterOrigin, FilterPage};

use bulk::{read_all, refuse, replaced};
use state::{Rules, State, not_put_back};
use view::{info, infos};

/// What is to change of a rule; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterEdit {
    pub what: Option<MatchText>,
    pub action: Option<Action>,
    pub comment: Option<Option<String>>,
}

/// The part of the service that holds the rules.
#[derive(Default)]
pub(super) struct Filters(Mutex<State>);

/// A change on its way: what the timeline will say.
struct Change<'a> {
    operation: Operation,
    content: String,
    before: Option<String>,
    after: Option<String>,
    actor: &'a Actor,
}

impl Service {
    /// Connects the sources, once: puts the rules of configuration and store in force on them.
    ///
    /// The sources hold the configuration's rules already. When the kept rules cannot be had or not
    /// be applied, the sensor goes on without them, and the error says why.
    pub fn attach_filters(
        &self,
        configured: &[FilterRule],
        controls: Vec<Arc<dyn FilterControl>>,
        unfiltered: Vec<String>,
    ) -> Result<(), ServiceError> {
        let mut state = self.filter_state();
        state.configure(configured);
        state.controls = controls;
        state.unfiltered = unfiltered;
        self.load_filters(&mut state)
    }

    /// Rules by id: those of the API, then those of the configuration.
    pub fn filters(&self, list: &ListQuery) -> Result<FilterPage, ServiceError> {
        check_limit(list.limit)?;
        let after = match &list.cursor {
            None => None,
            Some(cursor) => Some(position(cursor)?),
        };
        let state = self.loaded_filters()?;
        let rules = state.rules()?;
        let from = after.map_or(Unbounded, Excluded);
        let kept = rules.by_id.range((from, Unbounded)).map(|(id, _)| *id);
        let configured = state.configured.range((from, Unbounded)).map(|(id, _)| *id);
        let limit = list.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_LIMIT);
        let mut ids: Vec<u64> = kept.chain(configured).take(limit + 1).collect();
        let more = ids.len() > limit;
        ids.truncate(limit);
        let last = ids.last().filter(|_| more);
        Ok(FilterPage {
            next_cursor: last.map(|id| Cursor::new(List::Filters, &id.to_be_bytes())),
            items: infos(&state, &ids)?,
            total: rules.by_id.len() + state.configured.len(),
            revision: rules.revision,
            unfiltered: state.unfiltered.clone(),
        })
    }

    pub fn filter(&self, id: u64) -> Result<FilterInfo, ServiceError> {
        info(&*self.loaded_filters()?, id)
    }

    /// Adds a rule, in force when this returns.
    pub fn add_filter(&self, new: &NewFilter, actor: &Actor) -> Result<FilterInfo, ServiceError> {
        let rule = fault::rule(new)?;
        let mut state = self.loaded_filters()?;
        let mut next = state.rules()?.clone();
        state.refuse_duplicate(&next, rule.what, None)?;
        let id = next.insert(rule, new.comment.clone(), self.now(), actor);
        let content = format!("Filter {id} created: {rule}");
        let after = Some(rule.to_string());
        let change = Change::new(Operation::FilterCreated, content, actor).values(None, after);
        self.carry_out(&mut state, next, change)?;
        info(&state, id)
    }

    /// Changes a rule. One that looks at something else from here on counts its hits anew.
    pub fn change_filter(
        &self,
        id: u64,
        edit: &FilterEdit,
        by: &Edit,
    ) -> Result<FilterInfo, ServiceError> {
        let what = edit.what.as_ref().map(fault::read).transpose()?;
        let mut state = self.loaded_filters()?;
        let mut next = state.rules()?.clone();
        let mut filter = own(&state, &next, id, by)?.clone();
        let before = filter.clone();
        filter.rule.what = what.unwrap_or(filter.rule.what);
        filter.rule.action = edit.action.unwrap_or(filter.rule.action);
        if let Some(comment) = &edit.comment {
            filter.comment.clone_from(comment);
        }
        if filter == before {
            return info(&state, id);
        }
        if filter.rule.what != before.rule.what {
            state.refuse_duplicate(&next, filter.rule.what, Some(id))?;
        }
        filter.revision += 1;
        let (old, new) = (before.rule.to_string(), filter.rule.to_string());
        next.by_id.insert(id, filter);
        let content = format!("Filter {id} changed: {new}");
        let change = Change::new(Operation::FilterChanged, content, &by.actor);
        self.carry_out(&mut state, next, change.values(Some(old), Some(new)))?;
        info(&state, id)
    }

    /// Takes a rule away.
    pub fn remove_filter(&self, id: u64, by: &Edit) -> Result<(), ServiceError> {
        let mut state = self.loaded_filters()?;
        let mut next = state.rules()?.clone();
        let old = own(&state, &next, id, by)?.rule.to_string();
        next.by_id.remove(&id);
        let content = format!("Filter {id} deleted: {old}");
        let change = Change::new(Operation::FilterDeleted, content, &by.actor);
        self.carry_out(&mut state, next, change.values(Some(old), None))
    }

    /// Replaces every rule of the API at once. Rules that look at the same thing as before keep id,
    /// creation and hits.
    pub fn replace_filters(
        &self,
        rules: &[NewFilter],
        by: &Edit,
    ) -> Result<FiltersReplaced, ServiceError> {
        let read = read_all(rules)?;
        let mut state = self.loaded_filters()?;
        let old = state.rules()?;
        expect(by, old.revision)?;
        let known = old.ids();
        // A rule that is kept already may stay, although one of the configuration stands in for it.
        let new = |(_, rule): &(usize, &FilterRule)| !known.contains_key(&rule.what);
        let shadowed = read
            .iter()
            .enumerate()
            .filter(new)
            .filter_map(|(position, rule)| {
                let none = Rules::default();
                let fault = state.refuse_duplicate(&none, rule.what, None).err()?;
                Some(fault.at(position))
            });
        refuse(shadowed.collect())?;
        let (next, done) = replaced(old, &read, rules, self.now(), &by.actor);
        if done.added + done.changed + done.removed == 0 && state.is_settled() {
            return Ok(done);
        }
        let content = format!(
            "Filters replaced: {} rules, {} added, {} changed, {} removed",
            done.total, done.added, done.changed, done.removed
        );
        let before = Some(format!("{} rules", old.by_id.len()));
        let after = Some(format!("{} rules", done.total));
        let change = Change::new(Operation::FiltersReplaced, content, &by.actor);
        self.carry_out(&mut state, next, change.values(before, after))?;
        Ok(FiltersReplaced {
            revision: state.rules()?.revision,
            ..done
        })
    }

    /// Checks, applies, writes and remembers the next rules.
    fn carry_out(
        &self,
        state: &mut State,
        mut next: Rules,
        change: Change<'_>,
    ) -> Result<(), ServiceError> {
        let old = state.rules()?;
        let old_rules = state.standing(old);
        // Rules that are not in force may be taken away step by step, until they fit again.
        let on_the_way = state.unapplied && next.by_id.len() < old.by_id.len();
        let rules = match state.check(&next) {
            Ok(rules) => Some(rules),
            Err(_) if on_the_way => None,
            Err(faults) => return Err(faults.into()),
        };
        next.revision = old.revision + 1;
        let difference = old.change_to(&next);
        if let Some(rules) = &rules
            && let Err(failed) = state.apply(rules, &old_rules)
        {
            state.astray |= failed.leaves_astray();
            return Err(failed.into());
        }
        let (now, actor) = (self.now(), change.actor.clone());
        let written = self.inner.store.write(move |unit| {
            unit.change_filters(&difference)?;
            let values = [change.before.clone(), change.after.clone()];
            let content = change.content.clone();
            note_change(unit, change.operation, content, values, &actor, now)
        });
        if let Err(error) = written {
            let error = ServiceError::from(error);
            let astray = state.restore(&old_rules, state.controls.len());
            state.astray |= !astray.is_empty();
            return Err(if astray.is_empty() {
                error
            } else {
                not_put_back(&error, &astray)
            });
        }
        state.unapplied = rules.is_none();
        state.astray &= rules.is_none();
        state.kept = Some(next);
        Ok(())
    }

    fn filter_state(&self) -> MutexGuard<'_, State> {
        // A change is remembered whole or not at all, so a poisoned state is still true.
        self.inner
            .filters
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The state with the kept rules; reads them when the store could not be read before.
    fn loaded_filters(&self) -> Result<MutexGuard<'_, State>, ServiceError> {
        let mut state = self.filter_state();
        if state.kept.is_none() {
            self.load_filters(&mut state)?;
        }
        Ok(state)
    }

    /// Reads the kept rules and puts them in force. They are remembered when that fails, too: so they can be
    /// looked at and changed until they fit.
    fn load_filters(&self, state: &mut State) -> Result<(), ServiceError> {
        let rules = Rules::from(self.inner.store.read(Snapshot::filters)?);
        let in_force = state.in_force(&rules);
        let configured: Vec<FilterRule> = state.configured.values().copied().collect();
        // Nothing kept: the sources have the configuration's rules already.
        let applied = if in_force == configured {
            Ok(())
        } else {
            let fits = state.check(&rules).map_err(ServiceError::from);
            fits.and_then(|in_force| Ok(state.apply(&in_force, &configured)?))
        };
        state.unapplied = applied.is_err();
        state.kept = Some(rules);
        applied
    }
}

impl Rules {
    /// Adds a rule; returns its id.
    fn insert(
        &mut self,
        rule: FilterRule,
        comment: Option<String>,
        created: Timestamp,
        actor: &Actor,
    ) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let filter = Filter {
            id,
            rule,
            comment,
            created,
            actor: actor.clone(),
            revision: 1,
        };
        self.by_id.insert(id, filter);
        id
    }
}

impl<'a> Change<'a> {
    fn new(operation: Operation, content: String, actor: &'a Actor) -> Self {
        Self {
            operation,
            content,
            before: None,
            after: None,
            actor,
        }
    }

    fn values(self, before: Option<String>, after: Option<String>) -> Self {
        Self {
            before,
            after,
            ..self
        }
    }
}

/// The rule, when it may be changed by this edit.
fn own<'r>(
    state: &State,
    rules: &'r Rules,
    id: u64,
    by: &Edit,
) -> Result<&'r Filter, ServiceError> {
    if state.configured.contains_key(&id) {
        let message = format!("filter {id} is set by the configuration file; change it there");
        return Err(FilterFault::new(FaultCode::ReadOnly, "", message).into());
    }
    let filter = rules.by_id.get(&id);
    let filter = filter.ok_or_else(|| ServiceError::not_found("filter", id))?;
    expect(by, filter.revision)?;
    Ok(filter)
}

fn expect(by: &Edit, current: u64) -> Result<(), ServiceError> {
    match by.expected_revision {
        Some(expected) if expected != current => Err(ServiceError::RevisionMismatch { current }),
        _ => Ok(()),
    }
}

fn position(cursor: &Cursor) -> Result<u64, ServiceError> {
    let key = cursor.key_for(List::Filters)?;
    let key = <[u8; 8]>::try_from(key).map_err(|_| BadCursor)?;
    Ok(u64::from_be_bytes(key))
}
