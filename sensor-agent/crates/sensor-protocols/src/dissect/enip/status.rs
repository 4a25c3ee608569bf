//! How a CIP service ended, as data.
//!
//! Sources: CIP Volume 1, appendix B-1 (general status); the extended status of the connection
//! manager is of 3-5.5.

/// General status, in ascending order.
const GENERAL: &[(u8, &str)] = &[
    (0x00, "success"),
    (0x01, "connection_failure"),
    (0x02, "resource_unavailable"),
    (0x03, "invalid_parameter_value"),
    (0x04, "path_segment_error"),
    (0x05, "path_destination_unknown"),
    (0x06, "partial_transfer"),
    (0x07, "connection_lost"),
    (0x08, "service_not_supported"),
    (0x09, "invalid_attribute_value"),
    (0x0a, "attribute_list_error"),
    (0x0b, "already_in_requested_state"),
    (0x0c, "object_state_conflict"),
    (0x0d, "object_already_exists"),
    (0x0e, "attribute_not_settable"),
    (0x0f, "privilege_violation"),
    (0x10, "device_state_conflict"),
    (0x11, "reply_data_too_large"),
    (0x12, "fragmentation_of_primitive_value"),
    (0x13, "not_enough_data"),
    (0x14, "attribute_not_supported"),
    (0x15, "too_much_data"),
    (0x16, "object_does_not_exist"),
    (0x17, "fragmentation_sequence_not_in_progress"),
    (0x18, "no_stored_attribute_data"),
    (0x19, "store_operation_failure"),
    (0x1a, "request_packet_too_large"),
    (0x1b, "response_packet_too_large"),
    (0x1c, "missing_attribute_list_entry"),
    (0x1d, "invalid_attribute_value_list"),
    (0x1e, "embedded_service_error"),
    (0x1f, "vendor_specific_error"),
    (0x20, "invalid_parameter"),
    (0x21, "write_once_already_written"),
    (0x22, "invalid_reply_received"),
    (0x23, "buffer_overflow"),
    (0x24, "invalid_message_format"),
    (0x25, "key_failure_in_path"),
    (0x26, "path_size_invalid"),
    (0x27, "unexpected_attribute_in_list"),
    (0x28, "invalid_member_id"),
    (0x29, "member_not_settable"),
    (0x2a, "group_2_only_server_failure"),
    (0x2b, "unknown_modbus_error"),
    (0x2c, "attribute_not_gettable"),
    (0x2d, "instance_not_deletable"),
    (0x2e, "service_not_supported_for_path"),
];

/// More of the reply comes with the next request: no refusal.
pub(super) const PARTIAL_TRANSFER: u8 = 0x06;

/// Extended status of the connection manager with general status 1.
const CONNECTION: &[(u16, &str)] = &[
    (0x0100, "connection_in_use"),
    (0x0103, "transport_not_supported"),
    (0x0106, "ownership_conflict"),
    (0x0107, "connection_not_found"),
    (0x0108, "invalid_connection_type"),
    (0x0109, "invalid_connection_size"),
    (0x0110, "device_not_configured"),
    (0x0111, "rpi_not_supported"),
    (0x0113, "out_of_connections"),
    (0x0114, "vendor_or_product_code_mismatch"),
    (0x0115, "device_type_mismatch"),
    (0x0116, "revision_mismatch"),
    (0x0117, "invalid_application_path"),
    (0x0118, "invalid_configuration_path"),
    (0x0119, "non_listen_only_not_opened"),
    (0x011a, "target_out_of_connections"),
    (0x0203, "connection_timed_out"),
    (0x0204, "unconnected_request_timed_out"),
    (0x0205, "unconnected_parameter_error"),
    (0x0206, "message_too_large"),
    (0x0301, "no_buffer_memory"),
    (0x0302, "bandwidth_not_available"),
    (0x0311, "port_not_available"),
    (0x0312, "link_address_not_valid"),
    (0x0315, "invalid_segment_in_path"),
    (0x0316, "forward_close_path_mismatch"),
];

/// Name of a general status; `unknown` when the standard has none. 0xd0 to 0xff are left to the
/// classes and vendors.
pub(super) fn name(status: u8) -> &'static str {
    match GENERAL.get(usize::from(status)) {
        Some((_, name)) => name,
        None if status >= 0xd0 => "class_specific_error",
        None => "unknown",
    }
}

/// Whether the standard defines a general status, or leaves it to classes and vendors.
pub(super) fn is_defined(status: u8) -> bool {
    usize::from(status) < GENERAL.len() || status >= 0xd0
}

/// Name of an error: of the extended status where it says more.
pub(super) fn error_name(status: u8, extended: Option<u16>) -> &'static str {
    let said = |code: u16| {
        CONNECTION
            .iter()
            .find(|(known, _)| *known == code)
            .map(|(_, name)| *name)
    };
    match (status, extended) {
        (0x01, Some(code)) => said(code).unwrap_or_else(|| name(status)),
        _ => name(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_general_status_stands_at_its_place() {
        for (at, (status, _)) in GENERAL.iter().enumerate() {
            assert_eq!(at, usize::from(*status));
        }
        assert_eq!(name(0x2f), "unknown");
        assert_eq!(name(0xff), "class_specific_error");
        assert_eq!(error_name(1, Some(0x0106)), "ownership_conflict");
        assert_eq!(error_name(1, Some(0x9999)), "connection_failure");
        assert_eq!(error_name(5, Some(0x0106)), "path_destination_unknown");
        assert!(is_defined(0xd0) && !is_defined(0x80));
    }
}
