//! Messages of Kerberos from a stream or a datagram, and which answer belongs to which request.

use super::body::Body;
use super::codes::{self, tag};
use crate::dissect::ber::{self, Class, Tag, universal};
use crate::dissect::cursor::Cursor;
use crate::dissect::open_requests::{Answer, OpenRequests};
use crate::dissect::{Dissector, Emit, Input, MessageFacts, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnsweredRequest, Direction, Operation, Outcome, Protocol, Transport,
};
use crate::time::Timestamp;

/// Length of the record mark over TCP.
const MARK: usize = 4;

/// Recognises a message by its tag and the version in it: nine octets or more that agree.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    let mut cursor = Cursor::new(input.bytes);
    if input.transport == Transport::Tcp {
        let length = match cursor.u32_be() {
            Ok(length) => usize::try_from(length).unwrap_or(usize::MAX),
            Err(_) if input.hinted => return Probe::Incomplete,
            Err(_) => return Probe::Unrecognised,
        };
        if length > limits::KERBEROS_MESSAGE_BYTES {
            return Probe::Unrecognised;
        }
        if input.hinted && input.bytes.len() < 24 && length > 20 {
            let tag = cursor.peek_u8();
            let begins = tag.is_none_or(|tag| matches!(tag, 0x6a..=0x7e));
            return if begins {
                Probe::Incomplete
            } else {
                Probe::Unrecognised
            };
        }
    }
    match begins(&mut cursor) {
        Some(number) => Probe::Recognised(input.sender.or_else(|| sender(number))),
        None => Probe::Unrecognised,
    }
}

/// Tag of the message that starts here: `[APPLICATION n] SEQUENCE { [0 or 1] INTEGER 5, …`.
fn begins(cursor: &mut Cursor<'_>) -> Option<u32> {
    let outer = ber::read_tag(cursor).ok()?;
    ber::read_length(cursor).ok()?;
    let sequence = ber::read_tag(cursor).ok()?;
    ber::read_length(cursor).ok()?;
    let version: [u8; 5] = cursor.array().ok()?;
    let fits = outer.class == Class::Application
        && codes::operation(outer.number).name != "unknown"
        && sequence == Tag::universal(universal::SEQUENCE).constructed()
        && matches!(version, [0xa0 | 0xa1, 3, 2, 1, 5]);
    fits.then_some(outer.number)
}

const fn sender(number: u32) -> Option<Role> {
    match number {
        tag::AS_REQUEST | tag::TGS_REQUEST | tag::AP_REQUEST => Some(Role::Client),
        tag::AS_REPLY | tag::TGS_REPLY | tag::ERROR => Some(Role::Server),
        _ => None,
    }
}

/// An open request.
#[derive(Debug)]
struct Asked {
    operation: Operation,
    time: Timestamp,
    frame: u64,
}

/// One flow.
#[derive(Debug, Default)]
pub(super) struct Kerberos {
    requests: OpenRequests<Asked, { limits::KERBEROS_OPEN_REQUESTS }>,
    /// Where in a message the next octet is is not known, for client and server.
    lost: [bool; 2],
}

impl Kerberos {
    fn lost(&mut self, sender: Role) -> &mut bool {
        let [client, server] = &mut self.lost;
        match sender {
            Role::Client => client,
            Role::Server => server,
        }
    }
}

impl Dissector for Kerberos {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let all = input.bytes.len();
        if input.transport != Transport::Tcp {
            self.message(input.bytes, all, input, emit);
            return Parsed::Consumed(all);
        }
        let mut cursor = Cursor::new(input.bytes);
        let ends = input.last || input.cut;
        let length = match cursor.u32_be() {
            Ok(length) => usize::try_from(length).unwrap_or(usize::MAX),
            Err(_) if ends => return Parsed::Consumed(all),
            Err(_) => return Parsed::Incomplete { need: MARK },
        };
        if *self.lost(input.sender) {
            // The next segment that starts as a message does is one.
            if begins(&mut cursor.clone()).is_none() {
                return Parsed::Consumed(all);
            }
            *self.lost(input.sender) = false;
        }
        if length > limits::KERBEROS_MESSAGE_BYTES {
            return Parsed::NotThisProtocol;
        }
        let size = length.saturating_add(MARK);
        if all < size && !ends {
            return Parsed::Incomplete { need: size };
        }
        let bytes = cursor.rest();
        let bytes = bytes.get(..length).unwrap_or(bytes);
        if length > 0 {
            self.message(bytes, length, input, emit);
        }
        Parsed::Consumed(size.min(all))
    }

    fn gap(&mut self, sender: Role, _dropped: usize, _lost: u64) {
        *self.lost(sender) = true;
        self.requests.set_complete(false);
    }
}

impl Kerberos {
    fn message(&mut self, bytes: &[u8], size: usize, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut cursor = Cursor::new(bytes);
        let mut body = Body::default();
        let number = match ber::read_tag(&mut cursor) {
            Ok(tag) if tag.class == Class::Application => Some(tag.number),
            _ => None,
        };
        let mut element = Cursor::new(bytes);
        match (number, ber::read(&mut element)) {
            (Some(number), Ok(message)) => {
                body.read(number, &message);
                if !element.is_empty() {
                    body.flag(Anomaly::TrailingBytes);
                }
            }
            (Some(_), Err(error)) => body.flag(error.anomaly()),
            (None, _) => body.flag(Anomaly::BadValue),
        }
        let number = number.unwrap_or(u32::MAX);
        let mut operation = codes::operation(number);
        let mut request = None;
        let direction = match sender(number) {
            Some(Role::Client) => Direction::Request,
            Some(Role::Server) => Direction::Response,
            None => Direction::OneWay,
        };
        match number {
            tag::AS_REQUEST | tag::TGS_REQUEST => self.ask(operation, &mut body, input),
            tag::AS_REPLY | tag::TGS_REPLY | tag::ERROR => {
                if let Some(asked) = self.answer(operation, number == tag::ERROR) {
                    operation = asked.operation;
                    request = Some(AnsweredRequest {
                        frame: asked.frame,
                        latency: input.time.since(asked.time),
                    });
                }
            }
            _ => {}
        }
        let mut anomalies = body.anomalies;
        if bytes.len() < size {
            anomalies = std::iter::once(Anomaly::Truncated)
                .filter(|_| !input.cut)
                .collect();
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
            request,
            size,
            ..MessageFacts::new(Protocol::Kerberos, direction, operation)
        });
    }

    fn ask(&mut self, operation: Operation, body: &mut Body<'_>, input: &Input<'_>) {
        let asked = Asked {
            operation,
            time: input.time,
            frame: input.frame,
        };
        if self.requests.keep(asked).is_some() {
            body.flag(Anomaly::LimitReached);
        }
    }

    /// The oldest request of the same kind; an error answers any.
    fn answer(&mut self, operation: Operation, error: bool) -> Option<Asked> {
        let found = self
            .requests
            .take(|open| error || open.operation.code == operation.code);
        if found.is_none() {
            // Requests go by port and not by identifier, so that a stray answer proves nothing.
            let _: Answer<Asked> = self.requests.unmatched();
        }
        found
    }
}
