//! Counts the entries of maps that the kernel does not count itself, on a thread of its own.
//!
//! Data in: a second handle to the map and the counters. Data out: the last count. The packet path
//! and the reader of the ring never wait for it. Limits: a walk over a table of 262 144 flows is as
//! many short system calls, so it rests between [`CHUNK`]s and comes every [`EVERY`]; the figure is
//! as old as that, and a table that changes during the walk is counted to within that change.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use aya::maps::{HashMap, IterableMap, MapData};
use sensor_common::counter::Counter;
use sensor_common::flow::{FlowKey, FlowStats};
use sensor_common::maps::FLOWS;

use super::CaptureError;
use super::counters::KernelCounters;
use super::load::map_error;

/// Time between two walks.
const EVERY: Duration = Duration::from_secs(5);
/// Entries walked over without a rest.
const CHUNK: usize = 4096;
/// The rest.
const REST: Duration = Duration::from_millis(2);

/// A count of the flow table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FlowCount {
    /// Flows in the table.
    pub(super) entries: u64,
    /// Flows that had to make room for others: entered, not taken out by the agent, and gone.
    pub(super) evicted: u64,
}

/// The counting thread; it ends with this handle.
pub(super) struct Census {
    last: Arc<Mutex<Option<FlowCount>>>,
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread owns.
struct Counting {
    flows: HashMap<MapData, FlowKey, FlowStats>,
    counters: KernelCounters,
    /// Flows the agent has taken out.
    removed: Arc<AtomicU64>,
    capacity: usize,
    stop: Receiver<()>,
}

/// Another handle to the same map.
pub(super) fn second_handle(name: &str, map: &MapData) -> Result<MapData, CaptureError> {
    let copied = map.fd().as_fd().try_clone_to_owned();
    let fd = copied.map_err(|error| map_error(name, &aya::maps::MapError::IoError(error)))?;
    MapData::from_fd(fd).map_err(|error| map_error(name, &error))
}

impl Census {
    pub(super) fn start(
        flows: &HashMap<MapData, FlowKey, FlowStats>,
        counters: &KernelCounters,
        removed: Arc<AtomicU64>,
        capacity: usize,
    ) -> Result<Self, CaptureError> {
        let map = aya::maps::Map::LruHashMap(second_handle(FLOWS, flows.map())?);
        let flows = HashMap::try_from(map).map_err(|error| map_error(FLOWS, &error))?;
        let (stop, stopped) = sync_channel(1);
        let counting = Counting {
            flows,
            counters: counters.second()?,
            removed,
            capacity,
            stop: stopped,
        };
        let last = Arc::new(Mutex::new(None));
        let result = Arc::clone(&last);
        let thread = std::thread::Builder::new().name("map-census".to_owned());
        let thread = thread.spawn(move || counting.run(&result));
        let thread = thread.map_err(|error| CaptureError::Host {
            kind: "xdp",
            cause: format!("no thread to count map entries: {error}"),
            remedy: "check the limit of threads".to_owned(),
        })?;
        Ok(Self {
            last,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The last count; `None` before the first one.
    pub(super) fn flows(&self) -> Option<FlowCount> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Census {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that counts map entries panicked");
        }
    }
}

impl Counting {
    fn run(self, last: &Mutex<Option<FlowCount>>) {
        loop {
            match self.count() {
                Ok(Some(count)) => {
                    *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(count);
                }
                Ok(None) => return,
                Err(error) => tracing::debug!(%error, "the flow table was not counted"),
            }
            if self.told_to_stop(EVERY) {
                return;
            }
        }
    }

    /// One walk; `None` when it is to end.
    fn count(&self) -> Result<Option<FlowCount>, CaptureError> {
        // Read first: what is entered during the walk may be counted as present, never as evicted.
        let inserted = self.counters.sum()?.get(Counter::FlowsInserted);
        let mut entries = 0_u64;
        // A walk starts over when the entry it stands on goes; the capacity bounds it.
        for (step, key) in (1..).zip(self.flows.keys().take(self.capacity)) {
            key.map_err(|error| map_error(FLOWS, &error))?;
            entries += 1;
            if step % CHUNK == 0 && self.told_to_stop(REST) {
                return Ok(None);
            }
        }
        let removed = self.removed.load(Ordering::Relaxed);
        let evicted = inserted.saturating_sub(entries.saturating_add(removed));
        Ok(Some(FlowCount { entries, evicted }))
    }

    fn told_to_stop(&self, wait: Duration) -> bool {
        !matches!(self.stop.recv_timeout(wait), Err(RecvTimeoutError::Timeout))
    }
}
