//! Plain edits: status, acknowledgement, comments, pin, assignee.

use sensor_protocols::time::Timestamp;

use super::{Action, Change, Lifecycle, check_text, commit, load};
use crate::alert::{
    ActionError, Alert, Comment, Edit, Operation, Refusal, Repository, Status, limits,
};

impl Lifecycle {
    /// Sets the status. Setting the one it has changes nothing.
    pub fn set_status<R: Repository>(
        &self,
        repo: &mut R,
        id: u64,
        status: Status,
        edit: &Edit,
        now: Timestamp,
    ) -> Action<Alert, R> {
        let mut alert = load(repo, id, edit)?;
        let before = alert.status;
        if before == status {
            return Ok(alert);
        }
        alert.turn(status, now);
        let content = format!("Status changed from {before} to {status}");
        let change = Change::new(Operation::StatusChanged, &edit.actor, content)
            .from(before.id())
            .to(status.id());
        commit(repo, &mut alert, now, change)?;
        Ok(alert)
    }

    /// Sets or takes back the acknowledgement, which is independent of the status.
    pub fn acknowledge<R: Repository>(
        &self,
        repo: &mut R,
        id: u64,
        acknowledged: bool,
        edit: &Edit,
        now: Timestamp,
    ) -> Action<Alert, R> {
        let mut alert = load(repo, id, edit)?;
        if alert.acknowledged == acknowledged {
            return Ok(alert);
        }
        alert.acknowledged = acknowledged;
        let (operation, content) = if acknowledged {
            (Operation::Acknowledged, "Acknowledged")
        } else {
            (Operation::Unacknowledged, "Acknowledgement taken back")
        };
        let change = Change::new(operation, &edit.actor, content);
        commit(repo, &mut alert, now, change)?;
        Ok(alert)
    }

    /// Adds a comment. Surrounding white space is not part of it.
    pub fn comment<R: Repository>(
        &self,
        repo: &mut R,
        id: u64,
        text: &str,
        edit: &Edit,
        now: Timestamp,
    ) -> Action<Alert, R> {
        let mut alert = load(repo, id, edit)?;
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > limits::COMMENT_CHARS {
            return Err(ActionError::Refused(Refusal::CommentLength { length }));
        }
        if alert.comments.len() >= limits::COMMENTS {
            return Err(ActionError::Refused(Refusal::TooManyComments));
        }
        alert.comments.push(Comment {
            id: alert.comments.last().map_or(1, |last| last.id + 1),
            time: now,
            author: edit.actor.clone(),
            text: text.to_owned(),
        });
        let change = Change::new(Operation::Commented, &edit.actor, text);
        commit(repo, &mut alert, now, change)?;
        Ok(alert)
    }

    /// Sets or takes off the pin, which keeps retention away.
    pub fn pin<R: Repository>(
        &self,
        repo: &mut R,
        id: u64,
        pinned: bool,
        edit: &Edit,
        now: Timestamp,
    ) -> Action<Alert, R> {
        let mut alert = load(repo, id, edit)?;
        if alert.pinned == pinned {
            return Ok(alert);
        }
        alert.pinned = pinned;
        let (operation, content) = if pinned {
            (Operation::Pinned, "Pinned")
        } else {
            (Operation::Unpinned, "Pin taken off")
        };
        let change = Change::new(operation, &edit.actor, content);
        commit(repo, &mut alert, now, change)?;
        Ok(alert)
    }

    /// Gives the alert to somebody, or to nobody.
    pub fn assign<R: Repository>(
        &self,
        repo: &mut R,
        id: u64,
        assignee: Option<&str>,
        edit: &Edit,
        now: Timestamp,
    ) -> Action<Alert, R> {
        let mut alert = load(repo, id, edit)?;
        let assignee = assignee.map(str::trim).filter(|name| !name.is_empty());
        check_text("assignee", assignee, limits::ASSIGNEE_CHARS).map_err(ActionError::Refused)?;
        if alert.assignee.as_deref() == assignee {
            return Ok(alert);
        }
        let before = std::mem::replace(&mut alert.assignee, assignee.map(str::to_owned));
        let mut change = match assignee {
            Some(name) => {
                let content = format!("Assigned to {name}");
                Change::new(Operation::Assigned, &edit.actor, content).to(name)
            }
            None => Change::new(Operation::Unassigned, &edit.actor, "Assigned to nobody"),
        };
        change.before = before;
        commit(repo, &mut alert, now, change)?;
        Ok(alert)
    }
}
