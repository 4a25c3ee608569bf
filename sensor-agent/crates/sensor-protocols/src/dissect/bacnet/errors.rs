//! Why a device refuses: codes of errors, reasons of rejects and aborts, results of the virtual link.
//!
//! Sources: ASHRAE 135-2020, clause 18 and the enumerations of clause 21 (`Error`,
//! `BACnetRejectReason`, `BACnetAbortReason`); 6.4.4 for the network layer; J.2.1 and U.2.1 for the
//! results. Error code 33 was removed.

/// Added to a reason of a reject, to tell it from an error code.
pub const REJECT: u32 = 0x1_0000;

/// Added to a reason of an abort.
pub const ABORT: u32 = 0x2_0000;

/// Added to a result code of the virtual link.
pub const LINK: u32 = 0x3_0000;

/// Added to a reason of Reject-Message-To-Network.
pub const NETWORK: u32 = 0x4_0000;

/// Error codes, by number.
const CODES: &[&str] = &[
    "other",
    "authentication_failed",
    "configuration_in_progress",
    "device_busy",
    "dynamic_creation_not_supported",
    "file_access_denied",
    "incompatible_security_levels",
    "inconsistent_parameters",
    "inconsistent_selection_criterion",
    "invalid_data_type",
    "invalid_file_access_method",
    "invalid_file_start_position",
    "invalid_operator_name",
    "invalid_parameter_data_type",
    "invalid_time_stamp",
    "key_generation_error",
    "missing_required_parameter",
    "no_objects_of_specified_type",
    "no_space_for_object",
    "no_space_to_add_list_element",
    "no_space_to_write_property",
    "no_vt_sessions_available",
    "property_is_not_a_list",
    "object_deletion_not_permitted",
    "object_identifier_already_exists",
    "operational_problem",
    "password_failure",
    "read_access_denied",
    "security_not_supported",
    "service_request_denied",
    "timeout",
    "unknown_object",
    "unknown_property",
    "unknown",
    "unknown_vt_class",
    "unknown_vt_session",
    "unsupported_object_type",
    "value_out_of_range",
    "vt_session_already_closed",
    "vt_session_termination_failure",
    "write_access_denied",
    "character_set_not_supported",
    "invalid_array_index",
    "cov_subscription_failed",
    "not_cov_property",
    "optional_functionality_not_supported",
    "invalid_configuration_data",
    "datatype_not_supported",
    "duplicate_name",
    "duplicate_object_id",
    "property_is_not_an_array",
    "abort_buffer_overflow",
    "abort_invalid_apdu_in_this_state",
    "abort_preempted_by_higher_priority_task",
    "abort_segmentation_not_supported",
    "abort_proprietary",
    "abort_other",
    "invalid_tag",
    "network_down",
    "reject_buffer_overflow",
    "reject_inconsistent_parameters",
    "reject_invalid_parameter_data_type",
    "reject_invalid_tag",
    "reject_missing_required_parameter",
    "reject_parameter_out_of_range",
    "reject_too_many_arguments",
    "reject_undefined_enumeration",
    "reject_unrecognized_service",
    "reject_proprietary",
    "reject_other",
    "unknown_device",
    "unknown_route",
    "value_not_initialized",
    "invalid_event_state",
    "no_alarm_configured",
    "log_buffer_full",
    "logged_value_purged",
    "no_property_specified",
    "not_configured_for_triggered_logging",
    "unknown_subscription",
    "parameter_out_of_range",
    "list_element_not_found",
    "busy",
    "communication_disabled",
    "success",
    "access_denied",
    "bad_destination_address",
    "bad_destination_device_id",
    "bad_signature",
    "bad_source_address",
    "bad_timestamp",
    "cannot_use_key",
    "cannot_verify_message_id",
    "correct_key_revision",
    "destination_device_id_required",
    "duplicate_message",
    "encryption_not_configured",
    "encryption_required",
    "incorrect_key",
    "invalid_key_data",
    "key_update_in_progress",
    "malformed_message",
    "not_key_server",
    "security_not_configured",
    "source_security_required",
    "too_many_keys",
    "unknown_authentication_type",
    "unknown_key",
    "unknown_key_revision",
    "unknown_source_message",
    "not_router_to_dnet",
    "router_busy",
    "unknown_network_message",
    "message_too_long",
    "security_error",
    "addressing_error",
    "write_bdt_failed",
    "read_bdt_failed",
    "register_foreign_device_failed",
    "read_fdt_failed",
    "delete_fdt_entry_failed",
    "distribute_broadcast_failed",
    "unknown_file_size",
    "abort_apdu_too_long",
    "abort_application_exceeded_reply_time",
    "abort_out_of_resources",
    "abort_tsm_timeout",
    "abort_window_size_out_of_range",
    "file_full",
    "inconsistent_configuration",
    "inconsistent_object_type",
    "internal_error",
    "not_configured",
    "out_of_memory",
    "value_too_long",
    "abort_insufficient_security",
    "abort_security_error",
    "duplicate_entry",
    "invalid_value_in_this_state",
    "invalid_operation_in_this_state",
    "list_item_not_numbered",
    "list_item_not_timestamped",
    "invalid_data_encoding",
    "bvlc_function_unknown",
    "bvlc_proprietary_function_unknown",
    "header_encoding_error",
    "header_not_understood",
    "message_incomplete",
    "not_a_bacnet_sc_hub",
    "payload_expected",
    "unexpected_data",
    "node_duplicate_vmac",
    "http_unexpected_response_code",
    "http_no_upgrade",
    "http_resource_not_local",
    "http_proxy_authentication_failed",
    "http_response_timeout",
    "http_response_syntax_error",
    "http_response_value_error",
    "http_response_missing_header",
    "http_websocket_header_error",
    "http_upgrade_required",
    "http_upgrade_error",
    "http_temporary_unavailable",
    "http_not_a_server",
    "http_error",
    "websocket_scheme_not_supported",
    "websocket_unknown_control_message",
    "websocket_close_error",
    "websocket_closed_by_peer",
    "websocket_endpoint_leaves",
    "websocket_protocol_error",
    "websocket_data_not_accepted",
    "websocket_closed_abnormally",
    "websocket_data_inconsistent",
    "websocket_data_against_policy",
    "websocket_frame_too_long",
    "websocket_extension_missing",
    "websocket_request_unavailable",
    "websocket_error",
    "tls_client_certificate_error",
    "tls_server_certificate_error",
    "tls_client_authentication_failed",
    "tls_server_authentication_failed",
    "tls_client_certificate_expired",
    "tls_server_certificate_expired",
    "tls_client_certificate_revoked",
    "tls_server_certificate_revoked",
    "tls_error",
    "dns_unavailable",
    "dns_name_resolution_failed",
    "dns_resolver_failure",
    "dns_error",
    "tcp_connect_timeout",
    "tcp_connection_refused",
    "tcp_closed_by_local",
    "tcp_closed_other",
    "tcp_error",
    "ip_address_not_reachable",
    "ip_error",
];

/// Reject reasons, by number.
const REJECTS: &[&str] = &[
    "other",
    "buffer_overflow",
    "inconsistent_parameters",
    "invalid_parameter_data_type",
    "invalid_tag",
    "missing_required_parameter",
    "parameter_out_of_range",
    "too_many_arguments",
    "undefined_enumeration",
    "unrecognized_service",
];

/// Abort reasons, by number.
const ABORTS: &[&str] = &[
    "other",
    "buffer_overflow",
    "invalid_apdu_in_this_state",
    "preempted_by_higher_priority_task",
    "segmentation_not_supported",
    "security_error",
    "insufficient_security",
    "window_size_out_of_range",
    "application_exceeded_reply_time",
    "out_of_resources",
    "tsm_timeout",
    "apdu_too_long",
];

/// Reasons of Reject-Message-To-Network, by number.
const NETWORK_REJECTS: &[&str] = &[
    "other",
    "not_directly_connected",
    "router_busy",
    "unknown_message",
    "message_too_long",
    "security_error",
    "addressing_error",
];

/// Results of BACnet/IP other than success.
const RESULTS: &[(u16, &str)] = &[
    (0x10, "write_broadcast_distribution_table_nak"),
    (0x20, "read_broadcast_distribution_table_nak"),
    (0x30, "register_foreign_device_nak"),
    (0x40, "read_foreign_device_table_nak"),
    (0x50, "delete_foreign_device_table_entry_nak"),
    (0x60, "distribute_broadcast_to_network_nak"),
];

/// The same of BACnet/IPv6.
const RESULTS_V6: &[(u16, &str)] = &[
    (0x30, "address_resolution_nak"),
    (0x60, "virtual_address_resolution_nak"),
    (0x90, "register_foreign_device_nak"),
    (0xa0, "delete_foreign_device_table_entry_nak"),
    (0xc0, "distribute_broadcast_to_network_nak"),
];

fn named(table: &'static [&'static str], code: u32) -> &'static str {
    usize::try_from(code)
        .ok()
        .and_then(|code| table.get(code))
        .copied()
        .unwrap_or("unknown")
}

/// Name of an error code. Those of vendors, from 256 on, have none.
pub(super) fn error(code: u32) -> &'static str {
    named(CODES, code)
}

/// Name of a reject reason.
pub(super) fn reject(reason: u8) -> &'static str {
    named(REJECTS, u32::from(reason))
}

/// Name of an abort reason.
pub(super) fn abort(reason: u8) -> &'static str {
    named(ABORTS, u32::from(reason))
}

/// Name of a reason of the network layer.
pub(super) fn network(reason: u8) -> &'static str {
    named(NETWORK_REJECTS, u32::from(reason))
}

/// Name of a result other than success.
pub(super) fn result(ipv6: bool, code: u16) -> &'static str {
    let table = if ipv6 { RESULTS_V6 } else { RESULTS };
    table
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("unknown", |(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_at_their_number() {
        assert_eq!(error(26), "password_failure");
        assert_eq!(error(31), "unknown_object");
        assert_eq!(error(33), "unknown");
        assert_eq!(error(40), "write_access_denied");
        assert_eq!(error(84), "success");
        assert_eq!(error(122), "unknown_file_size");
        assert_eq!(error(199), "ip_error");
        assert_eq!(error(256), "unknown");
        assert_eq!(reject(9), "unrecognized_service");
        assert_eq!(abort(4), "segmentation_not_supported");
        assert_eq!(abort(11), "apdu_too_long");
        assert_eq!(network(1), "not_directly_connected");
        assert_eq!(result(false, 0x30), "register_foreign_device_nak");
        assert_eq!(result(true, 0x30), "address_resolution_nak");
    }
}
