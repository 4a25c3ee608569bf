//! The transitions of an alert, one file per group. Every refusal comes before the first write.

mod clock;
mod edit;
mod ingest;
mod learn;
mod mute;

use sensor_detect::inventory::AddressBook;
use sensor_protocols::time::Timestamp;

use super::{
    ActionError, Actor, Alert, Edit, EventSeverity, EventType, LifecycleSettings, NewEvent,
    Operation, Refusal, Repository, limits,
};

pub use clock::Elapsed;
pub use ingest::{Ingested, Occurrence};
pub use learn::LearnOutcome;

/// The rules of the alert stage under one set of settings.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    settings: LifecycleSettings,
    addresses: AddressBook,
}

type Action<T, R> = Result<T, ActionError<<R as Repository>::Error>>;

impl Lifecycle {
    pub fn new(settings: LifecycleSettings) -> Self {
        let addresses = AddressBook::new(settings.internal_subnets.clone(), Vec::new());
        Self {
            settings,
            addresses,
        }
    }

    pub fn settings(&self) -> &LifecycleSettings {
        &self.settings
    }
}

/// The alert `id`, when it is at the revision the caller saw.
fn load<R: Repository>(repo: &mut R, id: u64, edit: &Edit) -> Action<Alert, R> {
    let alert = find(repo, id)?;
    match edit.expected_revision {
        Some(expected) if expected != alert.revision => Err(ActionError::RevisionMismatch {
            current: alert.revision,
        }),
        _ => Ok(alert),
    }
}

fn find<R: Repository>(repo: &mut R, id: u64) -> Action<Alert, R> {
    repo.alert(id)?.ok_or(ActionError::NotFound { id })
}

/// What a change looks like in the timeline.
struct Change<'a> {
    operation: Operation,
    actor: &'a Actor,
    content: String,
    before: Option<String>,
    after: Option<String>,
}

impl<'a> Change<'a> {
    fn new(operation: Operation, actor: &'a Actor, content: impl Into<String>) -> Self {
        Self {
            operation,
            actor,
            content: content.into(),
            before: None,
            after: None,
        }
    }

    fn from(mut self, before: impl Into<String>) -> Self {
        self.before = Some(before.into());
        self
    }

    fn to(mut self, after: impl Into<String>) -> Self {
        self.after = Some(after.into());
        self
    }
}

/// Writes a changed alert under its next revision, and the change into the timeline.
fn commit<R: Repository>(
    repo: &mut R,
    alert: &mut Alert,
    now: Timestamp,
    change: Change<'_>,
) -> Result<(), R::Error> {
    alert.revision = alert.revision.saturating_add(1);
    alert.last_activity = alert.last_activity.max(now);
    repo.put_alert(alert)?;
    record(repo, alert, now, EventType::AlertUpdated, change)
}

/// Writes an event about an alert.
fn record<R: Repository>(
    repo: &mut R,
    alert: &Alert,
    time: Timestamp,
    event_type: EventType,
    change: Change<'_>,
) -> Result<(), R::Error> {
    let severity = if event_type == EventType::AlertReported {
        EventSeverity::Alert
    } else if change.actor.is_user() {
        EventSeverity::Notice
    } else {
        EventSeverity::Info
    };
    repo.append_event(NewEvent {
        time,
        event_type,
        severity,
        title: alert.title.clone(),
        content: change.content,
        actor: change.actor.clone(),
        operation: Some(change.operation),
        alert_id: Some(alert.id),
        device_ids: device_ids(alert),
        before: change.before,
        after: change.after,
    })?;
    Ok(())
}

fn device_ids(alert: &Alert) -> Vec<u64> {
    let mut ids: Vec<u64> = [&alert.source, &alert.destination]
        .into_iter()
        .flatten()
        .filter_map(|party| party.device_id)
        .collect();
    ids.dedup();
    ids
}

/// A reason or name of at most `max` characters.
fn check_text(field: &'static str, text: Option<&str>, max: usize) -> Result<(), Refusal> {
    let length = text.map_or(0, |text| text.chars().count());
    if length > max {
        return Err(Refusal::TextLength { field, max, length });
    }
    Ok(())
}

fn check_reason(reason: Option<&str>) -> Result<(), Refusal> {
    check_text("reason", reason, limits::REASON_CHARS)
}

/// An end in the future.
fn check_expiry(expires: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    match expires {
        Some(end) if end <= now => Err(Refusal::ExpiryInThePast {
            expires: super::rfc3339(end),
        }),
        _ => Ok(()),
    }
}

/// The sentence "what (reason)", until when.
fn sentence(what: &str, reason: Option<&str>, expires: Option<Timestamp>) -> String {
    let mut text = what.to_owned();
    if let Some(end) = expires {
        text.push_str(" until ");
        text.push_str(&super::rfc3339(end));
    }
    if let Some(reason) = reason {
        text.push_str(": ");
        text.push_str(reason);
    }
    text
}
