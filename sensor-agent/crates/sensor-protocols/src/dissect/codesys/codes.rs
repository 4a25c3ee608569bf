//! Services of router, name service and channels; groups and commands of services.

use crate::dissect::message::{Row, row};
use crate::observation::OperationClass::{
    self, Auth, Config, Control, Diagnostic, Discovery, Event, File, Program, Read, Session, Write,
};

/// Services of the router that are looked into.
pub(super) mod router {
    pub(in crate::dissect::codesys) const NAME_SERVER: u8 = 3;
    pub(in crate::dissect::codesys) const NAME_CLIENT: u8 = 4;
    pub(in crate::dissect::codesys) const CHANNEL: u8 = 64;
}

pub(super) const ROUTER: &[Row] = &[
    (1, "address_request", Session),
    (2, "address_response", Session),
    (3, "name_server", Discovery),
    (4, "name_client", Discovery),
    (64, "channel_manager", Session),
];

/// Commands of the name service that are looked into.
pub(super) mod name_service {
    pub(in crate::dissect::codesys) const DEVICE_INFORMATION: u16 = 0xc280;
}

pub(super) const NAME_SERVICE: &[Row] = &[
    (0xc201, "resolve_address", Discovery),
    (0xc202, "resolve_name", Discovery),
    (0xc280, "device_information", Discovery),
];

/// Types of channel messages that are looked into.
pub(super) mod channel {
    pub(in crate::dissect::codesys) const BLOCK: u8 = 0x01;
    pub(in crate::dissect::codesys) const ACKNOWLEDGE: u8 = 0x02;
    pub(in crate::dissect::codesys) const KEEP_ALIVE: u8 = 0x03;
    pub(in crate::dissect::codesys) const OPENED: u8 = 0x83;
    pub(in crate::dissect::codesys) const OPEN: u8 = 0xc3;
    pub(in crate::dissect::codesys) const CLOSE: u8 = 0xc4;
}

pub(super) const CHANNEL: &[Row] = &[
    (0x01, "block", Session),
    (0x02, "acknowledge", Session),
    (0x03, "keep_alive", Session),
    (0x83, "channel_opened", Session),
    (0xc2, "get_information", Session),
    (0xc3, "open_channel", Session),
    (0xc4, "close_channel", Session),
];

/// Identifier of services in clear, and of secured ones.
pub(super) const PLAIN: u16 = 0xcd55;
const SECURED: u16 = 0x7557;

pub(super) const fn is_protocol(number: u16) -> bool {
    matches!(number, PLAIN | SECURED)
}

/// Whether a service is the login to the device.
pub(super) const fn is_login(group: u16, command: u16) -> bool {
    group == 1 && command == 2
}

/// Name and class of a service.
pub(super) fn service(group: u16, command: u16) -> (&'static str, OperationClass) {
    let commands = match group {
        0x01 => DEVICE,
        0x02 => APPLICATION,
        0x05 => LOG,
        0x08 => FILE_TRANSFER,
        0x09 => VARIABLES,
        0x0f => TRACE,
        0x1b => MONITOR,
        _ => &[],
    };
    row(commands, command)
        .or_else(|| row(GROUPS, group))
        .map_or(("unknown", OperationClass::Unknown), |(_, name, class)| {
            (*name, *class)
        })
}

/// Groups whose commands are not known one by one.
const GROUPS: &[Row] = &[
    (0x03, "monitor_1", Read),
    (0x04, "visualisation", Session),
    (0x06, "settings", Config),
    (0x07, "ethernet", Config),
    (0x0b, "io_manager", Config),
    (0x0c, "user_management", Auth),
    (0x11, "plc_shell", Control),
    (0x12, "breakpoints", Control),
    (0x13, "force", Write),
    (0x18, "alarm_manager", Event),
    (0x1d, "code_meter", Session),
    (0x1f, "core_dump", Diagnostic),
    (0x22, "certificates", Config),
];

#[rustfmt::skip]
const DEVICE: &[Row] = &[
    (0x01, "get_target_identification", Discovery),
    (0x02, "login", Auth),
    (0x03, "logout", Auth),
    (0x04, "reset_origin", Control),
    (0x05, "echo", Diagnostic),
    (0x06, "set_operating_mode", Control),
    (0x07, "get_operating_mode", Read),
    (0x08, "interactive_login", Auth),
    (0x09, "rename_node", Config),
    (0x0a, "create_session", Session),
    (0x0b, "reset_origin_get_configuration", Read),
];

#[rustfmt::skip]
const APPLICATION: &[Row] = &[
    (0x01, "application_login", Session),
    (0x02, "application_logout", Session),
    (0x03, "create_application", Program),
    (0x04, "delete_application", Program),
    (0x05, "download", Program),
    (0x06, "online_change", Program),
    (0x07, "device_download", Program),
    (0x08, "create_device_application", Program),
    (0x10, "start", Control),
    (0x11, "stop", Control),
    (0x12, "reset", Control),
    (0x13, "set_breakpoint", Control),
    (0x14, "read_status", Read),
    (0x15, "delete_breakpoint", Control),
    (0x16, "read_call_stack", Diagnostic),
    (0x17, "get_area_offset", Read),
    (0x18, "read_application_list", Read),
    (0x19, "set_next_statement", Control),
    (0x20, "release_force_list", Write),
    (0x21, "upload_force_list", Read),
    (0x22, "single_cycle", Control),
    (0x23, "create_boot_project", Program),
    (0x24, "reinitialise_application", Control),
    (0x25, "read_application_states", Read),
    (0x26, "load_boot_application", Program),
    (0x27, "register_boot_application", Program),
    (0x28, "check_file_consistency", Read),
    (0x29, "read_application_information", Read),
    (0x30, "download_compact", Program),
    (0x31, "read_project_information", Read),
    (0x32, "define_flow", Diagnostic),
    (0x33, "read_flow_values", Read),
    (0x34, "download_encrypted", Program),
    (0x35, "read_application_content", Read),
    (0x36, "save_retains", Program),
    (0x37, "restore_retains", Write),
    (0x38, "get_area_address", Read),
    (0x39, "leave_execution_points_active", Control),
    (0x40, "claim_execution_points", Control),
];

#[rustfmt::skip]
const LOG: &[Row] = &[
    (0x01, "get_log_entries", Diagnostic),
    (0x02, "get_component_names", Diagnostic),
    (0x03, "get_logger_list", Diagnostic),
];

#[rustfmt::skip]
const FILE_TRANSFER: &[Row] = &[
    (0x01, "get_file_information", File),
    (0x02, "start_file_download", File),
    (0x03, "restart_file_download", File),
    (0x04, "file_download", File),
    (0x05, "start_file_upload", File),
    (0x06, "restart_file_upload", File),
    (0x07, "file_upload", File),
    (0x08, "end_file_transfer", File),
    (0x09, "cancel_file_transfer", File),
    (0x0a, "safe_signature", File),
    (0x0b, "get_safe_signature", File),
    (0x0c, "get_directory", File),
    (0x0d, "cancel_get_directory", File),
    (0x0e, "delete_file", File),
    (0x0f, "rename_file", File),
    (0x10, "create_directory", File),
    (0x11, "delete_directory", File),
    (0x12, "rename_directory", File),
    (0x14, "synchronise_files", File),
];

#[rustfmt::skip]
const VARIABLES: &[Row] = &[
    (0x01, "register_variable_list", Read),
    (0x02, "unregister_variable_list", Read),
    (0x03, "read_variable_list", Read),
    (0x04, "write_variable_list", Write),
    (0x05, "read_variables", Read),
    (0x06, "write_variables", Write),
    (0x07, "get_root_nodes", Read),
    (0x08, "get_children_nodes", Read),
    (0x09, "get_types", Read),
    (0x0a, "get_address_information", Read),
    (0x0b, "remove_variables_from_list", Read),
];

#[rustfmt::skip]
const TRACE: &[Row] = &[
    (0x01, "read_trace_list", Diagnostic),
    (0x02, "create_trace", Diagnostic),
    (0x03, "delete_trace", Diagnostic),
    (0x04, "complete_trace", Diagnostic),
    (0x05, "open_trace", Diagnostic),
    (0x06, "close_trace", Diagnostic),
    (0x07, "read_trace", Diagnostic),
    (0x08, "get_trace_state", Diagnostic),
    (0x09, "get_trace_configuration", Diagnostic),
    (0x0a, "start_trace", Diagnostic),
    (0x0b, "stop_trace", Diagnostic),
    (0x0c, "restart_trace", Diagnostic),
    (0x0d, "add_trace_record", Diagnostic),
    (0x0e, "remove_trace_record", Diagnostic),
    (0x0f, "get_trace_record_configuration", Diagnostic),
    (0x10, "reset_trace_trigger", Diagnostic),
    (0x11, "store_trace", Diagnostic),
    (0x12, "restore_trace", Diagnostic),
    (0x13, "get_trace_configuration_from_file", Diagnostic),
];

#[rustfmt::skip]
const MONITOR: &[Row] = &[
    (0x01, "monitor_read", Read),
    (0x02, "monitor_write", Write),
];
