//! UMAS: what Schneider Electric's engineering tools carry in function 90.
//!
//! Schneider publishes no specification. The envelope and the names are those of public research:
//! Kaspersky ICS CERT, *The secrets of Schneider Electric's UMAS protocol* (2022); the analysis of
//! the Unity protocol and its Wireshark dissector by biero-el-corridor and by yanissec; Digital
//! Bond's Redpoint `modicon-info`. All agree on the codes below.
//!
//! ```text
//! request:  0x5A  session key (1)  function (1)                    data
//! response: 0x5A  session key (1)  0xFE accepted | 0xFD refused    data
//! ```
//!
//! A response does not repeat the function: only its request tells. The PDU may be longer than the
//! 253 octets of the Modbus specification, so the length limit does not apply to it.

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, OperationClass, Outcome};

use super::pdu::{Body, text};

use OperationClass::{Config, Control, Diagnostic, Discovery, Program, Read, Session, Write};

/// Status octet of a response that did what was asked.
const ACCEPTED: u8 = 0xfe;
/// Status octet of a response that refused.
const REFUSED: u8 = 0xfd;

const READ_ID: u8 = 0x02;
/// Octets of a `READ_ID` response between the status octet and the length of the device name.
const READ_ID_FIXED: usize = 22;

/// Known functions in ascending order.
const FUNCTIONS: &[(u8, &str, OperationClass)] = &[
    (0x01, "umas_init_comm", Session),
    (READ_ID, "umas_read_id", Discovery),
    (0x03, "umas_read_project_info", Discovery),
    (0x04, "umas_read_plc_info", Discovery),
    (0x06, "umas_read_card_info", Discovery),
    (0x0a, "umas_repeat", Diagnostic),
    (0x10, "umas_take_plc_reservation", Session),
    (0x11, "umas_release_plc_reservation", Session),
    (0x12, "umas_keep_alive", Session),
    (0x20, "umas_read_memory_block", Read),
    (0x21, "umas_write_memory_block", Write),
    (0x22, "umas_read_variables", Read),
    (0x23, "umas_write_variables", Write),
    (0x24, "umas_read_coils_registers", Read),
    (0x25, "umas_write_coils_registers", Write),
    (0x30, "umas_initialize_upload", Program),
    (0x31, "umas_upload_block", Program),
    (0x32, "umas_end_strategy_upload", Program),
    (0x33, "umas_initialize_download", Program),
    (0x34, "umas_download_block", Program),
    (0x35, "umas_end_strategy_download", Program),
    (0x39, "umas_read_eth_master_data", Config),
    (0x40, "umas_start_plc", Control),
    (0x41, "umas_stop_plc", Control),
    (0x50, "umas_monitor_plc", Read),
    (0x58, "umas_check_plc", Diagnostic),
    (0x70, "umas_read_io_object", Read),
    (0x71, "umas_write_io_object", Write),
    (0x73, "umas_get_status_module", Diagnostic),
];

/// Reads a request after the function code 90.
pub(super) fn request<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    let _session_key = cursor.u8()?;
    name(cursor.u8()?, body);
    body.values = cursor.take_rest();
    Ok(())
}

/// Reads a response after the function code 90; `function` is that of its request.
pub(super) fn response<'a>(
    cursor: &mut Cursor<'a>,
    function: Option<u8>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let _session_key = cursor.u8()?;
    let status = cursor.u8()?;
    if let Some(function) = function {
        name(function, body);
    }
    body.values = cursor.take_rest();
    body.outcome = match status {
        ACCEPTED => Outcome::Ok,
        REFUSED => error(status, body.values, "umas_refused"),
        _ => {
            body.flag(Anomaly::BadValue);
            error(status, body.values, "umas_status_unknown")
        }
    };
    if function == Some(READ_ID) && status == ACCEPTED {
        body.identity.model = device_name(body.values);
    }
    Ok(())
}

/// The error code of a status octet: that octet × 256, so that it is never taken for one of the
/// exception codes, plus the first octet of data. The meanings of the latter are not public.
fn error(status: u8, data: &[u8], name: &'static str) -> Outcome {
    let detail = data.first().copied().unwrap_or_default();
    Outcome::Error {
        code: u32::from(u16::from_be_bytes([status, detail])),
        name,
    }
}

/// The device name in a `READ_ID` response, for instance `140 CPU 311 10`.
fn device_name(data: &[u8]) -> Option<&str> {
    let (len, name) = data.get(READ_ID_FIXED..)?.split_first()?;
    text(name.get(..usize::from(*len))?)
}

/// Fills in name and class of a function; an unknown one keeps its number.
fn name(function: u8, body: &mut Body<'_>) {
    body.sub = Some(u32::from(function));
    let known = FUNCTIONS
        .binary_search_by_key(&function, |(code, ..)| *code)
        .ok()
        .and_then(|at| FUNCTIONS.get(at));
    if let Some((_, name, class)) = known {
        body.name = name;
        body.class = *class;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_so_that_the_search_finds_every_row() {
        assert!(FUNCTIONS.is_sorted_by(|(a, ..), (b, ..)| a < b));
    }
}
