//! Types of packets (14908-4, 8) and codes of network management and diagnosis (14908-1, 11).

use crate::dissect::message::Row;
use crate::observation::OperationClass::{
    Config, Control, Diagnostic, Discovery, Event, Read, Session, Write,
};
use crate::observation::Outcome;

pub(super) const PACKETS: &[Row] = &[
    (0x01, "data_packet", Session),
    (0x03, "device_registration", Session),
    (0x04, "channel_membership", Config),
    (0x06, "send_list", Config),
    (0x07, "acknowledge", Session),
    (0x08, "channel_routing", Config),
    (0x60, "status_request", Diagnostic),
    (0x63, "device_configuration_request", Read),
    (0x64, "channel_membership_request", Read),
    (0x66, "send_list_request", Read),
    (0x68, "channel_routing_request", Read),
    (0x70, "status_response", Diagnostic),
    (0x71, "device_configuration", Config),
    (0x7f, "segment", Session),
];

pub(super) const MESSAGES: &[Row] = &[
    (0x51, "query_status", Diagnostic),
    (0x52, "proxy_command", Diagnostic),
    (0x53, "clear_status", Diagnostic),
    (0x54, "query_transceiver_status", Diagnostic),
    (0x61, "query_id", Discovery),
    (0x62, "respond_to_query", Config),
    (0x63, "update_domain", Config),
    (0x64, "leave_domain", Config),
    (0x65, "update_key", Config),
    (0x66, "update_address", Config),
    (0x67, "query_address", Read),
    (0x68, "query_network_variable_configuration", Read),
    (0x69, "update_group_address", Config),
    (0x6a, "query_domain", Read),
    (0x6b, "update_network_variable_configuration", Config),
    (0x6c, "set_node_mode", Control),
    (0x6d, "read_memory", Read),
    (0x6e, "write_memory", Write),
    (0x6f, "checksum_recalculate", Config),
    (0x70, "wink", Control),
    (0x71, "memory_refresh", Config),
    (0x72, "query_standard_variable_types", Discovery),
    (0x73, "network_variable_fetch", Read),
    (0x74, "router_mode", Config),
    (0x75, "router_clear_table", Config),
    (0x7f, "service_pin", Event),
];

/// Requests with authentication keys in them.
pub(super) const fn carries_keys(code: u8) -> bool {
    matches!(code, 0x63 | 0x65)
}

/// Whether a response can hold a domain with its key. What was asked does not matter: a request may not have been seen.
pub(super) const fn answers_with_keys(code: u8) -> bool {
    const QUERY_DOMAIN: u8 = 0x6a;
    code & 0x1f == QUERY_DOMAIN & 0x1f
}

/// How a response ends. Those of management and diagnosis say by their code whether they succeed (14908-1, 11):
/// 0x20 and 0x30 plus the low bits of the request. Applications have codes of their own.
pub(super) fn outcome(asked: u32, code: u32) -> Outcome {
    match (asked, code) {
        (..0x50, _) | (_, 0x20..=0x3f) => Outcome::Ok,
        _ => Outcome::Error {
            code,
            name: "failed",
        },
    }
}
