//! Sections `cotp` and `s7comm`: histograms over the booked TPDUs and PDUs, and the events of a
//! frame.

use std::collections::BTreeMap;

use sensor_protocols::dissect::cotp::{INCOMPLETE, UNFRAMED};
use sensor_protocols::dissect::s7comm::{ROSCTR, UNKNOWN, USERDATA, USERDATA_TYPE, return_codes};
use sensor_protocols::observation::{Anomaly, Direction, Object, Observation, Outcome};

use super::events::note;
use super::protocols::Protocols;
use super::report::{self, Event, Quality, count};

/// The port the oracle knows the protocols by.
pub(super) const PORT: u16 = 102;

/// The TPDU that carries a message of a protocol above.
pub(super) const DATA: u64 = 15;

/// What an observation of the transport protocol says of its TPDU; `None` for bytes that are none.
pub(super) fn tpdu(observation: &Observation<'_>) -> Option<u64> {
    let operation = observation.operation;
    let framed = ![UNFRAMED, INCOMPLETE].contains(&operation.name);
    framed.then_some(u64::from(operation.code))
}

/// Makes the section of the transport protocol.
pub(super) fn book_tpdus(
    frames: &BTreeMap<u64, Vec<u64>>,
    protocols: &mut Protocols,
) -> report::Cotp {
    let mut section = report::Cotp::default();
    for tpdus in frames.values() {
        protocols.application("tpkt");
        protocols.shown("tpkt");
        protocols.application("cotp");
        for code in tpdus {
            count(&mut section.pdu_types, *code);
        }
    }
    section
}

/// Adds TPDUs that another protocol runs on.
pub(super) fn join_tpdus(
    section: Option<report::Cotp>,
    others: report::Histogram,
) -> Option<report::Cotp> {
    if others.is_empty() {
        return section;
    }
    let mut section = section.unwrap_or_default();
    for (code, count) in others {
        *section.pdu_types.entry(code).or_default() += count;
    }
    Some(section)
}

/// What the oracle shows of a PDU.
#[derive(Clone, Debug)]
pub(super) struct Pdu {
    rosctr: u64,
    function: Option<u64>,
    userdata: Option<Userdata>,
    error_class: Option<u64>,
    return_codes: Vec<u8>,
    malformed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Userdata {
    kind: u64,
    group: u64,
    /// A change of mode has a field of its own.
    subfunction: Option<u64>,
}

const JOB: u64 = 1;
const ACK: u64 = 2;
const ACK_DATA: u64 = 3;
const USERDATA_PDU: u64 = 7;

fn id(observation: &Observation<'_>, wanted: &str) -> Option<u64> {
    observation.objects.iter().find_map(|object| match object {
        Object::Id { kind, id } if *kind == wanted => Some(*id),
        Object::Id { .. }
        | Object::Range { .. }
        | Object::Name(_)
        | Object::Address(_)
        | Object::Text { .. } => None,
    })
}

/// What an observation says of its PDU.
pub(super) fn message(observation: &Observation<'_>) -> Pdu {
    let operation = observation.operation;
    let told = |asks, answers, tells| match observation.direction {
        Direction::Request => asks,
        Direction::Response => answers,
        Direction::OneWay => tells,
    };
    let userdata = (USERDATA..UNKNOWN).contains(&operation.code).then(|| {
        let group = u64::from(operation.code - USERDATA);
        let subfunction = operation.sub.map(u64::from);
        Userdata {
            kind: id(observation, USERDATA_TYPE).unwrap_or(told(4, 8, 0)),
            group,
            subfunction: subfunction.filter(|_| group != 0),
        }
    });
    let rosctr = match (operation.code.checked_sub(UNKNOWN), userdata) {
        (Some(rosctr), _) => u64::from(rosctr),
        (None, Some(_)) => USERDATA_PDU,
        (None, None) => id(observation, ROSCTR).unwrap_or(told(JOB, ACK_DATA, JOB)),
    };
    let asks = match userdata {
        Some(userdata) => matches!(userdata.kind, 4 | 7),
        None => rosctr == JOB,
    };
    let (code, sub) = (operation.code, operation.sub);
    Pdu {
        rosctr,
        function: matches!(rosctr, JOB | ACK_DATA).then_some(u64::from(code)),
        userdata,
        error_class: matches!(rosctr, ACK | ACK_DATA).then(|| class(&observation.outcome)),
        return_codes: return_codes(code, sub, asks, observation.values),
        malformed: observation.anomalies.contains(Anomaly::Truncated),
    }
}

/// Error class of a header; one octet is the return code of an item.
fn class(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Error { code, .. } => u64::from(code >> 8),
        Outcome::None | Outcome::Ok => 0,
    }
}

/// Event, and the functions that are it; the third says that a job must be there.
type Rule = (&'static str, fn(u64) -> bool, bool);

const RULES: &[Rule] = &[
    ("s7comm.write_variable", |code| code == 5, true),
    (
        "s7comm.download_block",
        |code| matches!(code, 26..=28),
        false,
    ),
    ("s7comm.upload_block", |code| matches!(code, 29..=31), false),
    ("s7comm.plc_control", |code| code == 40, true),
    ("s7comm.plc_stop", |code| code == 41, true),
];

/// Event of a userdata request: its group and subfunctions.
type UserdataRule = (&'static str, u64, fn(u64) -> bool);

const USERDATA_RULES: &[UserdataRule] = &[
    ("s7comm.read_system_status_list", 4, |sub| sub == 1),
    ("s7comm.password", 5, |_| true),
    ("s7comm.set_clock", 7, |sub| matches!(sub, 2 | 4)),
];

/// Makes the section.
pub(super) fn book(
    frames: &BTreeMap<u64, Vec<Pdu>>,
    protocols: &mut Protocols,
    events: &mut BTreeMap<&'static str, Event>,
    quality: &mut Quality,
) -> report::S7comm {
    let mut section = report::S7comm::default();
    for (frame, pdus) in frames {
        protocols.application("s7comm");
        quality.malformed_frames += u64::from(pdus.iter().any(|pdu| pdu.malformed));
        for pdu in pdus {
            add(&mut section, pdu);
        }
        for name in happened(pdus) {
            note(events, name, *frame);
        }
    }
    section
}

fn add(section: &mut report::S7comm, pdu: &Pdu) {
    count(&mut section.rosctr, pdu.rosctr);
    if let Some(function) = pdu.function {
        count(&mut section.functions, function);
    }
    if let Some(userdata) = pdu.userdata {
        count(&mut section.userdata_types, userdata.kind);
        count(&mut section.userdata_function_groups, userdata.group);
        if let Some(subfunction) = userdata.subfunction {
            count(&mut section.userdata_subfunctions, subfunction);
        }
    }
    for code in &pdu.return_codes {
        count(&mut section.data_return_codes, u64::from(*code));
    }
    if let Some(class) = pdu.error_class {
        count(&mut section.header_error_classes, class);
    }
}

/// Events of a frame. As in the oracle each condition may hold for another of its PDUs.
fn happened(pdus: &[Pdu]) -> Vec<&'static str> {
    let job = pdus.iter().any(|pdu| pdu.rosctr == JOB);
    let functions = || pdus.iter().filter_map(|pdu| pdu.function);
    let mut names = Vec::new();
    for (name, code, needs_job) in RULES {
        names.extend((functions().any(code) && (job || !needs_job)).then_some(*name));
    }
    let userdata: Vec<Userdata> = pdus.iter().filter_map(|pdu| pdu.userdata).collect();
    let request = userdata.iter().any(|u| u.kind == 4);
    for (name, group, sub) in USERDATA_RULES {
        let addressed = userdata.iter().any(|u| u.group == *group);
        let meant = userdata.iter().any(|u| u.subfunction.is_none_or(sub));
        names.extend((request && addressed && meant).then_some(*name));
    }
    names
}
