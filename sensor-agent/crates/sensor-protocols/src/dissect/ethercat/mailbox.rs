//! Messages in mailboxes: CoE, FoE, EoE, SoE, AoE, VoE.
//!
//! Data in: a mailbox message. Data out: what it does, and to what.
//! Sources: ETG.1000.6, 5.6 (CoE), 5.7 (EoE), 5.8 (FoE); IEC 61784 SoE; ETG.1020 AoE.
//!
//! Limit: segmented transfers are told segment by segment.

use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;
use crate::dissect::message::text::printable;
use crate::observation::OperationClass::{
    self, Config, Diagnostic, Event, File, Read, Session, Write,
};
use crate::observation::{Anomaly, Outcome};

/// Types.
const AOE: u8 = 1;
const EOE: u8 = 2;
const COE: u8 = 3;
const FOE: u8 = 4;
const SOE: u8 = 5;
const VOE: u8 = 15;

/// Whether a datagram to or from memory carries a mailbox message: its header fits its data.
pub(super) fn is_one(command: u8, mut data: Cursor<'_>) -> bool {
    // By position or configured address, read or written.
    let may = matches!(command, 1 | 2 | 4 | 5);
    let header = data.u16_le().and_then(|length| {
        data.skip(3)?;
        Ok((usize::from(length), data.u8()?))
    });
    let Ok((length, kind)) = header else {
        return false;
    };
    let known = matches!(kind & 0x0f, AOE..=SOE | VOE) && kind & 0x80 == 0;
    may && known && length >= 2 && length <= data.remaining()
}

/// Reads a mailbox message. `code`: that of what carries it.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    code: u32,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let length = usize::from(cursor.u16_le()?);
    cursor.skip(3)?; // address, channel and priority
    let kind = cursor.u8()? & 0x0f;
    let code = code | u32::from(kind) << 8;
    message.is(code, "mailbox", OperationClass::Unknown);
    let mut data = cursor.sub(length)?;
    message.values = data.rest();
    match kind {
        AOE => aoe(code, &mut data, message),
        EOE => eoe(code, &mut data, message),
        COE => coe(code, &mut data, message),
        FOE => foe(code, &mut data, message),
        SOE => soe(code, &mut data, message),
        VOE => {
            message.is(code, "voe", OperationClass::Unknown);
            message.id("vendor", data.u32_le()?);
            message.id("vendor_type", data.u16_le()?);
            Ok(())
        }
        0 => {
            message.is(code, "mailbox_error", Event);
            message.operation.sub = Some(u32::from(data.u16_le()?));
            failed("mailbox error", data.u16_le().map(u32::from), message)
        }
        _ => {
            message.is_unknown(code);
            Ok(())
        }
    }
}

/// What a message refuses; its code may be cut off.
fn failed(
    name: &'static str,
    code: Result<u32, Short>,
    message: &mut Message<'_>,
) -> Result<(), Short> {
    message.outcome = Outcome::Error {
        code: code.unwrap_or_default(),
        name,
    };
    code.map(|_| ())
}

/// The same where 0 says that it does not.
fn judged(
    name: &'static str,
    code: Result<u32, Short>,
    message: &mut Message<'_>,
) -> Result<(), Short> {
    if code? != 0 {
        return failed(name, code, message);
    }
    Ok(())
}

fn coe<'a>(code: u32, data: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let service = data.u16_le()? >> 12;
    message.operation.sub = Some(u32::from(service) << 8);
    match service {
        1 => {
            message.is(code, "coe_emergency", Event);
            message.id("emergency_code", data.u16_le()?);
            message.id("error_register", data.u8()?);
        }
        2 | 3 => return sdo(code, service == 2, data, message),
        4 => message.is(code, "coe_tx_pdo", Read),
        5 => message.is(code, "coe_rx_pdo", Write),
        6 => message.is(code, "coe_tx_pdo_remote_request", Read),
        7 => message.is(code, "coe_rx_pdo_remote_request", Read),
        8 => {
            message.is(code, "sdo_information", OperationClass::Discovery);
            let operation = data.u8()? & 0x7f;
            message.operation.sub = Some(0x800 | u32::from(operation));
            if operation == SDO_INFORMATION_ERROR {
                data.skip(3)?; // reserved, fragments left
                return failed("sdo information error", data.u32_le(), message);
            }
        }
        _ => message.is_unknown(code),
    }
    Ok(())
}

/// Operation of SDO information that refuses.
const SDO_INFORMATION_ERROR: u8 = 7;

/// Services of SDO by command specifier: of a client, then of a server.
const REQUESTS: [(&str, OperationClass); 5] = [
    ("sdo_download_segment_request", Write),
    ("sdo_download_request", Write),
    ("sdo_upload_request", Read),
    ("sdo_upload_segment_request", Read),
    ("sdo_abort", Session),
];
const RESPONSES: [(&str, OperationClass); 5] = [
    ("sdo_upload_segment_response", Read),
    ("sdo_download_segment_response", Write),
    ("sdo_upload_response", Read),
    ("sdo_download_response", Write),
    ("sdo_abort", Session),
];

fn sdo<'a>(
    code: u32,
    asks: bool,
    data: &mut Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let specifier = data.u8()? >> 5;
    let table = if asks { REQUESTS } else { RESPONSES };
    let service = if asks { 0x200 } else { 0x300 };
    message.operation.sub = Some(service | u32::from(specifier));
    let Some((name, class)) = table.get(usize::from(specifier)) else {
        message.is_unknown(code);
        return Ok(());
    };
    message.is(code, name, *class);
    let segment = if asks { [0, 3] } else { [0, 1] };
    if segment.contains(&specifier) {
        return Ok(());
    }
    let index = data.u16_le()?;
    let subindex = data.u8()?;
    message.range("sdo", u32::from(index) << 8 | u32::from(subindex), 1);
    if specifier == 4 {
        return failed("sdo abort", data.u32_le(), message);
    }
    Ok(())
}

fn foe<'a>(code: u32, data: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let operation = data.u8()?;
    data.skip(1)?;
    message.operation.sub = Some(u32::from(operation));
    match operation {
        1 | 2 => {
            let name = if operation == 1 {
                "foe_read_request"
            } else {
                "foe_write_request"
            };
            message.is(code, name, File);
            if data.u32_le()? != 0 {
                message.id("password_octets", 4_u8);
            }
            message.name(printable(data.rest()));
            message.values = &[];
        }
        3 => message.is(code, "foe_data", File),
        4 => message.is(code, "foe_acknowledgement", File),
        5 => {
            message.is(code, "foe_error", File);
            return failed("file access error", data.u32_le(), message);
        }
        6 => message.is(code, "foe_busy", File),
        _ => message.is_unknown(code),
    }
    Ok(())
}

fn eoe<'a>(code: u32, data: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let service = data.u16_le()? & 0x0f;
    message.operation.sub = Some(u32::from(service));
    match service {
        0 => message.is(code, "eoe_fragment", Session),
        1 => message.is(code, "eoe_time_stamp", Session),
        2 => message.is(code, "eoe_set_ip_request", Config),
        3 => message.is(code, "eoe_set_ip_response", Config),
        4 => message.is(code, "eoe_set_filter_request", Config),
        5 => message.is(code, "eoe_set_filter_response", Config),
        _ => message.is_unknown(code),
    }
    if matches!(service, 3 | 5) {
        return judged("eoe result", data.u16_le().map(u32::from), message);
    }
    Ok(())
}

fn soe<'a>(code: u32, data: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let header = data.u8()?;
    data.skip(1)?; // elements
    let operation = header & 7;
    message.operation.sub = Some(u32::from(operation));
    let (name, class) = match operation {
        1 => ("soe_read_request", Read),
        2 => ("soe_read_response", Read),
        3 => ("soe_write_request", Write),
        4 => ("soe_write_response", Write),
        5 => ("soe_notification", Event),
        6 => ("soe_emergency", Event),
        _ => {
            message.is_unknown(code);
            return Ok(());
        }
    };
    message.is(code, name, class);
    message.id("idn", data.u16_le()?);
    message.id("drive", header >> 5);
    if header & 0x10 != 0 {
        return failed("servo drive error", data.u16_le().map(u32::from), message);
    }
    Ok(())
}

fn aoe<'a>(code: u32, data: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    data.skip(16)?; // addresses
    let command = data.u16_le()?;
    message.operation.sub = Some(u32::from(command));
    let (name, class) = match command {
        1 => ("aoe_read_device_info", OperationClass::Discovery),
        2 => ("aoe_read", Read),
        3 => ("aoe_write", Write),
        4 => ("aoe_read_state", Diagnostic),
        5 => ("aoe_write_control", OperationClass::Control),
        6 => ("aoe_add_notification", Session),
        7 => ("aoe_delete_notification", Session),
        8 => ("aoe_notification", Event),
        // What is written can do something; here it is not looked into.
        9 => ("aoe_read_write", Write),
        _ => {
            message.is_unknown(code);
            return Ok(());
        }
    };
    message.is(code, name, class);
    let response = data.u16_le()? & 1 != 0;
    data.skip(4)?; // length
    let error = data.u32_le()?;
    data.skip(4)?; // invoke identifier
    message.expect(error == 0 || response, Anomaly::BadValue);
    if error != 0 {
        return failed("ads error", Ok(error), message);
    }
    if response && command != 8 {
        return judged("ads error", data.u32_le(), message);
    }
    if !response && matches!(command, 2 | 3 | 9) {
        message.id("index_group", data.u32_le()?);
        message.range("index_offset", data.u32_le()?, data.u32_le()?);
    }
    Ok(())
}
