//! `[detect]`: what counts as normal and which alerts are raised.

use serde::{Deserialize, Serialize};

use super::section::section;

/// What deviations from the baseline do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum ModeChoice {
    /// New traffic enters the baseline; nothing that can be learned is raised.
    #[default]
    Learning,
    /// Each category of alerts becomes operational when its baseline is stable.
    Dynamic,
    /// New traffic raises alerts.
    Operational,
}

section! {
    /// What counts as normal and which alerts are raised.
    pub struct Detect = "detect" {
        /// Mode of a sensor that starts with an empty database: `learning` (new traffic enters the
        /// baseline), `dynamic` (each category becomes operational when its baseline is stable) or
        /// `operational` (new traffic raises alerts). Later changes are made over the API and kept.
        mode: ModeChoice = ModeChoice::Learning;
        /// Alert types to raise although the catalogue leaves them off (`sensor-agent alert-types`).
        enable: Vec<String> = Vec::new(),
            example "[\"modbus_read_only_violation\"]";
        /// Alert types not to raise.
        disable: Vec<String> = Vec::new(),
            example "[\"new_asset_detected\"]";
    }
}
