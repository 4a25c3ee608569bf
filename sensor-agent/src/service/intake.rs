//! The way in for the sensing thread: findings and changes wait here, merged, until the writer
//! fetches them. The lock is held to merge and to swap the buffer, never while anything is written.
//!
//! Limits: [`FINDINGS`] different findings and [`CHANGES`] changes may wait. What comes on top is
//! dropped and counted; repeats of what waits merge and need no room.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::FixedState;
use sensor_detect::baseline::Tuple;
use sensor_detect::detector::{Changes, Device, Learned};
use sensor_detect::finding::{AlertKey, Finding};
use sensor_protocols::time::Timestamp;

use crate::alert::{Occurrence, ViolationId};

/// Different findings (by alert key and violation) that may wait.
pub(super) const FINDINGS: usize = 65_536;

/// Changed tuples, and changed devices, that may wait.
pub(super) const CHANGES: usize = 262_144;

/// Equal findings.
#[derive(Debug)]
pub(super) struct Coalesced {
    pub finding: Finding,
    /// How many findings, and how many messages they stand for.
    pub findings: u64,
    pub count: u64,
    pub last: Timestamp,
}

impl Coalesced {
    pub(super) fn occurrence(&self) -> Occurrence<'_> {
        Occurrence {
            finding: &self.finding,
            count: self.count,
            last: self.last,
        }
    }
}

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    pub findings: Vec<Coalesced>,
    places: HashMap<(AlertKey, ViolationId), usize, FixedState>,
    /// A tuple entered the baseline (`Some`) or left it (`None`); the last word counts.
    pub baseline: BTreeMap<Tuple, Option<Learned>>,
    pub devices: BTreeMap<u64, Device>,
    pub operational: Vec<Arc<str>>,
}

impl Buffer {
    fn is_empty(&self) -> bool {
        self.findings.is_empty()
            && self.baseline.is_empty()
            && self.devices.is_empty()
            && self.operational.is_empty()
    }

    /// Merges a finding in; false when there is no room for it.
    fn add(&mut self, finding: Finding) -> bool {
        let violation = ViolationId::new(finding.discriminator, finding.tuple.as_ref());
        let place = (finding.key(), violation);
        if let Some(held) = self.places.get(&place).copied()
            && let Some(held) = self.findings.get_mut(held)
        {
            held.findings += 1;
            held.count = held.count.saturating_add(finding.count);
            held.last = held.last.max(finding.time);
            return true;
        }
        if self.findings.len() >= FINDINGS {
            return false;
        }
        self.places.insert(place, self.findings.len());
        self.findings.push(Coalesced {
            findings: 1,
            count: finding.count,
            last: finding.time,
            finding,
        });
        true
    }

    /// Merges changes in; returns how many there was no room for.
    fn change(&mut self, changes: Changes) -> u64 {
        let mut dropped = 0;
        let learned = changes.learned.into_iter();
        let learned = learned.map(|learned| (learned.tuple.clone(), Some(learned)));
        let unlearned = changes.unlearned.into_iter().map(|tuple| (tuple, None));
        for (tuple, state) in learned.chain(unlearned) {
            if self.baseline.len() < CHANGES || self.baseline.contains_key(&tuple) {
                self.baseline.insert(tuple, state);
            } else {
                dropped += 1;
            }
        }
        for device in changes.devices {
            if self.devices.len() < CHANGES || self.devices.contains_key(&device.id) {
                self.devices.insert(device.id, device);
            } else {
                dropped += 1;
            }
        }
        self.operational.extend(changes.became_operational);
        dropped
    }
}

/// Where the sensing thread leaves things.
#[derive(Debug, Default)]
pub(super) struct Intake {
    buffer: Mutex<Buffer>,
    /// Findings that came, and those for which there was no room.
    received: AtomicU64,
    dropped: AtomicU64,
    dropped_changes: AtomicU64,
}

impl Intake {
    /// Takes findings; returns whether nothing was waiting before.
    pub(super) fn add(&self, findings: Vec<Finding>) -> bool {
        let received = findings.len() as u64;
        let mut buffer = self.lock();
        let was_empty = buffer.is_empty();
        let room = findings.into_iter().map(|finding| buffer.add(finding));
        let dropped = room.filter(|room| !room).count() as u64;
        drop(buffer);
        self.received.fetch_add(received, Ordering::Relaxed);
        self.dropped.fetch_add(dropped, Ordering::Relaxed);
        was_empty
    }

    /// Takes changes; returns whether nothing was waiting before.
    pub(super) fn change(&self, changes: Changes) -> bool {
        let mut buffer = self.lock();
        let was_empty = buffer.is_empty();
        let dropped = buffer.change(changes);
        drop(buffer);
        self.dropped_changes.fetch_add(dropped, Ordering::Relaxed);
        was_empty
    }

    /// Everything that waits.
    pub(super) fn take(&self) -> Buffer {
        std::mem::take(&mut *self.lock())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Findings waiting.
    pub(super) fn waiting(&self) -> u64 {
        self.lock().findings.iter().map(|held| held.findings).sum()
    }

    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) fn dropped_changes(&self) -> u64 {
        self.dropped_changes.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
