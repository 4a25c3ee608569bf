//! Mute and unmute: an alert's traffic is ignored and only counted.

use sensor_protocols::time::Timestamp;

use super::{Action, Change, Lifecycle, check_expiry, check_reason, commit, load, sentence};
use crate::alert::suppression::is_over;
use crate::alert::{
    ActionError, Alert, Edit, Mute, MuteRequest, Operation, Refusal, Repository, Status,
};

impl Lifecycle {
    /// Sets a mute with the alert's key and closes the alert.
    pub fn mute<R: Repository>(
        &self,
        repo: &mut R,
        id: u64,
        request: &MuteRequest,
        edit: &Edit,
        now: Timestamp,
    ) -> Action<Alert, R> {
        let mut alert = load(repo, id, edit)?;
        self.check_mute(&alert, request, now)
            .map_err(ActionError::Refused)?;
        if let Some(mute) = repo.mute(&alert.key)?
            && !is_over(mute.expires, now)
        {
            let alert_id = mute.alert_id;
            return Err(ActionError::Refused(Refusal::AlreadyMuted { alert_id }));
        }
        repo.put_mute(&Mute {
            key: alert.key.clone(),
            alert_id: id,
            title: alert.title.clone(),
            actor: edit.actor.clone(),
            reason: request.reason.clone(),
            created: now,
            expires: request.expires,
            hits: 0,
            last_hit: None,
        })?;
        let before = alert.status;
        alert.muted = true;
        alert.turn(Status::Closed, now);
        let content = sentence("Muted", request.reason.as_deref(), request.expires);
        let change = Change::new(Operation::Muted, &edit.actor, content)
            .from(before.id())
            .to(alert.key.to_string());
        commit(repo, &mut alert, now, change)?;
        Ok(alert)
    }

    /// Lifts the mute with the alert's key; the alert is new again.
    pub fn unmute<R: Repository>(
        &self,
        repo: &mut R,
        id: u64,
        edit: &Edit,
        now: Timestamp,
    ) -> Action<Alert, R> {
        let mut alert = load(repo, id, edit)?;
        if !alert.muted {
            return Err(ActionError::Refused(Refusal::NotMuted));
        }
        repo.remove_mute(&alert.key)?;
        let before = alert.status;
        alert.muted = false;
        alert.turn(Status::New, now);
        let change = Change::new(Operation::Unmuted, &edit.actor, "Unmuted")
            .from(before.id())
            .to(alert.key.to_string());
        commit(repo, &mut alert, now, change)?;
        Ok(alert)
    }

    fn check_mute(
        &self,
        alert: &Alert,
        request: &MuteRequest,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let type_id = || alert.type_id.to_string();
        if alert.learnable {
            return Err(Refusal::LearnableNotMutable { type_id: type_id() });
        }
        if !alert.mutable {
            return Err(Refusal::NotMutable { type_id: type_id() });
        }
        let parties = [&alert.source, &alert.destination];
        let mut addresses = parties.into_iter().flatten().filter_map(|party| party.ip);
        if let Some(ip) = addresses.find(|ip| self.addresses.is_internet(*ip)) {
            let address = ip.to_string();
            return Err(Refusal::InternetParty { address });
        }
        check_reason(request.reason.as_deref())?;
        check_expiry(request.expires, now)
    }
}
