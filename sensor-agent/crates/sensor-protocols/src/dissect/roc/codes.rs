//! Opcodes, errors and models (tables 2-1, 2-2 and 2-32 of the manual).

use crate::dissect::cursor::Cursor;
use crate::dissect::message::{Row, row};
use crate::dissect::tables::name_of;
use crate::observation::OperationClass::{
    Auth, Config, Diagnostic, Event, File, Read, Session, Write,
};
use crate::observation::Outcome;

pub(super) const SYSTEM_CONFIGURATION: u8 = 6;
pub(super) const READ_CONFIGURABLE: u8 = 10;
pub(super) const WRITE_CONFIGURABLE: u8 = 11;
pub(super) const LOGIN: u8 = 17;
pub(super) const STORE_AND_FORWARD: u8 = 24;
pub(super) const HISTORY_TAGS: u8 = 108;
pub(super) const SINGLE_HISTORY: u8 = 135;
pub(super) const WRITE_POINT: u8 = 166;
pub(super) const READ_POINT: u8 = 167;
pub(super) const READ_PARAMETERS: u8 = 180;
pub(super) const WRITE_PARAMETERS: u8 = 181;
pub(super) const FILE: u8 = 203;
pub(super) const ERROR: u8 = 255;

pub(super) const OPCODES: &[Row] = &[
    (6, "system_configuration", Read),
    (7, "read_clock", Read),
    (8, "set_clock", Config),
    (10, "read_configurable_opcode", Read),
    (11, "write_configurable_opcode", Write),
    (17, "login", Auth),
    (24, "store_and_forward", Session),
    (50, "io_point_position", Read),
    (100, "access_user_defined_information", Read),
    (105, "today_and_yesterday_minimum_and_maximum", Read),
    (108, "history_tag_and_periodic_index", Read),
    (118, "alarm_data", Read),
    (119, "event_data", Read),
    (135, "single_history_point", Read),
    (136, "multiple_history_points", Read),
    (137, "history_index", Read),
    (138, "daily_and_periodic_history", Read),
    (139, "history_information", Read),
    (166, "set_single_point_parameters", Write),
    (167, "read_single_point_parameters", Read),
    (180, "read_parameters", Read),
    (181, "write_parameters", Write),
    (203, "file_transfer", File),
    (205, "peer_to_peer_message", Session),
    (206, "read_transaction_history", Read),
    (224, "spontaneous_report_by_exception", Event),
    (225, "acknowledge_report_by_exception", Event),
    (255, "error", Diagnostic),
];

pub(super) fn is_known(opcode: u8) -> bool {
    row(OPCODES, u16::from(opcode)).is_some()
}

const ERRORS: &[(u16, &str)] = &[
    (1, "invalid_opcode_request"),
    (2, "invalid_parameter_number"),
    (3, "invalid_logical_number"),
    (4, "invalid_point_type"),
    (5, "too_many_data_bytes"),
    (6, "too_few_data_bytes"),
    (12, "obsolete"),
    (13, "outside_valid_address_range"),
    (14, "invalid_history_request"),
    (15, "invalid_fst_request"),
    (16, "invalid_event_entry"),
    (17, "too_many_alarms_requested"),
    (18, "too_many_events_requested"),
    (19, "write_to_read_only_parameter"),
    (20, "security_error"),
    (21, "invalid_security_logon"),
    (22, "invalid_store_and_forward_path"),
    (24, "history_configuration_in_progress"),
    (25, "invalid_parameter_range"),
    (29, "invalid_one_day_history_index"),
    (30, "invalid_history_point"),
    (31, "invalid_minimum_maximum_request"),
    (32, "invalid_tlp"),
    (33, "invalid_time"),
    (34, "illegal_modbus_range"),
    (50, "general_error"),
    (51, "invalid_state_for_write"),
    (52, "invalid_configurable_opcode_request"),
    (61, "hart_passthrough_disabled"),
    (62, "hart_passthrough_not_licensed"),
    (63, "access_level_too_high"),
    (77, "invalid_logoff_string"),
];

/// The first error of an error message.
pub(super) fn error(mut data: Cursor<'_>) -> Outcome {
    let code = u16::from(data.u8().unwrap_or(0));
    Outcome::Error {
        code: u32::from(code),
        name: name_of(ERRORS, code).unwrap_or("unknown"),
    }
}

/// Actions of a file transfer (table 2-27).
pub(super) const FILE_ACTIONS: &[(u16, &str)] = &[
    (1, "file_open"),
    (2, "file_read"),
    (3, "file_write"),
    (4, "file_close"),
    (5, "file_delete"),
    (6, "file_read_directory"),
    (64, "file_read_directory_64"),
];

/// Models (table 2-2).
pub(super) const fn model(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "ROCPAC ROC300",
        2 => "FloBoss 407",
        3 => "FlashPAC ROC300",
        4 => "FloBoss 503",
        5 => "FloBoss 504",
        6 => "ROC800",
        11 => "DL8000",
        _ => return None,
    })
}
