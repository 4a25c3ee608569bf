//! Context management of PROFINET IO: connections are set up, parameters written, records read.
//!
//! Data in: one datagram. Data out: at most one call of the sink.
//! Sources: IEC 61158-6-10 (arguments of the operations, blocks); C706 (DCE/RPC).
//!
//! Limits: see [`super::calls`] and [`super::blocks`].

use super::blocks::Walk;
use super::calls::{Assembled, Calls, Fragments};
use super::rpc::{Header, Interface, Order, pdu};
use super::{CONNECTION, ENDPOINT_MAPPER, FRAGMENT, UNFRAMED, codes, status, vendors};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::{Dissector, Emit, Input, MessageFacts, Parsed, Role};
use crate::observation::{
    Anomaly, AnomalySet, Direction, Operation, OperationClass, Outcome, Protocol,
};

/// The calls between two ports.
#[derive(Debug, Default)]
pub(super) struct Io {
    calls: Calls,
    client: Fragments,
    server: Fragments,
    spoken: bool,
}

impl Dissector for Io {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut cursor = Cursor::new(input.bytes);
        match Header::read(&mut cursor) {
            Ok(Some(header)) => {
                if let Some(interface) = header.interface() {
                    self.spoken = true;
                    self.datagram(&header, interface, &mut cursor, input, emit);
                } else {
                    unframed(input, Anomaly::BadValue, emit);
                }
            }
            Ok(None) if !self.spoken => return Parsed::NotThisProtocol,
            Ok(None) => unframed(input, Anomaly::BadVersion, emit),
            Err(Short { .. }) => unframed(input, Anomaly::Truncated, emit),
        }
        Parsed::Consumed(input.bytes.len())
    }

    fn held(&self) -> usize {
        self.client.held().saturating_add(self.server.held())
    }

    fn shed(&mut self) {
        self.client.shed();
        self.server.shed();
    }
}

impl Io {
    fn datagram(
        &mut self,
        header: &Header,
        interface: Interface,
        cursor: &mut Cursor<'_>,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let mut anomalies = AnomalySet::EMPTY;
        let length = usize::from(header.length);
        if length > cursor.remaining() {
            anomalies.insert(Anomaly::Truncated);
        }
        let body = cursor
            .take(length.min(cursor.remaining()))
            .unwrap_or_default();
        let parts = match input.sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        if !header.is_fragment() {
            return self.message(header, interface, (body, anomalies), input, emit);
        }
        match parts.take(header, body) {
            Assembled::Whole(whole) => {
                self.message(header, interface, (&whole, anomalies), input, emit);
            }
            Assembled::Waiting => fragment(header, anomalies, input, emit),
            Assembled::GivenUp => {
                anomalies.insert(Anomaly::LimitReached);
                fragment(header, anomalies, input, emit);
            }
        }
    }

    /// Reports a message.
    fn message(
        &mut self,
        header: &Header,
        interface: Interface,
        (body, mut anomalies): (&[u8], AnomalySet),
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let mut walk = Walk::new();
        let carries = matches!(header.kind, pdu::REQUEST | pdu::RESPONSE);
        let is_profinet = matches!(interface, Interface::Profinet(_));
        if carries && is_profinet && arguments(header, body, &mut walk).is_err() {
            anomalies.insert(Anomaly::Truncated);
        }
        if let Interface::Profinet(number) = interface {
            walk.objects.id("interface", number);
        }
        let device = header.device_and_vendor();
        if let Some((device, vendor)) = device {
            walk.objects.id("device_id", device);
            walk.objects.id("vendor_id", vendor);
        }
        let operation = operation(header, interface, &walk);
        if operation.name == "unknown" {
            anomalies.insert(Anomaly::ReservedCode);
        }
        let direction = direction(header);
        let mut facts = MessageFacts::new(Protocol::ProfinetIo, direction, operation);
        match direction {
            Direction::Request if carries => self.calls.ask(header, input, &mut anomalies),
            Direction::Response => facts.request = self.calls.answer(header, input, &mut anomalies),
            Direction::Request | Direction::OneWay => {}
        }
        anomalies = anomalies.union(walk.anomalies);
        if walk.objects.is_full() {
            anomalies.insert(Anomaly::LimitReached);
        }
        facts.anomalies = if input.cut {
            super::without_truncation(anomalies)
        } else {
            anomalies
        };
        facts.outcome = outcome(header, body, &walk);
        facts.identity = walk.identification;
        facts.identity.hostname = walk.station;
        if direction == Direction::Response {
            let vendor = walk.vendor.or(device.map(|(_, vendor)| vendor));
            facts.identity.vendor = vendor.and_then(vendors::vendor);
        }
        facts.values = walk.data;
        facts.objects = walk.objects.all();
        facts.size = input.bytes.len();
        emit(&facts);
    }
}

/// Reads the arguments of a call: of a response first its status, then lengths and blocks.
fn arguments<'a>(header: &Header, body: &'a [u8], walk: &mut Walk<'a>) -> Result<(), Short> {
    let mut cursor = Cursor::new(body);
    let order = header.order;
    let first = order.u32(&mut cursor)?;
    if header.kind == pdu::RESPONSE {
        walk.status(first);
    }
    let length = order.u32(&mut cursor)?;
    order.u32(&mut cursor)?; // most that the array may hold
    let offset = order.u32(&mut cursor)?;
    let count = order.u32(&mut cursor)?;
    if offset != 0 || count != length {
        walk.anomalies.insert(Anomaly::BadLength);
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > cursor.remaining() {
        walk.anomalies.insert(Anomaly::Truncated);
    }
    walk.blocks(cursor.take(length.min(cursor.remaining()))?);
    Ok(())
}

fn direction(header: &Header) -> Direction {
    match header.is_from_server() {
        Some(true) => Direction::Response,
        Some(false) => Direction::Request,
        None => Direction::OneWay,
    }
}

fn operation(header: &Header, interface: Interface, walk: &Walk<'_>) -> Operation {
    let carries = matches!(header.kind, pdu::REQUEST | pdu::RESPONSE | pdu::FAULT);
    if !carries && header.kind != pdu::REJECT {
        return Operation {
            code: CONNECTION | u32::from(header.kind),
            sub: None,
            name: header.name(),
            class: OperationClass::Session,
        };
    }
    let number = u32::from(header.operation);
    if interface == Interface::EndpointMapper {
        return Operation {
            code: ENDPOINT_MAPPER | number,
            sub: None,
            name: endpoint_mapper(header.operation),
            class: OperationClass::Discovery,
        };
    }
    let known = codes::operation(header.operation);
    let (name, class) = known.unwrap_or(("unknown", OperationClass::Unknown));
    let control = walk
        .control
        .filter(|_| name == "control" && header.kind == pdu::REQUEST);
    Operation {
        code: number,
        sub: control.map(u32::from),
        name: control.and_then(codes::control).unwrap_or(name),
        class,
    }
}

/// C706, appendix O: operations of the endpoint mapper.
const fn endpoint_mapper(operation: u16) -> &'static str {
    match operation {
        0 => "endpoint_insert",
        1 => "endpoint_delete",
        2 => "endpoint_lookup",
        3 => "endpoint_map",
        4 => "endpoint_lookup_free",
        5 => "endpoint_inquire_object",
        6 => "endpoint_management_delete",
        _ => "unknown",
    }
}

fn outcome(header: &Header, body: &[u8], walk: &Walk<'_>) -> Outcome {
    match header.kind {
        pdu::RESPONSE => walk.error.map_or(Outcome::Ok, status::outcome),
        pdu::FAULT | pdu::REJECT => Outcome::Error {
            code: fault(header.order, body),
            name: header.name(),
        },
        _ => Outcome::None,
    }
}

/// Status of a fault or a reject (C706, 12.6.3); 0 when it is not there.
fn fault(order: Order, body: &[u8]) -> u32 {
    order.u32(&mut Cursor::new(body)).unwrap_or(0)
}

/// Reports a part of a message.
fn fragment(header: &Header, anomalies: AnomalySet, input: &Input<'_>, emit: &mut Emit<'_>) {
    let operation = Operation {
        code: FRAGMENT | u32::from(header.kind),
        sub: Some(u32::from(header.operation)),
        name: "fragment",
        class: OperationClass::Session,
    };
    let mut facts = MessageFacts::new(Protocol::ProfinetIo, Direction::OneWay, operation);
    facts.anomalies = anomalies;
    if input.cut {
        facts.anomalies = super::without_truncation(anomalies);
    }
    facts.size = input.bytes.len();
    emit(&facts);
}

/// Reports octets that are no call of PROFINET.
fn unframed(input: &Input<'_>, anomaly: Anomaly, emit: &mut Emit<'_>) {
    let operation = Operation {
        code: 0,
        sub: None,
        name: UNFRAMED,
        class: OperationClass::Unknown,
    };
    let mut facts = MessageFacts::new(Protocol::ProfinetIo, Direction::OneWay, operation);
    if !(input.cut && anomaly == Anomaly::Truncated) {
        facts.anomalies = AnomalySet::of(anomaly);
    }
    facts.size = input.bytes.len();
    emit(&facts);
}
