//! The [`Repository`] of the live sensor: the alert stage's verbs in a write transaction.

use std::time::Instant;

use redb::ReadableTable;
use sensor_detect::baseline::Tuple;
use sensor_detect::finding::{AlertKey, PartyKey};
use sensor_protocols::addr::Endpoint;
use sensor_protocols::time::Timestamp;

use super::codec;
use super::error::StoreError;
use super::keys::{AgeClass, AlertEventKey, EventKey, TrafficKey, id_of};
use super::places::{Places, age};
use super::unit::{Unit, record};
use crate::alert::{
    Alert, KnownDevice, LearnRecord, Mute, NewEvent, OpenAlert, OpenEntry, Repeat, Repository,
    ViolationId, is_over,
};

type Result<T> = std::result::Result<T, StoreError>;

impl Repository for Unit<'_> {
    type Error = StoreError;

    fn allocate_alert_id(&mut self) -> Result<u64> {
        let id = self.cache.next_alert;
        self.cache.next_alert += 1;
        Ok(id)
    }

    fn alert(&mut self, id: u64) -> Result<Option<Alert>> {
        let Some((mut alert, _)) = self.stored(id)? else {
            return Ok(None);
        };
        if let Some(pending) = self.cache.pending.get(&id) {
            for repeat in pending {
                repeat.apply(&mut alert);
            }
        }
        Ok(Some(alert))
    }

    fn put_alert(&mut self, alert: &Alert) -> Result<()> {
        let number = self.type_number(&alert.type_id)?;
        let filed = age(alert);
        let new = Places::of(alert, number, filed);
        let old = self.write_alert(alert, filed)?;
        let old = old.map(|(old, filed)| Places::of(&old, number, filed));
        self.move_places(old.as_ref(), Some(&new))?;
        if old.is_none() {
            self.tables.latest.insert(&new.traffic.0, alert.id)?;
        }
        // The record has what was pending, since it was read through `alert`.
        self.cache.pending.remove(&alert.id);
        self.remember_open(alert, old.is_none());
        Ok(())
    }

    fn delete_alert(&mut self, id: u64) -> Result<()> {
        let Some((alert, filed)) = self.stored(id)? else {
            return Ok(());
        };
        let number = self.type_number(&alert.type_id)?;
        let places = Places::of(&alert, number, filed);
        self.dirty = true;
        self.tables.alerts.remove(id)?;
        self.move_places(Some(&places), None)?;
        let latest = self.tables.latest.get(&places.traffic.0)?;
        if latest.map(|latest| latest.value()) == Some(id) {
            self.tables.latest.remove(&places.traffic.0)?;
        }
        self.cache.pending.remove(&id);
        self.cache.open.forget(&alert.key);
        Ok(())
    }

    fn open_alert(&mut self, key: &AlertKey, violation: ViolationId) -> Result<Option<OpenAlert>> {
        let answer = |entry: &OpenEntry| OpenAlert {
            id: entry.id,
            place: entry.place(violation),
        };
        if let Some(entry) = self.cache.open.get(key) {
            return Ok(Some(answer(entry)));
        }
        let Some(number) = self.cache.types.get(&key.type_id).copied() else {
            return Ok(None);
        };
        let Some(id) = self.find_open(TrafficKey::new(number, key))? else {
            return Ok(None);
        };
        let entry = self
            .stored(id)?
            .and_then(|(alert, _)| OpenEntry::of(&alert));
        let found = entry.as_ref().map(answer);
        if let Some(entry) = entry {
            self.cache.open.insert(key.clone(), entry);
        }
        Ok(found)
    }

    fn latest_alert(&mut self, key: &AlertKey) -> Result<Option<u64>> {
        let Some(number) = self.cache.types.get(&key.type_id) else {
            return Ok(None);
        };
        let latest = self.tables.latest.get(&TrafficKey::new(*number, key).0)?;
        Ok(latest.map(|latest| latest.value()))
    }

    fn count_repeat(&mut self, id: u64, repeat: &Repeat) -> Result<()> {
        self.cache.defer(id, repeat);
        Ok(())
    }

    fn mute(&mut self, key: &AlertKey) -> Result<Option<Mute>> {
        Ok(self.cache.mutes.get(key).cloned())
    }

    fn put_mute(&mut self, mute: &Mute) -> Result<()> {
        self.dirty = true;
        let key = mute.key.to_string();
        let bytes = record("mutes", &key, codec::encode_mute(mute))?;
        self.tables.mutes.insert(&*key, bytes.as_slice())?;
        self.cache.mutes.insert(mute.key.clone(), mute.clone());
        Ok(())
    }

    fn remove_mute(&mut self, key: &AlertKey) -> Result<()> {
        self.dirty = true;
        self.tables.mutes.remove(&*key.to_string())?;
        self.cache.mutes.remove(key);
        self.cache.hit_mutes.remove(key);
        Ok(())
    }

    fn hit_mute(&mut self, key: &AlertKey, count: u64, now: Timestamp) -> Result<Option<u64>> {
        let hits = self.cache.mutes.get_mut(key);
        let hits = hits.and_then(|mute| mute.hit(count, now));
        if hits.is_some() && !self.cache.hit_mutes.contains(key) {
            self.cache.hit_mutes.insert(key.clone());
            self.cache.unwritten_since.get_or_insert_with(Instant::now);
        }
        Ok(hits)
    }

    fn learned(&mut self, tuple: &Tuple) -> Result<Option<LearnRecord>> {
        Ok(self.cache.learned.get(tuple).cloned())
    }

    fn put_learned(&mut self, learned: &LearnRecord) -> Result<()> {
        self.dirty = true;
        let key = record(
            "learned",
            learned.alert_id,
            codec::tuple_key(&learned.tuple),
        )?;
        let bytes = record("learned", &key, codec::encode_learned(learned))?;
        self.tables.learned.insert(&*key, bytes.as_slice())?;
        let tuple = learned.tuple.clone();
        self.cache.learned.insert(tuple, learned.clone());
        Ok(())
    }

    fn remove_learned(&mut self, tuple: &Tuple) -> Result<()> {
        self.dirty = true;
        let key = record("learned", "", codec::tuple_key(tuple))?;
        self.tables.learned.remove(&*key)?;
        self.tables.baseline.remove(&*key)?;
        self.cache.learned.remove(tuple);
        self.cache.hit_learned.remove(tuple);
        Ok(())
    }

    fn hit_learned(&mut self, tuple: &Tuple, count: u64, now: Timestamp) -> Result<Option<u64>> {
        let hits = self.cache.learned.get_mut(tuple);
        let hits = hits.and_then(|learned| learned.hit(count, now));
        if hits.is_some() && !self.cache.hit_learned.contains(tuple) {
            self.cache.hit_learned.insert(tuple.clone());
            self.cache.unwritten_since.get_or_insert_with(Instant::now);
        }
        Ok(hits)
    }

    fn append_event(&mut self, event: NewEvent) -> Result<u64> {
        self.dirty = true;
        let id = self.cache.next_event;
        self.cache.next_event += 1;
        let key = EventKey::new(event.time, id);
        let bytes = record("events", id, codec::encode_event(id, &event))?;
        self.tables.events.insert(&key.0, bytes.as_slice())?;
        if let Some(alert) = event.alert_id {
            let key = AlertEventKey::new(alert, key);
            self.tables.events_by_alert.insert(&key.0, ())?;
        }
        Ok(id)
    }

    /// Repeats do not move an alert in the index by age; an alert met here that is not quiet is
    /// filed anew, and the search goes on.
    fn quiet_alerts(&mut self, before: Timestamp, limit: usize) -> Result<Vec<u64>> {
        let mut quiet = Vec::new();
        while quiet.len() < limit {
            let keys = self.filed(AgeClass::Open, before, limit)?;
            let mut moved = false;
            quiet.clear();
            for key in &keys {
                let id = id_of(key);
                match self.readable(id)? {
                    Some(alert) if alert.quiet_since > before => {
                        self.put_alert(&alert)?;
                        moved = true;
                    }
                    Some(_) => quiet.push(id),
                    None => {}
                }
            }
            if !moved || keys.len() < limit {
                break;
            }
        }
        Ok(quiet)
    }

    fn idle_alerts(&mut self, before: Timestamp, limit: usize) -> Result<Vec<u64>> {
        let mut idle = Vec::new();
        for key in self.filed(AgeClass::Closed, before, limit)? {
            idle.extend(self.readable(id_of(&key))?.map(|alert| alert.id));
        }
        Ok(idle)
    }

    fn ended_mutes(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Mute>> {
        let over = self
            .cache
            .mutes
            .values()
            .filter(|m| is_over(m.expires, now));
        let mut over: Vec<Mute> = over.cloned().collect();
        over.sort_by(|a, b| (a.expires, &a.key).cmp(&(b.expires, &b.key)));
        over.truncate(limit);
        Ok(over)
    }

    fn ended_learned(&mut self, now: Timestamp, limit: usize) -> Result<Vec<LearnRecord>> {
        let over = self
            .cache
            .learned
            .values()
            .filter(|l| is_over(l.expires, now));
        let mut over: Vec<LearnRecord> = over.cloned().collect();
        over.sort_by(|a, b| (a.expires, &a.tuple).cmp(&(b.expires, &b.tuple)));
        over.truncate(limit);
        Ok(over)
    }

    fn device_at(&mut self, endpoint: &Endpoint) -> Result<Option<KnownDevice>> {
        Ok(self.cache.devices.get(&PartyKey::from(endpoint)).cloned())
    }
}
