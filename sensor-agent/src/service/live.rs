//! The line between the service and the running pipeline: what the pipeline shows, and what it can
//! be told.

use sensor_detect::detector::{Command, DetectorStatus, Mode};
use sensor_protocols::time::Timestamp;

use crate::capture::SourceStatus;

/// What the pipeline last said about itself; written about once a second.
#[derive(Clone, Debug, Default)]
pub struct LiveStatus {
    /// The sensor's clock when this was written; zero before the first time.
    pub time: Timestamp,
    /// Capture time of the last frame.
    pub capture_time: Timestamp,
    pub sources: Vec<SourceStatus>,
    /// Counters of decode, flow and dissect.
    pub counters: Vec<CounterSample>,
    pub detector: DetectorStatus,
    pub mode: Mode,
    /// Every source came to its end (capture files).
    pub finished: bool,
}

/// One counter at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterSample {
    /// Stable name, for instance `undecoded`.
    pub name: &'static str,
    /// What it is broken down by, for instance `("reason", "truncated")`.
    pub labels: Vec<(&'static str, String)>,
    pub value: u64,
}

impl CounterSample {
    pub fn new(name: &'static str, value: u64) -> Self {
        Self {
            name,
            labels: Vec::new(),
            value,
        }
    }

    #[must_use]
    pub fn with(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.labels.push((label, value.into()));
        self
    }
}

/// The running detector, as the service reaches it. The pipeline implements it.
pub trait DetectorControl: Send + Sync {
    /// Has the commands carried out, in order, before the next frame is looked at. When it returns
    /// they have been applied or stand in the detector's queue.
    fn apply(&self, commands: Vec<Command>) -> Result<(), ControlError>;
}

/// The detector did not take a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    #[error("the detector's command queue is full; try again in a moment")]
    Busy,
    #[error("the detector has stopped")]
    Stopped,
}
