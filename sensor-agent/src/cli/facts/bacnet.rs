//! Section `bacnet`: histograms over the booked datagrams, and the events of a frame.

use std::collections::BTreeMap;

use sensor_protocols::dissect::bacnet::{
    ERROR_CODE, LINK_FUNCTION, LINK_FUNCTION_V6, PDU_TYPE, UNFRAMED, errors, pdu, space,
};
use sensor_protocols::observation::{Anomaly, Direction, Object, Observation, Outcome};

use super::events::note;
use super::protocols::Protocols;
use super::report::{self, Event, Quality, count};

/// The port the oracle knows the protocol by.
pub(super) const PORT: u16 = 47_808;

/// What the oracle shows of a datagram.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    /// Function of BACnet/IP; the oracle keeps those of BACnet/IPv6 elsewhere.
    function: Option<u64>,
    result: Option<u64>,
    pdu: Option<u8>,
    confirmed: Option<u64>,
    unconfirmed: Option<u64>,
    network: Option<u64>,
    errors: Vec<u64>,
    reject: Option<u64>,
    abort: Option<u64>,
    malformed: bool,
}

/// What an observation says of its datagram; `None` for bytes that are none of the protocol.
pub(super) fn message(observation: &Observation<'_>) -> Option<Message> {
    let operation = observation.operation;
    if operation.name == UNFRAMED {
        return None;
    }
    let ids = |wanted: &'static str| {
        observation
            .objects
            .iter()
            .filter_map(move |object| match *object {
                Object::Id { kind, id } if kind == wanted => Some(id),
                Object::Range { .. }
                | Object::Id { .. }
                | Object::Name(_)
                | Object::Address(_)
                | Object::Text { .. } => None,
            })
    };
    let mut message = Message {
        function: ids(LINK_FUNCTION).next_back(),
        pdu: ids(PDU_TYPE)
            .next_back()
            .and_then(|id| u8::try_from(id).ok()),
        errors: ids(ERROR_CODE).collect(),
        malformed: observation.anomalies.contains(Anomaly::Truncated),
        ..Message::default()
    };
    let ipv6 = ids(LINK_FUNCTION_V6).next_back();
    match message.pdu {
        Some(kind) => message.apdu(kind, operation.code, observation.outcome),
        None if operation.code & !0xff == space::NETWORK => {
            message.network = Some(u64::from(operation.code & 0xff));
        }
        None => {
            if [message.function, ipv6].contains(&Some(0)) {
                message.result = result(observation);
            }
        }
    }
    Some(message)
}

/// Code of a result of the virtual link.
fn result(observation: &Observation<'_>) -> Option<u64> {
    match observation.outcome {
        Outcome::Ok => Some(0),
        Outcome::Error { code, .. } => Some(u64::from(code & !errors::LINK)),
        Outcome::None => None,
    }
}

impl Message {
    fn apdu(&mut self, kind: u8, code: u32, outcome: Outcome) {
        let service = Some(u64::from(code & 0xff));
        let reason = match outcome {
            Outcome::Error { code, .. } => Some(u64::from(code & 0xffff)),
            Outcome::None | Outcome::Ok => None,
        };
        match kind {
            pdu::UNCONFIRMED_REQUEST if code & !0xff == space::UNCONFIRMED => {
                self.unconfirmed = service;
            }
            pdu::REJECT => self.reject = reason,
            pdu::ABORT => self.abort = reason,
            // A header that ends before its service has the code of its type.
            _ if code & !0xff == space::PDU => {}
            pdu::CONFIRMED_REQUEST | pdu::SIMPLE_ACK | pdu::COMPLEX_ACK | pdu::ERROR => {
                self.confirmed = service;
            }
            _ => {}
        }
    }

    fn is_npdu(&self) -> bool {
        self.pdu.is_some() || self.network.is_some()
    }
}

/// Makes the section.
pub(super) fn book(
    frames: &BTreeMap<u64, Vec<Message>>,
    protocols: &mut Protocols,
    events: &mut BTreeMap<&'static str, Event>,
    quality: &mut Quality,
) -> report::Bacnet {
    let mut section = report::Bacnet::default();
    for (frame, messages) in frames {
        protocols.application("bvlc");
        if messages.iter().any(Message::is_npdu) {
            protocols.application("bacnet");
        }
        if messages.iter().any(|message| message.pdu.is_some()) {
            protocols.application("bacapp");
        }
        quality.malformed_frames += u64::from(messages.iter().any(|message| message.malformed));
        for message in messages {
            add(&mut section, message);
        }
        for name in happened(messages) {
            note(events, name, *frame);
        }
    }
    section
}

fn add(section: &mut report::Bacnet, message: &Message) {
    let one = |histogram: &mut report::Histogram, value: Option<u64>| {
        if let Some(value) = value {
            count(histogram, value);
        }
    };
    one(&mut section.bvlc_functions, message.function);
    one(&mut section.bvlc_results, message.result);
    one(&mut section.apdu_types, message.pdu.map(u64::from));
    one(&mut section.confirmed_services, message.confirmed);
    one(&mut section.unconfirmed_services, message.unconfirmed);
    one(&mut section.network_message_types, message.network);
    one(&mut section.reject_reasons, message.reject);
    one(&mut section.abort_reasons, message.abort);
    for code in &message.errors {
        count(&mut section.error_codes, *code);
    }
}

/// Event, and the condition on a message.
type Rule = (&'static str, fn(&Message) -> bool);

const RULES: &[Rule] = &[
    ("bacnet.write_property", |m| {
        asks(m, |service| matches!(service, 15 | 16))
    }),
    ("bacnet.device_communication_control", |m| {
        asks(m, |service| service == 17)
    }),
    ("bacnet.reinitialize_device", |m| {
        asks(m, |service| service == 20)
    }),
    ("bacnet.who_is", |m| m.unconfirmed == Some(8)),
    ("bacnet.time_synchronization", |m| {
        matches!(m.unconfirmed, Some(6 | 9))
    }),
    ("bacnet.write_broadcast_table", |m| m.function == Some(1)),
    ("bacnet.read_broadcast_table", |m| m.function == Some(2)),
    ("bacnet.register_foreign_device", |m| m.function == Some(5)),
    ("bacnet.read_foreign_device_table", |m| {
        m.function == Some(6)
    }),
    ("bacnet.refused_by_bbmd", |m| {
        m.result.is_some_and(|result| result != 0)
    }),
    ("bacnet.error_reject_or_abort", |m| {
        matches!(m.pdu, Some(pdu::ERROR | pdu::REJECT | pdu::ABORT))
    }),
];

fn asks(message: &Message, service: fn(u64) -> bool) -> bool {
    message.pdu == Some(pdu::CONFIRMED_REQUEST) && message.confirmed.is_some_and(service)
}

fn happened(messages: &[Message]) -> impl Iterator<Item = &'static str> {
    RULES
        .iter()
        .filter(|(_, holds)| messages.iter().any(holds))
        .map(|(name, _)| *name)
}

/// The server's port, when the oracle does not know the protocol by either.
pub(super) fn elsewhere(observation: &Observation<'_>) -> Option<u16> {
    let (source, destination) = (observation.source.port, observation.destination.port);
    let known = source == PORT || destination == PORT;
    (!known).then_some(match observation.direction {
        Direction::Response => source,
        Direction::Request | Direction::OneWay => destination,
    })
}
