//! Services by protocol, error classes, and what is told of the parameters of a request.

use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::text::printable;
use crate::dissect::message::{Message, Row, row};
use crate::observation::OperationClass::{
    Config, Control, Diagnostic, Discovery, Event, Program, Read, Session, Write,
};

/// Flag of a service that is confirmed.
pub(super) const CONFIRMED: u8 = 0x80;

pub(super) const IDENTIFY: u32 = 0x381;
pub(super) const READ: u32 = 0x382;
pub(super) const READ_SUBINDEX: u32 = 0x3d2;

/// The row of a service.
pub(super) fn row_of(protocol: u8, service: u8) -> Option<&'static Row> {
    let table = match protocol {
        1 => FIELD_DEVICE_ACCESS,
        2 => SYSTEM_MANAGEMENT,
        3 => FMS,
        4 => REDUNDANCY,
        _ => return None,
    };
    row(table, u16::from(service))
}

/// Name of the class of an error (FF-870).
pub(super) const fn error_class(error: u16) -> &'static str {
    match error >> 8 {
        1 => "vfd_state",
        2 => "application_reference",
        3 => "definition",
        4 => "resource",
        5 => "service",
        6 => "access",
        7 => "object_dictionary",
        8 => "other",
        9 => "reject",
        10 => "h1_system_management",
        11 => "initiate",
        _ => "unknown",
    }
}

/// Reads the parameters of a request.
pub(super) fn request<'a>(
    code: u32,
    body: &mut Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    match code {
        // Read, and information reports.
        READ | 0x300 | 0x311 => message.id("index", body.u32_be()?),
        // Write.
        0x383 => {
            message.id("index", body.u32_be()?);
            message.values = body.rest();
        }
        READ_SUBINDEX | 0x310 | 0x312 => {
            message.id("index", body.u32_be()?);
            message.id("subindex", body.u32_be()?);
        }
        0x3d3 => {
            message.id("index", body.u32_be()?);
            message.id("subindex", body.u32_be()?);
            message.values = body.rest();
        }
        // Download and upload of a domain; start, stop, resume, reset and kill of a program.
        0x389..=0x38e | 0x392..=0x397 => message.id("index", body.u32_be()?),
        // Tag that is looked for, behind the kind of query and what it refers to.
        0x201 => {
            body.skip(8)?;
            message.text("tag", printable(body.rest()));
        }
        _ => {}
    }
    Ok(())
}

#[rustfmt::skip]
const FIELD_DEVICE_ACCESS: &[Row] = &[
    (0x81, "open_session", Session),
    (0x83, "idle", Session),
];

#[rustfmt::skip]
const SYSTEM_MANAGEMENT: &[Row] = &[
    (0x01, "find_tag_query", Discovery),
    (0x02, "find_tag_reply", Discovery),
    (0x10, "device_annunciation", Discovery),
    (0x83, "identify", Discovery),
    (0x8c, "clear_address", Config),
    (0x8e, "set_assignment_info", Config),
    (0x8f, "clear_assignment_info", Config),
];

#[rustfmt::skip]
const FMS: &[Row] = &[
    (0x00, "information_report", Event),
    (0x01, "unsolicited_status", Event),
    (0x02, "event_notification", Event),
    (0x10, "information_report_with_subindex", Event),
    (0x11, "information_report_on_change", Event),
    (0x12, "information_report_on_change_with_subindex", Event),
    (0x70, "abort", Session),
    (0x80, "status", Read),
    (0x81, "identify", Discovery),
    (0x82, "read", Read),
    (0x83, "write", Write),
    (0x84, "get_od", Read),
    (0x87, "define_variable_list", Config),
    (0x88, "delete_variable_list", Config),
    (0x89, "initiate_download_sequence", Program),
    (0x8a, "download_segment", Program),
    (0x8b, "terminate_download_sequence", Program),
    (0x8c, "initiate_upload_sequence", Program),
    (0x8d, "upload_segment", Program),
    (0x8e, "terminate_upload_sequence", Program),
    (0x8f, "request_domain_download", Program),
    (0x90, "request_domain_upload", Program),
    (0x91, "create_program_invocation", Program),
    (0x92, "delete_program_invocation", Program),
    (0x93, "start", Control),
    (0x94, "stop", Control),
    (0x95, "resume", Control),
    (0x96, "reset", Control),
    (0x97, "kill", Control),
    (0x98, "alter_event_condition_monitoring", Config),
    (0x99, "acknowledge_event_notification", Event),
    (0x9c, "initiate_put_od", Config),
    (0x9d, "put_od", Config),
    (0x9e, "terminate_put_od", Config),
    (0x9f, "generic_initiate_download_sequence", Program),
    (0xa0, "generic_download_segment", Program),
    (0xa1, "generic_terminate_download_sequence", Program),
    (0xd2, "read_with_subindex", Read),
    (0xd3, "write_with_subindex", Write),
    (0xe0, "initiate", Session),
];

#[rustfmt::skip]
const REDUNDANCY: &[Row] = &[
    (0x01, "diagnostic_message", Diagnostic),
    (0x81, "get_information", Read),
    (0x82, "put_information", Config),
    (0x83, "get_statistics", Read),
];
