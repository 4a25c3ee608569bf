//! From a datagram to [`MessageFacts`]: virtual link, network layer, application layer.
//!
//! Data in: a message, who sent it, and the state of the flow. Data out: one call of the sink. Source:
//! ASHRAE 135-2020, clauses 5, 6, 20 and annexes J and U.

use std::net::{IpAddr, Ipv4Addr};

use super::body::Objects;
use super::bvlc::Link;
use super::npdu::{Address, GLOBAL, Npdu, Payload};
use super::pairing::{Pairing, Parties};
use super::segments::Segments;
use super::{codes, errors, observe_apdu, observe_network};
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Identity, Object, Operation, Outcome, Protocol,
};

/// Object of every message that tells the function of the virtual link which carried it.
pub const LINK_FUNCTION: &str = "bvlc_function";

/// The same of BACnet/IPv6.
pub const LINK_FUNCTION_V6: &str = "bvlc_function_ipv6";

/// Object of every APDU that tells its type.
pub const PDU_TYPE: &str = "pdu_type";

/// Network and address of a device behind a router.
pub const DESTINATION_NETWORK: &str = "destination_network";
pub const SOURCE_NETWORK: &str = "source_network";

/// State of one flow.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    pub(super) pairing: Pairing,
    pub(super) segments: Segments,
}

/// Around an APDU: what carried it.
#[derive(Clone, Copy)]
pub(super) struct Carrier<'a> {
    pub(super) link: &'a Link<'a>,
    pub(super) npdu: Option<&'a Npdu<'a>>,
    pub(super) input: &'a Input<'a>,
}

/// What is told of one message beside what carried it.
pub(super) struct Told<'a, 'i> {
    pub(super) direction: Direction,
    pub(super) operation: Operation,
    pub(super) objects: Objects<'a>,
    pub(super) values: &'a [u8],
    pub(super) outcome: Outcome,
    pub(super) anomalies: AnomalySet,
    pub(super) identity: Identity<'i>,
    pub(super) request: Option<AnsweredRequest>,
    /// Type of the APDU.
    pub(super) pdu: Option<u8>,
}

impl Told<'_, '_> {
    pub(super) fn new(direction: Direction, operation: Operation) -> Self {
        Self {
            direction,
            operation,
            objects: Objects::new(),
            values: &[],
            outcome: Outcome::None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
            request: None,
            pdu: None,
        }
    }
}

impl Carrier<'_> {
    /// Parties of a transaction of which the sender of this message is the client.
    pub(super) fn asking(&self, invoke: u8) -> Parties {
        Parties {
            client: self.input.sender,
            client_address: self.npdu.and_then(|npdu| npdu.source),
            server_address: self.npdu.and_then(|npdu| npdu.destination),
            invoke,
        }
    }

    /// Parties of a transaction of which the sender of this message is the server.
    pub(super) fn answering(&self, invoke: u8) -> Parties {
        Parties {
            client: self.input.sender.peer(),
            client_address: self.npdu.and_then(|npdu| npdu.destination),
            server_address: self.npdu.and_then(|npdu| npdu.source),
            invoke,
        }
    }

    /// Whether the frame's sender is the device that speaks: no router or management device brought
    /// the message here.
    pub(super) fn is_direct(&self) -> bool {
        self.link.origin.is_none() && self.npdu.is_none_or(|npdu| npdu.source.is_none())
    }

    /// Network of the device that is asked or tells.
    fn station(&self, direction: Direction) -> Option<u32> {
        let npdu = self.npdu?;
        let address = match direction {
            Direction::Request => npdu.destination,
            Direction::Response => npdu.source,
            Direction::OneWay => npdu.source.or(npdu.destination),
        };
        let network = address?.network;
        (network != GLOBAL).then_some(u32::from(network))
    }

    pub(super) fn emit(&self, mut told: Told<'_, '_>, emit: &mut Emit<'_>) {
        let mut id = |kind, id| told.objects.push(Object::Id { kind, id });
        if let Some(npdu) = self.npdu {
            let mut end = |address: Option<Address>, network, device| {
                if let Some(address) = address {
                    id(network, u64::from(address.network));
                    if let Some(number) = address.number() {
                        id(device, number);
                    }
                }
            };
            end(npdu.destination, DESTINATION_NETWORK, "destination_address");
            end(npdu.source, SOURCE_NETWORK, "source_address");
        }
        if let Some(pdu) = told.pdu {
            id(PDU_TYPE, u64::from(pdu));
        }
        let function = if self.link.ipv6 {
            LINK_FUNCTION_V6
        } else {
            LINK_FUNCTION
        };
        id(function, u64::from(self.link.function));
        if let Some(address) = self.link.origin {
            told.objects.push(Object::Address(address));
        }
        let anomalies = self.npdu.map_or(AnomalySet::EMPTY, |npdu| npdu.anomalies);
        let anomalies = told.anomalies.union(self.link.anomalies).union(anomalies);
        emit(&MessageFacts {
            station: self.station(told.direction),
            objects: &told.objects,
            values: told.values,
            outcome: told.outcome,
            anomalies,
            identity: told.identity,
            request: told.request,
            size: self.input.bytes.len(),
            ..MessageFacts::new(Protocol::Bacnet, told.direction, told.operation)
        });
    }
}

/// Reports one datagram.
pub(super) fn datagram(
    link: &Link<'_>,
    input: &Input<'_>,
    exchange: &mut Exchange,
    emit: &mut Emit<'_>,
) {
    let npdu = link.npdu.map(|bytes| Npdu::read(bytes, input.cut));
    let carrier = Carrier {
        link,
        npdu: npdu.as_ref(),
        input,
    };
    match npdu.map(|npdu| npdu.payload) {
        None => control(&carrier, exchange, emit),
        Some(Payload::Apdu(bytes)) => observe_apdu::apdu(bytes, &carrier, exchange, emit),
        Some(Payload::Message { kind, vendor, data }) => {
            observe_network::message(kind, vendor, data, &carrier, emit);
        }
        Some(Payload::Missing) => empty(&carrier, emit),
    }
}

/// An NPDU in which nothing is.
pub(super) fn empty(carrier: &Carrier<'_>, emit: &mut Emit<'_>) {
    let operation = codes::link(carrier.link.ipv6, carrier.link.function);
    let mut told = Told::new(Direction::OneWay, operation);
    if !carrier.input.cut {
        told.anomalies.insert(Anomaly::Truncated);
    }
    carrier.emit(told, emit);
}

/// Requests of the virtual link with an answer, by function; then answers with what they answer.
const ASKS: [&[u8]; 2] = [&[1, 2, 5, 6, 8], &[3, 6, 9, 10]];
const ANSWERS: [&[(u8, u8)]; 2] = [&[(3, 2), (7, 6)], &[(5, 3), (7, 6)]];

/// Functions of the virtual link that carry no NPDU.
fn control(carrier: &Carrier<'_>, exchange: &mut Exchange, emit: &mut Emit<'_>) {
    let Carrier { link, input, .. } = *carrier;
    let version = usize::from(link.ipv6);
    let asks = ASKS.get(version).copied().unwrap_or_default();
    let answers = ANSWERS.get(version).copied().unwrap_or_default();
    let answers = answers.iter().find(|(answer, _)| *answer == link.function);
    let pairing = &mut exchange.pairing;
    let told = if let Some(result) = link.result {
        refused(result, link, input, pairing)
    } else if let Some((_, asked)) = answers {
        let answered = pairing.answer_link(input.sender, Some(*asked), input.time);
        Told {
            outcome: Outcome::Ok,
            request: answered.map(|(_, request)| request),
            ..Told::new(Direction::Response, codes::link(link.ipv6, link.function))
        }
    } else if asks.contains(&link.function) {
        pairing.ask_link(input.sender, link.function, (input.time, input.frame));
        Told::new(Direction::Request, codes::link(link.ipv6, link.function))
    } else {
        Told::new(Direction::OneWay, codes::link(link.ipv6, link.function))
    };
    let mut told = Told {
        values: link.body,
        ..told
    };
    tables(link, &mut told);
    carrier.emit(told, emit);
}

/// The function that a result refuses: its upper digits say which of those that can be refused of
/// BACnet/IP, and which function of BACnet/IPv6 (J.2.1.1, U.2.1.1).
fn asked(ipv6: bool, result: u16) -> Option<u8> {
    const REFUSED: [u8; 6] = [1, 2, 5, 6, 8, 9];
    let digits = result >> 4;
    if ipv6 {
        return u8::try_from(digits).ok().filter(|function| *function != 0);
    }
    let place = usize::from(digits).checked_sub(1)?;
    REFUSED.get(place).copied()
}

/// A result. It belongs to the function that it names, or to the open request.
fn refused<'a>(
    result: u16,
    link: &Link<'_>,
    input: &Input<'_>,
    pairing: &mut Pairing,
) -> Told<'a, 'a> {
    let named = asked(link.ipv6, result);
    let answered = pairing.answer_link(input.sender, named, input.time);
    let known = result == 0 || errors::result(link.ipv6, result) != "unknown";
    let function = match (answered, named) {
        (Some((function, _)), _) => function,
        (None, Some(function)) if known => function,
        (None, _) => link.function,
    };
    let mut told = Told {
        outcome: if result == 0 {
            Outcome::Ok
        } else {
            Outcome::Error {
                code: errors::LINK | u32::from(result),
                name: errors::result(link.ipv6, result),
            }
        },
        request: answered.map(|(_, request)| request),
        ..Told::new(Direction::Response, codes::link(link.ipv6, function))
    };
    if !known {
        told.anomalies.insert(Anomaly::ReservedCode);
    }
    told
}

/// Entries of the tables of a broadcast management device, and how long a registration lasts.
fn tables(link: &Link<'_>, told: &mut Told<'_, '_>) {
    const ENTRY: usize = 10;
    match (link.ipv6, link.function) {
        (false, 1 | 3 | 7) => {
            for (n, entry) in link.body.chunks_exact(ENTRY).enumerate() {
                if n >= limits::BACNET_OBJECTS {
                    told.anomalies.insert(Anomaly::LimitReached);
                    break;
                }
                if let Some(address) = entry.first_chunk::<4>() {
                    let address = IpAddr::V4(Ipv4Addr::from(*address));
                    told.objects.push(Object::Address(address));
                }
            }
        }
        (false, 5) | (true, 9) => {
            let seconds = link.body.iter().fold(0, |n, o| (n << 8) | u64::from(*o));
            told.objects.push(Object::Id {
                kind: "time_to_live",
                id: seconds,
            });
        }
        _ => {}
    }
}

/// Reports bytes that are no message of the virtual link.
pub(super) fn fragment(name: &'static str, input: &Input<'_>, emit: &mut Emit<'_>) {
    let direction = match input.sender {
        Role::Client => Direction::Request,
        Role::Server => Direction::Response,
    };
    let operation = Operation {
        code: 0,
        sub: None,
        name,
        class: crate::observation::OperationClass::Unknown,
    };
    emit(&MessageFacts {
        anomalies: AnomalySet::of(Anomaly::BadVersion),
        values: input.bytes,
        size: input.bytes.len(),
        ..MessageFacts::new(Protocol::Bacnet, direction, operation)
    });
}
