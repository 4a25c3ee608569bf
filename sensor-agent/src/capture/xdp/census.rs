//! Counts the entries of maps that the kernel does not count itself, on a thread of its own.
//!
//! Data in: a second handle to the map and the counters. Data out: the last count. The packet path
//! and the reader of the ring never wait for it. Limits: the table is read in batches of [`BATCH`], 64
//! system calls for 262 144 flows, with a rest between them, every [`EVERY`]; the figure is as old
//! as that, and a table that changes during the walk is counted to within that change.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use aya::maps::{HashMap, IterableMap, MapData, MapError};
use sensor_common::counter::Counter;
use sensor_common::flow::{FlowKey, FlowStats};
use sensor_common::maps::FLOWS;

use super::CaptureError;
use super::counters::KernelCounters;
use super::load::map_error;
use super::sys;

/// Time between two walks.
const EVERY: Duration = Duration::from_secs(5);
/// Entries read by one system call, into 752 KiB. The kernel reads whole buckets; no bucket holds as
/// many.
const BATCH: usize = 4096;
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
    flows: OwnedFd,
    counters: KernelCounters,
    /// Flows the agent has taken out.
    removed: Arc<AtomicU64>,
    /// Most calls of a walk: the kernel ends it behind the last bucket.
    most_batches: usize,
    stop: Receiver<()>,
    keys: Vec<FlowKey>,
    values: Vec<FlowStats>,
    /// As of the last count.
    evicted: u64,
}

/// Another handle to the same map.
pub(super) fn second_handle(name: &str, map: &MapData) -> Result<MapData, CaptureError> {
    let copied = map.fd().as_fd().try_clone_to_owned();
    let fd = copied.map_err(|error| map_error(name, &MapError::IoError(error)))?;
    MapData::from_fd(fd).map_err(|error| map_error(name, &error))
}

impl Census {
    pub(super) fn start(
        flows: &HashMap<MapData, FlowKey, FlowStats>,
        counters: &KernelCounters,
        removed: Arc<AtomicU64>,
        capacity: usize,
    ) -> Result<Self, CaptureError> {
        let flows = flows.map().fd().as_fd().try_clone_to_owned();
        let (stop, stopped) = sync_channel(1);
        let counting = Counting {
            flows: flows.map_err(failed)?,
            counters: counters.second()?,
            removed,
            // Each bucket may take a call of its own, and there are less than two for an entry.
            most_batches: capacity.saturating_mul(2),
            stop: stopped,
            keys: vec![FlowKey::default(); BATCH],
            values: vec![FlowStats::default(); BATCH],
            evicted: 0,
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
    fn run(mut self, last: &Mutex<Option<FlowCount>>) {
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
    fn count(&mut self) -> Result<Option<FlowCount>, CaptureError> {
        // Read first: what is entered during the walk may be counted as present, never as evicted.
        let inserted = self.counters.sum()?.get(Counter::FlowsInserted);
        let mut entries = 0_u64;
        let mut position = None;
        for _ in 0..self.most_batches {
            let (keys, values) = (&mut self.keys, &mut self.values);
            let read = sys::read_batch(self.flows.as_fd(), position, keys, values);
            let (count, next) = read.map_err(failed)?;
            entries = entries.saturating_add(u64::try_from(count).unwrap_or(0));
            if next.is_none() {
                break;
            }
            position = next;
            if self.told_to_stop(REST) {
                return Ok(None);
            }
        }
        let removed = self.removed.load(Ordering::Relaxed);
        self.evicted = evicted(self.evicted, inserted, entries, removed);
        Ok(Some(FlowCount {
            entries,
            evicted: self.evicted,
        }))
    }

    fn told_to_stop(&self, wait: Duration) -> bool {
        !matches!(self.stop.recv_timeout(wait), Err(RecvTimeoutError::Timeout))
    }
}

/// Flows that made room, which never become fewer: flows entered or taken out during a walk make it
/// see too few.
fn evicted(before: u64, inserted: u64, entries: u64, removed: u64) -> u64 {
    let gone = inserted.saturating_sub(entries.saturating_add(removed));
    gone.max(before)
}

fn failed(error: io::Error) -> CaptureError {
    map_error(FLOWS, &MapError::IoError(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_evicted_flows_never_goes_back() {
        assert_eq!(evicted(0, 100, 60, 10), 30);
        // Flows that came during the walk are among the entries and not among those inserted.
        assert_eq!(evicted(30, 100, 75, 10), 30);
        assert_eq!(evicted(30, 150, 75, 10), 65);
        assert_eq!(evicted(65, 150, 160, 10), 65);
    }
}
