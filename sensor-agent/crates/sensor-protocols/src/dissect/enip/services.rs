//! CIP services, as data.
//!
//! Sources: CIP Volume 1, appendix A-3 (common services) and chapter 5 (services of one class);
//! Volume 5 for the safety objects, Volume 7 for Modbus; for what Rockwell controllers do with tags and PCCC, *Logix5000
//! Data Access* (1756-PM020); for classes 0x68 to 0x6a, 0x8e, 0xa1 and 0xac the indicators that MITRE
//! published for CISA (ACID). A vendor's service that nobody published has no name here.

use crate::observation::OperationClass;

/// Services that the dissector has to know.
pub(super) mod service {
    pub(in super::super) const GET_ATTRIBUTES_ALL: u8 = 0x01;
    pub(in super::super) const MULTIPLE: u8 = 0x0a;
    pub(in super::super) const EXECUTE_PCCC: u8 = 0x4b;
    pub(in super::super) const FORWARD_CLOSE: u8 = 0x4e;
    pub(in super::super) const UNCONNECTED_SEND: u8 = 0x52;
    pub(in super::super) const FORWARD_OPEN: u8 = 0x54;
    pub(in super::super) const LARGE_FORWARD_OPEN: u8 = 0x5b;
}

/// Classes that the dissector has to know.
pub(super) mod class {
    pub(in super::super) const IDENTITY: u32 = 0x01;
    pub(in super::super) const CONNECTION_MANAGER: u32 = 0x06;
    pub(in super::super) const PCCC: u32 = 0x67;
    pub(in super::super) const SYMBOL: u32 = 0x6b;
    pub(in super::super) const FIRMWARE: u32 = 0xa1;
}

/// What a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) class: OperationClass,
    /// Reserved by the standard.
    pub(super) reserved: bool,
}

use OperationClass::{
    Auth, Config, Control, Diagnostic, File, Program, Read, Session, Unknown, Write,
};

/// common services, in ascending order.
const COMMON: &[(u8, &str, OperationClass)] = &[
    (0x01, "get_attributes_all", Read),
    (0x02, "set_attributes_all", Write),
    (0x03, "get_attribute_list", Read),
    (0x04, "set_attribute_list", Write),
    (0x05, "reset", Control),
    (0x06, "start", Control),
    (0x07, "stop", Control),
    (0x08, "create", Config),
    (0x09, "delete", Config),
    (service::MULTIPLE, "multiple_service_packet", Session),
    (0x0d, "apply_attributes", Config),
    (0x0e, "get_attribute_single", Read),
    (0x10, "set_attribute_single", Write),
    (0x11, "find_next_object_instance", Read),
    (0x14, "error_response", Diagnostic),
    (0x15, "restore", Config),
    (0x16, "save", Config),
    (0x17, "nop", Session),
    (0x18, "get_member", Read),
    (0x19, "set_member", Write),
    (0x1a, "insert_member", Write),
    (0x1b, "remove_member", Write),
    (0x1c, "group_sync", Control),
    (0x1d, "get_connection_point_member_list", Read),
];

/// Services of one class, in ascending order of class and code.
const SPECIFIC: &[(u32, u8, &str, OperationClass)] = &[
    // Connection (5-4), connection manager (3-5).
    (0x05, 0x4b, "connection_bind", Session),
    (0x05, 0x4c, "producing_application_lookup", Read),
    (0x06, service::FORWARD_CLOSE, "forward_close", Session),
    (0x06, service::UNCONNECTED_SEND, "unconnected_send", Session),
    (0x06, service::FORWARD_OPEN, "forward_open", Session),
    (0x06, 0x56, "get_connection_data", Diagnostic),
    (0x06, 0x57, "search_connection_data", Diagnostic),
    (0x06, 0x5a, "get_connection_owner", Diagnostic),
    (
        0x06,
        service::LARGE_FORWARD_OPEN,
        "large_forward_open",
        Session,
    ),
    // Parameter (5-14).
    (0x0f, 0x4b, "get_enum_string", Read),
    // File (5-42).
    (0x37, 0x4b, "initiate_upload", File),
    (0x37, 0x4c, "initiate_download", File),
    (0x37, 0x4d, "initiate_partial_read", File),
    (0x37, 0x4e, "initiate_partial_write", File),
    (0x37, 0x4f, "upload_transfer", File),
    (0x37, 0x50, "download_transfer", File),
    (0x37, 0x51, "clear_file", File),
    // Safety supervisor and validator (Volume 5, 5-4 and 5-5).
    (0x39, 0x4c, "recover", Control),
    (0x39, 0x4e, "perform_diagnostics", Diagnostic),
    (0x39, 0x4f, "configure_request", Config),
    (0x39, 0x50, "validate_configuration", Config),
    (0x39, 0x51, "set_password", Auth),
    (0x39, 0x52, "configuration_lock", Config),
    (0x39, 0x53, "mode_change", Control),
    (0x39, 0x54, "safety_reset", Control),
    (0x39, 0x55, "reset_password", Auth),
    (0x39, 0x56, "propose_tunid", Config),
    (0x39, 0x57, "apply_tunid", Config),
    (0x39, 0x58, "propose_tunid_list", Config),
    (0x39, 0x59, "apply_tunid_list", Config),
    (0x3a, 0x4b, "reset_error_counters", Diagnostic),
    // Modbus (Volume 7, 3).
    (0x44, 0x4b, "read_discrete_inputs", Read),
    (0x44, 0x4c, "read_coils", Read),
    (0x44, 0x4d, "read_input_registers", Read),
    (0x44, 0x4e, "read_holding_registers", Read),
    (0x44, 0x4f, "write_coils", Write),
    (0x44, 0x50, "write_holding_registers", Write),
    (0x44, 0x51, "modbus_passthrough", Unknown),
    // What Rockwell calls them; see the sources above.
    (class::PCCC, service::EXECUTE_PCCC, "execute_pccc", Session),
    (0x68, 0x4d, "force", Control),
    (0x68, 0x4e, "force", Control),
    (0x69, 0x4d, "force", Control),
    (0x69, 0x4e, "force", Control),
    (0x6a, 0x51, "modify_parameter", Write),
    (class::SYMBOL, 0x4c, "read_tag", Read),
    (class::SYMBOL, 0x4d, "write_tag", Write),
    (class::SYMBOL, 0x4e, "read_modify_write_tag", Write),
    (class::SYMBOL, 0x52, "read_tag_fragmented", Read),
    (class::SYMBOL, 0x53, "write_tag_fragmented", Write),
    (class::SYMBOL, 0x55, "get_instance_attribute_list", Read),
    (0x6c, 0x4c, "read_template", Read),
    (0x8e, 0x5c, "handshake", Session),
    (0xac, 0x08, "create", Program),
    // ControlNet connections (5-36), port (3-7), Ethernet link (Volume 2, 5-5).
    (0xf3, 0x4b, "kick_timer", Control),
    (0xf3, 0x4c, "open_connection", Session),
    (0xf3, 0x4d, "close_connection", Session),
    (0xf3, 0x4e, "stop_connection", Session),
    (0xf3, 0x4f, "change_start", Config),
    (0xf3, 0x50, "get_status", Read),
    (0xf3, 0x51, "change_complete", Config),
    (0xf3, 0x52, "audit_changes", Config),
    (0xf6, 0x4c, "get_and_clear", Diagnostic),
];

/// Looks a service up: what it means on a class, else in general. A symbol is addressed without a
/// class and takes the services of class 0x6b.
pub(super) fn lookup(code: u8, class: Option<u32>) -> Service {
    let defined = |name, class| Service {
        name,
        class,
        reserved: false,
    };
    if let Some(of) = class
        && let Ok(at) = SPECIFIC.binary_search_by_key(&(of, code), |row| (row.0, row.1))
        && let Some((_, _, name, class)) = SPECIFIC.get(at)
    {
        return defined(*name, *class);
    }
    if let Ok(at) = COMMON.binary_search_by_key(&code, |row| row.0)
        && let Some((_, name, class)) = COMMON.get(at)
    {
        return defined(*name, *class);
    }
    match code {
        // What writes the memory that firmware lies in has no published names.
        0x4b..=0x63 if class == Some(class::FIRMWARE) => defined("firmware_service", Program),
        0x4b..=0x63 => defined("class_specific_service", Unknown),
        0x32..=0x4a => defined("vendor_specific_service", Unknown),
        _ => Service {
            name: "unknown",
            class: Unknown,
            reserved: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_in_order() {
        assert!(COMMON.windows(2).all(|rows| rows[0].0 < rows[1].0));
        let keys: Vec<(u32, u8)> = SPECIFIC.iter().map(|row| (row.0, row.1)).collect();
        for pair in keys.windows(2) {
            assert!(pair[0] < pair[1], "{pair:02x?}");
        }
    }
}
