//! Section of PROFINET.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Histogram;

/// Histograms without an entry are left out, as in the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Profinet {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rt_frame_ids: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dcp_service_ids: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dcp_service_types: Histogram,
    /// Of blocks, and those that a device says it supports.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dcp_options: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dcp_station_names: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub io_operations: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub io_block_types: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub io_record_indexes: Histogram,
    /// First octet of each status, that of success included.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub io_error_codes: Histogram,
}
