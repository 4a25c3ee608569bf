//! From a TPDU to [`MessageFacts`].
//!
//! Data in: a TPDU that carries nothing for a user, and the open connection request. Data out: one
//! call of the sink.

use smallvec::SmallVec;

use super::tpdu::{self, Tpdu, code};
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Object, Operation, OperationClass, Outcome,
    Protocol,
};
use crate::time::Timestamp;

/// The connection request that is not answered yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    reference: u16,
    frame: u64,
    time: Timestamp,
}

/// State of one connection above the framing.
#[derive(Debug, Default)]
pub(super) struct Connection {
    asked: Option<Asked>,
}

/// Operation of a TPDU.
fn operation(tpdu: &Tpdu<'_>) -> Operation {
    let name = tpdu::name(tpdu.code);
    Operation {
        code: u32::from(tpdu.code),
        sub: None,
        name: name.unwrap_or("unknown"),
        class: name.map_or(OperationClass::Unknown, |_| OperationClass::Session),
    }
}

/// Reports one TPDU of `size` octets.
pub(super) fn tpdu(
    tpdu: &Tpdu<'_>,
    mut anomalies: AnomalySet,
    size: usize,
    input: &Input<'_>,
    connection: &mut Connection,
    emit: &mut Emit<'_>,
) {
    let wrong = match tpdu.code {
        code::CONNECTION_REQUEST => input.sender == Role::Server,
        code::CONNECTION_CONFIRM => input.sender == Role::Client,
        _ => false,
    };
    if wrong {
        anomalies.insert(Anomaly::WrongRole);
    }
    let request = pair(tpdu, input, connection);
    let direction = match (tpdu.code, input.sender) {
        (code::CONNECTION_REQUEST, Role::Client) => Direction::Request,
        (code::CONNECTION_CONFIRM | code::ERROR, Role::Server) => Direction::Response,
        (code::DISCONNECT_REQUEST, Role::Server) if request.is_some() => Direction::Response,
        _ => Direction::OneWay,
    };
    let outcome = match (direction, tpdu.code) {
        (Direction::Response, code::CONNECTION_CONFIRM) => Outcome::Ok,
        (Direction::Response, _) => Outcome::Error {
            code: u32::from(tpdu.reason),
            name: tpdu::reason_name(tpdu).unwrap_or("unknown"),
        },
        _ => Outcome::None,
    };
    emit(&MessageFacts {
        objects: &objects(tpdu),
        values: tpdu.data,
        outcome,
        anomalies,
        request,
        size,
        ..MessageFacts::new(Protocol::Cotp, direction, operation(tpdu))
    });
}

/// Keeps a connection request, or finds the one that is confirmed or refused: its source reference
/// comes back as destination reference (6.5, 6.6).
fn pair(
    tpdu: &Tpdu<'_>,
    input: &Input<'_>,
    connection: &mut Connection,
) -> Option<AnsweredRequest> {
    let (destination, source) = tpdu.references;
    match tpdu.code {
        code::CONNECTION_REQUEST => {
            connection.asked = Some(Asked {
                reference: source,
                frame: input.frame,
                time: input.time,
            });
            None
        }
        code::CONNECTION_CONFIRM | code::DISCONNECT_REQUEST | code::ERROR => {
            let asked = connection
                .asked
                .filter(|asked| asked.reference == destination)?;
            connection.asked = None;
            Some(AnsweredRequest {
                frame: asked.frame,
                latency: input.time.since(asked.time),
            })
        }
        _ => None,
    }
}

/// TSAP identifiers, size, and where the called one leads in an S7 station.
fn objects<'a>(tpdu: &Tpdu<'a>) -> SmallVec<[Object<'a>; 5]> {
    let mut objects = SmallVec::new();
    objects.extend(tsap("calling_tsap", tpdu.calling));
    objects.extend(tsap("called_tsap", tpdu.called));
    if let Some((rack, slot)) = rack_and_slot(tpdu.called) {
        objects.push(id("rack", rack));
        objects.push(id("slot", slot));
    }
    objects.extend(tpdu.most.map(|most| id("tpdu_size", u64::from(most))));
    objects
}

fn id(kind: &'static str, id: u64) -> Object<'static> {
    Object::Id { kind, id }
}

/// A TSAP identifier: a name when it is text, else a number of its last eight octets.
fn tsap<'a>(kind: &'static str, octets: &'a [u8]) -> Option<Object<'a>> {
    let graphic = octets.len() > 2 && octets.iter().all(|octet| (0x20..0x7f).contains(octet));
    let text = std::str::from_utf8(octets).ok().filter(|_| graphic);
    let number = octets
        .iter()
        .fold(0, |sum: u64, octet| sum << 8 | u64::from(*octet));
    let any = !octets.is_empty();
    any.then(|| text.map_or(id(kind, number), Object::Name))
}

/// Rack and slot: of two octets the first is the kind of connection (1 programming device, 2
/// operator panel, 3 other), the second the rack in three bits and the slot in five (Siemens,
/// *Communication with SIMATIC*).
fn rack_and_slot(called: &[u8]) -> Option<(u64, u64)> {
    match called {
        [1..=3, place] => Some((u64::from(place >> 5), u64::from(place & 0x1f))),
        _ => None,
    }
}

/// Reports bytes that are no whole packet: `name` says what they are instead.
pub(super) fn fragment(
    name: &'static str,
    bytes: &[u8],
    anomalies: AnomalySet,
    emit: &mut Emit<'_>,
) {
    let operation = Operation {
        code: 0,
        sub: None,
        name,
        class: OperationClass::Unknown,
    };
    emit(&MessageFacts {
        anomalies,
        values: bytes,
        size: bytes.len(),
        ..MessageFacts::new(Protocol::Cotp, Direction::OneWay, operation)
    });
}
