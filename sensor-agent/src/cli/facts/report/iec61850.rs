//! Sections of GOOSE and sampled values.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Histogram;

/// Histograms without an entry are left out, as in the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Goose {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub appids: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub control_blocks: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data_sets: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub go_ids: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub state_numbers: Histogram,
    /// Messages of a device under 0, simulated ones under 1.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub simulation: Histogram,
    pub by_control_block: BTreeMap<String, ControlBlock>,
}

/// Messages of one GOOSE control block, whoever sent them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ControlBlock {
    pub frames: u64,
    pub source_macs: BTreeSet<String>,
    pub state_number_min: u64,
    pub state_number_max: u64,
    pub state_changes: u64,
    pub state_number_went_back: u64,
    pub sequence_number_not_next: u64,
}

/// Histograms without an entry are left out, as in the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Sv {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub appids: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub asdus_per_frame: Histogram,
}
