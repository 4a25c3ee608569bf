//! One unit of work inside a write transaction: its tables, its share of the writer's memory, and
//! what every verb needs of both.

use std::sync::Arc;
use std::time::Instant;

use redb::{ReadableTable, WriteTransaction};
use sensor_protocols::time::Timestamp;

use super::cache::Cache;
use super::codec::{self, CodecError};
use super::error::StoreError;
use super::keys::{AgeClass, AgeKey, TrafficIdKey, TrafficKey, id_of};
use super::places::Places;
use super::schema::meta;
use super::tables::Tables;
use crate::alert::{Alert, OpenEntry, Repository};

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
    pub(super) fn type_number(&mut self, id: &Arc<str>) -> Result<u16> {
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
    pub(super) fn stored(&self, id: u64) -> Result<Option<(Alert, Timestamp)>> {
        let Some(bytes) = self.tables.alerts.get(id)? else {
            return Ok(None);
        };
        record("alerts", id, codec::decode_alert(bytes.value())).map(Some)
    }

    /// The alert, unless it cannot be read: then the clock leaves it alone and goes on.
    pub(super) fn readable(&mut self, id: u64) -> Result<Option<Alert>> {
        match self.alert(id) {
            Err(error) if !error.is_fatal() => {
                tracing::warn!(%error, "the clock passes an alert over");
                Ok(None)
            }
            other => other,
        }
    }

    /// Writes a record; returns what stood there before.
    pub(super) fn write_alert(
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
    pub(super) fn move_places(&mut self, old: Option<&Places>, new: Option<&Places>) -> Result<()> {
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
    pub(super) fn remember_open(&mut self, alert: &Alert, fresh: bool) {
        let held = self.cache.open.get(&alert.key).map(|entry| entry.id);
        match OpenEntry::of(alert) {
            Some(entry) if fresh || held == Some(alert.id) => {
                self.cache.open.insert(alert.key.clone(), entry);
            }
            _ => self.cache.open.forget(&alert.key),
        }
    }

    /// Keys of up to `limit` alerts of a class that are filed not after `before`, oldest first.
    pub(super) fn filed(
        &self,
        class: AgeClass,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<[u8; 17]>> {
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
    pub(super) fn find_open(&self, traffic: TrafficKey) -> Result<Option<u64>> {
        let from = TrafficIdKey::new(traffic, 0);
        let to = TrafficIdKey::new(traffic, u64::MAX);
        let mut range = self.tables.open.range::<&[u8; 52]>(&from.0..=&to.0)?;
        let newest = range.next_back().transpose()?;
        Ok(newest.map(|(key, _)| id_of(key.value())))
    }
}
