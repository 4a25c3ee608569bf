//! Commands of HART by number, codes of their responses, manufacturers.
//!
//! Sources: FieldComm Group HCF_SPEC-127 (universal commands), 151 (common practice commands), 155
//! (wireless commands), 307 (response codes), 183 (common tables, manufacturers). Of the manufacturers,
//! those whose code is public.
//!
//! None of these documents was at hand: the tables are from public descriptions and from memory. Commands up to 89 agree
//! with ICSNPP-HART-IP (BSD-3-Clause), 520 to 547 with what the developer kit of the FieldComm Group lists; the other
//! names above 89, response codes and manufacturers are not checked against anything.

use crate::dissect::message::{Row, UNKNOWN, row};
use crate::dissect::tables::name_of;
use crate::observation::OperationClass::{
    self, Auth, Config, Control, Diagnostic, Discovery, File, Read, Unknown, Write,
};

/// Command in whose data the number of another is (HCF_SPEC-99).
pub(super) const EXPANDED: u8 = 31;

/// Name and class of a command; whether the number is one that nobody may use.
pub(super) fn named(number: u16) -> (&'static str, OperationClass, bool) {
    match (row(COMMANDS, number), number) {
        (Some((_, name, class)), _) => (name, *class, false),
        (None, 128..=253 | 64_768..=65_021) => ("device_specific_command", Unknown, false),
        (None, 122..=126) => ("device_family_manufacturer_command", Unknown, false),
        (None, 512..=767) => ("common_practice_command", Unknown, false),
        (None, 768..=1023) => ("wireless_command", Unknown, false),
        (None, 1024..=33_791) => ("device_family_command", Unknown, false),
        (None, _) => (UNKNOWN, Unknown, true),
    }
}

/// Whether the data of a command can hold a key or a password: of those that write one, of those that are not known
/// here, and of the one that carries another command.
pub(super) fn may_hold_keys(number: u16) -> bool {
    number == SEND_TO_SUB_DEVICE || matches!(named(number).1, Auth | Unknown)
}

const SEND_TO_SUB_DEVICE: u16 = 77;

/// Whether a response code says that the command was not carried out (HCF_SPEC-307, 5). Those of 37 to 59 have no
/// name, but are of the errors.
pub(super) const fn is_error(code: u8) -> bool {
    matches!(code, 1..=7 | 9..=13 | 15..=23 | 28 | 29 | 32 | 35..=95)
}

/// Name of a response code. Some have another meaning for each command.
pub(super) fn response_code(code: u8) -> &'static str {
    name_of(RESPONSE_CODES, u16::from(code)).unwrap_or(UNKNOWN)
}

/// Name of a manufacturer.
pub(super) fn manufacturer(code: u16) -> Option<&'static str> {
    name_of(MANUFACTURERS, code)
}

const RESPONSE_CODES: &[(u16, &str)] = &[
    (2, "invalid selection"),
    (3, "parameter too large"),
    (4, "parameter too small"),
    (5, "too few data bytes"),
    (6, "device-specific error"),
    (7, "write protected"),
    (9, "command-specific error"),
    (10, "command-specific error"),
    (11, "command-specific error"),
    (12, "command-specific error"),
    (13, "command-specific error"),
    (15, "command-specific error"),
    (16, "access restricted"),
    (17, "invalid device variable index"),
    (18, "invalid units code"),
    (19, "device variable index not allowed"),
    (20, "invalid expanded command number"),
    (21, "invalid I/O card number"),
    (22, "invalid channel number"),
    (23, "sub-device response too long"),
    (28, "command-specific error"),
    (29, "command-specific error"),
    (32, "busy"),
    (35, "delayed response dead"),
    (36, "delayed response conflict"),
    (60, "payload too long"),
    (61, "no buffers available"),
    (62, "no alarm or event buffers available"),
    (63, "priority too low"),
    (64, "command not implemented"),
];

const MANUFACTURERS: &[(u16, &str)] = &[
    (2, "Allen-Bradley"),
    (9, "Bristol Babcock"),
    (10, "Brooks Instrument"),
    (13, "Daniel Industries"),
    (17, "Endress+Hauser"),
    (19, "Fisher Controls"),
    (20, "Foxboro"),
    (21, "Fuji Electric"),
    (23, "Honeywell"),
    (31, "Micro Motion"),
    (32, "Moore Industries"),
    (38, "Rosemount"),
    (42, "Siemens"),
    (44, "Toshiba"),
    (46, "Rosemount Analytical"),
    (54, "Yamatake"),
    (55, "Yokogawa"),
    (62, "Smar"),
    (66, "Samson"),
    (69, "Krohne"),
    (86, "Magnetrol"),
    (93, "Pepperl+Fuchs"),
    (98, "VEGA"),
];

const COMMANDS: &[Row] = &[
    (0, "read_unique_identifier", Discovery),
    (1, "read_primary_variable", Read),
    (2, "read_loop_current_and_percent_of_range", Read),
    (3, "read_dynamic_variables", Read),
    (6, "write_polling_address", Config),
    (7, "read_loop_configuration", Read),
    (8, "read_dynamic_variable_classifications", Read),
    (9, "read_device_variables_with_status", Read),
    (11, "read_unique_identifier_by_tag", Discovery),
    (12, "read_message", Read),
    (13, "read_tag_descriptor_date", Read),
    (14, "read_primary_variable_transducer_information", Read),
    (15, "read_device_information", Read),
    (16, "read_final_assembly_number", Read),
    (17, "write_message", Config),
    (18, "write_tag_descriptor_date", Config),
    (19, "write_final_assembly_number", Config),
    (20, "read_long_tag", Read),
    (21, "read_unique_identifier_by_long_tag", Discovery),
    (22, "write_long_tag", Config),
    (33, "read_device_variables", Read),
    (34, "write_primary_variable_damping_value", Config),
    (35, "write_primary_variable_range_values", Config),
    (36, "set_primary_variable_upper_range_value", Config),
    (37, "set_primary_variable_lower_range_value", Config),
    (38, "reset_configuration_changed_flag", Config),
    (39, "eeprom_control", Config),
    (40, "enter_or_exit_fixed_current_mode", Control),
    (41, "perform_self_test", Control),
    (42, "perform_device_reset", Control),
    (43, "set_primary_variable_zero", Config),
    (44, "write_primary_variable_units", Config),
    (45, "trim_loop_current_zero", Config),
    (46, "trim_loop_current_gain", Config),
    (47, "write_primary_variable_transfer_function", Config),
    (48, "read_additional_device_status", Diagnostic),
    (
        49,
        "write_primary_variable_transducer_serial_number",
        Config,
    ),
    (50, "read_dynamic_variable_assignments", Read),
    (51, "write_dynamic_variable_assignments", Config),
    (52, "set_device_variable_zero", Config),
    (53, "write_device_variable_units", Config),
    (54, "read_device_variable_information", Read),
    (55, "write_device_variable_damping_value", Config),
    (56, "write_device_variable_transducer_serial_number", Config),
    (57, "read_unit_tag_descriptor_date", Read),
    (58, "write_unit_tag_descriptor_date", Config),
    (59, "write_number_of_response_preambles", Config),
    (60, "read_analog_channel_and_percent_of_range", Read),
    (61, "read_dynamic_variables_and_analog_channel", Read),
    (62, "read_analog_channels", Read),
    (63, "read_analog_channel_information", Read),
    (64, "write_analog_channel_damping_value", Config),
    (65, "write_analog_channel_range_values", Config),
    (66, "enter_or_exit_fixed_analog_channel_mode", Control),
    (67, "trim_analog_channel_zero", Config),
    (68, "trim_analog_channel_gain", Config),
    (69, "write_analog_channel_transfer_function", Config),
    (70, "read_analog_channel_endpoint_values", Read),
    (71, "lock_device", Control),
    (72, "squawk", Control),
    (73, "find_device", Discovery),
    (74, "read_io_system_capabilities", Discovery),
    (75, "poll_sub_device", Discovery),
    (76, "read_lock_device_state", Read),
    (77, "send_command_to_sub_device", Control),
    (78, "read_aggregated_commands", Read),
    (79, "write_device_variable", Write),
    (80, "read_device_variable_trim_points", Read),
    (81, "read_device_variable_trim_guidelines", Read),
    (82, "write_device_variable_trim_point", Config),
    (83, "reset_device_variable_trim", Config),
    (84, "read_sub_device_identity_summary", Discovery),
    (85, "read_io_channel_statistics", Diagnostic),
    (86, "read_sub_device_statistics", Diagnostic),
    (87, "write_io_system_master_mode", Config),
    (88, "write_io_system_retry_count", Config),
    (89, "set_real_time_clock", Config),
    (90, "read_real_time_clock", Read),
    (91, "read_trend_configuration", Read),
    (92, "write_trend_configuration", Config),
    (93, "read_trend", Read),
    (94, "read_io_system_client_statistics", Diagnostic),
    (95, "read_device_communication_statistics", Diagnostic),
    (96, "read_synchronous_action", Read),
    (97, "configure_synchronous_action", Config),
    (98, "read_command_action", Read),
    (99, "configure_command_action", Config),
    (101, "read_sub_device_to_burst_message_map", Read),
    (102, "map_sub_device_to_burst_message", Config),
    (103, "write_burst_period", Config),
    (104, "write_burst_trigger", Config),
    (105, "read_burst_mode_configuration", Read),
    (106, "flush_delayed_responses", Control),
    (107, "write_burst_device_variables", Config),
    (108, "write_burst_mode_command_number", Config),
    (109, "burst_mode_control", Config),
    (110, "read_all_dynamic_variables", Read),
    (111, "transfer_service_control", File),
    (112, "transfer_service", File),
    (113, "catch_device_variable", Config),
    (114, "read_caught_device_variable", Read),
    (115, "read_event_notification_summary", Read),
    (116, "write_event_notification_bit_mask", Config),
    (117, "write_event_notification_timing", Config),
    (118, "event_notification_control", Config),
    (119, "acknowledge_event_notification", Control),
    (512, "read_country_code", Read),
    (513, "write_country_code", Config),
    (520, "read_process_unit_tag", Read),
    (521, "write_process_unit_tag", Config),
    (523, "read_condensed_status_map", Read),
    (524, "write_condensed_status_map", Config),
    (525, "reset_condensed_status_map", Config),
    (526, "write_simulation_mode", Control),
    (527, "simulate_status_bit", Control),
    (532, "read_client_subscription_summary", Read),
    (533, "write_client_subscription_flags", Config),
    (538, "read_hart_ip_server_ports", Read),
    (539, "write_hart_ip_udp_port", Config),
    (540, "write_hart_ip_tcp_port", Config),
    (541, "write_client_pake_password", Auth),
    (542, "write_client_pre_shared_key", Auth),
    (543, "read_syslog_server", Read),
    (544, "write_syslog_port", Config),
    (545, "write_syslog_server", Config),
    (546, "write_syslog_server_pre_shared_key", Auth),
    (547, "write_syslog_server_pake_password", Auth),
    (768, "write_join_key", Auth),
    (769, "read_join_status", Read),
    (770, "request_active_advertise", Control),
    (771, "force_join_mode", Control),
    (772, "read_join_mode_configuration", Read),
    (773, "write_network_id", Config),
    (774, "read_network_id", Read),
    (775, "write_network_tag", Config),
    (776, "read_network_tag", Read),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order() {
        assert!(COMMANDS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(RESPONSE_CODES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(MANUFACTURERS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(named(42).0, "perform_device_reset");
        assert_eq!(named(5), (UNKNOWN, Unknown, true));
        for code in 0..=u8::MAX {
            let named = response_code(code) != UNKNOWN;
            assert!(!named || is_error(code), "{code}");
        }
    }
}
