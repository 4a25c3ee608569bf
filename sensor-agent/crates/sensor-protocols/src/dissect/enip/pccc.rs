//! PCCC: the command set of PLC-5, SLC 500 and `MicroLogix` inside the service Execute PCCC.
//!
//! Data in: the data of that service, or of its reply. Data out: command, function, status.
//! Source: *DF1 Protocol and Command Set*, Allen-Bradley 1770-6.5.16, chapter 7; the requestor
//! identification in front is of *Logix5000 Data Access* (1756-PM020).
//!
//! Limits: addresses of data files are kept as sent.

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::OperationClass;

/// Bit of the command octet that marks a reply.
const REPLY: u8 = 0x40;

/// Command octets of the sets that have functions.
const WITH_FUNCTION: [u8; 3] = [0x06, 0x07, 0x0f];

use OperationClass::{Config, Control, Diagnostic, File, Program, Read, Write};

/// Command, function, name, class.
const COMMANDS: &[(u8, Option<u8>, &str, OperationClass)] = &[
    (0x00, None, "protected_write", Write),
    (0x01, None, "unprotected_read", Read),
    (0x02, None, "protected_bit_write", Write),
    (0x05, None, "unprotected_bit_write", Write),
    (0x08, None, "unprotected_write", Write),
    (0x06, Some(0x00), "echo", Diagnostic),
    (0x06, Some(0x01), "read_diagnostic_counters", Diagnostic),
    (0x06, Some(0x02), "set_variables", Config),
    (0x06, Some(0x03), "diagnostic_status", Diagnostic),
    (0x06, Some(0x04), "set_timeout", Config),
    (0x06, Some(0x05), "set_naks", Config),
    (0x06, Some(0x06), "set_enqs", Config),
    (0x06, Some(0x07), "reset_diagnostic_counters", Diagnostic),
    (0x06, Some(0x08), "set_data_table_size", Config),
    (0x06, Some(0x09), "read_link_parameters", Read),
    (0x06, Some(0x0a), "set_link_parameters", Config),
    (0x07, Some(0x00), "disable_outputs", Control),
    (0x07, Some(0x01), "enable_outputs", Control),
    (0x07, Some(0x03), "enable_plc_scanning", Control),
    (0x07, Some(0x04), "enter_download_mode", Program),
    (0x07, Some(0x05), "exit_download_or_upload_mode", Program),
    (0x07, Some(0x06), "enter_upload_mode", Program),
    (0x0f, Some(0x00), "word_range_write", Write),
    (0x0f, Some(0x01), "word_range_read", Read),
    (0x0f, Some(0x02), "bit_write", Write),
    (0x0f, Some(0x03), "file_write", File),
    (0x0f, Some(0x04), "file_read", File),
    (0x0f, Some(0x05), "download_request", Program),
    (0x0f, Some(0x06), "upload", Program),
    (0x0f, Some(0x07), "shutdown", Control),
    (0x0f, Some(0x08), "physical_write", Program),
    (0x0f, Some(0x09), "physical_read", Program),
    (0x0f, Some(0x0a), "restart_request", Control),
    (0x0f, Some(0x11), "get_edit_resource", Program),
    (0x0f, Some(0x12), "return_edit_resource", Program),
    (0x0f, Some(0x17), "read_bytes_physical", Program),
    (0x0f, Some(0x18), "write_bytes_physical", Program),
    (0x0f, Some(0x26), "read_modify_write", Write),
    (0x0f, Some(0x29), "read_section_size", Read),
    (0x0f, Some(0x3a), "set_cpu_mode", Control),
    (0x0f, Some(0x41), "disable_forces", Control),
    (0x0f, Some(0x50), "download_all_request", Program),
    (0x0f, Some(0x52), "download_completed", Program),
    (0x0f, Some(0x53), "upload_all_request", Program),
    (0x0f, Some(0x55), "upload_completed", Program),
    (0x0f, Some(0x57), "initialize_memory", Control),
    (0x0f, Some(0x5e), "modify_plc2_compatibility_file", Config),
    (0x0f, Some(0x67), "typed_write", Write),
    (0x0f, Some(0x68), "typed_read", Read),
    (0x0f, Some(0x79), "read_modify_write_n", Write),
    (0x0f, Some(0x80), "change_mode", Control),
    (0x0f, Some(0x81), "open_file", File),
    (0x0f, Some(0x82), "close_file", File),
    (0x0f, Some(0x88), "execute_command_list", Control),
    (0x0f, Some(0x8f), "apply_port_configuration", Config),
    (0x0f, Some(0xa1), "protected_typed_logical_read_2", Read),
    (0x0f, Some(0xa2), "protected_typed_logical_read_3", Read),
    (0x0f, Some(0xa7), "protected_typed_file_read", File),
    (0x0f, Some(0xa9), "protected_typed_logical_write_2", Write),
    (0x0f, Some(0xaa), "protected_typed_logical_write_3", Write),
    (
        0x0f,
        Some(0xab),
        "protected_typed_logical_write_mask",
        Write,
    ),
    (0x0f, Some(0xaf), "protected_typed_file_write", File),
];

/// Status octet of a reply: the high half says what the remote station found, the low half what
/// the local one did (8-1).
const STATUSES: &[(u8, &str)] = &[
    (0x10, "illegal_command_or_format"),
    (0x20, "host_will_not_communicate"),
    (0x30, "remote_node_missing"),
    (0x40, "hardware_fault"),
    (0x50, "addressing_or_memory_protect"),
    (0x60, "command_protection"),
    (0x70, "processor_in_program_mode"),
    (0x80, "compatibility_file_missing"),
    (0x90, "remote_node_cannot_buffer"),
    (0xb0, "remote_node_problem"),
    (0xf0, "extended_status"),
];

/// A command or a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pccc<'a> {
    /// Without the bit that marks a reply.
    pub(super) command: u8,
    pub(super) function: Option<u8>,
    pub(super) reply: bool,
    pub(super) status: u8,
    pub(super) transaction: u16,
    pub(super) data: &'a [u8],
}

impl<'a> Pccc<'a> {
    /// Reads what lies behind the requestor identification, whose length is its first octet.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut cursor = Cursor::new(bytes);
        let identification = cursor.u8()?;
        cursor.skip(usize::from(identification.saturating_sub(1)))?;
        let command = cursor.u8()?;
        let status = cursor.u8()?;
        let transaction = cursor.u16_le()?;
        let reply = command & REPLY != 0;
        let command = command & !REPLY;
        let function = if !reply && WITH_FUNCTION.contains(&command) {
            Some(cursor.u8()?)
        } else {
            None
        };
        Ok(Self {
            command,
            function,
            reply,
            status,
            transaction,
            data: cursor.take_rest(),
        })
    }
}

/// Name and class of a command; `None` when the manual has none.
pub(super) fn named(command: u8, function: Option<u8>) -> Option<(&'static str, OperationClass)> {
    COMMANDS
        .iter()
        .find(|(known, with, ..)| *known == command && *with == function)
        .map(|(_, _, name, class)| (*name, *class))
}

/// Name of a status that is not 0.
pub(super) fn status_name(status: u8) -> &'static str {
    STATUSES
        .iter()
        .find(|(known, _)| *known == status & 0xf0)
        .map_or("local_error", |(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_one_row_and_a_function_where_its_set_has_functions() {
        let keys: std::collections::BTreeSet<_> =
            COMMANDS.iter().map(|row| (row.0, row.1)).collect();
        assert_eq!(keys.len(), COMMANDS.len());
        for (command, function) in keys {
            assert_eq!(WITH_FUNCTION.contains(&command), function.is_some());
        }
        assert_eq!(named(0x0f, Some(0x3a)), Some(("set_cpu_mode", Control)));
        assert_eq!(named(0x0f, None), None);
        assert_eq!(status_name(0x60), "command_protection");
        assert_eq!(status_name(0x07), "local_error");
    }
}
