//! Index groups and states by name.
//!
//! Sources: Beckhoff Information System, *ADS device documentation* (PLC, I/O, system service) and
//! *ADSSTATE*; `AdsDef.h` of Beckhoff's ADS library (MIT). The groups of
//! the system service above 600 are from memory.

use crate::observation::OperationClass::{self, Config, Control, File, Program, Read, Write};

/// AMS port of the system service.
pub(super) const SYSTEM_SERVICE: u16 = 10_000;

/// What an index group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Table of its objects.
    pub(super) table: &'static str,
    /// Class of what reads and of what writes it, where the command does not say it.
    pub(super) reads: OperationClass,
    pub(super) writes: OperationClass,
    /// The offset is a handle that the server gave: it says nothing of what is addressed.
    pub(super) by_handle: bool,
}

const fn group(table: &'static str) -> Group {
    Group {
        table,
        reads: Read,
        writes: Write,
        by_handle: false,
    }
}

const fn classed(table: &'static str, reads: OperationClass, writes: OperationClass) -> Group {
    Group {
        reads,
        writes,
        ..group(table)
    }
}

const fn handled(table: &'static str, reads: OperationClass, writes: OperationClass) -> Group {
    Group {
        by_handle: true,
        ..classed(table, reads, writes)
    }
}

/// The index group of an AMS port; `None` for one that is not known.
pub(super) fn named(port: u16, number: u32) -> Option<Group> {
    if port == SYSTEM_SERVICE
        && let Some(service) = system_service(number)
    {
        return Some(service);
    }
    Some(match number {
        0x4020 => group("plc_memory_byte"),
        0x4021 => group("plc_memory_bit"),
        0x4025 => group("plc_memory_size"),
        0x4030 => group("plc_retain_byte"),
        0x4035 => group("plc_retain_size"),
        0x4040 => group("plc_data_byte"),
        0x4045 => group("plc_data_size"),
        0xf000 => group("symbol_table"),
        0xf001 => group("symbol_name"),
        0xf002 => group("symbol_value"),
        SYMBOL_HANDLE_BY_NAME => group("symbol_handle_by_name"),
        SYMBOL_VALUE_BY_NAME => group("symbol_value_by_name"),
        0xf005 => handled("symbol_value_by_handle", Read, Write),
        0xf006 => handled("symbol_release_handle", Read, Read),
        SYMBOL_INFO_BY_NAME => group("symbol_info_by_name"),
        0xf008 => group("symbol_version"),
        SYMBOL_INFO_BY_NAME_EX => group("symbol_info_by_name_ex"),
        0xf00a => classed("symbol_download", Read, Program),
        0xf00b => group("symbol_upload"),
        0xf00c => group("symbol_upload_info"),
        0xf00d => classed("symbol_download_2", Read, Program),
        0xf00e => group("data_type_upload"),
        0xf00f => group("symbol_upload_info_2"),
        0xf010 => group("symbol_notification"),
        0xf020 => group("input_byte"),
        0xf021 => group("input_bit"),
        0xf025 => group("input_size"),
        0xf030 => group("output_byte"),
        0xf031 => group("output_bit"),
        0xf035 => group("output_size"),
        0xf040 => group("clear_inputs"),
        0xf050 => group("clear_outputs"),
        0xf060 => group("input_output_byte"),
        0xf080 => group("sum_read"),
        0xf081 => group("sum_write"),
        0xf082 => group("sum_read_write"),
        0xf083 => group("sum_read_ex"),
        0xf084 => group("sum_read_ex_2"),
        0xf085 => group("sum_add_notification"),
        0xf086 => group("sum_delete_notification"),
        0xf100 => group("device_data"),
        _ => return None,
    })
}

/// Groups whose written data are the name of a symbol.
pub(super) const SYMBOL_HANDLE_BY_NAME: u32 = 0xf003;
pub(super) const SYMBOL_VALUE_BY_NAME: u32 = 0xf004;
pub(super) const SYMBOL_INFO_BY_NAME: u32 = 0xf007;
pub(super) const SYMBOL_INFO_BY_NAME_EX: u32 = 0xf009;

/// Groups of several commands in one.
const SUM_READ: u32 = 0xf080;
const SUM_READ_WRITE: u32 = 0xf082;
const SUM_READ_EX: u32 = 0xf083;
const SUM_DELETE_NOTIFICATION: u32 = 0xf086;

/// Octets of the head of a command in [`SUM_READ_WRITE`]: group, offset, two lengths.
const SUM_HEAD: usize = 16;

/// Whether what a command writes only says what it reads: names, or lists of what is read. `offset` of several
/// commands in one is their number.
pub(super) fn only_asks(port: u16, number: u32, offset: u32, written: &[u8]) -> bool {
    match number {
        SUM_READ | SUM_READ_EX..=SUM_DELETE_NOTIFICATION => true,
        SUM_READ_WRITE => {
            let number = usize::try_from(offset).unwrap_or(usize::MAX);
            let heads = written.chunks_exact(SUM_HEAD);
            // One that is not there to be looked at may write.
            let all = number > 0 && heads.len() >= number;
            all && heads.take(number).all(|head| {
                let group = head.first_chunk().copied().map(u32::from_le_bytes);
                group.is_some_and(|group| is_by_name(port, group))
            })
        }
        _ => is_by_name(port, number),
    }
}

/// Whether written data of a group begin with a name.
pub(super) const fn is_by_name(port: u16, number: u32) -> bool {
    matches!(
        number,
        SYMBOL_HANDLE_BY_NAME | SYMBOL_VALUE_BY_NAME | SYMBOL_INFO_BY_NAME | SYMBOL_INFO_BY_NAME_EX
    ) || (port == SYSTEM_SERVICE && matches!(number, 120 | 131 | 132 | 133 | 138 | 139 | 200))
}

fn system_service(number: u32) -> Option<Group> {
    Some(match number {
        120 => classed("file_open", File, File),
        121 => handled("file_close", File, File),
        122 => handled("file_read", File, File),
        123 => handled("file_write", File, File),
        124 => handled("file_seek", File, File),
        125 => handled("file_tell", File, File),
        126 => handled("file_get_line", File, File),
        127 => handled("file_put_line", File, File),
        130 => handled("file_end", File, File),
        131 => classed("file_delete", File, File),
        132 => classed("file_rename", File, File),
        133 => classed("file_find", File, File),
        138 => classed("directory_make", File, File),
        139 => classed("directory_remove", File, File),
        200 => classed("registry_local_machine", Read, Config),
        300 => classed("send_email", Control, Control),
        400 => classed("time_services", Read, Config),
        500 => classed("start_process", Control, Control),
        600 => classed("change_net_id", Config, Config),
        700 => group("target_description"),
        801 => classed("add_remote", Config, Config),
        802 => classed("delete_remote", Config, Config),
        803 => group("enumerate_remotes"),
        _ => return None,
    })
}

/// Name of a state that write control sets.
pub(super) const fn control(state: u16) -> Option<&'static str> {
    Some(match state {
        0 => "write_control invalid",
        1 => "write_control idle",
        2 => "write_control reset",
        3 => "write_control init",
        4 => "write_control start",
        5 => "write_control run",
        6 => "write_control stop",
        7 => "write_control save configuration",
        8 => "write_control load configuration",
        9 => "write_control power failure",
        10 => "write_control power good",
        11 => "write_control error",
        12 => "write_control shutdown",
        13 => "write_control suspend",
        14 => "write_control resume",
        15 => "write_control config",
        16 => "write_control reconfig",
        17 => "write_control stopping",
        _ => return None,
    })
}
