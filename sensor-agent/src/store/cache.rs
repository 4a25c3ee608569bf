//! What the writer keeps in memory between transactions: numbers, rules, open alerts and repeats
//! that are not written yet. It belongs to the writer thread alone.
//!
//! After a failed transaction it is thrown away and loaded again, so that it never knows what the
//! file does not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::fast::FixedState;
use redb::ReadableTable;
use sensor_detect::baseline::Tuple;
use sensor_detect::detector::Device;
use sensor_detect::finding::{AlertKey, PartyKey};

use super::codec;
use super::error::StoreError;
use super::schema::meta;
use super::tables::Tables;
use super::unit::{number, record};
use crate::alert::{KnownDevice, LearnRecord, Mute, OpenEntry, Repeat, parties};

/// Open alerts whose violations are held in memory. Beyond it the least recently used half makes
/// room; those are read from the file when their traffic comes again.
pub(super) const OPEN_ENTRIES: usize = 262_144;

/// Alerts with repeats that are not written yet; when there are more, all are written at once.
pub(super) const PENDING_ALERTS: usize = 65_536;

/// Repeats of an alert, and hits of a mute, are written at most this often.
pub(super) const FLUSH_INTERVAL: Duration = Duration::from_secs(1);

type Map<K, V> = HashMap<K, V, FixedState>;

#[derive(Default)]
pub(super) struct Cache {
    pub next_alert: u64,
    pub next_event: u64,
    pub next_token: u64,
    pub types: Map<Arc<str>, u16>,
    pub open: OpenEntries,
    /// Repeats that are not written yet, by alert; ordered, so that they are written in the order
    /// of the file.
    pub pending: BTreeMap<u64, Vec<Repeat>>,
    pub mutes: Map<AlertKey, Mute>,
    pub learned: Map<Tuple, LearnRecord>,
    /// Rules whose hits are not written yet.
    pub hit_mutes: HashSet<AlertKey, FixedState>,
    pub hit_learned: HashSet<Tuple, FixedState>,
    /// Since when there are unwritten repeats or hits.
    pub unwritten_since: Option<Instant>,
    pub devices: Map<PartyKey, KnownDevice>,
}

impl Cache {
    /// Reads everything but the open alerts, which come as they are asked for.
    pub(super) fn load(tables: &Tables<'_>) -> Result<Self, StoreError> {
        let mut cache = Self {
            next_alert: number(&tables.meta, meta::NEXT_ALERT)?.unwrap_or(1),
            next_event: number(&tables.meta, meta::NEXT_EVENT)?.unwrap_or(1),
            next_token: number(&tables.meta, meta::NEXT_TOKEN)?.unwrap_or(1),
            ..Self::default()
        };
        for row in tables.types.iter()? {
            let (id, number) = row?;
            cache.types.insert(id.value().into(), number.value());
        }
        for row in tables.mutes.iter()? {
            let (key, value) = row?;
            let mute = record("mutes", key.value(), codec::decode_mute(value.value()))?;
            cache.mutes.insert(mute.key.clone(), mute);
        }
        for row in tables.learned.iter()? {
            let (key, value) = row?;
            let learned = record("learned", key.value(), codec::decode_learned(value.value()))?;
            cache.learned.insert(learned.tuple.clone(), learned);
        }
        for row in tables.devices.iter()? {
            let (key, value) = row?;
            let device: Device = record("devices", key.value(), codec::decode_json(value.value()))?;
            cache.know(&device);
        }
        Ok(cache)
    }

    /// Makes a device findable by its addresses.
    pub(super) fn know(&mut self, device: &Device) {
        let known = KnownDevice::from(device);
        for party in parties(device) {
            self.devices.insert(party, known.clone());
        }
    }

    /// Remembers a repeat until it is written.
    pub(super) fn defer(&mut self, id: u64, repeat: &Repeat) {
        self.unwritten_since.get_or_insert_with(Instant::now);
        let repeats = self.pending.entry(id).or_default();
        let same = |held: &&mut Repeat| held.violation == repeat.violation;
        match repeats.iter_mut().find(same) {
            Some(held) => held.merge(repeat),
            None => repeats.push(*repeat),
        }
    }

    /// Messages in repeats that are not written yet.
    pub(super) fn pending_messages(&self) -> u64 {
        let repeats = self.pending.values().flatten();
        repeats.map(|repeat| repeat.count).sum()
    }

    /// When unwritten repeats and hits are to be written; `None` when there are none.
    pub(super) fn due(&self) -> Option<Instant> {
        let full = self.pending.len() > PENDING_ALERTS;
        let wait = if full { Duration::ZERO } else { FLUSH_INTERVAL };
        Some(self.unwritten_since? + wait)
    }
}

/// The newest open alert of each key, with a cap: two generations, of which the older one is
/// dropped when the younger is full.
#[derive(Default)]
pub(super) struct OpenEntries {
    young: Map<AlertKey, OpenEntry>,
    old: Map<AlertKey, OpenEntry>,
}

impl OpenEntries {
    pub(super) fn get(&mut self, key: &AlertKey) -> Option<&OpenEntry> {
        if let Some((key, entry)) = self.old.remove_entry(key) {
            self.insert(key, entry);
        }
        self.young.get(key)
    }

    pub(super) fn insert(&mut self, key: AlertKey, entry: OpenEntry) {
        if self.young.len() >= OPEN_ENTRIES / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, entry);
    }

    pub(super) fn forget(&mut self, key: &AlertKey) {
        self.young.remove(key);
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use sensor_protocols::time::Timestamp;

    use super::*;
    use crate::alert::ViolationId;

    fn key(discriminator: u64) -> AlertKey {
        AlertKey {
            type_id: "type".into(),
            source: None,
            destination: None,
            discriminator,
        }
    }

    #[test]
    fn entries_in_use_survive_the_change_of_generations() {
        let mut open = OpenEntries::default();
        for n in 0..(OPEN_ENTRIES as u64 / 2) {
            open.insert(key(n), OpenEntry::default());
        }
        open.insert(key(u64::MAX), OpenEntry::default());
        assert!(open.get(&key(7)).is_some(), "an old entry is still found");
        for n in 0..(OPEN_ENTRIES as u64 / 2) {
            open.insert(key(1_000_000 + n), OpenEntry::default());
        }
        assert!(open.get(&key(7)).is_some(), "and use made it young");
        assert!(open.get(&key(8)).is_none(), "the unused one made room");
        assert!(open.young.len() + open.old.len() <= OPEN_ENTRIES + 2);
    }

    #[test]
    fn repeats_of_one_violation_merge_and_others_stay_apart() {
        let mut cache = Cache::default();
        let repeat = |violation, count, last| Repeat {
            violation: ViolationId::new(violation, None),
            count,
            last: Timestamp::from_nanos(last),
            now: Timestamp::from_nanos(last),
        };
        cache.defer(5, &repeat(1, 2, 10));
        cache.defer(5, &repeat(1, 3, 30));
        cache.defer(5, &repeat(2, 4, 20));
        assert_eq!(cache.pending[&5], [repeat(1, 5, 30), repeat(2, 4, 20)]);
        assert_eq!(cache.pending_messages(), 9);
        assert!(cache.due().is_some());
    }
}
