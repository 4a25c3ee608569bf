//! Open alerts as repeated traffic meets them: which violations an alert holds, and how a repeat
//! is counted. Shared by every implementation of [`super::Repository`].

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;
use sensor_detect::baseline::Tuple;
use smallvec::SmallVec;

use super::{Alert, Repeat, Status, ViolationRecord, limits};

/// Tells the violations of one alert apart: their discriminator and what *learn* would take.
/// Only compared within one process, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViolationId(u64);

impl ViolationId {
    pub fn new(discriminator: u64, tuple: Option<&Tuple>) -> Self {
        let mut hasher = FixedState::with_seed(0).build_hasher();
        discriminator.hash(&mut hasher);
        tuple.hash(&mut hasher);
        Self(hasher.finish())
    }

    pub fn of(violation: &ViolationRecord) -> Self {
        Self::new(violation.discriminator, violation.tuple.as_ref())
    }
}

/// Whether an open alert has a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViolationPlace {
    Known,
    /// It is new and there is room for it.
    Room,
    /// It is new and the list is full; it is only counted.
    Full,
}

/// What has to be known of an open alert to count a repeat without reading its record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenEntry {
    pub id: u64,
    violations: SmallVec<[ViolationId; 1]>,
}

impl OpenEntry {
    /// `None` for a closed alert.
    pub fn of(alert: &Alert) -> Option<Self> {
        alert.status.is_open().then(|| Self {
            id: alert.id,
            violations: alert.violations.iter().map(ViolationId::of).collect(),
        })
    }

    pub fn place(&self, violation: ViolationId) -> ViolationPlace {
        if self.violations.contains(&violation) {
            ViolationPlace::Known
        } else if self.violations.len() < limits::VIOLATIONS {
            ViolationPlace::Room
        } else {
            ViolationPlace::Full
        }
    }
}

impl Repeat {
    /// Adds the messages to the alert and to the violation they belong to.
    pub fn apply(&self, alert: &mut Alert) {
        alert.count = alert.count.saturating_add(self.count);
        alert.last_detection = alert.last_detection.max(self.last);
        alert.quiet_since = alert.quiet_since.max(self.now);
        alert.last_activity = alert.last_activity.max(self.now);
        let held = alert
            .violations
            .iter_mut()
            .find(|held| ViolationId::of(held) == self.violation);
        match held {
            Some(held) => {
                held.count = held.count.saturating_add(self.count);
                held.last_detection = held.last_detection.max(self.last);
            }
            None => alert.violations_omitted = alert.violations_omitted.saturating_add(self.count),
        }
    }

    /// Takes a later repeat of the same violation in.
    pub fn merge(&mut self, later: &Self) {
        self.count = self.count.saturating_add(later.count);
        self.last = self.last.max(later.last);
        self.now = self.now.max(later.now);
    }
}

impl Alert {
    /// Sets the status; opening restarts the auto-close clock.
    pub(super) fn turn(&mut self, status: Status, now: sensor_protocols::time::Timestamp) {
        if status.is_open() && !self.status.is_open() {
            self.quiet_since = self.quiet_since.max(now);
        }
        self.status = status;
    }
}
