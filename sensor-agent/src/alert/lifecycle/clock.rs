//! What happens by itself as time passes: auto-close, retention, ends of mutes and of learning.

use std::time::Duration;

use sensor_detect::baseline::Tuple;
use sensor_protocols::time::Timestamp;

use super::{Change, Lifecycle, commit, record};
use crate::alert::{Actor, Alert, EventType, Operation, Repository, Status, rfc3339, tuple_text};

/// What one [`Lifecycle::tick`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elapsed {
    pub auto_closed: u64,
    pub deleted: u64,
    pub mutes_ended: u64,
    /// What the detector has to unlearn.
    pub unlearned: Vec<Tuple>,
    /// The limit was reached: call again.
    pub more: bool,
}

impl Lifecycle {
    /// Does up to `limit` of each kind of thing that is due at `now`, the sensor's clock.
    ///
    /// Retention counts from the last activity and takes closed alerts only: an open alert that is
    /// quiet for that long is closed first, which is an activity.
    pub fn tick<R: Repository>(
        &self,
        repo: &mut R,
        now: Timestamp,
        limit: usize,
    ) -> Result<Elapsed, R::Error> {
        let mut elapsed = Elapsed::default();
        self.close_quiet(repo, now, limit, &mut elapsed)?;
        self.delete_idle(repo, now, limit, &mut elapsed)?;
        end_mutes(repo, now, limit, &mut elapsed)?;
        end_learned(repo, now, limit, &mut elapsed)?;
        Ok(elapsed)
    }

    fn close_quiet<R: Repository>(
        &self,
        repo: &mut R,
        now: Timestamp,
        limit: usize,
        elapsed: &mut Elapsed,
    ) -> Result<(), R::Error> {
        let periods = [self.settings.auto_close_after, self.settings.retention];
        let Some(before) = cutoff(periods.into_iter().flatten().min(), now) else {
            return Ok(());
        };
        let due = repo.quiet_alerts(before, limit)?;
        elapsed.more |= due.len() == limit;
        for id in due {
            let Some(mut alert) = repo.alert(id)? else {
                continue;
            };
            let actor = Actor::sensor();
            let content = format!("No such traffic since {}", rfc3339(alert.last_detection));
            let change = Change::new(Operation::AutoClosed, &actor, content)
                .from(alert.status.id())
                .to(Status::Closed.id());
            alert.turn(Status::Closed, now);
            commit(repo, &mut alert, now, change)?;
            elapsed.auto_closed += 1;
        }
        Ok(())
    }

    fn delete_idle<R: Repository>(
        &self,
        repo: &mut R,
        now: Timestamp,
        limit: usize,
        elapsed: &mut Elapsed,
    ) -> Result<(), R::Error> {
        let Some(before) = cutoff(self.settings.retention, now) else {
            return Ok(());
        };
        let due = repo.idle_alerts(before, limit)?;
        elapsed.more |= due.len() == limit;
        for id in due {
            let Some(alert) = repo.alert(id)? else {
                continue;
            };
            let actor = Actor::sensor();
            let content = format!("No activity since {}", rfc3339(alert.last_activity));
            let change = Change::new(Operation::Deleted, &actor, content);
            record(repo, &alert, now, EventType::AlertUpdated, change)?;
            repo.delete_alert(id)?;
            elapsed.deleted += 1;
        }
        Ok(())
    }
}

/// The time `period` before `now`; `None` when that is before the epoch or there is no period.
fn cutoff(period: Option<Duration>, now: Timestamp) -> Option<Timestamp> {
    let period = u64::try_from(period?.as_nanos()).ok()?;
    now.as_nanos()
        .checked_sub(period)
        .map(Timestamp::from_nanos)
}

fn end_mutes<R: Repository>(
    repo: &mut R,
    now: Timestamp,
    limit: usize,
    elapsed: &mut Elapsed,
) -> Result<(), R::Error> {
    let ended = repo.ended_mutes(now, limit)?;
    elapsed.more |= ended.len() == limit;
    for mute in ended {
        repo.remove_mute(&mute.key)?;
        elapsed.mutes_ended += 1;
        if let Some(mut alert) = repo.alert(mute.alert_id)? {
            alert.muted = false;
            let actor = Actor::sensor();
            let content = format!("The mute ended after {} messages", mute.hits);
            let change = Change::new(Operation::MuteExpired, &actor, content);
            commit(repo, &mut alert, now, change.to(mute.key.to_string()))?;
        }
    }
    Ok(())
}

fn end_learned<R: Repository>(
    repo: &mut R,
    now: Timestamp,
    limit: usize,
    elapsed: &mut Elapsed,
) -> Result<(), R::Error> {
    let ended = repo.ended_learned(now, limit)?;
    elapsed.more |= ended.len() == limit;
    for learned in ended {
        repo.remove_learned(&learned.tuple)?;
        if let Some(mut alert) = repo.alert(learned.alert_id)? {
            forget(&mut alert, &learned.tuple);
            let actor = Actor::sensor();
            let change = Change::new(Operation::LearnExpired, &actor, "What was learned ended");
            let change = change.to(tuple_text(&learned.tuple));
            commit(repo, &mut alert, now, change)?;
        }
        elapsed.unlearned.push(learned.tuple);
    }
    Ok(())
}

fn forget(alert: &mut Alert, tuple: &Tuple) {
    for violation in &mut alert.violations {
        if violation.tuple.as_ref() == Some(tuple) {
            violation.learned = false;
        }
    }
    alert.learned = alert.violations.iter().any(|violation| violation.learned);
}
