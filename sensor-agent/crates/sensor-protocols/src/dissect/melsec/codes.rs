//! Commands and end codes by name.
//!
//! Sources: SH-080008 and SH-080956 (commands), the user's manuals of QJ71E71 and LJ71E71 and SH-080483 (end codes);
//! of MELSOFT the names that Nozomi Networks published.
//!
//! The manuals were not at hand: end codes other than those of the tests are from memory.

use crate::dissect::message::{Row, UNKNOWN, row};
use crate::dissect::tables::name_of;
use crate::observation::OperationClass::{
    self, Auth, Config, Control, Diagnostic, Discovery, Event, File, Read, Session, Write,
};

/// Commands that are looked into.
pub(super) const READ_TYPE_NAME: u16 = 0x0101;
pub(super) const DEVICE_READ: u16 = 0x0401;

/// Sent by a module on its own; nobody answers.
pub(super) const ON_DEMAND: u16 = 0x2101;

/// Name and class of a command.
pub(super) fn command(code: u16) -> Option<(&'static str, OperationClass)> {
    row(COMMANDS, code).map(|(_, name, class)| (*name, *class))
}

/// The same for MELSOFT.
pub(super) fn melsoft(code: u16) -> Option<(&'static str, OperationClass)> {
    row(MELSOFT, code).map(|(_, name, class)| (*name, *class))
}

/// Name of an end code.
pub(super) fn end_code(code: u16) -> &'static str {
    name_of(END_CODES, code).unwrap_or(UNKNOWN)
}

const COMMANDS: &[Row] = &[
    (0x0101, "read_type_name", Discovery),
    (0x0401, "device_read", Read),
    (0x0403, "device_read_random", Read),
    (0x0406, "device_read_block", Read),
    (0x041a, "label_read_array", Read),
    (0x041c, "label_read_random", Read),
    (0x0601, "extend_unit_read", Read),
    (0x0613, "memory_read", Read),
    (0x0619, "self_test", Diagnostic),
    (0x0801, "monitor_register", Session),
    (0x0802, "monitor_execute", Read),
    (0x0e30, "node_search", Discovery),
    (0x0e31, "node_ip_address_set", Config),
    (0x1001, "remote_run", Control),
    (0x1002, "remote_stop", Control),
    (0x1003, "remote_pause", Control),
    (0x1005, "remote_latch_clear", Control),
    (0x1006, "remote_reset", Control),
    (0x1401, "device_write", Write),
    (0x1402, "device_write_random", Write),
    (0x1406, "device_write_block", Write),
    (0x141a, "label_write_array", Write),
    (0x141b, "label_write_random", Write),
    (0x1601, "extend_unit_write", Write),
    (0x1612, "initialise_transmission_sequence", Session),
    (0x1613, "memory_write", Write),
    (0x1617, "clear_error", Control),
    (0x1630, "remote_password_unlock", Auth),
    (0x1631, "remote_password_lock", Auth),
    (0x1810, "file_read_directory", File),
    (0x1811, "file_search_directory", File),
    (0x1820, "file_new", File),
    (0x1822, "file_delete", File),
    (0x1824, "file_copy", File),
    (0x1825, "file_change_state", File),
    (0x1826, "file_change_date", File),
    (0x1827, "file_open", File),
    (0x1828, "file_read", File),
    (0x1829, "file_write", File),
    (0x182a, "file_close", File),
    (ON_DEMAND, "on_demand", Event),
];

const MELSOFT: &[Row] = &[
    (0x0121, "open_initial", Session),
    (0x0131, "user_name_login", Auth),
    (0x0132, "password_login", Auth),
    (0x0133, "read_user_information", Read),
    (0x0134, "read_user_information", Read),
    (0x0150, "safety_run_mode_read", Read),
    (0x0410, "modify_value", Write),
    (0x1001, "remote_run", Control),
    (0x1002, "remote_stop", Control),
    (0x1003, "remote_pause", Control),
    (0x1006, "remote_reset", Control),
    (0x1120, "safety_run_mode_change", Control),
    (0x1133, "user_information_registration", Auth),
    (0x1859, "file_list_read", File),
    (0x1868, "file_read", File),
    (0x1869, "file_write", File),
];

const END_CODES: &[(u16, &str)] = &[
    (0x0000, "normal completion"),
    (0x0055, "writing while running is disabled"),
    (0x4000, "CPU: checksum error"),
    (0x4001, "CPU: no such request"),
    (0x4002, "CPU: no such request"),
    (0x4003, "CPU: command cannot be executed"),
    (0x4004, "CPU: protected"),
    (0x4005, "CPU: too much data"),
    (0x4006, "CPU: not initialised"),
    (0x4008, "CPU: busy"),
    (0x4010, "CPU: not possible while running"),
    (0x4013, "CPU: not possible in this state"),
    (0x4021, "CPU: no such drive"),
    (0x4022, "CPU: no such file"),
    (0x4029, "CPU: file is open"),
    (0x4030, "CPU: no such device"),
    (0x4031, "CPU: device out of range"),
    (0x408b, "CPU: remote request refused"),
    (0xc035, "no response"),
    (0xc050, "ASCII code cannot be converted"),
    (0xc051, "points out of range"),
    (0xc052, "points out of range"),
    (0xc053, "points out of range"),
    (0xc054, "points out of range"),
    (0xc056, "device out of range"),
    (0xc058, "length does not fit the points"),
    (0xc059, "no such command or subcommand"),
    (0xc05b, "device cannot be accessed"),
    (0xc05c, "bad content of the request"),
    (0xc05d, "monitor is not registered"),
    (0xc05e, "monitoring timer exceeded"),
    (0xc05f, "request cannot be executed on the target"),
    (0xc060, "bad content of bit devices"),
    (0xc061, "length does not fit the data"),
    (0xc06f, "binary and ASCII confused"),
    (0xc070, "device cannot be extended"),
    (0xc0b5, "data cannot be handled"),
    (0xc200, "wrong remote password"),
    (0xc201, "locked by the remote password"),
    (0xc202, "remote password cannot be unlocked over this path"),
    (0xc203, "error while checking the remote password"),
    (0xc204, "unlocked by another device"),
    (0xc810, "wrong remote password"),
    (0xc811, "another device is unlocking"),
    (0xc812, "locked after wrong passwords"),
    (0xc813, "error while checking the remote password"),
    (0xc814, "remote password not unlocked"),
    (0xc815, "locked by the remote password"),
    (0xc816, "unlocked by another device"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order() {
        assert!(COMMANDS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(MELSOFT.is_sorted_by(|a, b| a.0 < b.0));
        assert!(END_CODES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(command(0x1002).map(|c| c.0), Some("remote_stop"));
    }
}
