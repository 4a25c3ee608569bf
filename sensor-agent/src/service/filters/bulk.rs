//! The replacement of all filter rules: which stay, which change, which go.

use std::collections::{BTreeMap, HashMap};

use sensor_protocols::time::Timestamp;

use super::fault::{self, FaultCode, FilterFault, FilterFaults, NewFilter};
use super::state::Rules;
use crate::alert::Actor;
use crate::capture::filter::FilterRule;

/// What a replacement of all rules did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiltersReplaced {
    pub total: usize,
    pub added: usize,
    pub changed: usize,
    pub removed: usize,
    pub revision: u64,
}

/// Reads every rule of a bulk call; all faults are told, and rules that are there twice.
pub(super) fn read_all(rules: &[NewFilter]) -> Result<Vec<FilterRule>, FilterFaults> {
    let mut faults = Vec::new();
    let mut read = Vec::with_capacity(rules.len());
    let mut seen = HashMap::with_capacity(rules.len());
    for (position, new) in rules.iter().enumerate() {
        match fault::rule(new) {
            Ok(rule) => {
                if let Some(first) = seen.insert(rule.what, position) {
                    let message =
                        format!("{} stands in rule {first} of the list already", rule.what);
                    let fault = FilterFault::new(FaultCode::Duplicate, "/what", message);
                    faults.push(fault.at(position));
                }
                read.push(rule);
            }
            Err(fault) => faults.push(fault.at(position)),
        }
    }
    refuse(faults)?;
    Ok(read)
}

pub(super) fn refuse(faults: Vec<FilterFault>) -> Result<(), FilterFaults> {
    FilterFaults::of(faults).map_or(Ok(()), Err)
}

/// The rules after a replacement, and what it does.
pub(super) fn replaced(
    old: &Rules,
    read: &[FilterRule],
    written: &[NewFilter],
    now: Timestamp,
    actor: &Actor,
) -> (Rules, FiltersReplaced) {
    let ids = old.ids();
    let mut next = Rules {
        by_id: BTreeMap::new(),
        revision: old.revision,
        next_id: old.next_id,
    };
    let (mut added, mut changed) = (0, 0);
    for (rule, new) in read.iter().zip(written) {
        let kept = ids.get(&rule.what).and_then(|id| old.by_id.get(id));
        let Some(kept) = kept else {
            next.insert(*rule, new.comment.clone(), now, actor);
            added += 1;
            continue;
        };
        let mut filter = kept.clone();
        if filter.rule != *rule || filter.comment != new.comment {
            filter.rule = *rule;
            filter.comment.clone_from(&new.comment);
            filter.revision += 1;
            changed += 1;
        }
        next.by_id.insert(filter.id, filter);
    }
    let total = next.by_id.len();
    let done = FiltersReplaced {
        total,
        added,
        changed,
        removed: old.by_id.len() + added - total,
        revision: old.revision,
    };
    (next, done)
}
