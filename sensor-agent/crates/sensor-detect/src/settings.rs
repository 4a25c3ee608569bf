//! What an operator can set about detection. Defaults are the catalogue's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Engine, Threshold, catalogue};
use crate::indicators::IndicatorSet;

/// What happens to traffic that the baseline does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It enters the baseline; the finding is only counted as *would have alerted*.
    Learning,
    /// As learning, until the type's baseline brought nothing new for
    /// [`DetectorSettings::dynamic_stable_for`]; then as operational.
    Dynamic,
    /// It raises a finding.
    #[default]
    Operational,
}

/// Whether engines other than malware look at traffic without any OT in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtFocus {
    /// On when OT subnets are configured, else off.
    #[default]
    Auto,
    On,
    Off,
}

/// Settings of one alert type; `None` keeps the catalogue's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TypeSettings {
    pub enabled: Option<bool>,
    pub mode: Option<Mode>,
    pub threshold: Option<Threshold>,
}

/// Caps of the tables; memory follows from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Client, server and protocol combinations.
    pub channels: usize,
    /// Learned operations and objects, over all channels.
    pub tuples: usize,
    pub devices: usize,
    /// Keys an anomaly rule counts for, per rule: sources, targets, pairs.
    pub counters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            channels: 262_144,
            tuples: 1_048_576,
            devices: 65_536,
            counters: 16_384,
        }
    }
}

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct DetectorSettings {
    pub mode: Mode,
    /// By type id.
    pub types: BTreeMap<String, TypeSettings>,
    pub disabled_engines: BTreeSet<Engine>,
    /// Addresses that belong to the site although they are public. Private, link-local and
    /// unique-local addresses belong to it in any case.
    pub internal_subnets: Vec<IpNet>,
    /// Where the plant is. Empty: not known.
    pub ot_subnets: Vec<IpNet>,
    pub ot_focus: OtFocus,
    /// How long a type's baseline must bring nothing new before dynamic mode ends for it.
    pub dynamic_stable_for: Duration,
    /// How long the traffic of a device that appeared in operational mode is learned instead of
    /// reported. Zero, the default, gives an intruder nothing to teach.
    pub new_device_learning: Duration,
    /// Silence on the interface after which `sensor_no_traffic` is raised.
    pub sensor_silence: Duration,
    /// Most findings of one type in one second of capture time; the surplus is counted.
    pub findings_per_second: u32,
    pub limits: Limits,
    /// What traffic is compared with from the start; [`IndicatorSet::of_the_program`] by default.
    pub indicators: Arc<IndicatorSet>,
}

impl Default for DetectorSettings {
    fn default() -> Self {
        Self {
            mode: Mode::Operational,
            types: BTreeMap::new(),
            disabled_engines: BTreeSet::new(),
            internal_subnets: Vec::new(),
            ot_subnets: Vec::new(),
            ot_focus: OtFocus::Auto,
            dynamic_stable_for: Duration::from_hours(72),
            new_device_learning: Duration::ZERO,
            sensor_silence: Duration::from_mins(5),
            findings_per_second: 5000,
            limits: Limits::default(),
            indicators: Arc::new(IndicatorSet::of_the_program()),
        }
    }
}

/// A setting that cannot take effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("alert type `{id}` does not exist; `sensor-agent alert-types` lists those that do")]
    UnknownType { id: String },
    #[error("alert type `{id}` has no threshold that could be set")]
    NoThreshold { id: String },
    #[error("the threshold of alert type `{id}` must be at least 1")]
    ZeroThreshold { id: String },
}

impl DetectorSettings {
    /// Whether every setting can take effect; lists all that cannot.
    pub fn check(&self) -> Result<(), Vec<SettingsError>> {
        let mut errors = Vec::new();
        for (id, settings) in &self.types {
            let Some(alert_type) = catalogue().get(id) else {
                errors.push(SettingsError::UnknownType { id: id.clone() });
                continue;
            };
            let Some(threshold) = settings.threshold else {
                continue;
            };
            if alert_type.threshold.is_none() {
                errors.push(SettingsError::NoThreshold { id: id.clone() });
            }
            if threshold.count == 0 {
                errors.push(SettingsError::ZeroThreshold { id: id.clone() });
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// Whether the OT focus is in force.
    pub fn ot_focused(&self) -> bool {
        match self.ot_focus {
            OtFocus::Auto => !self.ot_subnets.is_empty(),
            OtFocus::On => true,
            OtFocus::Off => false,
        }
    }

    /// Whether an engine may work at all.
    pub fn engine_enabled(&self, engine: Engine) -> bool {
        !self.disabled_engines.contains(&engine)
    }
}
