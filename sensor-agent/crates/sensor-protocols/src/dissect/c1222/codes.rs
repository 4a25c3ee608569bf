//! Services and response codes (C12.22, 5.3.2.4; C12.18 for those that both have).

use crate::dissect::message::Row;
use crate::observation::OperationClass::{Auth, Diagnostic, Discovery, Read, Session, Write};
use crate::observation::Outcome;

/// The lowest code of a request; those below are of responses.
pub(super) const FIRST_REQUEST: u8 = 0x20;

pub(super) const IDENTIFICATION: u32 = 0x20;

/// Services.
pub(super) const SERVICES: &[Row] = &[
    (0x20, "identification", Discovery),
    (0x21, "terminate", Session),
    (0x22, "disconnect", Session),
    (0x24, "deregister", Session),
    (0x25, "resolve", Discovery),
    (0x26, "trace", Diagnostic),
    (0x27, "register", Session),
    (0x30, "full_read", Read),
    (0x31, "partial_read_index_1", Read),
    (0x32, "partial_read_index_2", Read),
    (0x33, "partial_read_index_3", Read),
    (0x34, "partial_read_index_4", Read),
    (0x35, "partial_read_index_5", Read),
    (0x36, "partial_read_index_6", Read),
    (0x37, "partial_read_index_7", Read),
    (0x38, "partial_read_index_8", Read),
    (0x39, "partial_read_index_9", Read),
    (0x3e, "partial_read_default", Read),
    (0x3f, "partial_read_offset", Read),
    (0x40, "full_write", Write),
    (0x41, "partial_write_index_1", Write),
    (0x42, "partial_write_index_2", Write),
    (0x43, "partial_write_index_3", Write),
    (0x44, "partial_write_index_4", Write),
    (0x45, "partial_write_index_5", Write),
    (0x46, "partial_write_index_6", Write),
    (0x47, "partial_write_index_7", Write),
    (0x48, "partial_write_index_8", Write),
    (0x49, "partial_write_index_9", Write),
    (0x4f, "partial_write_offset", Write),
    (0x50, "logon", Auth),
    (0x51, "security", Auth),
    (0x52, "logoff", Auth),
    (0x70, "wait", Session),
];

/// Response codes, by number.
const RESPONSES: [&str; 19] = [
    "ok",
    "error",
    "service_not_supported",
    "insufficient_security_clearance",
    "operation_not_possible",
    "inappropriate_action_requested",
    "device_busy",
    "data_not_ready",
    "data_locked",
    "renegotiate_request",
    "invalid_service_sequence_state",
    "security_mechanism_error",
    "unknown_application_title",
    "network_timeout",
    "network_not_reachable",
    "request_too_large",
    "response_too_large",
    "segmentation_not_possible",
    "segmentation_error",
];

pub(super) fn outcome(code: u8) -> Outcome {
    if code == 0 {
        return Outcome::Ok;
    }
    Outcome::Error {
        code: u32::from(code),
        name: RESPONSES
            .get(usize::from(code))
            .copied()
            .unwrap_or("unknown"),
    }
}
