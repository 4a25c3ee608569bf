//! What the rest of the sensor tells the detector, and what the detector tells it to keep.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::baseline::{Learned, Tuple};
use crate::catalogue::Engine;
use crate::indicators::IndicatorSet;
use crate::inventory::Device;
use crate::settings::Mode;

/// An instruction to a running detector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Put the tuple into the baseline by hand. Learning a `Scanner` or `ProgrammingDevice`
    /// tuple gives the device that role; a `Device` tuple authorises the device.
    Learn(Tuple),
    /// Take exactly this tuple out of the baseline; its next occurrence raises again.
    Unlearn(Tuple),
    /// Mode of every type that has none of its own.
    SetMode(Mode),
    /// Mode of one type; `None` returns it to the common mode.
    SetTypeMode {
        type_id: Arc<str>,
        mode: Option<Mode>,
    },
    /// Switch one type on or off.
    SetEnabled { type_id: Arc<str>, enabled: bool },
    /// Switch one engine on or off. Switching on revives an engine that failed.
    SetEngineEnabled { engine: Engine, enabled: bool },
    /// Compare traffic with these indicators from here on.
    SetIndicators(Arc<IndicatorSet>),
}

/// What changed since the last [`super::Detector::take_changes`].
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Tuples that entered the baseline, in the order of learning.
    pub learned: Vec<Learned>,
    /// Tuples that left it.
    pub unlearned: Vec<Tuple>,
    /// Devices that are new or differ from what was last reported, by id.
    pub devices: Vec<Device>,
    /// Totals per type that moved: findings kept back because the type was learning.
    pub would_have_alerted: Vec<WouldHaveAlerted>,
    /// Types whose baseline became stable in dynamic mode and that raise alerts from here on.
    pub became_operational: Vec<Arc<str>>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.learned.is_empty()
            && self.unlearned.is_empty()
            && self.devices.is_empty()
            && self.would_have_alerted.is_empty()
            && self.became_operational.is_empty()
    }
}

/// How often a type would have raised an alert while it was learning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WouldHaveAlerted {
    pub type_id: Arc<str>,
    /// Total of this run.
    pub count: u64,
}
