//! Commands on their way to the running detector. What it cannot take at once is kept in order
//! and sent again, so a change that was answered always reaches it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sensor_detect::detector::Command;

use super::live::DetectorControl;

#[derive(Default)]
pub(super) struct Control {
    detector: OnceLock<Arc<dyn DetectorControl>>,
    /// Commands the detector has not taken; bounded by what people do meanwhile.
    unsent: Mutex<VecDeque<Command>>,
}

impl Control {
    /// Connects the detector, once; a second one is not used.
    pub(super) fn attach(&self, detector: Arc<dyn DetectorControl>) {
        if self.detector.set(detector).is_err() {
            tracing::warn!("a second detector wanted to be attached; the first one stays");
        }
        self.send([]);
    }

    /// Sends commands behind those that still wait.
    pub(super) fn send(&self, commands: impl IntoIterator<Item = Command>) {
        let mut unsent = self.unsent.lock().unwrap_or_else(PoisonError::into_inner);
        unsent.extend(commands);
        self.flush(&mut unsent);
    }

    /// Sends again what still waits, unless somebody is sending: the sensing thread must not wait
    /// for a caller who waits for it.
    pub(super) fn retry(&self) {
        if let Ok(mut unsent) = self.unsent.try_lock() {
            self.flush(&mut unsent);
        }
    }

    fn flush(&self, unsent: &mut VecDeque<Command>) {
        let Some(detector) = self.detector.get() else {
            return;
        };
        if unsent.is_empty() {
            return;
        }
        match detector.apply(unsent.iter().cloned().collect()) {
            Ok(()) => unsent.clear(),
            Err(error) => {
                tracing::debug!(%error, waiting = unsent.len(), "commands are sent again");
            }
        }
    }

    /// Commands that the detector has not taken.
    pub(super) fn waiting(&self) -> usize {
        let unsent = self.unsent.lock();
        unsent.unwrap_or_else(PoisonError::into_inner).len()
    }
}
