//! Verbs about alerts. Every change returns the alert as it is once the change is durable.

use std::collections::VecDeque;

use sensor_detect::baseline::Tuple;
use sensor_detect::detector::Command;
use sensor_protocols::time::Timestamp;

use super::{Service, ServiceError};
use crate::alert::{
    ActionError, Alert, Comment, Edit, LearnOutcome, LearnPreview, LearnRequest, Lifecycle,
    MuteRequest, Repository, Status, TimelineEvent,
};
use crate::store::{
    AlertQuery, Cursor, ListQuery, PAGE_LIMIT, Page, Snapshot, StoreError, TimelineQuery, Unit,
};

type Action<T> = Result<T, ActionError<StoreError>>;

impl Service {
    /// Alerts that match, newest first.
    pub fn alerts(&self, query: &AlertQuery) -> Result<Page<Alert>, ServiceError> {
        check_limit(query.limit)?;
        let page = self.inner.store.read(|snapshot| snapshot.alerts(query))?;
        Ok(page?)
    }

    /// Every alert that matches, newest first, on one snapshot and in constant memory; `limit` is
    /// not looked at. For exports.
    pub fn export_alerts(&self, query: AlertQuery) -> Result<AlertRows, ServiceError> {
        let snapshot = self.inner.store.snapshot()?;
        let query = AlertQuery {
            limit: Some(PAGE_LIMIT),
            ..query
        };
        Ok(AlertRows {
            snapshot,
            query,
            page: VecDeque::new(),
            finished: false,
        })
    }

    pub fn alert(&self, id: u64) -> Result<Alert, ServiceError> {
        let alert = self.inner.store.read(|snapshot| snapshot.alert(id))?;
        alert.ok_or_else(|| ServiceError::not_found("alert", id))
    }

    /// Sets the status; to the status it has is no change.
    pub fn set_status(&self, id: u64, status: Status, edit: &Edit) -> Result<Alert, ServiceError> {
        let edit = edit.clone();
        self.act(move |lifecycle, unit, now| lifecycle.set_status(unit, id, status, &edit, now))
    }

    pub fn acknowledge(
        &self,
        id: u64,
        acknowledged: bool,
        edit: &Edit,
    ) -> Result<Alert, ServiceError> {
        let edit = edit.clone();
        self.act(move |lifecycle, unit, now| {
            lifecycle.acknowledge(unit, id, acknowledged, &edit, now)
        })
    }

    /// What [`Self::learn`] would put into the baseline; changes nothing.
    pub fn learn_preview(
        &self,
        id: u64,
        request: &LearnRequest,
    ) -> Result<LearnPreview, ServiceError> {
        let request = request.clone();
        self.act(move |lifecycle, unit, _| lifecycle.learn_preview(unit, id, &request))
    }

    /// Closes the alert and allows its traffic from here on.
    pub fn learn(
        &self,
        id: u64,
        request: &LearnRequest,
        edit: &Edit,
    ) -> Result<Alert, ServiceError> {
        let (request, edit) = (request.clone(), edit.clone());
        let LearnOutcome { alert, tuples } =
            self.act(move |lifecycle, unit, now| lifecycle.learn(unit, id, &request, &edit, now))?;
        self.command(tuples, Command::Learn);
        Ok(alert)
    }

    /// Takes back what was learned from the alert; its status is `new` again.
    pub fn unlearn(&self, id: u64, edit: &Edit) -> Result<Alert, ServiceError> {
        let edit = edit.clone();
        let LearnOutcome { alert, tuples } =
            self.act(move |lifecycle, unit, now| lifecycle.unlearn(unit, id, &edit, now))?;
        self.command(tuples, Command::Unlearn);
        Ok(alert)
    }

    /// Closes the alert and ignores its traffic from here on.
    pub fn mute(&self, id: u64, request: &MuteRequest, edit: &Edit) -> Result<Alert, ServiceError> {
        let (request, edit) = (request.clone(), edit.clone());
        self.act(move |lifecycle, unit, now| lifecycle.mute(unit, id, &request, &edit, now))
    }

    /// Lifts the mute set from the alert; its status is `new` again.
    pub fn unmute(&self, id: u64, edit: &Edit) -> Result<Alert, ServiceError> {
        let edit = edit.clone();
        self.act(move |lifecycle, unit, now| lifecycle.unmute(unit, id, &edit, now))
    }

    /// Adds a comment; it is the last of [`Alert::comments`].
    pub fn comment(&self, id: u64, text: &str, edit: &Edit) -> Result<Alert, ServiceError> {
        let (text, edit) = (text.to_owned(), edit.clone());
        self.act(move |lifecycle, unit, now| lifecycle.comment(unit, id, &text, &edit, now))
    }

    pub fn comments(&self, id: u64) -> Result<Vec<Comment>, ServiceError> {
        self.alert(id).map(|alert| alert.comments)
    }

    /// Pins the alert (retention leaves it alone) or takes the pin off.
    pub fn pin(&self, id: u64, pinned: bool, edit: &Edit) -> Result<Alert, ServiceError> {
        let edit = edit.clone();
        self.act(move |lifecycle, unit, now| lifecycle.pin(unit, id, pinned, &edit, now))
    }

    /// Gives the alert to somebody, or to nobody.
    pub fn assign(
        &self,
        id: u64,
        assignee: Option<&str>,
        edit: &Edit,
    ) -> Result<Alert, ServiceError> {
        let (assignee, edit) = (assignee.map(str::to_owned), edit.clone());
        self.act(move |lifecycle, unit, now| {
            lifecycle.assign(unit, id, assignee.as_deref(), &edit, now)
        })
    }

    /// Makes several changes at once, or none of them.
    pub fn change(
        &self,
        id: u64,
        change: &AlertChange,
        edit: &Edit,
    ) -> Result<Alert, ServiceError> {
        let (change, edit) = (change.clone(), edit.clone());
        self.act(move |lifecycle, unit, now| change.apply(lifecycle, unit, id, &edit, now))
    }

    /// Everything that happened to the alert, newest first. Events outlive their alert, so an
    /// alert that retention took has a history; one that never was has none.
    pub fn history(&self, id: u64, list: &ListQuery) -> Result<Page<TimelineEvent>, ServiceError> {
        let page = self.timeline(&TimelineQuery {
            alert_id: Some(id),
            limit: list.limit,
            cursor: list.cursor.clone(),
            ..TimelineQuery::default()
        })?;
        if page.items.is_empty() && list.cursor.is_none() {
            self.alert(id)?;
        }
        Ok(page)
    }

    /// Runs one action of the lifecycle in a transaction of its own.
    fn act<T: Send + 'static>(
        &self,
        action: impl Fn(&Lifecycle, &mut Unit<'_>, Timestamp) -> Action<T> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let lifecycle = std::sync::Arc::clone(&self.inner.lifecycle);
        let now = self.now();
        let result = self.inner.store.write(move |unit| {
            match action(&lifecycle, unit, now) {
                // The transaction is given up only when the store failed.
                Err(ActionError::Repository(error)) => Err(error),
                other => Ok(other),
            }
        })?;
        Ok(result?)
    }

    fn command(&self, tuples: Vec<Tuple>, command: impl Fn(Tuple) -> Command) {
        self.inner.control.send(tuples.into_iter().map(command));
    }
}

/// Changes of an alert; `None` leaves a property as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertChange {
    pub status: Option<Status>,
    pub acknowledged: Option<bool>,
    pub pinned: Option<bool>,
    /// `Some(None)` takes the assignment away.
    pub assignee: Option<Option<String>>,
}

impl AlertChange {
    /// The assignee comes first: it is the only change that can be refused, and a refusal must
    /// come before the first write.
    fn apply(
        &self,
        lifecycle: &Lifecycle,
        unit: &mut Unit<'_>,
        id: u64,
        edit: &Edit,
        now: Timestamp,
    ) -> Action<Alert> {
        let mut edit = edit.clone();
        let mut last = None;
        if let Some(assignee) = &self.assignee {
            let name = assignee.as_deref();
            last = Some(lifecycle.assign(unit, id, name, &edit, now)?);
            edit.expected_revision = None;
        }
        if let Some(pinned) = self.pinned {
            last = Some(lifecycle.pin(unit, id, pinned, &edit, now)?);
            edit.expected_revision = None;
        }
        if let Some(acknowledged) = self.acknowledged {
            last = Some(lifecycle.acknowledge(unit, id, acknowledged, &edit, now)?);
            edit.expected_revision = None;
        }
        if let Some(status) = self.status {
            last = Some(lifecycle.set_status(unit, id, status, &edit, now)?);
        }
        match last {
            Some(alert) => Ok(alert),
            None => unit.alert(id)?.ok_or(ActionError::NotFound { id }),
        }
    }
}

/// A page has 1 to [`PAGE_LIMIT`] items.
pub(super) fn check_limit(limit: Option<usize>) -> Result<(), ServiceError> {
    match limit {
        Some(limit) if limit == 0 || limit > PAGE_LIMIT => Err(ServiceError::Invalid {
            code: "invalid_limit",
            message: format!("limit is {limit}; it can be 1 to {PAGE_LIMIT}"),
        }),
        _ => Ok(()),
    }
}

/// The alerts of [`Service::export_alerts`], one after the other.
pub struct AlertRows {
    snapshot: Snapshot,
    query: AlertQuery,
    page: VecDeque<Alert>,
    finished: bool,
}

impl AlertRows {
    fn fetch(&mut self) -> Result<(), ServiceError> {
        let page = self.snapshot.alerts(&self.query)??;
        self.finished = page.next_cursor.is_none();
        self.query.cursor = page.next_cursor;
        self.page = page.items.into();
        Ok(())
    }

    /// Where the rows would go on; `None` at the end.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.query.cursor.as_ref()
    }
}

impl Iterator for AlertRows {
    type Item = Result<Alert, ServiceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty()
            && !self.finished
            && let Err(error) = self.fetch()
        {
            self.finished = true;
            return Some(Err(error));
        }
        self.page.pop_front().map(Ok)
    }
}
