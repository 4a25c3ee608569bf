//! Function codes, link functions and status codes, as data.
//!
//! Data in: a code as it stands on the wire. Data out: its name and class. Source: IEEE 1815-2012,
//! clauses 4.4 (application functions), 9.2.4 (link functions), 11 (status of controls) and
//! Annex A (files, authentication). Names are those of the standard.

use crate::observation::OperationClass;
use OperationClass::{
    Auth, Config, Control, Diagnostic, Event, File, Program, Read, Session, Write,
};

/// Application function codes that the parsers name.
pub(super) mod function {
    pub(in super::super) const CONFIRM: u8 = 0;
    pub(in super::super) const READ: u8 = 1;
    pub(in super::super) const DIRECT_OPERATE_NR: u8 = 6;
    pub(in super::super) const IMMED_FREEZE_NR: u8 = 8;
    pub(in super::super) const FREEZE_CLEAR_NR: u8 = 10;
    pub(in super::super) const FREEZE_AT_TIME: u8 = 11;
    pub(in super::super) const FREEZE_AT_TIME_NR: u8 = 12;
    pub(in super::super) const AUTHENTICATE_REQ_NR: u8 = 33;
    pub(in super::super) const RESPONSE: u8 = 129;
    pub(in super::super) const UNSOLICITED_RESPONSE: u8 = 130;
    pub(in super::super) const AUTHENTICATE_RESP: u8 = 131;
}

/// Application function codes (4.4), in ascending order.
const FUNCTIONS: &[(u8, &str, OperationClass)] = &[
    (0, "CONFIRM", Session),
    (1, "READ", Read),
    (2, "WRITE", Write),
    (3, "SELECT", Write),
    (4, "OPERATE", Write),
    (5, "DIRECT_OPERATE", Write),
    (6, "DIRECT_OPERATE_NR", Write),
    (7, "IMMED_FREEZE", Control),
    (8, "IMMED_FREEZE_NR", Control),
    (9, "FREEZE_CLEAR", Control),
    (10, "FREEZE_CLEAR_NR", Control),
    (11, "FREEZE_AT_TIME", Control),
    (12, "FREEZE_AT_TIME_NR", Control),
    (13, "COLD_RESTART", Control),
    (14, "WARM_RESTART", Control),
    (15, "INITIALIZE_DATA", Control),
    (16, "INITIALIZE_APPL", Program),
    (17, "START_APPL", Control),
    (18, "STOP_APPL", Control),
    (19, "SAVE_CONFIG", Config),
    (20, "ENABLE_UNSOLICITED", Config),
    (21, "DISABLE_UNSOLICITED", Config),
    (22, "ASSIGN_CLASS", Config),
    (23, "DELAY_MEASURE", Diagnostic),
    (24, "RECORD_CURRENT_TIME", Config),
    (25, "OPEN_FILE", File),
    (26, "CLOSE_FILE", File),
    (27, "DELETE_FILE", File),
    (28, "GET_FILE_INFO", File),
    (29, "AUTHENTICATE_FILE", Auth),
    (30, "ABORT_FILE", File),
    (31, "ACTIVATE_CONFIG", Config),
    (32, "AUTHENTICATE_REQ", Auth),
    (33, "AUTH_REQ_NO_ACK", Auth),
    (129, "RESPONSE", Read),
    (130, "UNSOLICITED_RESPONSE", Event),
    (131, "AUTHENTICATE_RESP", Auth),
];

/// Name and class of an application function code; `None` when the standard has none.
pub(super) fn function_named(code: u8) -> Option<(&'static str, OperationClass)> {
    let at = FUNCTIONS
        .binary_search_by_key(&code, |(code, ..)| *code)
        .ok()?;
    FUNCTIONS.get(at).map(|(_, name, class)| (*name, *class))
}

/// Whether an outstation sends this function.
pub(super) const fn is_response(code: u8) -> bool {
    code >= 128
}

/// Whether a request of this function gets an answer.
pub(super) const fn is_answered(code: u8) -> bool {
    !matches!(
        code,
        function::CONFIRM
            | function::DIRECT_OPERATE_NR
            | function::IMMED_FREEZE_NR
            | function::FREEZE_CLEAR_NR
            | function::FREEZE_AT_TIME_NR
            | function::AUTHENTICATE_REQ_NR
    )
}

/// Whether the objects of this function bring data; those of the others only name points.
pub(super) const fn brings_data(code: u8) -> bool {
    matches!(code, 2..=6 | 25..=33 | 129..)
}

/// Link functions of primary frames (9.2.4; 1 is obsolete).
const PRIMARY: &[(u8, &str)] = &[
    (0, "RESET_LINK_STATES"),
    (1, "RESET_USER_PROCESS"),
    (2, "TEST_LINK_STATES"),
    (3, "CONFIRMED_USER_DATA"),
    (4, "UNCONFIRMED_USER_DATA"),
    (9, "REQUEST_LINK_STATUS"),
];

/// Link functions of secondary frames; 14 is obsolete.
const SECONDARY: &[(u8, &str)] = &[
    (0, "ACK"),
    (1, "NACK"),
    (11, "LINK_STATUS"),
    (14, "LINK_NOT_FUNCTIONING"),
    (15, "NOT_SUPPORTED"),
];

fn find(table: &[(u8, &'static str)], code: u8) -> Option<&'static str> {
    table
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, name)| *name)
}

/// Name of a link function; `None` when the standard has none.
pub(super) fn link_named(primary: bool, code: u8) -> Option<&'static str> {
    find(if primary { PRIMARY } else { SECONDARY }, code)
}

/// Errors in the second octet of the internal indications (4.5), lowest bit first. Bit 08H, that
/// events were lost (`EVENT_BUFFER_OVERFLOW`), is about no request.
const INDICATIONS: &[(u8, &str)] = &[
    (0x01, "NO_FUNC_CODE_SUPPORT"),
    (0x02, "OBJECT_UNKNOWN"),
    (0x04, "PARAMETER_ERROR"),
    (0x10, "ALREADY_EXECUTING"),
    (0x20, "CONFIG_CORRUPT"),
];

/// The error that internal indications report, if any.
pub(super) fn indicated(second: u8) -> Option<(u32, &'static str)> {
    INDICATIONS
        .iter()
        .find(|(bit, _)| second & bit != 0)
        .map(|(bit, name)| (u32::from(*bit), *name))
}

/// Status of a control (Annex A, 12/1 and 41).
const CONTROL: &[(u8, &str)] = &[
    (1, "TIMEOUT"),
    (2, "NO_SELECT"),
    (3, "FORMAT_ERROR"),
    (4, "NOT_SUPPORTED"),
    (5, "ALREADY_ACTIVE"),
    (6, "HARDWARE_ERROR"),
    (7, "LOCAL"),
    (8, "TOO_MANY_OBJS"),
    (9, "NOT_AUTHORIZED"),
    (10, "AUTOMATION_INHIBIT"),
    (11, "PROCESSING_LIMITED"),
    (12, "OUT_OF_RANGE"),
    (13, "DOWNSTREAM_LOCAL"),
    (14, "ALREADY_COMPLETE"),
    (15, "BLOCKED"),
    (16, "CANCELLED"),
    (17, "BLOCKED_OTHER_MASTER"),
    (18, "DOWNSTREAM_FAIL"),
    (126, "NON_PARTICIPATING"),
    (127, "UNDEFINED"),
];

/// Status of a file operation (Annex A, 70/4).
const FILE: &[(u8, &str)] = &[
    (1, "PERMISSION_DENIED"),
    (2, "INVALID_MODE"),
    (3, "FILE_NOT_FOUND"),
    (4, "FILE_LOCKED"),
    (5, "TOO_MANY_OPEN"),
    (6, "INVALID_HANDLE"),
    (7, "WRITE_BLOCK_SIZE"),
    (8, "COMM_LOST"),
    (9, "CANNOT_ABORT"),
    (255, "UNDEFINED"),
];

/// Errors of secure authentication (Annex A, 120/7).
const AUTHENTICATION: &[(u8, &str)] = &[
    (1, "AUTHENTICATION_FAILED"),
    (2, "UNEXPECTED_REPLY"),
    (3, "NO_REPLY"),
    (4, "AGGRESSIVE_MODE_NOT_SUPPORTED"),
    (5, "MAC_ALGORITHM_NOT_SUPPORTED"),
    (6, "KEY_WRAP_ALGORITHM_NOT_SUPPORTED"),
    (7, "AUTHORIZATION_FAILED"),
    (8, "UPDATE_KEY_METHOD_NOT_PERMITTED"),
    (9, "INVALID_SIGNATURE"),
    (10, "INVALID_CERTIFICATION_DATA"),
    (11, "UNKNOWN_USER"),
    (12, "MAX_SESSION_KEY_STATUS_REQUESTS"),
];

/// Where in the code of an outcome each kind of status stands.
pub(super) const CONTROL_STATUS: u32 = 0x100;
pub(super) const FILE_STATUS: u32 = 0x200;
pub(super) const AUTHENTICATION_ERROR: u32 = 0x300;

/// Code and name of the outcome that a status says; `None` for success.
pub(super) fn status(kind: u32, code: u8) -> Option<(u32, &'static str)> {
    let table = match kind {
        CONTROL_STATUS => CONTROL,
        FILE_STATUS => FILE,
        _ => AUTHENTICATION,
    };
    let name = find(table, code).unwrap_or("unknown");
    (code != 0).then_some((kind | u32::from(code), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_so_that_the_search_finds_every_row() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.0 < b.0));
        let named: Vec<u8> = (0..=255).filter(|c| function_named(*c).is_some()).collect();
        assert_eq!(named, (0..=33).chain(129..=131).collect::<Vec<u8>>());
    }

    #[test]
    fn an_outcome_tells_what_kind_of_status_it_is() {
        assert_eq!(indicated(0x06), Some((2, "OBJECT_UNKNOWN")));
        assert_eq!(indicated(0x08), None, "events were lost");
        assert_eq!(indicated(0x10), Some((16, "ALREADY_EXECUTING")));
        assert_eq!(indicated(0x20), Some((32, "CONFIG_CORRUPT")));
        assert_eq!(status(CONTROL_STATUS, 2), Some((0x102, "NO_SELECT")));
        assert_eq!(status(FILE_STATUS, 3), Some((0x203, "FILE_NOT_FOUND")));
        assert_eq!(status(CONTROL_STATUS, 0), None);
        assert_eq!(status(AUTHENTICATION_ERROR, 99), Some((0x363, "unknown")));
    }
}
