//! PNIO status: how an operation failed.
//!
//! Source: IEC 61158-6-10, coding of the field `PNIOStatus`: error code (which service), error decode
//! (whose codes follow), error code 1 and error code 2.

use crate::observation::Outcome;

/// Error codes of a record that could not be read or written: application, access, resource.
const DECODE_RECORD: u8 = 0x80;
/// Error codes of PROFINET itself.
const DECODE_PROTOCOL: u8 = 0x81;

/// Error code 1 of a record, and its name.
const RECORD: &[(u8, &str)] = &[
    (0xa0, "read_error"),
    (0xa1, "write_error"),
    (0xa2, "module_failure"),
    (0xa7, "busy"),
    (0xa8, "version_conflict"),
    (0xa9, "feature_not_supported"),
    (0xb0, "invalid_index"),
    (0xb1, "write_length_error"),
    (0xb2, "invalid_slot_or_subslot"),
    (0xb3, "type_conflict"),
    (0xb4, "invalid_area"),
    (0xb5, "state_conflict"),
    (0xb6, "access_denied"),
    (0xb7, "invalid_range"),
    (0xb8, "invalid_parameter"),
    (0xb9, "invalid_type"),
    (0xba, "backup"),
    (0xc0, "read_constrain_conflict"),
    (0xc1, "write_constrain_conflict"),
    (0xc2, "resource_busy"),
    (0xc3, "resource_unavailable"),
];

/// Error code 1 of the protocol, and its name.
const PROTOCOL: &[(u8, &str)] = &[
    (1, "faulty_ar_block"),
    (2, "faulty_iocr_block"),
    (3, "faulty_expected_submodule_block"),
    (4, "faulty_alarm_cr_block"),
    (5, "faulty_prm_server_block"),
    (6, "faulty_mcr_block"),
    (7, "faulty_ar_rpc_block"),
    (8, "faulty_record"),
    (9, "faulty_ir_info_block"),
    (10, "faulty_sr_info_block"),
    (11, "faulty_ar_fsu_block"),
    (12, "faulty_ar_vendor_block"),
    (13, "faulty_rs_info_block"),
    (20, "faulty_control_block"),
    (21, "faulty_control_block_plug"),
    (22, "faulty_control_block_after_connect"),
    (23, "faulty_control_block_plug_alarm"),
    (24, "faulty_control_block_prm_begin"),
    (25, "faulty_submodule_list_block"),
    (40, "faulty_release_block"),
    (50, "faulty_ar_block_response"),
    (51, "faulty_iocr_block_response"),
    (52, "faulty_alarm_cr_block_response"),
    (53, "faulty_module_diff_block"),
    (54, "faulty_ar_rpc_block_response"),
    (55, "faulty_ar_server_block"),
    (56, "faulty_ar_vendor_block_response"),
    (60, "alarm_not_acknowledged"),
    (61, "device_state_machine"),
    (62, "controller_state_machine"),
    (63, "name_or_address_assignment"),
    (64, "rpc_state_machine"),
    (65, "alarm_initiator"),
    (66, "alarm_responder"),
    (67, "local_management"),
    (68, "mac"),
    (69, "rpc"),
    (70, "alarm_receiver"),
    (71, "alarm_sender"),
    (72, "cyclic_consumer"),
    (73, "cyclic_provider"),
    (253, "rta_protocol"),
    (255, "user_specific"),
];

/// Error code 2 of `rta_protocol`: why a connection was given up.
const RTA: &[(u8, &str)] = &[
    (1, "sequence_number"),
    (2, "instance_closed"),
    (3, "ar_out_of_memory"),
    (4, "ar_add_provider_or_consumer_failed"),
    (5, "ar_consumer_missing"),
    (6, "ar_cmi_timeout"),
    (7, "ar_alarm_open_failed"),
    (8, "ar_alarm_send_confirmation_negative"),
    (9, "ar_alarm_acknowledge_confirmation_negative"),
    (10, "ar_alarm_data_too_long"),
    (11, "ar_alarm_error"),
    (12, "ar_rpc_client_call_negative"),
    (13, "ar_abort_requested"),
    (14, "ar_rerun"),
    (15, "ar_release_received"),
    (16, "ar_device_deactivated"),
    (17, "ar_removed"),
    (18, "ar_protocol_violation"),
    (19, "ar_name_resolution_error"),
    (20, "ar_rpc_bind_error"),
    (21, "ar_rpc_connect_error"),
    (22, "ar_rpc_read_error"),
    (23, "ar_rpc_write_error"),
    (24, "ar_rpc_control_error"),
    (25, "ar_forbidden_pull_or_plug"),
    (26, "ar_access_point_removed"),
    (27, "ar_link_down"),
    (28, "ar_multicast_mac_not_registered"),
    (29, "ar_not_synchronised"),
    (30, "ar_wrong_topology"),
    (31, "dcp_station_name_changed"),
    (32, "dcp_reset_to_factory"),
    (33, "ar_submodule_in_another_ar"),
    (34, "ar_faulty_record"),
];

const RTA_PROTOCOL: u8 = 253;

/// What a status says: success when it is zero.
pub(super) fn outcome(status: u32) -> Outcome {
    if status == 0 {
        return Outcome::Ok;
    }
    Outcome::Error {
        code: status,
        name: name(status),
    }
}

fn name(status: u32) -> &'static str {
    let [_, decode, one, two] = status.to_be_bytes();
    let (table, code) = match (decode, one) {
        (DECODE_RECORD, _) => (RECORD, one),
        (DECODE_PROTOCOL, RTA_PROTOCOL) => (RTA, two),
        (DECODE_PROTOCOL, _) => (PROTOCOL, one),
        _ => (RECORD, 0),
    };
    table
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("unknown", |(_, name)| name)
}
