//! Service requests, memories and status codes by name.
//!
//! Sources: DFRWS 2017 paper, tables 2 (services) and 3 (selectors); GFK-0529, tables 3-12 (major status), which was
//! not at hand: the names of status codes are from memory. A major status of 0 with a minor one has no name.

use crate::dissect::message::{Row, UNKNOWN, row};
use crate::observation::OperationClass::{
    self, Auth, Config, Control, Diagnostic, Discovery, Program, Read, Write,
};

/// Service requests that are looked into.
pub(super) const PROGRAMMER_LOGON: u8 = 0x20;
pub(super) const CHANGE_PRIVILEGE: u8 = 0x21;
pub(super) const SET_PLC_STATE: u8 = 0x23;
pub(super) const CONTROLLER_TYPE: u8 = 0x43;

/// Name and class of a service request.
pub(super) fn service(code: u8) -> Option<(&'static str, OperationClass)> {
    row(SERVICES, u16::from(code)).map(|(_, name, class)| (*name, *class))
}

const SERVICES: &[Row] = &[
    (0x00, "plc_short_status", Diagnostic),
    (0x03, "return_control_program_names", Read),
    (0x04, "read_system_memory", Read),
    (0x05, "read_task_memory", Read),
    (0x06, "read_program_memory", Program),
    (0x07, "write_system_memory", Write),
    (0x08, "write_task_memory", Write),
    (0x09, "write_program_block_memory", Program),
    (0x20, "programmer_logon", Auth),
    (0x21, "change_privilege_level", Auth),
    (0x22, "set_controller_id", Config),
    (0x23, "set_plc_run_or_stop", Control),
    (0x24, "set_time", Config),
    (0x25, "return_time", Read),
    (0x38, "return_fault_table", Diagnostic),
    (0x39, "clear_fault_table", Control),
    (0x3f, "program_store", Program),
    (0x40, "program_load", Program),
    (0x43, "return_controller_type", Discovery),
    (0x44, "toggle_force_system_memory", Write),
];

/// Whether a service request has a selector, an offset and a length.
pub(super) const fn addresses(code: u8) -> bool {
    matches!(code, 0x04..=0x09 | 0x44)
}

/// Table of a selector.
pub(super) const fn memory(selector: u8) -> Option<&'static str> {
    Some(match selector {
        0x08 => "register",
        0x0a => "analog_input",
        0x0c => "analog_output",
        0x10 => "discrete_input_byte",
        0x12 => "discrete_output_byte",
        0x14 => "discrete_temporary_byte",
        0x16 => "discrete_internal_byte",
        0x18 => "sa_byte",
        0x1a => "sb_byte",
        0x1c => "sc_byte",
        0x1e => "s_byte",
        0x38 => "genius_global_byte",
        0x46 => "discrete_input_bit",
        0x48 => "discrete_output_bit",
        0x4a => "discrete_temporary_bit",
        0x4c => "discrete_internal_bit",
        0x4e => "sa_bit",
        0x50 => "sb_bit",
        0x52 => "sc_bit",
        0x54 => "s_bit",
        0x56 => "genius_global_bit",
        _ => return None,
    })
}

/// Name of a major status.
pub(super) const fn status(major: u8) -> &'static str {
    match major {
        0x01 => "illegal service request",
        0x02 => "insufficient privilege",
        0x04 => "protocol sequence error",
        0x05 => "service request error",
        0x06 => "illegal mailbox type",
        0x07 => "request queue full",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_in_order() {
        assert!(SERVICES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(service(0x23).map(|s| s.0), Some("set_plc_run_or_stop"));
    }
}
