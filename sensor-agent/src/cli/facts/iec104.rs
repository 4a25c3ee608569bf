//! Section `iec104`: histograms over the booked APDUs, and the events of a frame.

use std::collections::BTreeMap;

use sensor_protocols::dissect::iec104::{INCOMPLETE, NEGATIVE_BIT, UNFRAMED};
use sensor_protocols::observation::{Anomaly, Observation};

use super::events::note;
use super::protocols::Protocols;
use super::report::{self, Event, Quality, count};

/// The port the oracle knows the protocol by.
pub(super) const PORT: u16 = 2404;

/// What the oracle shows of an APDU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apdu {
    format: Format,
    malformed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    I(Asdu),
    S,
    U(u64),
}

/// Fields of an ASDU; `None` behind its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asdu {
    type_id: u64,
    cause: Option<u64>,
    negative: bool,
    common_address: Option<u64>,
}

/// What an observation says of its APDU; `None` for bytes that are none.
pub(super) fn message(observation: &Observation<'_>) -> Option<Apdu> {
    let operation = observation.operation;
    if [UNFRAMED, INCOMPLETE].contains(&operation.name) {
        return None;
    }
    let format = match operation.code {
        code @ 0..=0xff => Format::I(Asdu {
            type_id: u64::from(code),
            cause: operation.sub.map(|sub| u64::from(sub & 0x3f)),
            negative: operation
                .sub
                .is_some_and(|sub| sub >> NEGATIVE_BIT & 1 == 1),
            common_address: observation.station.map(u64::from),
        }),
        0x100 => Format::S,
        code => Format::U(u64::from(code & 0x3f)),
    };
    let short = observation.anomalies.contains(Anomaly::Truncated);
    Some(Apdu {
        format,
        malformed: short && matches!(format, Format::I(_)),
    })
}

/// Event, type identifications, and whether it asks for a cause of activation.
type Rule = (&'static str, fn(u64) -> bool, bool);

const RULES: &[Rule] = &[
    (
        "iec104.control_command",
        |id| matches!(id, 45..=51 | 58..=64),
        true,
    ),
    ("iec104.interrogation", |id| matches!(id, 100 | 101), true),
    ("iec104.clock_synchronization", |id| id == 103, true),
    ("iec104.reset_process", |id| id == 105, true),
    ("iec104.file_transfer", |id| matches!(id, 120..=127), false),
];

/// Makes the section.
pub(super) fn book(
    frames: &BTreeMap<u64, Vec<Apdu>>,
    protocols: &mut Protocols,
    events: &mut BTreeMap<&'static str, Event>,
    quality: &mut Quality,
) -> report::Iec104 {
    let mut section = report::Iec104::default();
    for (frame, apdus) in frames {
        protocols.application("iec60870_104");
        if asdus(apdus).next().is_some() {
            protocols.application("iec60870_asdu");
        }
        quality.malformed_frames += u64::from(apdus.iter().any(|apdu| apdu.malformed));
        for apdu in apdus {
            add(&mut section, apdu.format);
        }
        for name in happened(apdus) {
            note(events, name, *frame);
        }
    }
    section
}

fn asdus(apdus: &[Apdu]) -> impl Iterator<Item = Asdu> {
    apdus.iter().filter_map(|apdu| match apdu.format {
        Format::I(asdu) => Some(asdu),
        Format::S | Format::U(_) => None,
    })
}

fn add(section: &mut report::Iec104, format: Format) {
    match format {
        Format::S => count(&mut section.apdu_types_0_i_1_s_3_u, 1),
        Format::U(function) => {
            count(&mut section.apdu_types_0_i_1_s_3_u, 3);
            count(&mut section.u_functions, function);
        }
        Format::I(asdu) => {
            count(&mut section.apdu_types_0_i_1_s_3_u, 0);
            count(&mut section.type_ids, asdu.type_id);
            if let Some(cause) = asdu.cause {
                count(&mut section.causes, cause);
                count(&mut section.negative, u64::from(asdu.negative));
            }
            if let Some(address) = asdu.common_address {
                count(&mut section.common_addresses, address);
            }
        }
    }
}

/// Events of a frame. As in the oracle each condition may hold for another of its APDUs.
fn happened(apdus: &[Apdu]) -> Vec<&'static str> {
    const ACTIVATION: u64 = 6;
    let u = |function| apdus.iter().any(|apdu| apdu.format == Format::U(function));
    let cause = |holds: fn(u64) -> bool| asdus(apdus).any(|asdu| asdu.cause.is_some_and(holds));
    let mut names = Vec::new();
    let mut add = |name, holds: bool| names.extend(holds.then_some(name));
    add("iec104.start_data_transfer", u(1));
    add("iec104.stop_data_transfer", u(4));
    for (name, id, activation) in RULES {
        let addressed = asdus(apdus).any(|asdu| id(asdu.type_id));
        add(
            name,
            addressed && (!activation || cause(|cause| cause == ACTIVATION)),
        );
    }
    add(
        "iec104.negative_confirmation",
        asdus(apdus).any(|asdu| asdu.negative),
    );
    add(
        "iec104.unknown_type_cause_or_address",
        cause(|cause| matches!(cause, 44..=47)),
    );
    names
}
