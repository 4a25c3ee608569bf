//! The detector: inventory, baseline and the five engines behind one face.
//!
//! Data in: [`Observation`]s in the order of their flows, ticks with the time of the capture, and
//! [`Command`]s. Data out: [`Finding`]s in the order in which they arise, and [`Changes`] that the
//! store has to keep. What belongs to one pair of devices is kept apart from what spans pairs, so
//! that pairs can be spread over workers.
//!
//! Limits: every table has a cap (see [`crate::settings::Limits`]) and counts what it evicts or
//! refuses; findings are limited per type and second, and the surplus is counted, never lost in
//! silence.

mod command;
mod status;

pub use command::{Changes, Command, WouldHaveAlerted};
pub use status::{DetectorStatus, EngineState, EngineStatus, TableStatus, TypeStatus};

pub use crate::baseline::{Learned, Origin};
pub use crate::inventory::{Device, DeviceKind};
pub use crate::settings::{DetectorSettings, Mode, OtFocus, SettingsError, TypeSettings};

use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

use crate::baseline::Tuple;
use crate::finding::Finding;

/// Stage 5 as one object.
pub struct Detector {
    settings: DetectorSettings,
    now: Timestamp,
}

impl Detector {
    /// A detector without any knowledge. Unknown type ids in `settings` have no effect here;
    /// [`DetectorSettings::check`] names them.
    pub fn new(settings: DetectorSettings) -> Self {
        Self {
            settings,
            now: Timestamp::ZERO,
        }
    }

    /// Takes one message or connection fact; findings are appended to `out`.
    pub fn observe(&mut self, observation: &Observation<'_>, _out: &mut Vec<Finding>) {
        self.now = self.now.max(observation.time);
    }

    /// Lets time pass, about once a second of capture time: silence and unanswered attempts are
    /// decided here.
    pub fn tick(&mut self, now: Timestamp, _out: &mut Vec<Finding>) {
        self.now = self.now.max(now);
    }

    /// The capture ends: decides what still waited for an answer, as a long silence would.
    pub fn finish(&mut self, _out: &mut Vec<Finding>) {}

    /// Carries out an instruction of an operator or of the alert stage. Returns whether it
    /// changed anything (learning what is learned already does not).
    pub fn apply(&mut self, command: Command) -> bool {
        match command {
            Command::SetMode(mode) => {
                let changed = self.settings.mode != mode;
                self.settings.mode = mode;
                changed
            }
            _ => false,
        }
    }

    /// What changed since the last call and must be kept.
    pub fn take_changes(&mut self) -> Changes {
        Changes::default()
    }

    /// Brings back what an earlier run kept. Nothing of it appears in [`Self::take_changes`].
    pub fn restore(
        &mut self,
        _tuples: impl IntoIterator<Item = Learned>,
        _devices: impl IntoIterator<Item = Device>,
    ) {
    }

    /// Every learned tuple, ordered by tuple.
    pub fn baseline(&self) -> Vec<Learned> {
        Vec::new()
    }

    /// Whether exactly this tuple is learned.
    pub fn is_learned(&self, _tuple: &Tuple) -> bool {
        false
    }

    /// The devices seen so far, by id.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        [].iter()
    }

    /// The mode of types that have none of their own.
    pub fn mode(&self) -> Mode {
        self.settings.mode
    }

    /// How the engines, types and tables are doing.
    pub fn status(&self) -> DetectorStatus {
        DetectorStatus::default()
    }
}
