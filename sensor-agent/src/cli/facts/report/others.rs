//! Sections of Modbus, IEC 60870-5-104, DNP3, ISO transport, S7comm, EtherNet/IP and CIP.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Histogram;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Modbus {
    pub pdus: u64,
    pub request_function_codes: Histogram,
    pub response_function_codes_exceptions_included: Histogram,
    pub function_codes_of_unknown_direction: Histogram,
    /// `function/exception`, with `?` for the function where a frame also has other messages.
    pub exceptions_function_slash_code: BTreeMap<String, u64>,
    pub unit_ids: Histogram,
    pub mbap_protocol_ids: Histogram,
    pub diagnostic_subfunctions_requests_and_responses: Histogram,
    pub mei_types_requests_and_responses: Histogram,
}

/// Histograms without an entry are left out, as in the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Iec104 {
    /// 0 for the I format, 1 for S, 3 for U.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub apdu_types_0_i_1_s_3_u: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub u_functions: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub type_ids: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub causes: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub negative: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub common_addresses: Histogram,
}

/// Histograms without an entry are left out, as in the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Dnp3 {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub application_function_codes: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub link_primary_function_codes: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub link_secondary_function_codes: Histogram,
    /// Of each object header.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub objects_group_times_256_plus_variation: Histogram,
    /// Link addresses.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub source_addresses: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub destination_addresses: Histogram,
    /// Both octets, the first one high.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub internal_indications: Histogram,
    pub frames_with_bad_link_header_crc: u64,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Cotp {
    pub pdu_types: Histogram,
}

/// Histograms without an entry are left out, as in the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct S7comm {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rosctr: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub functions: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub userdata_types: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub userdata_function_groups: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub userdata_subfunctions: Histogram,
    /// Of each item, and of the head of userdata.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data_return_codes: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub header_error_classes: Histogram,
}

/// Histograms without an entry are left out, as in the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Enip {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub commands: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub status: Histogram,
}

/// Histograms of the first four without an entry are left out, as in the schema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cip {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub general_status: Histogram,
    /// Classes in paths; a reply has those of its request.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub request_classes: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pccc_commands: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pccc_functions: Histogram,
    pub request_services: Histogram,
    pub response_services: Histogram,
    /// Those of frames with a message of the connection manager or another class that tshark shows the
    /// direction of twice.
    pub services_of_unknown_direction: u64,
}
