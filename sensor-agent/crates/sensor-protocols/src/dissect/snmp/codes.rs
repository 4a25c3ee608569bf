//! Numbers of SNMP by name.

use crate::observation::{OperationClass, Outcome};

use OperationClass::{Diagnostic, Event, Read, Write};

/// Numbers of PDUs (RFC 1157, 4; RFC 3416, 3).
pub(super) mod kind {
    pub(in super::super) const GET: u32 = 0;
    pub(in super::super) const GET_NEXT: u32 = 1;
    pub(in super::super) const RESPONSE: u32 = 2;
    pub(in super::super) const SET: u32 = 3;
    pub(in super::super) const TRAP_V1: u32 = 4;
    pub(in super::super) const GET_BULK: u32 = 5;
    pub(in super::super) const INFORM: u32 = 6;
    pub(in super::super) const TRAP_V2: u32 = 7;
    pub(in super::super) const REPORT: u32 = 8;
}

pub(super) const PDUS: &[(u32, &str, OperationClass)] = &[
    (kind::GET, "get", Read),
    (kind::GET_NEXT, "get_next", Read),
    (kind::RESPONSE, "response", Read),
    (kind::SET, "set", Write),
    (kind::TRAP_V1, "trap", Event),
    (kind::GET_BULK, "get_bulk", Read),
    (kind::INFORM, "inform", Event),
    (kind::TRAP_V2, "trap_v2", Event),
    (kind::REPORT, "report", Diagnostic),
];

/// Error status by number (RFC 3416, 3).
const ERRORS: [&str; 19] = [
    "no_error",
    "too_big",
    "no_such_name",
    "bad_value",
    "read_only",
    "general_error",
    "no_access",
    "wrong_type",
    "wrong_length",
    "wrong_encoding",
    "wrong_value",
    "no_creation",
    "inconsistent_value",
    "resource_unavailable",
    "commit_failed",
    "undo_failed",
    "authorization_error",
    "not_writable",
    "inconsistent_name",
];

pub(super) fn error(status: u64) -> &'static str {
    let at = usize::try_from(status).unwrap_or(usize::MAX);
    ERRORS.get(at).copied().unwrap_or("unknown")
}

/// Code and name of a value that says there is none. The end of the MIB is what a walk ends with.
pub(super) const fn exception(tag: u32) -> Option<(u32, &'static str)> {
    match tag {
        0 => Some((0x80, "no_such_object")),
        1 => Some((0x81, "no_such_instance")),
        _ => None,
    }
}

/// Counters of the user-based security model, by their number below `1.3.6.1.6.3.15.1.1` (RFC 3414, 5).
const REPORTS: [&str; 6] = [
    "unsupported_security_level",
    "not_in_time_window",
    "unknown_user_name",
    "unknown_engine_id",
    "wrong_digest",
    "decryption_error",
];

/// Why a message of version 3 was refused: the counter that is reported. Codes stand above those of the
/// error status, from 0x200.
pub(super) fn report(name: Option<&[u8]>) -> Outcome {
    const COUNTERS: [u8; 8] = [0x2b, 6, 1, 6, 3, 15, 1, 1];
    let number = name
        .and_then(|name| name.strip_prefix(&COUNTERS))
        .and_then(|rest| rest.first())
        .copied()
        .unwrap_or_default();
    let at = usize::from(number).wrapping_sub(1);
    Outcome::Error {
        code: 0x200 | u32::from(number),
        name: REPORTS.get(at).copied().unwrap_or("unknown"),
    }
}

/// What an object says of its device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Description,
    ObjectId,
    Name,
    Firmware,
    Software,
    Serial,
    Manufacturer,
    Model,
}

/// The fact that an object is, by the contents of its identifier: the system group (RFC 3418, 2), columns
/// of `entPhysicalTable` (RFC 6933, 3) for the first entity: the whole device or its chassis as a rule. The
/// others are its modules, whose versions and serial numbers are not the device's.
pub(super) fn fact(name: &[u8]) -> Option<Fact> {
    const SYSTEM: [u8; 6] = [0x2b, 6, 1, 2, 1, 1];
    const PHYSICAL: [u8; 10] = [0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1];
    if let Some(rest) = name.strip_prefix(&SYSTEM) {
        return match rest {
            [1, 0] => Some(Fact::Description),
            [2, 0] => Some(Fact::ObjectId),
            [5, 0] => Some(Fact::Name),
            _ => None,
        };
    }
    match name.strip_prefix(&PHYSICAL)? {
        [9, 1] => Some(Fact::Firmware),
        [10, 1] => Some(Fact::Software),
        [11, 1] => Some(Fact::Serial),
        [12, 1] => Some(Fact::Manufacturer),
        [13, 1] => Some(Fact::Model),
        _ => None,
    }
}

/// Enterprises whose devices are found in plants, from the IANA registry "Private Enterprise Numbers", in
/// ascending order.
const VENDORS: &[(u16, &str)] = &[
    (9, "Cisco"),
    (11, "Hewlett-Packard"),
    (43, "3Com"),
    (95, "Rockwell Automation"),
    (171, "D-Link"),
    (207, "Allied Telesis"),
    (244, "Lantronix"),
    (248, "Hirschmann"),
    (311, "Microsoft"),
    (318, "APC"),
    (332, "Digi International"),
    (368, "Axis"),
    (409, "Mitsubishi Electric"),
    (476, "Vertiv"),
    (534, "Eaton"),
    (674, "Dell"),
    (890, "Zyxel"),
    (908, "ABB"),
    (1347, "Kyocera"),
    (1588, "Brocade"),
    (1890, "Red Lion"),
    (1916, "Extreme Networks"),
    (2011, "Huawei"),
    (2254, "Delta Electronics"),
    (2435, "Brother"),
    (2636, "Juniper"),
    (3833, "Schneider Electric"),
    (4196, "Siemens"),
    (4329, "Siemens"),
    (4346, "Phoenix Contact"),
    (5771, "Cisco"),
    (5940, "Red Lion"),
    (6574, "Synology"),
    (6876, "VMware"),
    (7427, "Yokogawa"),
    (8691, "Moxa"),
    (10297, "Advantech"),
    (12356, "Fortinet"),
    (13576, "WAGO"),
    (14823, "Aruba"),
    (14988, "MikroTik"),
    (15004, "RuggedCom"),
    (16177, "Westermo"),
    (24681, "QNAP"),
    (25461, "Palo Alto Networks"),
    (25506, "H3C"),
    (30065, "Arista"),
    (41112, "Ubiquiti"),
];

pub(super) fn vendor(enterprise: u32) -> Option<&'static str> {
    let number = u16::try_from(enterprise).ok()?;
    super::super::tables::name_of(VENDORS, number)
}
