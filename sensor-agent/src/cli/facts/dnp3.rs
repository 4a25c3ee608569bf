//! Section `dnp3`: histograms over the booked frames, and the events of a packet.

use std::collections::BTreeMap;

use sensor_protocols::dissect::dnp3::{
    BAD_HEADER, INCOMPLETE, INDICATIONS, LINK_FUNCTION, MASTER, OBJECT, PRIMARY, SECONDARY,
    UNFRAMED,
};
use sensor_protocols::observation::{Anomaly, Object, Observation};

use super::events::note;
use super::protocols::Protocols;
use super::report::{self, Event, Histogram, Quality, count};

/// The port the oracle knows the protocol by.
pub(super) const PORT: u16 = 20_000;

/// Link function of user data that is not confirmed.
const USER_DATA: u64 = 4;

/// What the oracle shows of a link frame.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    /// A header whose CRC does not fit.
    BadHeader,
    Whole(Box<Whole>),
}

/// A frame, and the application fragment that it completes.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    primary: bool,
    link_function: u64,
    source: u64,
    destination: u64,
    function: Option<u64>,
    indications: Option<u64>,
    objects: Vec<u64>,
    malformed: bool,
}

/// Identifiers of one kind among the objects.
fn ids<'o>(
    observation: &'o Observation<'_>,
    wanted: &'static str,
) -> impl Iterator<Item = u64> + 'o {
    observation
        .objects
        .iter()
        .filter_map(move |object| match object {
            Object::Id { kind, id } if *kind == wanted => Some(*id),
            Object::Id { .. }
            | Object::Range { .. }
            | Object::Name(_)
            | Object::Address(_)
            | Object::Text { .. } => None,
        })
}

/// What an observation says of its frame; `None` for bytes that are none.
pub(super) fn message(observation: &Observation<'_>) -> Option<Frame> {
    let operation = observation.operation;
    if operation.name == BAD_HEADER {
        return Some(Frame::BadHeader);
    }
    if [UNFRAMED, INCOMPLETE].contains(&operation.name) {
        return None;
    }
    let function = Some(operation.code).filter(|code| *code < PRIMARY);
    let wrong = observation.anomalies.contains(Anomaly::WrongRole);
    let from_master = match function {
        Some(code) => (code < 128) != wrong,
        None => operation.sub == Some(1),
    };
    let link_function = match function {
        Some(_) => ids(observation, LINK_FUNCTION).next().unwrap_or(USER_DATA),
        None => u64::from(operation.code & 0xff),
    };
    let outstation = u64::from(observation.station.unwrap_or_default());
    let master = ids(observation, MASTER).next().unwrap_or_default();
    let (source, destination) = if from_master {
        (master, outstation)
    } else {
        (outstation, master)
    };
    Some(Frame::Whole(Box::new(Whole {
        primary: operation.code & SECONDARY == 0,
        link_function,
        source,
        destination,
        function: function.map(u64::from),
        indications: ids(observation, INDICATIONS).next(),
        objects: ids(observation, OBJECT).collect(),
        malformed: function.is_some() && observation.anomalies.contains(Anomaly::Truncated),
    })))
}

/// Event and the application functions that are it.
type Rule = (&'static str, fn(u64) -> bool);

const RULES: &[Rule] = &[
    ("dnp3.write", |code| code == 2),
    ("dnp3.select", |code| code == 3),
    ("dnp3.operate", |code| code == 4),
    ("dnp3.direct_operate", |code| matches!(code, 5 | 6)),
    ("dnp3.freeze", |code| matches!(code, 7..=12)),
    ("dnp3.cold_restart", |code| code == 13),
    ("dnp3.warm_restart", |code| code == 14),
    ("dnp3.initialize_data_or_application", |code| {
        matches!(code, 15 | 16)
    }),
    ("dnp3.start_application", |code| code == 17),
    ("dnp3.stop_application", |code| code == 18),
    ("dnp3.save_or_activate_configuration", |code| {
        matches!(code, 19 | 31)
    }),
    ("dnp3.enable_unsolicited", |code| code == 20),
    ("dnp3.disable_unsolicited", |code| code == 21),
    ("dnp3.file_operation", |code| matches!(code, 25..=30)),
    ("dnp3.authentication", |code| matches!(code, 32 | 33 | 131)),
    ("dnp3.unsolicited_response", |code| code == 130),
    (
        "dnp3.function_not_defined",
        |code| matches!(code, 34..=128 | 132..),
    ),
];

/// Makes the section.
pub(super) fn book(
    packets: &BTreeMap<u64, Vec<Frame>>,
    protocols: &mut Protocols,
    events: &mut BTreeMap<&'static str, Event>,
    quality: &mut Quality,
) -> report::Dnp3 {
    let mut section = report::Dnp3::default();
    for (packet, frames) in packets {
        protocols.application("dnp3");
        let bad = frames.iter().any(|frame| matches!(frame, Frame::BadHeader));
        section.frames_with_bad_link_header_crc += u64::from(bad);
        if bad {
            note(events, "dnp3.bad_link_header_crc", *packet);
        }
        let whole: Vec<&Whole> = frames
            .iter()
            .filter_map(|frame| match frame {
                Frame::Whole(whole) => Some(&**whole),
                Frame::BadHeader => None,
            })
            .collect();
        quality.malformed_frames += u64::from(whole.iter().any(|frame| frame.malformed));
        for frame in &whole {
            add(&mut section, frame);
        }
        for name in happened(&whole) {
            note(events, name, *packet);
        }
    }
    section
}

fn add(section: &mut report::Dnp3, frame: &Whole) {
    let each = |histogram: &mut Histogram, value: Option<u64>| {
        if let Some(value) = value {
            count(histogram, value);
        }
    };
    let link = if frame.primary {
        &mut section.link_primary_function_codes
    } else {
        &mut section.link_secondary_function_codes
    };
    count(link, frame.link_function);
    count(&mut section.source_addresses, frame.source);
    count(&mut section.destination_addresses, frame.destination);
    each(&mut section.application_function_codes, frame.function);
    each(&mut section.internal_indications, frame.indications);
    for object in &frame.objects {
        count(&mut section.objects_group_times_256_plus_variation, *object);
    }
}

/// Events of a packet.
fn happened(frames: &[&Whole]) -> Vec<&'static str> {
    let any = |holds: &dyn Fn(&Whole) -> bool| frames.iter().any(|frame| holds(frame));
    let mut names = Vec::new();
    for (name, code) in RULES {
        names.extend(any(&|frame| frame.function.is_some_and(code)).then_some(*name));
    }
    let broadcast = any(&|frame| frame.destination >= 0xfffd);
    names.extend(broadcast.then_some("dnp3.broadcast"));
    let rejected = any(&|frame| frame.indications.is_some_and(|bits| bits & 7 != 0));
    names.extend(rejected.then_some("dnp3.rejected_by_outstation"));
    names
}
