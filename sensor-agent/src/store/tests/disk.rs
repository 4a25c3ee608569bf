//! The rules of the alert stage over a database: every verb in a transaction of its own, and a
//! restart wherever the rules ask for one.

use std::sync::Arc;

use redb::{Database, ReadableDatabase};
use sensor_detect::baseline::Tuple;
use sensor_detect::finding::AlertKey;
use sensor_protocols::addr::Endpoint;
use sensor_protocols::time::Timestamp;

use crate::alert::suite::{World, rules};
use crate::alert::{
    Alert, KnownDevice, LearnRecord, Mute, NewEvent, OpenAlert, Repeat, Repository, TimelineEvent,
    ViolationId,
};
use crate::store::cache::Cache;
use crate::store::{Snapshot, StoreError, TimelineQuery, Unit, check, writer};

type Result<T> = std::result::Result<T, StoreError>;

/// A [`Repository`] over a database in memory.
pub(crate) struct Disk {
    database: Arc<Database>,
    cache: Cache,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let backend = redb::backends::InMemoryBackend::new();
        let database = Database::builder().create_with_backend(backend);
        let database = database.expect("a database in memory");
        let cache = writer::load(&database).expect("an empty cache");
        Self {
            database: Arc::new(database),
            cache,
        }
    }

    fn unit<T>(&mut self, work: impl FnOnce(&mut Unit<'_>) -> Result<T>) -> Result<T> {
        let transaction = self.database.begin_write()?;
        let mut unit = Unit::begin(&transaction, &mut self.cache)?;
        let value = work(&mut unit)?;
        if unit.finish()? {
            transaction.commit()?;
        }
        Ok(value)
    }

    fn snapshot(&self) -> Snapshot {
        let txn = self.database.begin_read().expect("a snapshot");
        Snapshot { txn }
    }
}

/// Every test ends with a database whose indexes agree with its records.
impl Drop for Disk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let report = check::check(&self.snapshot()).expect("a walk");
        assert_eq!(report.problems, Vec::<String>::new());
    }
}

impl World for Disk {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method is not general enough"
    )]
    fn restart(&mut self) {
        self.unit(|unit| unit.flush_all()).expect("flushed");
        self.cache = writer::load(&self.database).expect("loaded");
    }

    fn events(&mut self) -> Vec<TimelineEvent> {
        let mut query = TimelineQuery {
            limit: Some(7),
            ..TimelineQuery::default()
        };
        let mut events = Vec::new();
        loop {
            let page = self.snapshot().timeline(&query).expect("read");
            let page = page.expect("our own cursor");
            events.extend(page.items);
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        events.sort_by_key(|event| event.id);
        events
    }
}

impl Repository for Disk {
    type Error = StoreError;

    fn allocate_alert_id(&mut self) -> Result<u64> {
        self.unit(|unit| unit.allocate_alert_id())
    }

    fn alert(&mut self, id: u64) -> Result<Option<Alert>> {
        self.unit(|unit| unit.alert(id))
    }

    fn put_alert(&mut self, alert: &Alert) -> Result<()> {
        self.unit(|unit| unit.put_alert(alert))
    }

    fn delete_alert(&mut self, id: u64) -> Result<()> {
        self.unit(|unit| unit.delete_alert(id))
    }

    fn open_alert(&mut self, key: &AlertKey, violation: ViolationId) -> Result<Option<OpenAlert>> {
        self.unit(|unit| unit.open_alert(key, violation))
    }

    fn latest_alert(&mut self, key: &AlertKey) -> Result<Option<u64>> {
        self.unit(|unit| unit.latest_alert(key))
    }

    fn count_repeat(&mut self, id: u64, repeat: &Repeat) -> Result<()> {
        self.unit(|unit| unit.count_repeat(id, repeat))
    }

    fn mute(&mut self, key: &AlertKey) -> Result<Option<Mute>> {
        self.unit(|unit| unit.mute(key))
    }

    fn put_mute(&mut self, mute: &Mute) -> Result<()> {
        self.unit(|unit| unit.put_mute(mute))
    }

    fn remove_mute(&mut self, key: &AlertKey) -> Result<()> {
        self.unit(|unit| unit.remove_mute(key))
    }

    fn hit_mute(&mut self, key: &AlertKey, count: u64, now: Timestamp) -> Result<Option<u64>> {
        self.unit(|unit| unit.hit_mute(key, count, now))
    }

    fn learned(&mut self, tuple: &Tuple) -> Result<Option<LearnRecord>> {
        self.unit(|unit| unit.learned(tuple))
    }

    fn put_learned(&mut self, learned: &LearnRecord) -> Result<()> {
        self.unit(|unit| unit.put_learned(learned))
    }

    fn remove_learned(&mut self, tuple: &Tuple) -> Result<()> {
        self.unit(|unit| unit.remove_learned(tuple))
    }

    fn hit_learned(&mut self, tuple: &Tuple, count: u64, now: Timestamp) -> Result<Option<u64>> {
        self.unit(|unit| unit.hit_learned(tuple, count, now))
    }

    fn append_event(&mut self, event: NewEvent) -> Result<u64> {
        self.unit(|unit| unit.append_event(event))
    }

    fn quiet_alerts(&mut self, before: Timestamp, limit: usize) -> Result<Vec<u64>> {
        self.unit(|unit| unit.quiet_alerts(before, limit))
    }

    fn idle_alerts(&mut self, before: Timestamp, limit: usize) -> Result<Vec<u64>> {
        self.unit(|unit| unit.idle_alerts(before, limit))
    }

    fn ended_mutes(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Mute>> {
        self.unit(|unit| unit.ended_mutes(now, limit))
    }

    fn ended_learned(&mut self, now: Timestamp, limit: usize) -> Result<Vec<LearnRecord>> {
        self.unit(|unit| unit.ended_learned(now, limit))
    }

    fn device_at(&mut self, endpoint: &Endpoint) -> Result<Option<KnownDevice>> {
        self.unit(|unit| unit.device_at(endpoint))
    }
}

rules!(Disk::new());
