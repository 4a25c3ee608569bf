//! Function, exception, diagnostic and encapsulated-interface codes, as data.
//!
//! Data in: a code as it stands in the PDU. Data out: its name, class and standing in the
//! specification. Sources: *MODBUS Application Protocol Specification V1.1b3* (MAP), sections 5.1
//! (categories), 6 (public functions), 7 (exceptions) and Annex A (reserved codes); the names of
//! the reserved codes that Modicon controllers use are those of the *Modicon Modbus Protocol
//! Reference Guide* PI-MBUS-300 Rev. J and of Zeek's Modbus constants.

use crate::observation::OperationClass;

/// Set in the function code of an exception response (MAP 4.1).
pub(super) const EXCEPTION_BIT: u8 = 0x80;

/// Function codes that the parsers name.
pub(super) mod function {
    pub(in super::super) const READ_COILS: u8 = 1;
    pub(in super::super) const READ_DISCRETE_INPUTS: u8 = 2;
    pub(in super::super) const READ_HOLDING_REGISTERS: u8 = 3;
    pub(in super::super) const READ_INPUT_REGISTERS: u8 = 4;
    pub(in super::super) const WRITE_SINGLE_COIL: u8 = 5;
    pub(in super::super) const WRITE_SINGLE_REGISTER: u8 = 6;
    pub(in super::super) const READ_EXCEPTION_STATUS: u8 = 7;
    pub(in super::super) const DIAGNOSTICS: u8 = 8;
    pub(in super::super) const GET_COMM_EVENT_COUNTER: u8 = 11;
    pub(in super::super) const GET_COMM_EVENT_LOG: u8 = 12;
    pub(in super::super) const WRITE_MULTIPLE_COILS: u8 = 15;
    pub(in super::super) const WRITE_MULTIPLE_REGISTERS: u8 = 16;
    pub(in super::super) const REPORT_SERVER_ID: u8 = 17;
    pub(in super::super) const READ_FILE_RECORD: u8 = 20;
    pub(in super::super) const WRITE_FILE_RECORD: u8 = 21;
    pub(in super::super) const MASK_WRITE_REGISTER: u8 = 22;
    pub(in super::super) const READ_WRITE_MULTIPLE_REGISTERS: u8 = 23;
    pub(in super::super) const READ_FIFO_QUEUE: u8 = 24;
    pub(in super::super) const ENCAPSULATED_INTERFACE: u8 = 43;
    pub(in super::super) const UMAS: u8 = 90;
}

/// Encapsulated interface types (MAP 6.19 to 6.21).
pub(super) mod mei {
    pub(in super::super) const CANOPEN: u8 = 13;
    pub(in super::super) const DEVICE_IDENTIFICATION: u8 = 14;
}

/// Where the specification puts a function code (MAP 5.1, Annex A).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Public and assigned: the specification defines its PDUs.
    Public,
    /// 65 to 72 and 100 to 110: free for anybody's use.
    UserDefined,
    /// Reserved, but in known use by a vendor whose equipment is common.
    Vendor,
    /// Reserved or not assigned.
    Reserved,
    /// Zero, and 128 upwards: no function code at all.
    Invalid,
}

/// What is known about a function code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub(super) code: u8,
    pub(super) name: &'static str,
    pub(super) class: OperationClass,
    pub(super) standing: Standing,
}

const fn public(code: u8, name: &'static str, class: OperationClass) -> Function {
    Function {
        code,
        name,
        class,
        standing: Standing::Public,
    }
}

const fn reserved(code: u8, name: &'static str, class: OperationClass) -> Function {
    Function {
        code,
        name,
        class,
        standing: Standing::Reserved,
    }
}

use OperationClass::{Config, Control, Diagnostic, Discovery, Program, Read, Unknown, Write};

/// Named function codes in ascending order. File records count as reads and writes: they are the
/// extended memory of the device ("general reference" in PI-MBUS-300), not files of a file system.
/// Function 23 counts as a write because it changes the device.
const FUNCTIONS: &[Function] = &[
    public(1, "read_coils", Read),
    public(2, "read_discrete_inputs", Read),
    public(3, "read_holding_registers", Read),
    public(4, "read_input_registers", Read),
    public(5, "write_single_coil", Write),
    public(6, "write_single_register", Write),
    public(7, "read_exception_status", Diagnostic),
    public(8, "diagnostics", Diagnostic),
    reserved(9, "program_484", Program),
    reserved(10, "poll_484", Program),
    public(11, "get_comm_event_counter", Diagnostic),
    public(12, "get_comm_event_log", Diagnostic),
    reserved(13, "program_controller", Program),
    reserved(14, "poll_controller", Program),
    public(15, "write_multiple_coils", Write),
    public(16, "write_multiple_registers", Write),
    public(17, "report_server_id", Discovery),
    reserved(18, "program_884", Program),
    reserved(19, "reset_comm_link", Control),
    public(20, "read_file_record", Read),
    public(21, "write_file_record", Write),
    public(22, "mask_write_register", Write),
    public(23, "read_write_multiple_registers", Write),
    public(24, "read_fifo_queue", Read),
    reserved(40, "program_concept", Program),
    reserved(41, "multiple_function_codes", Unknown),
    public(43, "encapsulated_interface_transport", Unknown),
    Function {
        code: 90,
        name: "umas",
        class: Unknown,
        standing: Standing::Vendor,
    },
    reserved(125, "firmware_replacement", Program),
    reserved(126, "program_584", Program),
    reserved(127, "report_local_address", Discovery),
];

/// What is known about a function code without its exception bit.
pub(super) fn named(code: u8) -> Function {
    if let Ok(at) = FUNCTIONS.binary_search_by_key(&code, |f| f.code)
        && let Some(found) = FUNCTIONS.get(at)
    {
        return *found;
    }
    let (name, standing) = match code {
        0 | EXCEPTION_BIT.. => ("invalid", Standing::Invalid),
        65..=72 | 100..=110 => ("user_defined", Standing::UserDefined),
        _ => ("unknown", Standing::Reserved),
    };
    Function {
        code,
        name,
        class: Unknown,
        standing,
    }
}

/// Exception codes (MAP 7; 7 is the negative acknowledge of PI-MBUS-300).
const EXCEPTIONS: &[(u8, &str)] = &[
    (1, "illegal_function"),
    (2, "illegal_data_address"),
    (3, "illegal_data_value"),
    (4, "server_device_failure"),
    (5, "acknowledge"),
    (6, "server_device_busy"),
    (7, "negative_acknowledge"),
    (8, "memory_parity_error"),
    (10, "gateway_path_unavailable"),
    (11, "gateway_target_failed_to_respond"),
];

/// Name of an exception code, `None` when the specification has none.
pub(super) fn exception(code: u8) -> Option<&'static str> {
    EXCEPTIONS
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, name)| *name)
}

/// Sub-functions of diagnostics (MAP 6.8.1) with their effect. Those that restart, silence or
/// clear something act on the device; the others only read.
const DIAGNOSTICS: &[(u16, &str, OperationClass)] = &[
    (0, "return_query_data", Diagnostic),
    (1, "restart_communications_option", Control),
    (2, "return_diagnostic_register", Diagnostic),
    (3, "change_ascii_input_delimiter", Config),
    (4, "force_listen_only_mode", Control),
    (10, "clear_counters_and_diagnostic_register", Control),
    (11, "return_bus_message_count", Diagnostic),
    (12, "return_bus_communication_error_count", Diagnostic),
    (13, "return_bus_exception_error_count", Diagnostic),
    (14, "return_server_message_count", Diagnostic),
    (15, "return_server_no_response_count", Diagnostic),
    (16, "return_server_nak_count", Diagnostic),
    (17, "return_server_busy_count", Diagnostic),
    (18, "return_bus_character_overrun_count", Diagnostic),
    (20, "clear_overrun_counter_and_flag", Control),
];

/// Name and class of a diagnostics sub-function, `None` when it is reserved.
pub(super) fn diagnostic(code: u16) -> Option<(&'static str, OperationClass)> {
    DIAGNOSTICS
        .iter()
        .find(|(known, ..)| *known == code)
        .map(|(_, name, class)| (*name, *class))
}

/// Name and class of an encapsulated interface type, `None` when it is reserved (MAP 6.19).
pub(super) fn interface(mei_type: u8) -> Option<(&'static str, OperationClass)> {
    match mei_type {
        mei::CANOPEN => Some(("canopen_general_reference", Config)),
        mei::DEVICE_IDENTIFICATION => Some(("read_device_identification", Discovery)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_so_that_the_search_finds_every_row() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.code < b.code));
        for row in FUNCTIONS {
            assert_eq!(named(row.code).name, row.name);
        }
    }

    /// The public function codes as the specification lists them (MAP 5.1).
    #[test]
    fn the_public_codes_are_those_of_the_specification() {
        let public: Vec<u8> = (0..=255)
            .filter(|code| named(*code).standing == Standing::Public)
            .collect();
        let expected = [
            1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43,
        ];
        assert_eq!(public, expected);
    }

    #[test]
    fn user_defined_codes_are_two_ranges() {
        let free: Vec<u8> = (0..=255)
            .filter(|code| named(*code).standing == Standing::UserDefined)
            .collect();
        assert_eq!(free, (65..=72).chain(100..=110).collect::<Vec<_>>());
    }

    #[test]
    fn zero_and_the_exception_range_are_no_function_codes() {
        assert_eq!(named(0).standing, Standing::Invalid);
        assert_eq!(named(128).standing, Standing::Invalid);
        assert_eq!(named(255).standing, Standing::Invalid);
        assert_eq!(named(9).standing, Standing::Reserved);
        assert_eq!(named(64).standing, Standing::Reserved);
    }

    #[test]
    fn reserved_sub_functions_have_no_name() {
        for code in [5, 9, 19, 21, u16::MAX] {
            assert!(diagnostic(code).is_none(), "{code}");
        }
        assert!(exception(9).is_none());
        assert!(interface(12).is_none());
    }
}
