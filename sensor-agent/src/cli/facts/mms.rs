//! Section `mms`: histograms over the booked PDUs, frames by layer, and the events of a frame.

use std::collections::{BTreeMap, BTreeSet};

use sensor_protocols::dissect::mms::{
    ASSOCIATION, NO_SESSION, PDU, PDU_KIND, SESSION, UNCONFIRMED,
};
use sensor_protocols::observation::{Anomaly, Object, Observation, Outcome};

use super::events::note;
use super::protocols::Protocols;
use super::report::{self, Event, Quality, count};

/// Lowest and highest tag of the PDUs that start an association, which association control carries.
const INITIATE: [u32; 2] = [PDU + 8, PDU + 10];

/// SPDUs whose user data are of the presentation layer: data transfer, CONNECT, ACCEPT.
const WITH_PRESENTATION: [u32; 3] = [SESSION + 1, SESSION + 13, SESSION + 14];

/// What the oracle shows of a TSDU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pdu {
    layers: Layers,
    service: Option<Service>,
    malformed: bool,
}

/// The oracle's names of the layers that are there.
type Layers = [Option<&'static str>; 4];

/// A service by its number.
#[derive(Clone, Copy, Debug)]
enum Service {
    Request(u64),
    Response(u64),
    Unconfirmed(u64),
}

/// What an observation says of its TSDU.
pub(super) fn message(observation: &Observation<'_>) -> Pdu {
    let code = observation.operation.code;
    let has = |wanted: &str| {
        observation.objects.iter().any(|object| match object {
            Object::Id { kind, .. } => *kind == wanted,
            Object::Range { .. } | Object::Name(_) | Object::Address(_) | Object::Text { .. } => {
                false
            }
        })
    };
    Pdu {
        layers: layers(code, !has(NO_SESSION)),
        service: service(code, &observation.outcome, has(PDU_KIND)),
        malformed: observation.anomalies.contains(Anomaly::Truncated),
    }
}

fn layers(code: u32, session: bool) -> Layers {
    let initiates = (INITIATE[0]..=INITIATE[1]).contains(&code);
    let presentation = session && (code < SESSION || WITH_PRESENTATION.contains(&code));
    let association = session && (initiates || (ASSOCIATION..SESSION).contains(&code));
    [
        session.then_some("ses"),
        presentation.then_some("pres"),
        association.then_some("acse"),
        (code < ASSOCIATION).then_some("mms"),
    ]
}

/// An error and a reject go by the service of their request, and have none of their own.
fn service(code: u32, outcome: &Outcome, refused: bool) -> Option<Service> {
    let number = u64::from(code & 0xff);
    match (code, outcome) {
        (0..UNCONFIRMED, Outcome::None) => Some(Service::Request(number)),
        (0..UNCONFIRMED, _) => (!refused).then_some(Service::Response(number)),
        (UNCONFIRMED..PDU, _) => Some(Service::Unconfirmed(number)),
        _ => None,
    }
}

/// Makes the section.
pub(super) fn book(
    frames: &BTreeMap<u64, Vec<Pdu>>,
    protocols: &mut Protocols,
    events: &mut BTreeMap<&'static str, Event>,
    quality: &mut Quality,
) -> Option<report::Mms> {
    let mut section = report::Mms::default();
    for (frame, pdus) in frames {
        book_layers(pdus, protocols);
        quality.malformed_frames += u64::from(pdus.iter().any(|pdu| pdu.malformed));
        for service in pdus.iter().filter_map(|pdu| pdu.service) {
            add(&mut section, service);
        }
        for name in happened(pdus) {
            note(events, name, *frame);
        }
    }
    (!section.is_empty()).then_some(section)
}

/// A layer counts once in a frame.
fn book_layers(pdus: &[Pdu], protocols: &mut Protocols) {
    let present: BTreeSet<_> = pdus.iter().flat_map(|pdu| pdu.layers).flatten().collect();
    for name in present {
        protocols.application(name);
    }
}

fn add(section: &mut report::Mms, service: Service) {
    match service {
        Service::Request(number) => count(&mut section.confirmed_request_services, number),
        Service::Response(number) => count(&mut section.confirmed_response_services, number),
        Service::Unconfirmed(number) => count(&mut section.unconfirmed_services, number),
    }
}

/// Event, and the confirmed requests that are it.
type Rule = (&'static str, fn(u64) -> bool);

const RULES: &[Rule] = &[
    ("mms.write_request", |service| service == 5),
    ("mms.identify_or_name_list_request", |service| {
        matches!(service, 1 | 2)
    }),
    ("mms.take_control_request", |service| service == 19),
    ("mms.download_request", |service| matches!(service, 26..=28)),
    ("mms.upload_request", |service| matches!(service, 29..=31)),
    ("mms.delete_domain_or_program_request", |service| {
        matches!(service, 36 | 39)
    }),
    ("mms.start_or_resume_request", |service| {
        matches!(service, 40 | 42)
    }),
    ("mms.stop_reset_or_kill_request", |service| {
        matches!(service, 41 | 43 | 44)
    }),
    ("mms.file_request", |service| matches!(service, 72..=77)),
];

fn happened(pdus: &[Pdu]) -> impl Iterator<Item = &'static str> {
    let asked = |holds: fn(u64) -> bool| {
        pdus.iter().any(|pdu| match pdu.service {
            Some(Service::Request(number)) => holds(number),
            Some(Service::Response(_) | Service::Unconfirmed(_)) | None => false,
        })
    };
    RULES
        .iter()
        .filter(move |(_, holds)| asked(*holds))
        .map(|(name, _)| *name)
}
