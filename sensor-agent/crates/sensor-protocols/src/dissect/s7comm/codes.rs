//! Functions, services, areas and errors by number.
//!
//! S7comm has no published specification. Sources of these tables: the register of values of the
//! dissector in Wireshark 4.0 (numbers), Siemens, *System Software for S7-300/400, System and
//! Standard Functions* (A5E02789976) for blocks and errors, the documentation of Snap7 and libnodave
//! for transport sizes and areas.

use crate::observation::OperationClass::{
    self, Auth, Config, Control, Diagnostic, Event, Program, Read, Session, Write,
};

/// Function codes of jobs that are parsed.
pub(super) mod function {
    pub(in super::super) const READ: u8 = 0x04;
    pub(in super::super) const WRITE: u8 = 0x05;
    pub(in super::super) const REQUEST_DOWNLOAD: u8 = 0x1a;
    pub(in super::super) const DOWNLOAD_BLOCK: u8 = 0x1b;
    pub(in super::super) const DOWNLOAD_ENDED: u8 = 0x1c;
    pub(in super::super) const START_UPLOAD: u8 = 0x1d;
    pub(in super::super) const UPLOAD: u8 = 0x1e;
    pub(in super::super) const END_UPLOAD: u8 = 0x1f;
    pub(in super::super) const PI_SERVICE: u8 = 0x28;
    pub(in super::super) const STOP: u8 = 0x29;
    pub(in super::super) const SETUP: u8 = 0xf0;
}

/// Functions of jobs.
const FUNCTIONS: &[(u8, &str, OperationClass)] = &[
    (0x00, "CPU services", Diagnostic),
    (function::READ, "read variable", Read),
    (function::WRITE, "write variable", Write),
    (function::REQUEST_DOWNLOAD, "request download", Program),
    (function::DOWNLOAD_BLOCK, "download block", Program),
    (function::DOWNLOAD_ENDED, "download ended", Program),
    (function::START_UPLOAD, "start upload", Program),
    (function::UPLOAD, "upload", Program),
    (function::END_UPLOAD, "end upload", Program),
    (function::PI_SERVICE, "PI service", Control),
    (function::STOP, "PLC stop", Control),
    (function::SETUP, "setup communication", Session),
];

/// Name and class of a function; `None` when it is not defined.
#[inline]
pub(super) fn function_named(code: u8) -> Option<(&'static str, OperationClass)> {
    FUNCTIONS
        .iter()
        .find(|(known, ..)| *known == code)
        .map(|(_, name, class)| (*name, *class))
}

/// A program invocation service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    /// What `operation.sub` holds.
    pub(super) number: u32,
    id: &'static str,
    pub(super) name: &'static str,
    pub(super) class: OperationClass,
    /// Its arguments are blocks.
    pub(super) names_blocks: bool,
}

const fn service_row(
    number: u32,
    id: &'static str,
    name: &'static str,
    class: OperationClass,
    names_blocks: bool,
) -> Service {
    Service {
        number,
        id,
        name,
        class,
        names_blocks,
    }
}

/// Services that controllers have; the numbers are ours.
const SERVICES: &[Service] = &[
    service_row(1, "P_PROGRAM", "PI service P_PROGRAM", Control, false),
    service_row(2, "_INSE", "PI service _INSE", Program, true),
    service_row(3, "_DELE", "PI service _DELE", Program, true),
    service_row(4, "_MODU", "PI service _MODU", Program, false),
    service_row(5, "_GARB", "PI service _GARB", Program, false),
];

/// A service by the octets of its name.
pub(super) fn service(id: &[u8]) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.id.as_bytes() == id)
}

/// Groups of userdata functions that are parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Programmer,
    Cyclic,
    Block,
    Cpu,
    Security,
}

/// The group of an operation code, if its functions are parsed.
pub(super) fn group_of(code: u32) -> Option<Group> {
    match code.checked_sub(super::USERDATA)? {
        1 => Some(Group::Programmer),
        2 => Some(Group::Cyclic),
        3 => Some(Group::Block),
        4 => Some(Group::Cpu),
        5 => Some(Group::Security),
        _ => None,
    }
}

/// Whether a group is defined: mode transition, programmer, cyclic, block, CPU, security, PBC, time,
/// NC programming.
pub(super) const fn is_group(group: u8) -> bool {
    matches!(group, 0..=7 | 15)
}

/// Userdata functions: group, subfunction.
const USERDATA: &[(u32, u32, &str, OperationClass)] = &[
    (0, 0, "mode transition STOP", Event),
    (0, 1, "mode transition warm restart", Event),
    (0, 2, "mode transition RUN", Event),
    (0, 3, "mode transition hot restart", Event),
    (0, 4, "mode transition HOLD", Event),
    (0, 6, "mode transition cold restart", Event),
    (0, 9, "mode transition RUN_R", Event),
    (0, 11, "mode transition LINK-UP", Event),
    (0, 12, "mode transition UPDATE", Event),
    (1, 1, "block status", Diagnostic),
    (1, 2, "variable status", Diagnostic),
    (1, 3, "output ISTACK", Diagnostic),
    (1, 4, "output BSTACK", Diagnostic),
    (1, 5, "output LSTACK", Diagnostic),
    (1, 6, "time measurement", Diagnostic),
    (1, 7, "force selection", Write),
    (1, 8, "modify variable", Write),
    (1, 9, "force", Write),
    (1, 10, "breakpoint", Control),
    (1, 11, "exit HOLD", Control),
    (1, 12, "memory reset", Control),
    (1, 13, "disable job", Diagnostic),
    (1, 14, "enable job", Diagnostic),
    (1, 15, "delete job", Diagnostic),
    (1, 16, "read job list", Diagnostic),
    (1, 17, "read job", Diagnostic),
    (1, 18, "replace job", Diagnostic),
    (1, 19, "block status v2", Diagnostic),
    (1, 22, "flash LED", Diagnostic),
    (2, 1, "cyclic transfer", Read),
    (2, 4, "unsubscribe", Read),
    (2, 5, "change driven transfer", Read),
    (2, 7, "change driven transfer modify", Read),
    (2, 8, "RDREC", Read),
    (3, 1, "list blocks", Diagnostic),
    (3, 2, "list blocks of type", Diagnostic),
    (3, 3, "get block info", Diagnostic),
    (4, 1, "read SZL", Diagnostic),
    (4, 2, "message service", Session),
    (4, 3, "diagnostic message", Event),
    (4, 5, "ALARM_8 indication", Event),
    (4, 6, "NOTIFY indication", Event),
    (4, 7, "ALARM_8 lock", Config),
    (4, 8, "ALARM_8 unlock", Config),
    (4, 9, "SCAN indication", Event),
    (4, 11, "ALARM acknowledgement", Control),
    (4, 12, "ALARM acknowledgement indication", Event),
    (4, 13, "ALARM lock indication", Event),
    (4, 14, "ALARM unlock indication", Event),
    (4, 17, "ALARM_SQ indication", Event),
    (4, 18, "ALARM_S indication", Event),
    (4, 19, "ALARM query", Diagnostic),
    (4, 22, "NOTIFY_8 indication", Event),
    (5, 1, "PLC password", Auth),
    (5, 2, "PLC password clear", Auth),
    (6, 0, "BSEND", Write),
    (7, 1, "read clock", Diagnostic),
    (7, 2, "set clock", Config),
    (7, 3, "read clock (following)", Diagnostic),
    (7, 4, "set clock (following)", Config),
    (15, 1, "NC request download", Program),
    (15, 2, "NC download block", Program),
    (15, 3, "NC continue download", Program),
    (15, 4, "NC download ended", Program),
    (15, 6, "NC start upload", Program),
    (15, 7, "NC upload", Program),
    (15, 8, "NC continue upload", Program),
];

/// Name and class of an operation by its code and second-level code.
pub(super) fn operation(code: u32, sub: Option<u32>) -> (&'static str, OperationClass) {
    let unknown = ("unknown", OperationClass::Unknown);
    if let Some(group) = code.checked_sub(super::USERDATA) {
        return USERDATA
            .iter()
            .find(|(known, function, ..)| (*known, Some(*function)) == (group, sub))
            .map_or(unknown, |(_, _, name, class)| (*name, *class));
    }
    if let Some(service) = SERVICES.iter().find(|s| Some(s.number) == sub)
        && code == u32::from(function::PI_SERVICE)
    {
        return (service.name, service.class);
    }
    let code = u8::try_from(code).ok();
    code.and_then(function_named).unwrap_or(unknown)
}

/// An area of memory, and the name of the table that its addresses count in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    /// Octets, with bits in them.
    Octets(&'static str),
    /// Things with numbers of their own.
    Numbered(&'static str),
}

pub(super) const DATA_BLOCK: &str = "data_block_byte";
const INSTANCE: &str = "instance_data_block_byte";

/// Whether a table is of blocks, which have numbers.
pub(super) fn is_block(table: &str) -> bool {
    [DATA_BLOCK, INSTANCE].contains(&table)
}

/// The area of an S7ANY pointer.
#[inline]
pub(super) fn area(number: u8) -> Option<Area> {
    Some(match number {
        0x84 => Area::Octets(DATA_BLOCK),
        0x81 => Area::Octets("input_byte"),
        0x82 => Area::Octets("output_byte"),
        0x83 => Area::Octets("flag_byte"),
        0x80 => Area::Octets("peripheral_byte"),
        0x85 => Area::Octets(INSTANCE),
        0x86 => Area::Octets("local_byte"),
        0x87 => Area::Octets("caller_local_byte"),
        0x1c => Area::Numbered("counter"),
        0x1d => Area::Numbered("timer"),
        0x1e => Area::Numbered("iec_counter"),
        0x1f => Area::Numbered("iec_timer"),
        // The S7-200.
        0x01 => Area::Octets("data_record_byte"),
        0x03 => Area::Octets("system_info_byte"),
        0x05 => Area::Octets("system_flag_byte"),
        0x06 => Area::Octets("analog_input_byte"),
        0x07 => Area::Octets("analog_output_byte"),
        _ => return None,
    })
}

/// Transport size of a bit.
pub(super) const BIT: u8 = 1;

/// Octets of one element of a transport size; `None` when it is not defined.
#[inline]
pub(super) const fn element(size: u8) -> Option<u32> {
    match size {
        // Bit, byte, character.
        1..=3 => Some(1),
        // Word, integer, date, time of S5, counter, timer, those of IEC 61131-3.
        4 | 5 | 9 | 12 | 28..=31 => Some(2),
        // Double word, double integer, real, time of day, time, high-speed counter.
        6..=8 | 10 | 11 | 32 => Some(4),
        // Date and time.
        15 => Some(8),
        _ => None,
    }
}

/// Kind of a block by the digit of its type.
pub(super) const fn block(digit: u32) -> Option<&'static str> {
    Some(match digit {
        0x8 => "organization_block",
        0xa => "data_block",
        0xb => "system_data_block",
        0xc => "function",
        0xd => "system_function",
        0xe => "function_block",
        0xf => "system_function_block",
        _ => return None,
    })
}

/// Error codes: of an acknowledgement class and code, of userdata its error field.
const ERRORS: &[(u16, &str)] = &[
    (0x0110, "invalid block number"),
    (0x0111, "invalid request length"),
    (0x0112, "invalid parameter"),
    (0x0113, "invalid block type"),
    (0x0114, "block not found"),
    (0x0115, "block already exists"),
    (0x0116, "block is write-protected"),
    (0x0117, "block too large"),
    (0x0119, "wrong password"),
    (0x011c, "protocol error"),
    (0x011d, "too many blocks"),
    (0x0141, "no resources for the job"),
    (0x8001, "service not possible in the state of the block"),
    (0x8003, "error while the block was transferred"),
    (0x8100, "service unknown to the module"),
    (0x8104, "service not implemented, or wrong frame"),
    (0x8204, "type of the object inconsistent"),
    (0x8301, "not enough memory"),
    (0x8302, "too few resources"),
    (0x8304, "no further parallel upload"),
    (0x8305, "function not available"),
    (0x8401, "invalid sequence of services"),
    (0x8402, "service not possible in the state of the object"),
    (0x8404, "function cannot be performed"),
    (0x8500, "wrong frame"),
    (0x8503, "service cancelled by the module"),
    (0x8701, "error addressing the object"),
    (0x8702, "service not supported"),
    (0x8703, "access to the object refused"),
    (0x8704, "object damaged"),
    (0xd001, "illegal job number"),
    (0xd033, "wrong length of the job"),
    (0xd041, "illegal list identifier"),
    (0xd042, "illegal variable address"),
    (0xd081, "not permitted in the current mode"),
    (0xd0a1, "not permitted at the current protection level"),
    (0xd0a2, "not possible while memory is modified"),
    (0xd0a4, "forcing is already active"),
    (0xd0a5, "job not found"),
    (0xd201, "syntax error in the block name"),
    (0xd202, "syntax error in the parameters"),
    (0xd209, "block not found on the module"),
    (0xd20c, "priority class does not exist"),
    (0xd20e, "no further block"),
    (0xd20f, "block too large for the module"),
    (0xd210, "invalid block number"),
    (0xd240, "coordination rules violated"),
    (0xd241, "not permitted at the current protection level"),
    (0xd242, "protection violated by a fail-safe block"),
    (0xd401, "information function not available"),
    (0xd402, "information function not available"),
    (0xd403, "already logged on or off"),
    (0xd404, "too many logged on"),
    (0xd405, "service not supported"),
    (0xd406, "information not available now"),
    (0xd601, "syntax error in the parameters"),
    (0xd602, "wrong password"),
    (0xd603, "connection has already been legitimised"),
    (0xd604, "connection has already been enabled"),
    (0xd605, "no password exists"),
    (0xd801, "invalid variable address"),
    (0xd802, "job does not exist"),
    (0xd803, "illegal state of the job"),
    (0xd804, "illegal interval"),
    (0xd805, "no further cyclic job"),
    (0xdc01, "invalid date or time"),
    (0xef01, "protocol error"),
    (0xef02, "protocol error"),
];

/// Name of an error code, else of its class.
pub(super) fn error_name(code: u16) -> &'static str {
    if let Some((_, name)) = ERRORS.iter().find(|(known, _)| *known == code) {
        return name;
    }
    match code >> 8 {
        0x81 => "application relationship",
        0x82 => "object definition",
        0x83 => "no resources available",
        0x84 => "error on service processing",
        0x85 => "error on supplies",
        0x87 => "access error",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_each_number_once() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(USERDATA.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
        assert!(ERRORS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn operations_have_the_names_of_their_tables() {
        assert_eq!(operation(4, None).0, "read variable");
        assert_eq!(operation(0x28, Some(2)), ("PI service _INSE", Program));
        assert_eq!(operation(0x28, None), ("PI service", Control));
        assert_eq!(operation(0x104, Some(1)).0, "read SZL");
        assert_eq!(operation(0x104, None).0, "unknown");
        assert_eq!(operation(0x33, None).0, "unknown");
    }

    #[test]
    fn an_error_without_a_name_of_its_own_has_that_of_its_class() {
        assert_eq!(
            error_name(0x8104),
            "service not implemented, or wrong frame"
        );
        assert_eq!(error_name(0x81fe), "application relationship");
        assert_eq!(error_name(0x1234), "unknown");
    }
}
