//! What answers and unconfirmed services say.
//!
//! Data in: the element of a service. Data out: error, values and identity in [`Body`].
//! Source: ISO 9506-2:2003, the types `…-Response`, `ServiceError`, `InformationReport`, `RejectPDU`.

use super::body::{Body, Part};
use super::reader::{Reader, text};
use super::services::{IDENTIFY, READ, STATUS, WRITE};
use super::{errors, layout};
use crate::dissect::ber::{Element, universal};
use crate::observation::Anomaly;

/// Name of the list that carries the reports of IEC 61850 (8-1, 17.1).
const REPORT: &str = "RPT";

/// Reads the answer to a confirmed service.
pub(super) fn confirmed<'a>(code: u32, service: &Element<'a>, body: &mut Body<'a>) {
    match code {
        STATUS => status(service, body),
        IDENTIFY => identify(service, body),
        READ => read(service, body),
        WRITE => write(service, body),
        _ => {}
    }
}

/// Kind of the object that is `vmdLogicalStatus`: 0 when everything is permitted.
pub const LOGICAL_STATUS: &str = "vmd_logical_status";
/// Kind of the object that is `vmdPhysicalStatus`: 0 operational, 1 partially operational, 2 inoperable,
/// 3 needs commissioning.
pub const PHYSICAL_STATUS: &str = "vmd_physical_status";

/// `Status-Response`, also of an `UnsolicitedStatus`: `[0]` logical, `[1]` physical status.
pub(super) fn status<'a>(service: &Element<'a>, body: &mut Body<'a>) {
    let mut reader = Reader::within(service);
    for kind in [LOGICAL_STATUS, PHYSICAL_STATUS] {
        match reader.next() {
            Some(member) => body.number(kind, &member),
            None => body.flag(Anomaly::BadValue),
        }
    }
    body.close(&reader);
}

/// `Identify-Response`: `[0]` vendor, `[1]` model, `[2]` revision.
fn identify<'a>(service: &Element<'a>, body: &mut Body<'a>) {
    let mut reader = Reader::within(service);
    while let Some(member) = reader.next() {
        match member.tag.number {
            0 => body.identity.vendor = text(&member),
            1 => body.identity.model = text(&member),
            2 => body.identity.firmware = text(&member),
            _ => {}
        }
    }
    body.close(&reader);
}

/// `Read-Response`: `[0]` the specification when it was asked for, `[1]` the results.
fn read<'a>(service: &Element<'a>, body: &mut Body<'a>) {
    let mut reader = Reader::within(service);
    if let Some(access) = reader.context(0) {
        let mut inner = Reader::within(&access);
        layout::specification(&mut inner, body);
        body.close(&inner);
    }
    match reader.context(1) {
        Some(results) => access_results(&results, body),
        None => body.flag(Anomaly::BadValue),
    }
    body.close(&reader);
}

/// `AccessResult`s: `[0]` why one failed, else its value.
fn access_results<'a>(results: &Element<'a>, body: &mut Body<'a>) {
    body.values = results.octets();
    let mut reader = Reader::within(results);
    while let Some(result) = reader.next() {
        if result.tag.is_context(0) {
            access_error(&result, body);
        }
    }
    body.close(&reader);
}

/// `Write-Response`: of each variable `[0]` why it failed, or `[1]`.
fn write<'a>(service: &Element<'a>, body: &mut Body<'a>) {
    body.values = service.octets();
    let mut reader = Reader::within(service);
    while let Some(result) = reader.next() {
        match result.tag.number {
            0 => access_error(&result, body),
            1 => {}
            _ => body.flag(Anomaly::BadValue),
        }
    }
    body.close(&reader);
}

fn access_error(result: &Element<'_>, body: &mut Body<'_>) {
    let Some(code) = result.unsigned32() else {
        body.flag(Anomaly::BadValue);
        return;
    };
    let name = errors::access(code);
    if name.is_none() {
        body.flag(Anomaly::BadValue);
    }
    body.fail(code, name.unwrap_or("unknown"));
}

/// `ServiceError`: `[0]` holds class (its tag) and code. The code of the outcome is class × 256 +
/// code.
pub(super) fn service_error(error: &Element<'_>, body: &mut Body<'_>) {
    let mut reader = Reader::within(error);
    let class = reader.context(0).and_then(|choice| {
        let mut inner = Reader::within(&choice);
        let class = inner.next();
        body.close(&inner);
        class
    });
    if let Some((class, code)) =
        class.and_then(|class| Some((class.tag.number, class.unsigned32()?)))
    {
        let number = class.saturating_mul(0x100).saturating_add(code);
        body.fail(number, errors::service(class, code));
    } else {
        body.flag(Anomaly::BadValue);
        body.fail(0, "unknown");
    }
    body.close(&reader);
}

/// The reason of `RejectPDU`: kind (its tag) and code. The code of the outcome is 10000H + kind × 256
/// + code.
pub(super) fn reject(reason: &Element<'_>, body: &mut Body<'_>) {
    const REJECTED: u32 = 0x1_0000;
    let kind = reason.tag.number;
    let code = reason.unsigned32();
    let name = code.and_then(|code| errors::reject(kind, code));
    if name.is_none() {
        body.flag(Anomaly::BadValue);
    }
    let number = kind.saturating_mul(0x100).saturating_add(code.unwrap_or(0));
    body.fail(REJECTED.saturating_add(number), name.unwrap_or("unknown"));
}

/// `InformationReport`: the specification, then `[0]` the results. A report of IEC 61850 has its
/// identifier first among them.
pub(super) fn information_report<'a>(service: &Element<'a>, body: &mut Body<'a>) {
    let mut reader = Reader::within(service);
    layout::specification(&mut reader, body);
    match reader.context(0) {
        Some(results) => {
            report_identifier(&results, body);
            body.values = results.octets();
        }
        None => body.flag(Anomaly::BadValue),
    }
    body.close(&reader);
}

fn report_identifier<'a>(results: &Element<'a>, body: &mut Body<'a>) {
    const VISIBLE_STRING: u32 = 10;
    let is_report = matches!(body.parts.first(), Some(Part::Text(REPORT)));
    let first = Reader::within(results).context(VISIBLE_STRING);
    if let Some(name) = first.as_ref().filter(|_| is_report).and_then(text) {
        body.part(Part::Text(name));
    }
}

/// `EventNotification`: `[0]` the event enrollment, `[1]` the condition.
pub(super) fn event_notification<'a>(service: &Element<'a>, body: &mut Body<'a>) {
    let mut reader = Reader::within(service);
    while let Some(member) = reader.next() {
        if member.tag.is_context(0) || member.tag.is_context(1) {
            body.object_name_in(&member);
        }
    }
    body.close(&reader);
}

/// What both sides propose, and agree on, when an association starts (`InitiateRequest`,
/// `InitiateResponse`).
pub(super) fn initiate<'a>(mut reader: Reader<'a>, body: &mut Body<'a>) {
    const KINDS: [&str; 4] = [
        "max_pdu_size",
        "max_services_of_caller",
        "max_services_of_called",
        "nesting_level",
    ];
    const DETAIL: u32 = 4;
    while let Some(member) = reader.next() {
        let number = usize::try_from(member.tag.number).ok();
        if let Some(kind) = number.and_then(|number| KINDS.get(number)) {
            body.number(kind, &member);
        } else if member.tag.is_context(DETAIL) {
            let mut detail = Reader::within(&member);
            if let Some(version) = detail.context(0) {
                body.number("mms_version", &version);
            }
            body.close(&detail);
        } else {
            body.flag(Anomaly::BadValue);
        }
    }
    body.close(&reader);
}

/// The modifiers of a request; nothing in them is told.
pub(super) fn is_modifiers(element: &Element<'_>) -> bool {
    super::reader::is_universal(element, universal::SEQUENCE)
}
