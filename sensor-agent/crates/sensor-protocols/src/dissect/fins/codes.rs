//! Commands of FINS and what their requests hold.
//!
//! Sources: Omron W342 (CS/CJ communications commands reference), 5-2 and 5-3; W227 (FINS commands) for
//! those of the CV series.

use super::fields::Field::{
    self, Area, Areas, Count, Data, Elements, FileName, FileNames, Forced, Id16, Mode, Name,
    Optional, Parameters, Password, ProgramWords, Rest, Skip, Sub, Words,
};
use crate::observation::OperationClass::{
    self, Config, Control, Diagnostic, Discovery, File, Program, Read, Session, Write,
};

/// A command: code, name, class, fields of its request.
pub(super) type Command = (u16, &'static str, OperationClass, &'static [Field]);

/// The command with a code.
pub(super) fn command(code: u16) -> Option<&'static Command> {
    COMMANDS
        .binary_search_by_key(&code, |(known, ..)| *known)
        .ok()
        .and_then(|at| COMMANDS.get(at))
}

pub(super) const MEMORY_AREA_READ: u16 = 0x0101;
pub(super) const CONTROLLER_DATA_READ: u16 = 0x0501;
pub(super) const CONTROLLER_STATUS_READ: u16 = 0x0601;
pub(super) const NAME_READ: u16 = 0x2603;

const PROGRAM: Field = Id16("program");
const DISK: Field = Id16("disk");

const COMMANDS: &[Command] = &[
    (0x0101, "memory_area_read", Read, &[Area, Count]),
    (0x0102, "memory_area_write", Write, &[Area, Count, Elements]),
    (0x0103, "memory_area_fill", Write, &[Area, Count, Data(2)]),
    (0x0104, "multiple_memory_area_read", Read, &[Areas]),
    (0x0105, "memory_area_transfer", Write, &[Area, Area, Count]),
    (0x0201, "parameter_area_read", Read, &[Parameters]),
    (
        0x0202,
        "parameter_area_write",
        Config,
        &[Parameters, Elements],
    ),
    (
        0x0203,
        "parameter_area_clear",
        Config,
        &[Parameters, Data(2)],
    ),
    (0x0220, "data_link_table_read", Read, &[Rest]),
    (0x0221, "data_link_table_write", Config, &[Rest]),
    (
        0x0304,
        "program_area_protect",
        Config,
        &[PROGRAM, Skip(1), Words, Password],
    ),
    (
        0x0305,
        "program_area_protect_clear",
        Config,
        &[PROGRAM, Skip(1), Words, Password],
    ),
    (
        0x0306,
        "program_area_read",
        Program,
        &[PROGRAM, ProgramWords],
    ),
    (
        0x0307,
        "program_area_write",
        Program,
        &[PROGRAM, ProgramWords, Rest],
    ),
    (0x0308, "program_area_clear", Program, &[PROGRAM, Skip(1)]),
    (0x0401, "run", Control, &[Optional, PROGRAM, Mode]),
    (0x0402, "stop", Control, &[Optional, PROGRAM]),
    (0x0403, "reset", Control, &[]),
    (
        0x0501,
        "controller_data_read",
        Discovery,
        &[Optional, Skip(1)],
    ),
    (
        0x0502,
        "connection_data_read",
        Discovery,
        &[Skip(1), Optional, Skip(1)],
    ),
    (0x0601, "controller_status_read", Diagnostic, &[]),
    (0x0602, "network_status_read", Diagnostic, &[]),
    (0x0603, "data_link_status_read", Diagnostic, &[]),
    (0x0620, "cycle_time_read", Diagnostic, &[Mode]),
    (0x0701, "clock_read", Read, &[]),
    (
        0x0702,
        "clock_write",
        Config,
        &[Data(5), Optional, Skip(1), Skip(1)],
    ),
    (0x0801, "loop_back_test", Diagnostic, &[Rest]),
    (0x0802, "broadcast_test_results_read", Diagnostic, &[]),
    (0x0803, "broadcast_test_data_send", Diagnostic, &[Rest]),
    (
        0x0920,
        "message_read_or_clear",
        Diagnostic,
        &[Id16("message")],
    ),
    (0x0c01, "access_right_acquire", Session, &[PROGRAM]),
    (0x0c02, "access_right_forced_acquire", Control, &[PROGRAM]),
    (0x0c03, "access_right_release", Session, &[PROGRAM]),
    (0x2101, "error_clear", Control, &[Id16("error")]),
    (
        0x2102,
        "error_log_read",
        Diagnostic,
        &[Id16("record"), Skip(2)],
    ),
    (0x2103, "error_log_clear", Control, &[]),
    (
        0x2140,
        "fins_write_access_log_read",
        Diagnostic,
        &[Id16("record"), Skip(2)],
    ),
    (0x2141, "fins_write_access_log_clear", Control, &[]),
    (
        0x2201,
        "file_name_read",
        File,
        &[DISK, Skip(2), Skip(2), Optional, Rest],
    ),
    (
        0x2202,
        "single_file_read",
        File,
        &[DISK, FileName, Skip(4), Skip(2), Optional, Rest],
    ),
    (
        0x2203,
        "single_file_write",
        File,
        &[DISK, Sub, FileName, Skip(4), Skip(2), Rest],
    ),
    (0x2204, "file_memory_format", File, &[DISK]),
    (0x2205, "file_delete", File, &[DISK, FileNames]),
    (
        0x2206,
        "volume_label_create_or_delete",
        File,
        &[DISK, Sub, FileName],
    ),
    (
        0x2207,
        "file_copy",
        File,
        &[DISK, FileName, Optional, DISK, FileName, Rest],
    ),
    (
        0x2208,
        "file_name_change",
        File,
        &[DISK, FileName, FileName, Optional, Rest],
    ),
    (
        0x2209,
        "file_data_check",
        File,
        &[DISK, FileName, Optional, Rest],
    ),
    (
        0x220a,
        "memory_area_file_transfer",
        File,
        &[Sub, Area, Count, DISK, FileName, Optional, Rest],
    ),
    (
        0x220b,
        "parameter_area_file_transfer",
        File,
        &[Sub, Parameters, DISK, FileName, Optional, Rest],
    ),
    (
        0x220c,
        "program_area_file_transfer",
        Program,
        &[Sub, PROGRAM, Skip(8), DISK, FileName, Optional, Rest],
    ),
    (
        0x220f,
        "file_memory_index_read",
        File,
        &[Id16("block"), Skip(1)],
    ),
    (0x2210, "file_memory_read", File, &[Id16("block")]),
    (
        0x2211,
        "file_memory_write",
        File,
        &[Skip(1), Id16("block"), Rest],
    ),
    (
        0x2215,
        "directory_create_or_delete",
        File,
        &[DISK, Sub, FileName, Rest],
    ),
    (0x2220, "memory_cassette_transfer", Program, &[Rest]),
    (0x2301, "forced_set_reset", Write, &[Forced]),
    (0x2302, "forced_set_reset_cancel", Write, &[]),
    (0x230a, "multiple_forced_status_read", Read, &[Area, Count]),
    (0x2601, "name_set", Config, &[Name]),
    (0x2602, "name_delete", Config, &[]),
    (0x2603, "name_read", Read, &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_in_order() {
        assert!(COMMANDS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(command(0x0402).map(|c| c.1), Some("stop"));
        assert!(command(0x0404).is_none());
    }
}
