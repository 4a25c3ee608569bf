//! Operations, alarm types, control commands and blocks of PROFINET IO, as data.
//!
//! Source: IEC 61158-6-10, coding of the fields `BlockType`, `AlarmType` and `ControlCommand`; the
//! operation numbers are those of its DCE/RPC interface.

use crate::observation::OperationClass;

/// Name and class of an operation of the PROFINET IO interfaces; `None` when the standard has none.
pub(super) const fn operation(number: u16) -> Option<(&'static str, OperationClass)> {
    use OperationClass::{Config, Read, Session};
    Some(match number {
        0 => ("connect", Session),
        1 => ("release", Session),
        2 => ("read", Read),
        3 => ("write", Config),
        4 => ("control", Session),
        5 => ("read_implicit", Read),
        _ => return None,
    })
}

/// Alarm type, name, name of its acknowledgement.
const ALARMS: &[(u16, &str, &str)] = &[
    (1, "diagnosis", "diagnosis_acknowledged"),
    (2, "process", "process_acknowledged"),
    (3, "pull", "pull_acknowledged"),
    (4, "plug", "plug_acknowledged"),
    (5, "status", "status_acknowledged"),
    (6, "update", "update_acknowledged"),
    (7, "redundancy", "redundancy_acknowledged"),
    (
        8,
        "controlled_by_supervisor",
        "controlled_by_supervisor_acknowledged",
    ),
    (9, "released", "released_acknowledged"),
    (
        10,
        "plug_wrong_submodule",
        "plug_wrong_submodule_acknowledged",
    ),
    (
        11,
        "return_of_submodule",
        "return_of_submodule_acknowledged",
    ),
    (
        12,
        "diagnosis_disappears",
        "diagnosis_disappears_acknowledged",
    ),
    (13, "multicast_mismatch", "multicast_mismatch_acknowledged"),
    (14, "port_data_change", "port_data_change_acknowledged"),
    (15, "sync_data_changed", "sync_data_changed_acknowledged"),
    (
        16,
        "isochronous_mode_problem",
        "isochronous_mode_problem_acknowledged",
    ),
    (
        17,
        "network_component_problem",
        "network_component_problem_acknowledged",
    ),
    (18, "time_data_changed", "time_data_changed_acknowledged"),
    (
        19,
        "frame_packing_problem",
        "frame_packing_problem_acknowledged",
    ),
    (20, "mrpd_problem", "mrpd_problem_acknowledged"),
    (
        21,
        "multiple_interface_mismatch",
        "multiple_interface_mismatch_acknowledged",
    ),
    (
        30,
        "upload_and_retrieval",
        "upload_and_retrieval_acknowledged",
    ),
    (31, "pull_module", "pull_module_acknowledged"),
];

/// Alarms of manufacturers and of profiles.
const FREE: std::ops::RangeInclusive<u16> = 0x20..=0x7f;

fn row(alarm: u16) -> Option<&'static (u16, &'static str, &'static str)> {
    ALARMS.iter().find(|(code, ..)| *code == alarm)
}

/// Name of an alarm; `unknown` when the standard reserves it.
pub(super) fn alarm(alarm: u16) -> &'static str {
    match row(alarm) {
        Some((_, name, _)) => name,
        None if FREE.contains(&alarm) => "manufacturer_or_profile_alarm",
        None => "unknown",
    }
}

/// Name of the acknowledgement of an alarm.
pub(super) fn alarm_ack(alarm: u16) -> &'static str {
    row(alarm).map_or("alarm_acknowledged", |(_, _, name)| *name)
}

/// Name of a control command by its bit; the class tells whether it only manages the connection.
pub(super) fn control(bits: u16) -> Option<&'static str> {
    const NAMES: [(u16, &str); 8] = [
        (0x0001, "parameter_end"),
        (0x0002, "application_ready"),
        (0x0004, "release"),
        (0x0008, "done"),
        (0x0010, "ready_for_companion"),
        (0x0020, "ready_for_rt_class_3"),
        (0x0040, "parameter_begin"),
        (0x0080, "module_difference"),
    ];
    let named = NAMES.iter().find(|(bit, _)| bits & bit != 0);
    named.map(|(_, name)| *name)
}

/// Whether the standard has a block of this type.
pub(super) const fn is_block(kind: u16) -> bool {
    matches!(
        kind,
        0x0001
            | 0x0002
            | 0x0008..=0x0009
            | 0x0010..=0x001b
            | 0x0020..=0x0038
            | 0x0101..=0x011a
            | 0x0200..=0x027e
            | 0x0300..=0x0306
            | 0x0400..=0x0402
            | 0x0500..=0x0506
            | 0x0600..=0x0609
            | 0x0700..=0x0703
            | 0x0810..=0x0811
            | 0x0900..=0x0914
            | 0x0a00..=0x0a03
            | 0x0c00..=0x0c3f
            | 0x0f00..=0x0f05
            | 0x8001
            | 0x8002
            | 0x8008..=0x8009
            | 0x8101..=0x811a
            | 0xb050..=0xb051
            | 0xb060..=0xb061
            | 0xb070
    )
}

/// Whether a record with this index is made of blocks. Smaller indexes are the manufacturer's own,
/// those from 0xb000 on belong to profiles.
pub(super) const fn has_blocks(index: u16) -> bool {
    matches!(
        index,
        0x8000..=0x80ff | 0xaff0..=0xafff | 0xc000..=0xc0ff | 0xe000..=0xe0ff | 0xf000..=0xf8ff
    ) && !matches!(index, 0x80a0..=0x80ae)
}
