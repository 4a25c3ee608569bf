//! The kernel's flow table, read and emptied from time to time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aya::Ebpf;
use aya::maps::{HashMap, MapData, MapError};
use sensor_common::flow::{FlowKey, FlowStats};
use sensor_common::maps::FLOWS;

use super::CaptureError;
use super::census::Census;
use super::counters::KernelCounters;
use super::load::{map_error, missing};

/// A flow and what it did since the last drain; times are kernel times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowRecord {
    pub key: FlowKey,
    pub stats: FlowStats,
}

/// The flow map of one loaded program.
pub(super) struct FlowTable {
    map: HashMap<MapData, FlowKey, FlowStats>,
    capacity: u32,
    /// Flows taken out so far.
    removed: Arc<AtomicU64>,
}

impl FlowTable {
    pub(super) fn take(program: &mut Ebpf, capacity: u32) -> Result<Self, CaptureError> {
        let map = program.take_map(FLOWS).ok_or_else(|| missing(FLOWS))?;
        let map = HashMap::try_from(map).map_err(|error| map_error(FLOWS, &error))?;
        Ok(Self {
            map,
            capacity,
            removed: Arc::default(),
        })
    }

    /// Starts to count the entries from time to time.
    pub(super) fn census(&self, counters: &KernelCounters) -> Result<Census, CaptureError> {
        let capacity = bound(self.capacity);
        Census::start(&self.map, counters, Arc::clone(&self.removed), capacity)
    }

    pub(super) fn capacity(&self) -> u64 {
        u64::from(self.capacity)
    }

    /// Every record, by the time of its last frame; the table is empty afterwards.
    ///
    /// A frame that comes between reading and removing its flow is missing from both records; the
    /// packet counters of the program have it.
    pub(super) fn drain(&mut self) -> Result<Vec<FlowRecord>, CaptureError> {
        let failed = |error: &MapError| map_error(FLOWS, error);
        let mut keys = Vec::new();
        // The walk starts over when an entry it stands on is evicted; the capacity bounds it.
        for key in self.map.keys().take(bound(self.capacity)) {
            keys.push(key.map_err(|error| failed(&error))?);
        }
        let mut records = Vec::with_capacity(keys.len());
        for key in keys {
            match self.map.get(&key, 0) {
                Ok(stats) => records.push(FlowRecord { key, stats }),
                // Evicted or seen twice.
                Err(MapError::KeyNotFound) => continue,
                Err(error) => return Err(failed(&error)),
            }
            match self.map.remove(&key) {
                Ok(()) => {
                    self.removed.fetch_add(1, Ordering::Relaxed);
                }
                Err(MapError::KeyNotFound) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        records.sort_by_key(|record| (last_ns(&record.stats), record.key));
        Ok(records)
    }
}

fn bound(capacity: u32) -> usize {
    usize::try_from(capacity).unwrap_or(usize::MAX)
}

fn last_ns(stats: &FlowStats) -> u64 {
    stats
        .halves
        .iter()
        .map(|half| half.last_ns)
        .max()
        .unwrap_or(0)
}
