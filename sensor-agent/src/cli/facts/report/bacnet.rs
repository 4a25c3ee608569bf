//! Section of BACnet.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Histogram;

/// BACnet/IP; of BACnet/IPv6 without the functions of its virtual link. Histograms without an entry
/// are left out, as in the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Bacnet {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub bvlc_functions: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub bvlc_results: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub apdu_types: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub confirmed_services: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unconfirmed_services: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub network_message_types: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub error_codes: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reject_reasons: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub abort_reasons: Histogram,
}
