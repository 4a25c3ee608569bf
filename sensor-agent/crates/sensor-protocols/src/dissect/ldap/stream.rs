//! Messages of LDAP from a stream or a datagram, and which result answers which request.

use super::WRAPPED;
use super::codes::{self, tag};
use super::operations::{self, Body};
use crate::dissect::ber::{self, Class, Element, Tag, universal};
use crate::dissect::cursor::Cursor;
use crate::dissect::open_requests::{Answer, OpenRequests};
use crate::dissect::{Dissector, Emit, Input, MessageFacts, Parsed, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnsweredRequest, Direction, Identity, Operation, OperationClass, Outcome, Protocol,
    Transport,
};
use crate::time::Timestamp;

/// Length of the header of what a mechanism protects (RFC 4422, 3.7).
const WRAPPER: usize = 4;

/// First octet of a record of TLS that carries a handshake.
const TLS: u8 = 0x16;

/// An open request.
#[derive(Debug)]
struct Asked {
    id: u32,
    operation: Operation,
    name: Option<Box<str>>,
    time: Timestamp,
    frame: u64,
}

/// One flow.
#[derive(Debug, Default)]
pub(super) struct Ldap {
    requests: OpenRequests<Asked, { limits::LDAP_OPEN_REQUESTS }>,
    /// Octets of a long message that are still to come, from client and server.
    skip: [usize; 2],
    /// Where in a message the next octet is is not known.
    lost: [bool; 2],
    /// TLS was asked for: what follows may be encrypted.
    tls: bool,
}

fn side(both: &mut [usize; 2], sender: Role) -> &mut usize {
    let [client, server] = both;
    match sender {
        Role::Client => client,
        Role::Server => server,
    }
}

impl Dissector for Ldap {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let all = input.bytes.len();
        let skip = side(&mut self.skip, input.sender);
        if *skip > 0 {
            let taken = (*skip).min(all);
            *skip = skip.saturating_sub(taken);
            return Parsed::Consumed(taken);
        }
        if self.tls && input.bytes.first() == Some(&TLS) {
            // From here on nothing is readable, in either direction.
            self.skip = [usize::MAX, usize::MAX];
            return Parsed::Consumed(all);
        }
        let lost = match (&mut self.lost, input.sender) {
            ([client, _], Role::Client) => client,
            ([_, server], Role::Server) => server,
        };
        if *lost {
            // The next segment that starts as a message does is one.
            let begins = super::probe::envelope(&mut Cursor::new(input.bytes)).is_some();
            if !begins {
                return Parsed::Consumed(all);
            }
            *lost = false;
        }
        let ends = input.last || input.cut || input.transport != Transport::Tcp;
        match measure(input.bytes) {
            Measure::Short => {
                if ends {
                    return Parsed::Consumed(all);
                }
                Parsed::Incomplete {
                    need: all.saturating_add(1),
                }
            }
            Measure::Foreign => Parsed::NotThisProtocol,
            Measure::Message { size, wrapped } => {
                let needed = if size > limits::LDAP_MESSAGE_BYTES {
                    limits::LDAP_HEAD_BYTES
                } else if wrapped {
                    WRAPPER
                } else {
                    size
                };
                if all < needed && !ends {
                    return Parsed::Incomplete { need: needed };
                }
                let bytes = input.bytes.get(..needed).unwrap_or(input.bytes);
                if wrapped {
                    wrapper(size, input, emit);
                } else {
                    self.message(bytes, size, ends && all < size, input, emit);
                }
                let taken = size.min(all);
                *side(&mut self.skip, input.sender) = size.saturating_sub(taken);
                Parsed::Consumed(taken)
            }
        }
    }

    fn held(&self) -> usize {
        let held = |asked: &Asked| {
            let name = asked.name.as_deref().map_or(0, str::len);
            size_of::<Asked>().saturating_add(name)
        };
        self.requests
            .iter()
            .map(held)
            .fold(0, usize::saturating_add)
    }

    /// Results go on without their requests.
    fn shed(&mut self) {
        self.requests = OpenRequests::default();
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        let lost = usize::try_from(lost).unwrap_or(usize::MAX);
        let skip = side(&mut self.skip, sender);
        if *skip == usize::MAX {
            return;
        }
        if dropped == 0 && lost <= *skip {
            *skip = skip.saturating_sub(lost);
            return;
        }
        *skip = 0;
        match (&mut self.lost, sender) {
            ([client, _], Role::Client) => *client = true,
            ([_, server], Role::Server) => *server = true,
        }
        self.requests.set_complete(false);
    }
}

/// How long the message at the front is.
enum Measure {
    Message { size: usize, wrapped: bool },
    Short,
    Foreign,
}

fn measure(bytes: &[u8]) -> Measure {
    let mut cursor = Cursor::new(bytes);
    match bytes.first() {
        Some(0x30) => {}
        // A protected message: its length, of less than 16 MiB (RFC 4422, 3.7).
        Some(0) => {
            return match cursor.u32_be() {
                Ok(length) => Measure::Message {
                    size: usize::try_from(length).map_or(usize::MAX, |l| l.saturating_add(WRAPPER)),
                    wrapped: true,
                },
                Err(_) => Measure::Short,
            };
        }
        Some(_) => return Measure::Foreign,
        None => return Measure::Short,
    }
    let _ = cursor.skip(1);
    match ber::read_length(&mut cursor) {
        Ok(length) => Measure::Message {
            size: cursor.offset().saturating_add(length),
            wrapped: false,
        },
        Err(ber::BerError::Short(_)) => Measure::Short,
        Err(_) => Measure::Foreign,
    }
}

/// Reports a message that the mechanism of the bind protects.
fn wrapper(size: usize, input: &Input<'_>, emit: &mut Emit<'_>) {
    let operation = Operation {
        code: WRAPPED,
        sub: None,
        name: "wrapped",
        class: OperationClass::Session,
    };
    let direction = match input.sender {
        Role::Client => Direction::Request,
        Role::Server => Direction::Response,
    };
    emit(&MessageFacts {
        size,
        ..MessageFacts::new(Protocol::Ldap, direction, operation)
    });
}

/// The parts of a message: identifier, and the operation as far as it is there.
fn parts(bytes: &[u8]) -> Option<(u32, Element<'_>, bool)> {
    let mut cursor = Cursor::new(bytes);
    ber::read_tag(&mut cursor).ok()?;
    ber::read_length(&mut cursor).ok()?;
    let id = ber::read(&mut cursor).ok()?;
    if id.tag != Tag::universal(universal::INTEGER) {
        return None;
    }
    let id = id.unsigned32()?;
    let tag = ber::read_tag(&mut cursor).ok()?;
    let length = ber::read_length(&mut cursor).ok()?;
    let whole = length <= cursor.remaining();
    let contents = cursor.sub(length.min(cursor.remaining())).ok()?;
    let known = tag.class == Class::Application;
    known.then_some((id, Element { tag, contents }, whole))
}

impl Ldap {
    fn message(
        &mut self,
        bytes: &[u8],
        size: usize,
        short: bool,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let mut body = Body::default();
        let long = size > limits::LDAP_MESSAGE_BYTES;
        let Some((id, element, whole)) = parts(bytes) else {
            body.flag(Anomaly::BadValue);
            let operation = codes::operation(u32::MAX);
            let (direction, request) = (Direction::OneWay, None);
            return report(
                &body,
                operation,
                direction,
                request,
                (size, short, input),
                emit,
            );
        };
        let number = element.tag.number;
        operations::read(number, &element, &mut body);
        if long {
            body.anomalies = std::iter::once(Anomaly::LimitReached).collect();
        } else if !whole && !short {
            body.flag(Anomaly::BadLength);
        }
        let server = codes::is_from_server(number);
        if server != (input.sender == Role::Server) && input.transport == Transport::Tcp {
            body.flag(Anomaly::WrongRole);
        }
        self.tls |= body.starts_tls;
        let mut operation = codes::operation(number);
        let mut request = None;
        if !server {
            self.ask(id, number, operation, &mut body, input);
        } else if codes::is_result(number) {
            let asked = self.answer(id, &mut body);
            if let Some(asked) = asked {
                if let Some(name) = &asked.name {
                    body.told.name(name);
                }
                if asked.operation.code != operation.code {
                    body.flag(Anomaly::Mismatch);
                }
                operation = asked.operation;
                request = Some(AnsweredRequest {
                    frame: asked.frame,
                    latency: input.time.since(asked.time),
                });
            }
        }
        let direction = if server {
            Direction::Response
        } else {
            Direction::Request
        };
        report(
            &body,
            operation,
            direction,
            request,
            (size, short, input),
            emit,
        );
    }

    fn ask(
        &mut self,
        id: u32,
        number: u32,
        operation: Operation,
        body: &mut Body,
        input: &Input<'_>,
    ) {
        if number == tag::BIND {
            self.requests.set_complete(true);
        }
        if !codes::is_answered(number) {
            return;
        }
        let name = body.told.first_name().filter(|(kind, _)| kind.is_none());
        let name = name.filter(|(_, name)| name.len() <= limits::SMB_NAME_BYTES);
        self.requests.give_up(|open| open.id == id);
        let oldest = self.requests.keep(Asked {
            id,
            operation,
            name: name.map(|(_, name)| name.into()),
            time: input.time,
            frame: input.frame,
        });
        if oldest.is_some() {
            body.flag(Anomaly::LimitReached);
        }
    }

    fn answer(&mut self, id: u32, body: &mut Body) -> Option<Asked> {
        // Zero is a notice of the server (4.4).
        if id == 0 {
            return None;
        }
        let found = self.requests.take(|open| open.id == id);
        if found.is_none() && matches!(self.requests.unmatched(), Answer::Nothing) {
            body.flag(Anomaly::Unsolicited);
        }
        found
    }
}

fn report(
    body: &Body,
    operation: Operation,
    direction: Direction,
    request: Option<AnsweredRequest>,
    (size, short, input): (usize, bool, &Input<'_>),
    emit: &mut Emit<'_>,
) {
    let mut anomalies = body.anomalies;
    if short {
        anomalies = anomalies
            .iter()
            .filter(|anomaly| matches!(anomaly, Anomaly::Unsolicited | Anomaly::LimitReached))
            .collect();
        if !input.cut {
            anomalies.insert(Anomaly::Truncated);
        }
    }
    if body.told.is_cut() {
        anomalies.insert(Anomaly::LimitReached);
    }
    if operation.name == "unknown" {
        anomalies.insert(Anomaly::ReservedCode);
    }
    let outcome = if direction == Direction::Response {
        body.outcome
    } else {
        Outcome::None
    };
    emit(&MessageFacts {
        objects: &body.told.objects(),
        outcome,
        anomalies,
        identity: Identity {
            hostname: body.told.get(body.host.as_ref()),
            os: body.told.get(body.system.as_ref()),
            ..Identity::NONE
        },
        request,
        size,
        ..MessageFacts::new(Protocol::Ldap, direction, operation)
    });
}
