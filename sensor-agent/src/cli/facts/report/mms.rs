//! Section of MMS.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Histogram;

/// Services by number. Histograms without an entry are left out, as in the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Mms {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub confirmed_request_services: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub confirmed_response_services: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unconfirmed_services: Histogram,
}

impl Mms {
    pub(in crate::cli::facts) fn is_empty(&self) -> bool {
        self.confirmed_request_services.is_empty()
            && self.confirmed_response_services.is_empty()
            && self.unconfirmed_services.is_empty()
    }
}
