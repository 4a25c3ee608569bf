//! Section `profinet`: histograms over the frames and calls of PROFINET, and the events of a frame.

use std::collections::BTreeMap;

use sensor_protocols::decode::{Network, Packet};
use sensor_protocols::dissect::profinet::{CONNECTION, INCOMPLETE, UNFRAMED};
use sensor_protocols::observation::{
    Anomaly, Direction, Object, Observation, OperationClass, Outcome, Protocol,
};

use super::events::note;
use super::protocols::Protocols;
use super::report::{self, Event, Histogram, Quality, count};

const ETHERTYPE: u16 = 0x8892;

/// Classes of cyclic frames, by their first identifier: those that the oracle does not read, and those
/// of which it shows no field.
const STREAMS: [u32; 2] = [0x1000, 0x3800];
const CLASS_3: [u32; 2] = [0x0100, 0x0700];

/// Error code of DCP for a service that is not supported: it stands in the service type.
const SERVICE_NOT_SUPPORTED: u32 = 0x100;
const SET: u64 = 4;
const IDENTIFY: u64 = 5;
/// Option and suboption of the name of a station.
const NAME_OF_STATION: u64 = 0x0202;

/// What the oracle shows of an observation.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    /// Layer of the frame.
    layer: Option<&'static str>,
    /// What else the oracle shows fields of: the interface of a call, or the layer itself.
    interface: Option<&'static str>,
    /// Service and service type of DCP.
    service: Option<(u64, u64)>,
    options: Vec<u64>,
    names: Vec<String>,
    /// Operation of a call, and whether it is a request.
    operation: Option<(u64, bool)>,
    blocks: Vec<u64>,
    indexes: Vec<u64>,
    errors: Vec<u64>,
    malformed: bool,
}

/// Frame identifier of a frame of PROFINET.
pub(super) fn frame_id(packet: &Packet<'_>) -> Option<u64> {
    let is_other = matches!(packet.network, Network::Other);
    match packet.link_payload {
        [high, low, ..] if is_other && packet.link.ethertype == ETHERTYPE => {
            Some(u64::from(u16::from_be_bytes([*high, *low])))
        }
        _ => None,
    }
}

/// What an observation says of its message; `None` for bytes that are none.
pub(super) fn message(observation: &Observation<'_>) -> Option<Message> {
    if [UNFRAMED, INCOMPLETE].contains(&observation.operation.name) {
        return None;
    }
    let mut message = Message {
        malformed: observation.anomalies.contains(Anomaly::Truncated),
        ..Message::default()
    };
    let protocol = observation.protocol;
    if protocol == Protocol::ProfinetDcp {
        dcp(observation, &mut message);
    } else if protocol == Protocol::ProfinetIo {
        call(observation, &mut message);
    } else if protocol == Protocol::Ptcp {
        message.layer = Some("pn_ptcp");
    } else if protocol == Protocol::Mrp {
        message.layer = Some("pn_mrp");
    } else {
        real_time(observation, &mut message);
    }
    Some(message)
}

fn real_time(observation: &Observation<'_>, message: &mut Message) {
    // The oracle leaves parts of frames and the service interface to other layers.
    let read = observation.operation.class == OperationClass::Event
        && observation.operation.name != "fragment"
        && !STREAMS.contains(&observation.operation.code);
    message.layer = read.then_some("pn_io");
    let shown = !CLASS_3.contains(&observation.operation.code);
    message.interface = (read && shown).then_some("pn_io");
    blocks(observation, message);
}

fn dcp(observation: &Observation<'_>, message: &mut Message) {
    message.layer = Some("pn_dcp");
    let kind = match (observation.direction, observation.outcome) {
        (Direction::Response, Outcome::Error { code, .. }) if code == SERVICE_NOT_SUPPORTED => 5,
        (Direction::Response, _) => 1,
        (Direction::Request | Direction::OneWay, _) => 0,
    };
    message.service = Some((u64::from(observation.operation.code), kind));
    let mut latest = 0;
    for object in observation.objects {
        match object {
            Object::Id {
                kind: kind @ ("dcp_option" | "dcp_supported_option"),
                id,
            } => {
                message.options.push(id >> 8);
                if *kind == "dcp_option" {
                    latest = *id;
                }
            }
            Object::Name(name) if latest == NAME_OF_STATION => {
                message.names.push((*name).to_owned());
            }
            Object::Id { .. }
            | Object::Name(_)
            | Object::Range { .. }
            | Object::Address(_)
            | Object::Text { .. } => {}
        }
    }
}

fn call(observation: &Observation<'_>, message: &mut Message) {
    message.layer = Some("dcerpc");
    let failed = matches!(
        observation.outcome,
        Outcome::Error {
            name: "fault" | "reject",
            ..
        }
    );
    if observation.operation.code >= CONNECTION || failed {
        return;
    }
    let request = observation.direction == Direction::Request;
    message.operation = Some((u64::from(observation.operation.code), request));
    blocks(observation, message);
}

fn blocks(observation: &Observation<'_>, message: &mut Message) {
    for object in observation.objects {
        let Object::Id { kind, id } = object else {
            continue;
        };
        match *kind {
            "block" => message.blocks.push(*id),
            "record" => message.indexes.push(id & 0xffff),
            "status" => message.errors.push(id >> 24),
            "interface" => {
                message.interface = match id {
                    1 => Some("pn_io_device"),
                    2 => Some("pn_io_controller"),
                    3 => Some("pn_io_supervisor"),
                    _ => None,
                };
            }
            _ => {}
        }
    }
}

/// Makes the section.
pub(super) fn book(
    frame_ids: Histogram,
    frames: &BTreeMap<u64, Vec<Message>>,
    protocols: &mut Protocols,
    events: &mut BTreeMap<&'static str, Event>,
    quality: &mut Quality,
) -> report::Profinet {
    let mut section = report::Profinet {
        rt_frame_ids: frame_ids,
        ..report::Profinet::default()
    };
    for (frame, messages) in frames {
        for message in messages {
            add(&mut section, message);
        }
        for layer in messages.iter().filter_map(|m| m.layer) {
            protocols.application(layer);
        }
        for interface in messages.iter().filter_map(|m| m.interface) {
            protocols.shown(interface);
        }
        quality.malformed_frames += u64::from(messages.iter().any(|m| m.malformed));
        for (name, holds) in RULES {
            if messages.iter().any(holds) {
                note(events, name, *frame);
            }
        }
    }
    section
}

fn add(section: &mut report::Profinet, message: &Message) {
    if let Some((service, kind)) = message.service {
        count(&mut section.dcp_service_ids, service);
        count(&mut section.dcp_service_types, kind);
    }
    for option in &message.options {
        count(&mut section.dcp_options, *option);
    }
    for name in &message.names {
        count(&mut section.dcp_station_names, name.clone());
    }
    if let Some((operation, _)) = message.operation {
        count(&mut section.io_operations, operation);
    }
    for (values, histogram) in [
        (&message.blocks, &mut section.io_block_types),
        (&message.indexes, &mut section.io_record_indexes),
        (&message.errors, &mut section.io_error_codes),
    ] {
        for value in values {
            count(histogram, *value);
        }
    }
}

/// Event and the messages that are it.
type Rule = (&'static str, fn(&Message) -> bool);

const RULES: &[Rule] = &[
    ("profinet.dcp_set_request", |m| m.service == Some((SET, 0))),
    ("profinet.dcp_identify_request", |m| {
        m.service == Some((IDENTIFY, 0))
    }),
    ("profinet.io_connect", |m| m.operation == Some((0, true))),
    ("profinet.io_release", |m| m.operation == Some((1, true))),
    ("profinet.io_write", |m| m.operation == Some((3, true))),
    ("profinet.io_error", |m| m.errors.iter().any(|e| *e != 0)),
];
