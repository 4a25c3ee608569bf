//! Tests of the service over a store on disk.

mod access;
mod crash;
mod failing;
mod filters;
mod filters_health;
mod fixture;
mod lists;
mod living;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sensor_detect::detector::Command;
use sensor_protocols::time::Timestamp;

use super::*;
use crate::alert::suite::at;

/// A clock that tests move by hand.
#[derive(Clone)]
pub(super) struct Hand(Arc<AtomicU64>);

impl Hand {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(at(0).as_nanos())))
    }

    pub(super) fn set(&self, time: Timestamp) {
        self.0.store(time.as_nanos(), Ordering::SeqCst);
    }

    pub(super) fn clock(&self) -> Clock {
        let time = Arc::clone(&self.0);
        Clock::new(move || Timestamp::from_nanos(time.load(Ordering::SeqCst)))
    }
}

pub(super) fn settings(dir: &Path, hand: &Hand) -> ServiceSettings {
    ServiceSettings {
        clock: hand.clock(),
        ..ServiceSettings::new(dir)
    }
}

pub(super) fn open(dir: &Path, hand: &Hand) -> (Service, Restored) {
    Service::open(settings(dir, hand)).expect("the service starts")
}

/// A detector that writes down what it is told.
#[derive(Default)]
pub(super) struct Recorder {
    pub commands: Mutex<Vec<Command>>,
    pub busy: std::sync::atomic::AtomicBool,
}

impl DetectorControl for Recorder {
    fn apply(&self, commands: Vec<Command>) -> Result<(), ControlError> {
        if self.busy.load(Ordering::SeqCst) {
            return Err(ControlError::Busy);
        }
        self.commands.lock().expect("no panic").extend(commands);
        Ok(())
    }
}

/// Waits until the writer has come to something.
pub(super) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "never came true: {what}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The value of a counter, summed over its labels unless one is given.
pub(super) fn counter(service: &Service, name: &str, label: Option<&str>) -> u64 {
    let samples = service.counters().into_iter();
    let own = samples.filter(|sample| {
        let labelled = |label: &str| sample.labels.iter().any(|(_, value)| value == label);
        sample.name == name && label.is_none_or(labelled)
    });
    own.map(|sample| sample.value).sum()
}

/// Hands findings over and waits until all of them are settled.
pub(super) fn ingest(service: &Service, findings: Vec<Finding>) {
    service.ingest(findings);
    settle(service);
}

pub(super) fn settle(service: &Service) {
    eventually("findings are settled", || {
        let settled =
            counter(service, "findings", None) + counter(service, "findings_dropped", None);
        settled == counter(service, "findings_received", None)
    });
}

pub(super) fn by_ada() -> Edit {
    crate::alert::suite::edit()
}

/// Every alert, newest first.
pub(super) fn all_alerts(service: &Service) -> Vec<Alert> {
    let rows = service.export_alerts(AlertQuery::default()).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}
