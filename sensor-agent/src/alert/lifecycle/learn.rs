//! Learn and unlearn: an alert's traffic enters the baseline, or leaves it again.

use sensor_detect::baseline::Tuple;
use sensor_protocols::time::Timestamp;

use super::{Action, Change, Lifecycle, check_expiry, check_reason, commit, find, load, sentence};
use crate::alert::{
    ActionError, Alert, Edit, LearnPreview, LearnRecord, LearnRequest, Operation, Refusal,
    Repository, Status, tuple_text,
};

/// A changed alert and the tuples that the detector has to learn or unlearn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnOutcome {
    pub alert: Alert,
    pub tuples: Vec<Tuple>,
}

impl Lifecycle {
    /// Exactly what [`Self::learn`] would put into the baseline; changes nothing.
    pub fn learn_preview<R: Repository>(
        &self,
        repo: &mut R,
        id: u64,
        request: &LearnRequest,
    ) -> Action<LearnPreview, R> {
        let alert = find(repo, id)?;
        let chosen = choose(&alert, request).map_err(ActionError::Refused)?;
        let tuples = chosen_tuples(&alert, &chosen);
        let mut already_learned = Vec::new();
        for tuple in &tuples {
            if repo.learned(tuple)?.is_some() {
                already_learned.push(tuple.clone());
            }
        }
        Ok(LearnPreview {
            tuples,
            already_learned,
        })
    }

    /// Puts the tuples of the chosen violations into the baseline and closes the alert.
    pub fn learn<R: Repository>(
        &self,
        repo: &mut R,
        id: u64,
        request: &LearnRequest,
        edit: &Edit,
        now: Timestamp,
    ) -> Action<LearnOutcome, R> {
        let mut alert = load(repo, id, edit)?;
        let chosen = check(&alert, request, now).map_err(ActionError::Refused)?;
        let tuples = chosen_tuples(&alert, &chosen);
        for tuple in &tuples {
            repo.put_learned(&LearnRecord {
                tuple: tuple.clone(),
                alert_id: id,
                actor: edit.actor.clone(),
                reason: request.reason.clone(),
                created: now,
                expires: request.expires,
                hits: 0,
                last_hit: None,
            })?;
        }
        for index in chosen {
            if let Some(violation) = alert.violations.get_mut(index) {
                violation.learned = true;
            }
        }
        let before = alert.status;
        alert.learned = true;
        alert.turn(Status::Closed, now);
        let content = sentence("Learned", request.reason.as_deref(), request.expires);
        let change = Change::new(Operation::Learned, &edit.actor, content)
            .from(before.id())
            .to(text_of(&tuples));
        commit(repo, &mut alert, now, change)?;
        Ok(LearnOutcome { alert, tuples })
    }

    /// Takes what was learned from the alert out of the baseline; the alert is new again.
    pub fn unlearn<R: Repository>(
        &self,
        repo: &mut R,
        id: u64,
        edit: &Edit,
        now: Timestamp,
    ) -> Action<LearnOutcome, R> {
        let mut alert = load(repo, id, edit)?;
        if !alert.learned {
            return Err(ActionError::Refused(Refusal::NotLearned));
        }
        let mut tuples = Vec::new();
        for violation in &mut alert.violations {
            if std::mem::take(&mut violation.learned) {
                push_new(&mut tuples, violation.tuple.as_ref());
            }
        }
        for tuple in &tuples {
            repo.remove_learned(tuple)?;
        }
        let before = alert.status;
        alert.learned = false;
        alert.turn(Status::New, now);
        let change = Change::new(Operation::Unlearned, &edit.actor, "Unlearned")
            .from(before.id())
            .to(text_of(&tuples));
        commit(repo, &mut alert, now, change)?;
        Ok(LearnOutcome { alert, tuples })
    }
}

/// Positions of the violations to learn.
fn choose(alert: &Alert, request: &LearnRequest) -> Result<Vec<usize>, Refusal> {
    if !alert.learnable {
        return Err(Refusal::NotLearnable {
            type_id: alert.type_id.to_string(),
        });
    }
    let count = alert.violations.len();
    let chosen: Vec<usize> = match &request.violations {
        None => (0..count).collect(),
        Some(chosen) => chosen.clone(),
    };
    if let Some(&index) = chosen.iter().find(|index| **index >= count) {
        return Err(Refusal::UnknownViolation { index, count });
    }
    if chosen_tuples(alert, &chosen).is_empty() {
        return Err(Refusal::NothingToLearn);
    }
    Ok(chosen)
}

fn check(alert: &Alert, request: &LearnRequest, now: Timestamp) -> Result<Vec<usize>, Refusal> {
    let chosen = choose(alert, request)?;
    let mut violations = chosen.iter().filter_map(|i| alert.violations.get(*i));
    if alert.learned && violations.all(|violation| violation.learned) {
        return Err(Refusal::AlreadyLearned);
    }
    check_reason(request.reason.as_deref())?;
    check_expiry(request.expires, now)?;
    Ok(chosen)
}

fn chosen_tuples(alert: &Alert, chosen: &[usize]) -> Vec<Tuple> {
    let mut tuples = Vec::new();
    for violation in chosen.iter().filter_map(|i| alert.violations.get(*i)) {
        push_new(&mut tuples, violation.tuple.as_ref());
    }
    tuples
}

fn push_new(tuples: &mut Vec<Tuple>, tuple: Option<&Tuple>) {
    if let Some(tuple) = tuple
        && !tuples.contains(tuple)
    {
        tuples.push(tuple.clone());
    }
}

fn text_of(tuples: &[Tuple]) -> String {
    tuples.iter().map(tuple_text).collect::<Vec<_>>().join("; ")
}
