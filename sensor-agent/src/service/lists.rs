//! Verbs about everything that is not an alert: timeline, suppressions, baseline, inventory, mode
//! and kept replies.

use sensor_detect::catalogue::{Catalogue, catalogue};
use sensor_detect::detector::{Command, Device, Learned, Mode};
use sensor_protocols::time::Timestamp;

use super::alerts::check_limit;
use super::feed::KEEP_REPLIES;
use super::tokens::note;
use super::{Service, ServiceError};
use crate::alert::{Actor, LearnRecord, Mute, Operation, TimelineEvent};
use crate::store::{ListQuery, Page, Reply, TimelineQuery};

impl Service {
    /// Events that match, newest first.
    pub fn timeline(&self, query: &TimelineQuery) -> Result<Page<TimelineEvent>, ServiceError> {
        check_limit(query.limit)?;
        let page = self.inner.store.read(|snapshot| snapshot.timeline(query))?;
        Ok(page?)
    }

    /// Mutes, in the order of their keys.
    pub fn mutes(&self, list: &ListQuery) -> Result<Page<Mute>, ServiceError> {
        check_limit(list.limit)?;
        let page = self.inner.store.read(|snapshot| snapshot.mutes(list))?;
        Ok(page?)
    }

    /// The mute that was set from an alert.
    pub fn mute_of(&self, alert_id: u64) -> Result<Mute, ServiceError> {
        let mute = self.inner.store.read(|snapshot| {
            let alert = snapshot.alert(alert_id)?;
            alert.map_or(Ok(None), |alert| snapshot.mute(&alert.key))
        })?;
        mute.filter(|mute| mute.alert_id == alert_id)
            .ok_or_else(|| ServiceError::not_found("mute of alert", alert_id))
    }

    /// What people learned from alerts, in the order of the tuples' text.
    pub fn learned(&self, list: &ListQuery) -> Result<Page<LearnRecord>, ServiceError> {
        check_limit(list.limit)?;
        let page = self.inner.store.read(|snapshot| snapshot.learned(list))?;
        Ok(page?)
    }

    /// The detector's baseline, in the order of the tuples' text.
    pub fn baseline(&self, list: &ListQuery) -> Result<Page<Learned>, ServiceError> {
        check_limit(list.limit)?;
        let page = self.inner.store.read(|snapshot| snapshot.baseline(list))?;
        Ok(page?)
    }

    /// Devices by id.
    pub fn devices(&self, list: &ListQuery) -> Result<Page<Device>, ServiceError> {
        check_limit(list.limit)?;
        let page = self.inner.store.read(|snapshot| snapshot.devices(list))?;
        Ok(page?)
    }

    pub fn device(&self, id: u64) -> Result<Device, ServiceError> {
        let device = self.inner.store.read(|snapshot| snapshot.device(id))?;
        device.ok_or_else(|| ServiceError::not_found("device", id))
    }

    /// The alert types of this build; [`super::LiveStatus::detector`] says how each is doing.
    pub fn alert_types(&self) -> &'static Catalogue {
        catalogue()
    }

    /// The mode last set, or the one the detector says it is in.
    pub fn mode(&self) -> Mode {
        let wanted = **self.inner.wanted_mode.load();
        wanted.unwrap_or_else(|| self.inner.live.load().mode)
    }

    /// Changes the detector's mode and keeps it for the next start.
    pub fn set_mode(&self, mode: Mode, actor: &Actor) -> Result<Mode, ServiceError> {
        let (actor, now, before) = (actor.clone(), self.now(), self.mode());
        self.inner.store.write(move |unit| {
            unit.put_mode(mode)?;
            let content = format!("Mode changed from {before:?} to {mode:?}").to_lowercase();
            note(unit, Operation::ModeChanged, content, &actor, now)
        })?;
        self.inner
            .wanted_mode
            .store(std::sync::Arc::new(Some(mode)));
        self.inner.control.send([Command::SetMode(mode)]);
        Ok(mode)
    }

    /// The reply kept under an idempotency key, not older than a day.
    pub fn recall_reply(&self, key: &str) -> Result<Option<KeptReply>, ServiceError> {
        let reply = self.inner.store.read(|snapshot| snapshot.reply(key))?;
        let day = KEEP_REPLIES;
        let fresh = reply.filter(|reply| reply.kept.after(day) > self.now());
        Ok(fresh.map(|reply| KeptReply {
            request: reply.request,
            status: reply.status,
            body: reply.body,
        }))
    }

    /// Keeps a reply for a day.
    pub fn keep_reply(&self, key: &str, reply: &KeptReply) -> Result<(), ServiceError> {
        let key = key.to_owned();
        let reply = Reply {
            kept: self.now(),
            request: reply.request,
            status: reply.status,
            body: reply.body.clone(),
        };
        self.inner
            .store
            .write(move |unit| unit.put_reply(&key, &reply))?;
        Ok(())
    }
}

/// A reply of the API that a repeated call gets again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReply {
    /// SHA-256 of what was asked: method, path and body.
    pub request: [u8; 32],
    pub status: u16,
    pub body: Vec<u8>,
}

/// Where an operator's tuple stands in the detector's baseline after a restart.
pub(super) fn as_baseline(learned: &LearnRecord) -> Learned {
    let seen: Timestamp = learned.created;
    Learned {
        tuple: learned.tuple.clone(),
        origin: sensor_detect::detector::Origin::Operator,
        first_seen: seen,
        last_seen: learned.last_hit.unwrap_or(seen),
        count: learned.hits,
    }
}
