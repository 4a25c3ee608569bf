//! Records in memory, for replay and for tests. Grows with the number of alerts, as a replay's
//! output does; nothing here outlives the process.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;

use foldhash::fast::FixedState;
use sensor_detect::baseline::Tuple;
use sensor_detect::detector::Device;
use sensor_detect::finding::{AlertKey, PartyKey};
use sensor_protocols::addr::Endpoint;
use sensor_protocols::time::Timestamp;

use super::suppression::is_over;
use super::{
    Alert, KnownDevice, LearnRecord, Mute, NewEvent, OpenAlert, OpenEntry, Repeat, Repository,
    TimelineEvent, ViolationId,
};

/// A [`Repository`] without a store behind it.
#[derive(Debug, Default)]
pub struct MemoryRepository {
    last_id: u64,
    alerts: BTreeMap<u64, Alert>,
    /// Open alerts of a key, oldest first; mostly one.
    open: HashMap<AlertKey, Vec<OpenEntry>, FixedState>,
    latest: HashMap<AlertKey, u64, FixedState>,
    mutes: BTreeMap<AlertKey, Mute>,
    learned: BTreeMap<Tuple, LearnRecord>,
    events: Vec<TimelineEvent>,
    devices: HashMap<PartyKey, KnownDevice, FixedState>,
}

impl MemoryRepository {
    pub fn new() -> Self {
        Self::default()
    }

    /// Every alert, in the order of opening.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values()
    }

    /// The timeline, in the order of recording.
    pub fn events(&self) -> &[TimelineEvent] {
        &self.events
    }

    /// Takes in new or changed devices, so that alerts opened later name them.
    pub fn update_devices<'a>(&mut self, devices: impl IntoIterator<Item = &'a Device>) {
        for device in devices {
            let known = KnownDevice::from(device);
            for party in parties(device) {
                self.devices.insert(party, known.clone());
            }
        }
    }

    fn reindex(&mut self, alert: &Alert) {
        let open = self.open.entry(alert.key.clone()).or_default();
        open.retain(|entry| entry.id != alert.id);
        if let Some(entry) = OpenEntry::of(alert) {
            let place = open.partition_point(|other| other.id < entry.id);
            open.insert(place, entry);
        }
    }
}

/// The names under which traffic shows a device.
pub(crate) fn parties(device: &Device) -> impl Iterator<Item = PartyKey> {
    let ips = device.ips.iter().map(|ip| PartyKey::Ip(*ip));
    ips.chain(device.mac.map(PartyKey::Mac))
}

impl From<&Device> for KnownDevice {
    fn from(device: &Device) -> Self {
        Self {
            id: device.id,
            name: device.names.first().cloned(),
        }
    }
}

impl Repository for MemoryRepository {
    type Error = Infallible;

    fn allocate_alert_id(&mut self) -> Result<u64, Infallible> {
        self.last_id += 1;
        Ok(self.last_id)
    }

    fn alert(&mut self, id: u64) -> Result<Option<Alert>, Infallible> {
        Ok(self.alerts.get(&id).cloned())
    }

    fn put_alert(&mut self, alert: &Alert) -> Result<(), Infallible> {
        self.reindex(alert);
        let latest = self.latest.entry(alert.key.clone()).or_default();
        *latest = alert.id.max(*latest);
        self.alerts.insert(alert.id, alert.clone());
        Ok(())
    }

    fn delete_alert(&mut self, id: u64) -> Result<(), Infallible> {
        if let Some(alert) = self.alerts.remove(&id) {
            if let Some(open) = self.open.get_mut(&alert.key) {
                open.retain(|entry| entry.id != id);
            }
            if self.latest.get(&alert.key) == Some(&id) {
                self.latest.remove(&alert.key);
            }
        }
        Ok(())
    }

    fn open_alert(
        &mut self,
        key: &AlertKey,
        violation: ViolationId,
    ) -> Result<Option<OpenAlert>, Infallible> {
        let newest = self.open.get(key).and_then(|open| open.last());
        Ok(newest.map(|entry| OpenAlert {
            id: entry.id,
            place: entry.place(violation),
        }))
    }

    fn latest_alert(&mut self, key: &AlertKey) -> Result<Option<u64>, Infallible> {
        Ok(self.latest.get(key).copied())
    }

    fn count_repeat(&mut self, id: u64, repeat: &Repeat) -> Result<(), Infallible> {
        if let Some(alert) = self.alerts.get_mut(&id) {
            repeat.apply(alert);
        }
        Ok(())
    }

    fn mute(&mut self, key: &AlertKey) -> Result<Option<Mute>, Infallible> {
        Ok(self.mutes.get(key).cloned())
    }

    fn put_mute(&mut self, mute: &Mute) -> Result<(), Infallible> {
        self.mutes.insert(mute.key.clone(), mute.clone());
        Ok(())
    }

    fn remove_mute(&mut self, key: &AlertKey) -> Result<(), Infallible> {
        self.mutes.remove(key);
        Ok(())
    }

    fn hit_mute(
        &mut self,
        key: &AlertKey,
        count: u64,
        now: Timestamp,
    ) -> Result<Option<u64>, Infallible> {
        Ok(self
            .mutes
            .get_mut(key)
            .and_then(|mute| mute.hit(count, now)))
    }

    fn learned(&mut self, tuple: &Tuple) -> Result<Option<LearnRecord>, Infallible> {
        Ok(self.learned.get(tuple).cloned())
    }

    fn put_learned(&mut self, learned: &LearnRecord) -> Result<(), Infallible> {
        self.learned.insert(learned.tuple.clone(), learned.clone());
        Ok(())
    }

    fn remove_learned(&mut self, tuple: &Tuple) -> Result<(), Infallible> {
        self.learned.remove(tuple);
        Ok(())
    }

    fn hit_learned(
        &mut self,
        tuple: &Tuple,
        count: u64,
        now: Timestamp,
    ) -> Result<Option<u64>, Infallible> {
        let learned = self.learned.get_mut(tuple);
        Ok(learned.and_then(|learned| learned.hit(count, now)))
    }

    fn append_event(&mut self, event: NewEvent) -> Result<u64, Infallible> {
        let id = self.events.len() as u64 + 1;
        self.events.push(TimelineEvent { id, event });
        Ok(id)
    }

    fn quiet_alerts(&mut self, before: Timestamp, limit: usize) -> Result<Vec<u64>, Infallible> {
        let open = self.alerts.values().filter(|alert| alert.status.is_open());
        let due = open.map(|alert| (alert.quiet_since, alert.id));
        Ok(oldest(due, before, limit))
    }

    fn idle_alerts(&mut self, before: Timestamp, limit: usize) -> Result<Vec<u64>, Infallible> {
        let loose = |alert: &&Alert| !alert.status.is_open() && !alert.pinned;
        let due = self.alerts.values().filter(loose);
        let due = due.map(|alert| (alert.last_activity, alert.id));
        Ok(oldest(due, before, limit))
    }

    fn ended_mutes(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Mute>, Infallible> {
        let mutes = self.mutes.values();
        let over = mutes.filter(|mute| is_over(mute.expires, now));
        Ok(over.take(limit).cloned().collect())
    }

    fn ended_learned(
        &mut self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LearnRecord>, Infallible> {
        let learned = self.learned.values();
        let over = learned.filter(|learned| is_over(learned.expires, now));
        Ok(over.take(limit).cloned().collect())
    }

    fn device_at(&mut self, endpoint: &Endpoint) -> Result<Option<KnownDevice>, Infallible> {
        Ok(self.devices.get(&PartyKey::from(endpoint)).cloned())
    }
}

fn oldest(
    due: impl Iterator<Item = (Timestamp, u64)>,
    before: Timestamp,
    limit: usize,
) -> Vec<u64> {
    let mut due: Vec<_> = due.filter(|(time, _)| *time <= before).collect();
    due.sort_unstable();
    due.into_iter().take(limit).map(|(_, id)| id).collect()
}
