//! One unit of work inside a write transaction: the [`Repository`] of the live sensor.

use std::sync::Arc;
use std::time::Instant;

use redb::{ReadableTable, WriteTransaction};
use sensor_detect::baseline::Tuple;
use sensor_detect::finding::{AlertKey, PartyKey};
use sensor_protocols::addr::Endpoint;
use sensor_protocols::time::Timestamp;

use super::cache::Cache;
use super::codec::{self, CodecError};
use super::error::StoreError;
use super::keys::{AgeClass, AgeKey, AlertEventKey, EventKey, TrafficIdKey, TrafficKey, id_of};
use super::places::{Places, age};
use super::schema::meta;
use super::tables::Tables;
use crate::alert::{
    Alert, KnownDevice, LearnRecord, Mute, NewEvent, OpenAlert, OpenEntry, Repeat, Repository,
    ViolationId, is_over,
};

type Result<T> = std::result::Result<T, StoreError>;

/// The verbs of one write transaction.
pub(crate) struct Unit<'t> {
    pub(super) tables: Tables<'t>,
    pub(super) cache: &'t mut Cache,
    /// Something was written, so the transaction has to be committed.
    pub(super) dirty: bool,
    first: Numbers,
}

/// The numbers to be given next, as they were when the transaction began.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Numbers {
    alert: u64,
    event: u64,
    token: u64,
}

impl Numbers {
    fn of(cache: &Cache) -> Self {
        Self {
            alert: cache.next_alert,
            event: cache.next_event,
            token: cache.next_token,
        }
    }
}

/// A number of the `meta` table.
pub(super) fn number(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &str,
) -> Result<Option<u64>> {
    let Some(value) = meta.get(name)? else {
        return Ok(None);
    };
    let bytes: std::result::Result<[u8; 8], _> = value.value().try_into();
    let bytes = bytes.map_err(|_| CodecError("not eight bytes".to_owned()));
    record("meta", name, bytes).map(|bytes| Some(u64::from_be_bytes(bytes)))
}

/// Names the record that cannot be read.
pub(super) fn record<T>(
    table: &'static str,
    key: impl std::fmt::Display,
    result: std::result::Result<T, CodecError>,
) -> Result<T> {
    result.map_err(|cause| StoreError::Record {
        table,
        key: key.to_string(),
        cause: cause.to_string(),
    })
}

impl<'t> Unit<'t> {
    pub(super) fn begin(transaction: &'t WriteTransaction, cache: &'t mut Cache) -> Result<Self> {
        let tables = Tables::open(transaction)?;
        let first = Numbers::of(cache);
        Ok(Self {
            tables,
            cache,
            dirty: false,
            first,
        })
    }

    /// Writes what belongs to the end of a transaction; returns whether there is anything to
    /// commit.
    pub(super) fn finish(mut self) -> Result<bool> {
        self.flush_due()?;
        let numbers = Numbers::of(self.cache);
        if numbers != self.first {
            self.put_number(meta::NEXT_ALERT, numbers.alert)?;
            self.put_number(meta::NEXT_EVENT, numbers.event)?;
            self.put_number(meta::NEXT_TOKEN, numbers.token)?;
        }
        Ok(self.dirty)
    }

    pub(super) fn put_number(&mut self, name: &str, value: u64) -> Result<()> {
        self.dirty = true;
        let bytes = value.to_be_bytes();
        self.tables.meta.insert(name, bytes.as_slice())?;
        Ok(())
    }

    /// The number of an alert type in this database.
    fn type_number(&mut self, id: &Arc<str>) -> Result<u16> {
        if let Some(number) = self.cache.types.get(id) {
            return Ok(*number);
        }
        let number = u16::try_from(self.cache.types.len());
        let number = number.map_err(|_| CodecError("65536 alert types are too many".to_owned()));
        let number = record("types", id, number)?;
        self.dirty = true;
        self.tables.types.insert(&**id, number)?;
        self.cache.types.insert(Arc::clone(id), number);
        Ok(number)
    }

    /// The alert as it is in the file, and where it is filed by age.
    fn stored(&self, id: u64) -> Result<Option<(Alert, Timestamp)>> {
        let Some(bytes) = self.tables.alerts.get(id)? else {
            return Ok(None);
        };
        record("alerts", id, codec::decode_alert(bytes.value())).map(Some)
    }

    /// The alert, unless it cannot be read: then the clock leaves it alone and goes on.
    fn readable(&mut self, id: u64) -> Result<Option<Alert>> {
        match self.alert(id) {
            Err(error) if !error.is_fatal() => {
                tracing::warn!(%error, "the clock passes an alert over");
                Ok(None)
            }
            other => other,
        }
    }

    /// Writes a record; returns what stood there before.
    fn write_alert(
        &mut self,
        alert: &Alert,
        filed: Timestamp,
    ) -> Result<Option<(Alert, Timestamp)>> {
        self.dirty = true;
        let id = alert.id;
        let bytes = record("alerts", id, codec::encode_alert(alert, filed))?;
        let old = self.tables.alerts.insert(id, bytes.as_slice())?;
        let old = old.map(|old| record("alerts", id, codec::decode_alert(old.value())));
        old.transpose()
    }

    /// Writes the repeats of an alert into its record; indexes stay as they are.
    fn flush_alert(&mut self, id: u64) -> Result<()> {
        let Some(pending) = self.cache.pending.remove(&id) else {
            return Ok(());
        };
        if let Some((mut alert, filed)) = self.stored(id)? {
            for repeat in &pending {
                repeat.apply(&mut alert);
            }
            self.write_alert(&alert, filed)?;
        }
        Ok(())
    }

    /// Writes repeats and hits when it is time to.
    fn flush_due(&mut self) -> Result<()> {
        if self.cache.due().is_some_and(|due| due <= Instant::now()) {
            self.flush_all()?;
        }
        Ok(())
    }

    /// Writes everything that is only in memory.
    pub(crate) fn flush_all(&mut self) -> Result<()> {
        let pending: Vec<u64> = self.cache.pending.keys().copied().collect();
        for id in pending {
            self.flush_alert(id)?;
        }
        self.flush_hits()
    }

    fn flush_hits(&mut self) -> Result<()> {
        self.cache.unwritten_since = None;
        for key in std::mem::take(&mut self.cache.hit_mutes) {
            if let Some(mute) = self.cache.mutes.get(&key).cloned() {
                self.put_mute(&mute)?;
            }
        }
        for tuple in std::mem::take(&mut self.cache.hit_learned) {
            if let Some(learned) = self.cache.learned.get(&tuple).cloned() {
                self.put_learned(&learned)?;
            }
        }
        Ok(())
    }

    /// Moves an alert from where it stood in the indexes to where it belongs.
    fn move_places(&mut self, old: Option<&Places>, new: Option<&Places>) -> Result<()> {
        macro_rules! moved {
            ($table:ident, $old:expr, $new:expr) => {
                let (old, new) = ($old, $new);
                if old != new {
                    if let Some(key) = old {
                        self.tables.$table.remove(&key.0)?;
                    }
                    if let Some(key) = new {
                        self.tables.$table.insert(&key.0, ())?;
                    }
                }
            };
        }
        moved!(by_status, old.map(|p| p.status), new.map(|p| p.status));
        moved!(
            by_severity,
            old.map(|p| p.severity),
            new.map(|p| p.severity)
        );
        moved!(by_engine, old.map(|p| p.engine), new.map(|p| p.engine));
        moved!(by_type, old.map(|p| p.kind), new.map(|p| p.kind));
        moved!(
            by_source,
            old.and_then(|p| p.source),
            new.and_then(|p| p.source)
        );
        moved!(
            by_destination,
            old.and_then(|p| p.destination),
            new.and_then(|p| p.destination)
        );
        moved!(by_age, old.map(|p| p.age), new.map(|p| p.age));
        moved!(open, old.and_then(|p| p.open), new.and_then(|p| p.open));
        Ok(())
    }

    /// Keeps the memory of open alerts true. When it is not certain that this is the newest open
    /// alert of its key, the file is asked the next time.
    fn remember_open(&mut self, alert: &Alert, fresh: bool) {
        let held = self.cache.open.get(&alert.key).map(|entry| entry.id);
        match OpenEntry::of(alert) {
            Some(entry) if fresh || held == Some(alert.id) => {
                self.cache.open.insert(alert.key.clone(), entry);
            }
            _ => self.cache.open.forget(&alert.key),
        }
    }

    /// Keys of up to `limit` alerts of a class that are filed not after `before`, oldest first.
    fn filed(&self, class: AgeClass, before: Timestamp, limit: usize) -> Result<Vec<[u8; 17]>> {
        let from = AgeKey::new(class, Timestamp::ZERO, 0);
        let to = AgeKey::new(class, before, u64::MAX);
        let mut keys = Vec::new();
        let range = self.tables.by_age.range::<&[u8; 17]>(&from.0..=&to.0)?;
        for row in range.take(limit) {
            keys.push(*row?.0.value());
        }
        Ok(keys)
    }

    /// The newest open alert of a traffic key in the file.
    fn find_open(&self, traffic: TrafficKey) -> Result<Option<u64>> {
        let from = TrafficIdKey::new(traffic, 0);
        let to = TrafficIdKey::new(traffic, u64::MAX);
        let mut range = self.tables.open.range::<&[u8; 52]>(&from.0..=&to.0)?;
        let newest = range.next_back().transpose()?;
        Ok(newest.map(|(key, _)| id_of(key.value())))
    }
}

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
