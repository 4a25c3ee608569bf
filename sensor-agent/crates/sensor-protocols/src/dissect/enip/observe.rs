//! From an encapsulated message to [`MessageFacts`]: the command, then the CIP message that it carries.
//!
//! Data in: a message, who sent it, and the state of the connection. Data out: calls of the sink.
//! Source: CIP Volume 2, 2-4.

use std::ops::Range;

use super::cip;
use super::commands;
use super::cpf::{Address, Data, Packet};
use super::encap::{self, Framed, Header, Message, command};
use super::observe_cip::{self, Answered, Place, Room};
use super::pairing::{Answer, Key, Pairing};
use crate::dissect::cursor::Cursor;
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Operation, OperationClass, Outcome, Protocol,
};
use crate::time::Timestamp;

/// State of one connection above the framing.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) pairing: Pairing,
    /// Handle of the session that the target gave.
    pub(super) session: Option<u32>,
}

/// Reports one message.
pub(super) fn message(
    message: &Message<'_>,
    input: &Input<'_>,
    connection: &mut Connection,
    emit: &mut Emit<'_>,
) {
    let header = &message.header;
    let anomalies = framing(message, input.cut);
    match header.command {
        // What the capture cut cannot be told from what is malformed.
        _ if !message.is_whole() => {
            let direction = direction(header, message.data, input.sender);
            emit(&facts(message, direction, anomalies));
        }
        command::SEND_UNIT_DATA => connected(message, anomalies, input, connection, emit),
        command::SEND_RR_DATA => unconnected(message, anomalies, input, connection, emit),
        _ => commands::report(message, anomalies, input, connection, emit),
    }
}

/// Departures of the header.
fn framing(message: &Message<'_>, cut: bool) -> AnomalySet {
    let header = &message.header;
    let mut anomalies = AnomalySet::EMPTY;
    let mut expect = |holds: bool, otherwise| {
        if !holds {
            anomalies.insert(otherwise);
        }
    };
    expect(header.options == 0, Anomaly::BadValue);
    expect(header.length_allowed(), Anomaly::BadLength);
    expect(message.is_whole() || cut, Anomaly::Truncated);
    expect(
        encap::named(header.command).is_some(),
        Anomaly::ReservedCode,
    );
    expect(
        encap::status_name(header.status).is_some(),
        Anomaly::BadValue,
    );
    anomalies
}

/// Which way a command goes. The lists and the registration are asked by the client; what carries
/// no answer goes one way.
pub(super) fn direction(header: &Header, data: &[u8], sender: Role) -> Direction {
    match header.command {
        command::NOP
        | command::UNREGISTER_SESSION
        | command::SEND_UNIT_DATA
        | command::INDICATE_STATUS
        | command::CANCEL => Direction::OneWay,
        command::LIST_IDENTITY | command::LIST_SERVICES | command::LIST_INTERFACES
            if header.status == 0 =>
        {
            if data.is_empty() {
                Direction::Request
            } else {
                Direction::Response
            }
        }
        _ if header.status != 0 => Direction::Response,
        _ => match sender {
            Role::Client => Direction::Request,
            Role::Server => Direction::Response,
        },
    }
}

fn operation(header: &Header) -> Operation {
    let (name, class) =
        encap::named(header.command).unwrap_or(("unknown", OperationClass::Unknown));
    Operation {
        code: u32::from(header.command),
        sub: None,
        name,
        class,
    }
}

fn outcome(header: &Header, direction: Direction) -> Outcome {
    match (header.status, direction) {
        (0, Direction::Response) => Outcome::Ok,
        (0, _) => Outcome::None,
        (code, _) => Outcome::Error {
            code,
            name: encap::status_name(code).unwrap_or("unknown"),
        },
    }
}

pub(super) fn facts<'a>(
    message: &Message<'a>,
    direction: Direction,
    anomalies: AnomalySet,
) -> MessageFacts<'a> {
    let header = &message.header;
    MessageFacts {
        outcome: outcome(header, direction),
        anomalies,
        size: message.size(),
        ..MessageFacts::new(Protocol::Enip, direction, operation(header))
    }
}

/// Send Unit Data: a message on a connection, behind its sequence count.
fn connected(
    message: &Message<'_>,
    mut anomalies: AnomalySet,
    input: &Input<'_>,
    connection: &mut Connection,
    emit: &mut Emit<'_>,
) {
    let packet = carried(message, connection, &mut anomalies);
    let bytes = match packet.data {
        Data::Connected(data) => data.split_first_chunk::<2>(),
        Data::Unconnected(_) | Data::Missing => None,
    };
    let (Address::Connection(identifier), Some((count, bytes))) = (packet.address, bytes) else {
        if message.header.status == 0 {
            anomalies.insert(Anomaly::BadValue);
        }
        emit(&facts(message, Direction::OneWay, anomalies));
        return;
    };
    emit(&facts(message, Direction::OneWay, anomalies));
    let key = Key::Sequence(identifier, u16::from_le_bytes(*count));
    carry(bytes, key, input, connection, emit);
}

/// Send RR Data: a message and its reply outside any connection.
fn unconnected(
    message: &Message<'_>,
    mut anomalies: AnomalySet,
    input: &Input<'_>,
    connection: &mut Connection,
    emit: &mut Emit<'_>,
) {
    let header = &message.header;
    let key = Key::Context(header.command, header.context);
    if header.status != 0 && message.data.is_empty() {
        // The target could not do anything with the request.
        let (request, _) = answer(key, None, input, connection, &mut anomalies, |_, told| told);
        let direction = Direction::Response;
        emit(&MessageFacts {
            request,
            ..facts(message, direction, anomalies)
        });
        return;
    }
    let packet = carried(message, connection, &mut anomalies);
    let bytes = match packet.data {
        Data::Unconnected(data) => data,
        Data::Connected(_) | Data::Missing => &[],
    };
    let fits = packet.address == Address::Null && !bytes.is_empty();
    if !fits && header.status == 0 {
        anomalies.insert(Anomaly::BadValue);
    }
    let by_header = direction(header, bytes, input.sender);
    let direction = match bytes.first() {
        Some(code) if code & cip::REPLY != 0 => Direction::Response,
        Some(_) => Direction::Request,
        None => by_header,
    };
    emit(&facts(message, direction, anomalies));
    if !bytes.is_empty() {
        carry(bytes, key, input, connection, emit);
    }
}

/// What Send RR Data and Send Unit Data carry: interface handle, timeout, packet.
fn carried<'a>(
    message: &Message<'a>,
    connection: &Connection,
    anomalies: &mut AnomalySet,
) -> Packet<'a> {
    let header = &message.header;
    if connection
        .session
        .is_some_and(|session| session != header.session)
    {
        anomalies.insert(Anomaly::Mismatch);
    }
    let mut cursor = Cursor::new(message.data);
    let (Ok(interface), Ok(_timeout)) = (cursor.u32_le(), cursor.u16_le()) else {
        anomalies.insert(Anomaly::Truncated);
        return Packet::default();
    };
    // 0 is CIP; there is no other.
    if interface != 0 {
        anomalies.insert(Anomaly::BadValue);
    }
    let packet = Packet::read(cursor.rest());
    *anomalies = anomalies.union(packet.anomalies);
    packet
}

/// Reports the CIP message, and pairs it.
fn carry(
    bytes: &[u8],
    key: Key,
    input: &Input<'_>,
    connection: &mut Connection,
    emit: &mut Emit<'_>,
) {
    let Some(code) = bytes.first() else {
        return;
    };
    if code & cip::REPLY == 0 {
        let at = (input.time, input.frame);
        ask(bytes, key, at, &mut connection.pairing, emit);
        return;
    }
    let service = Some(code & !cip::REPLY);
    let mut anomalies = AnomalySet::EMPTY;
    if connection.pairing.made_room() {
        anomalies.insert(Anomaly::LimitReached);
    }
    let (_, answered) = answer(key, service, input, connection, &mut anomalies, |_, _| ());
    let told = answered
        .as_ref()
        .map(|request| Answered::new(request, request.answered(input.time)));
    observe_cip::reply(bytes, anomalies, told, 0, &mut Room::new(), emit);
    if let Some(request) = answered {
        connection.pairing.done(request);
    }
}

/// Reports a request and keeps it.
fn ask(
    bytes: &[u8],
    key: Key,
    (time, frame): (Timestamp, u64),
    pairing: &mut Pairing,
    emit: &mut Emit<'_>,
) {
    let mut anomalies = AnomalySet::EMPTY;
    if pairing.is_crowded() {
        anomalies.insert(Anomaly::LimitReached);
    }
    let mut kept = pairing.begin(key, time, frame);
    let place = Place {
        depth: 0,
        station: None,
        anomalies,
    };
    observe_cip::request(bytes, place, &mut Room::new(), &mut kept, emit);
    pairing.keep(kept);
}

/// Where a message that carries a request has what its reply is recognised by, of what differs
/// between repeats.
pub(super) fn tag(bytes: &[u8]) -> Option<Range<usize>> {
    let (header, packet) = carrying(bytes)?;
    match (header.command, packet.data) {
        (command::SEND_RR_DATA, Data::Unconnected(_)) => Some(encap::CONTEXT),
        // The data are the end of the message.
        (command::SEND_UNIT_DATA, Data::Connected(data)) => {
            let at = bytes.len().checked_sub(data.len())?;
            Some(at..at.checked_add(2)?)
        }
        _ => None,
    }
}

/// Keeps a request that was withheld and is reported elsewhere. False for another message.
pub(super) fn reopen(bytes: &[u8], at: (Timestamp, u64), connection: &mut Connection) -> bool {
    let Some((header, packet)) = carrying(bytes) else {
        return false;
    };
    let (key, inside) = match (packet.address, packet.data) {
        (Address::Null, Data::Unconnected(data)) => {
            (Key::Context(header.command, header.context), data)
        }
        (Address::Connection(identifier), Data::Connected(data)) => {
            let Some((count, data)) = data.split_first_chunk::<2>() else {
                return false;
            };
            (Key::Sequence(identifier, u16::from_le_bytes(*count)), data)
        }
        _ => return false,
    };
    if inside.first().is_none_or(|code| code & cip::REPLY != 0) {
        return false;
    }
    ask(inside, key, at, &mut connection.pairing, &mut |_| {});
    true
}

/// Takes apart bytes that are one whole message without fault.
fn carrying(bytes: &[u8]) -> Option<(Header, Packet<'_>)> {
    let Framed::Message(message) = encap::next(bytes) else {
        return None;
    };
    let mut anomalies = framing(&message, false);
    let packet = carried(&message, &Connection::default(), &mut anomalies);
    let whole = message.size() == bytes.len() && anomalies.is_empty();
    whole.then_some((message.header, packet))
}

/// Finds the request that a reply answers and makes something of it.
pub(super) fn answer<T>(
    key: Key,
    service: Option<u8>,
    input: &Input<'_>,
    connection: &mut Connection,
    anomalies: &mut AnomalySet,
    make: impl FnOnce(&super::pairing::Request, AnsweredRequest) -> T,
) -> (Option<T>, Option<super::pairing::Request>) {
    match connection.pairing.answer(key, service) {
        Answer::To(request) => {
            let told = request.answered(input.time);
            (Some(make(&request, told)), Some(request))
        }
        Answer::Nothing => {
            anomalies.insert(Anomaly::Unsolicited);
            (None, None)
        }
        Answer::Unknown => (None, None),
    }
}

/// Reports bytes that are no whole message: `name` says what they are instead.
pub(super) fn fragment(
    name: &'static str,
    bytes: &[u8],
    anomaly: Anomaly,
    sender: Role,
    emit: &mut Emit<'_>,
) {
    let direction = match sender {
        Role::Client => Direction::Request,
        Role::Server => Direction::Response,
    };
    let operation = Operation {
        code: 0,
        sub: None,
        name,
        class: OperationClass::Unknown,
    };
    emit(&MessageFacts {
        anomalies: AnomalySet::of(anomaly),
        values: bytes,
        size: bytes.len(),
        ..MessageFacts::new(Protocol::Enip, direction, operation)
    });
}
