//! Whole messages: the type of what is sent, its header, its fields; and which request is answered.
//!
//! Data in: the octets of a message, and the open requests. Data out: one call of the sink.

use super::body::{Body, Names};
use super::channel::Envelope;
use super::framing::{Chunk, Kind};
use super::layout::session::POLICY;
use super::layout::{tell, walk};
use super::observe::{Head, direction, report};
use super::pairing::{Answer, Asked};
use super::reader::{self, Read};
use super::services::{self, Sent, Service};
use super::transport::code;
use super::{FAILED_ITEM, Opcua, SERVICE_FAULT, SERVICE_RESULT, status};
use crate::dissect::cursor::Cursor;
use crate::dissect::{Emit, Input};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Direction, Object, Operation, OperationClass};

/// A message, with what is known of its last chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'m, 'a> {
    pub(super) chunk: &'m Chunk<'a>,
    pub(super) envelope: &'m Envelope<'a>,
    pub(super) numbers: super::channel::Numbers,
    pub(super) flags: AnomalySet,
    /// It came in several chunks.
    pub(super) several: bool,
    /// Octets of it are missing.
    pub(super) cut: bool,
}

/// Says so when a status code is not defined.
pub(super) fn check_status(code: u32, body: &mut Body<'_>) {
    if status::name(code).is_none() {
        body.flag(Anomaly::ReservedCode);
    }
}

/// What an OPN says before its body.
pub(super) fn opening<'a>(envelope: &Envelope<'a>, body: &mut Body<'a>) {
    if let Some(policy) = envelope.policy {
        body.text(POLICY, policy);
    }
    if let Some(octets) = envelope.certificate {
        body.id(
            "certificate_bytes",
            u32::try_from(octets).unwrap_or(u32::MAX),
        );
    }
}

impl Message<'_, '_> {
    /// Tells the message.
    pub(super) fn tell(
        &self,
        octets: &[u8],
        state: &mut Opcua,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let mut names: Names = [0; limits::OPCUA_NAME_BYTES];
        let mut body = Body::new(&mut names);
        body.anomalies = self.flags;
        opening(self.envelope, &mut body);
        let mut cursor = Cursor::new(octets);
        let mut head = Head::new(
            (code::FOREIGN, "unknown", OperationClass::Unknown),
            direction(state, input),
        );
        match self.sent(&mut cursor, &mut head.operation, &mut body) {
            Some(Sent::Request(service)) => {
                Self::request(service, &mut cursor, &mut head, &mut body);
                self.ask(state, input, &head, &mut body);
            }
            Some(Sent::Response(service)) => {
                self.response(
                    Some(service),
                    &mut cursor,
                    &mut head,
                    &mut body,
                    (state, input),
                );
            }
            Some(Sent::Fault) => {
                self.response(None, &mut cursor, &mut head, &mut body, (state, input));
            }
            None => {}
        }
        if direction(state, input) != head.direction {
            // The end that answers asks, or the other way round.
            body.flag(Anomaly::WrongRole);
        }
        if self.cut || (self.several && !state.security.has_known_end()) {
            body.anomalies = body.anomalies.iter().filter(|a| !hangs(*a)).collect();
        }
        report(&head, &body, self.chunk, input, emit);
    }

    /// Reads what is sent.
    fn sent(
        &self,
        cursor: &mut Cursor<'_>,
        operation: &mut Operation,
        body: &mut Body<'_>,
    ) -> Option<Sent> {
        let node = match reader::node(cursor) {
            Ok(node) => node,
            Err(fault) => {
                body.fault(fault);
                return None;
            }
        };
        let number = node.standard();
        let sent = number.and_then(services::sent);
        if sent.is_none() {
            body.flag(Anomaly::ReservedCode);
            operation.code = number.unwrap_or(code::FOREIGN);
        }
        let fits = match (self.chunk.kind, sent) {
            (_, None | Some(Sent::Fault)) => true,
            (kind, Some(Sent::Request(service) | Sent::Response(service))) => {
                kind == match u32::from(service.request) {
                    services::OPEN_CHANNEL => Kind::Open,
                    services::CLOSE_CHANNEL => Kind::Close,
                    _ => Kind::Message,
                }
            }
        };
        if !fits {
            body.flag(Anomaly::BadValue);
        }
        sent
    }

    fn request<'a>(
        service: &'static Service,
        cursor: &mut Cursor<'a>,
        head: &mut Head,
        body: &mut Body<'a>,
    ) {
        name(service, &mut head.operation);
        head.direction = Direction::Request;
        let read = request_header(cursor).and_then(|()| walk(service.ask, cursor, body));
        close(read, cursor, body);
    }

    /// Keeps a request. The one that closes the channel has no response.
    fn ask(&self, state: &mut Opcua, input: &Input<'_>, head: &Head, body: &mut Body<'_>) {
        if self.chunk.kind == Kind::Close {
            return;
        }
        let operation = head.operation;
        let asked = Asked {
            number: u64::from(self.numbers.request),
            code: operation.code,
            name: operation.name,
            class: operation.class,
            items: body.items,
            told: body.told,
            time: input.time,
            frame: input.frame,
        };
        if !state.pairing.ask(asked) {
            body.flag(Anomaly::LimitReached);
        }
    }

    /// A response of a service, or a fault.
    fn response<'a>(
        &self,
        service: Option<&'static Service>,
        cursor: &mut Cursor<'a>,
        head: &mut Head,
        body: &mut Body<'a>,
        (state, input): (&mut Opcua, &Input<'_>),
    ) {
        head.direction = Direction::Response;
        let asked = match state.pairing.answer(u64::from(self.numbers.request)) {
            Answer::To(asked) => Some(asked),
            Answer::Nothing => {
                body.flag(Anomaly::Unsolicited);
                None
            }
            Answer::Unknown => None,
        };
        head.request = asked.map(|asked| asked.request(input.time));
        match (service, asked) {
            (Some(service), _) => name(service, &mut head.operation),
            (None, Some(asked)) => {
                head.operation = Operation {
                    code: asked.code,
                    sub: None,
                    name: asked.name,
                    class: asked.class,
                };
            }
            (None, None) => {
                head.operation = Operation {
                    code: services::FAULT,
                    sub: None,
                    name: "service_fault",
                    class: OperationClass::Session,
                };
            }
        }
        if let Some(asked) = asked
            && asked.code == head.operation.code
        {
            body.told = asked.told;
        }
        let fields = service.map_or(tell::NOTHING, |service| service.tell);
        let read = response_header(cursor, body).and_then(|()| walk(fields, cursor, body));
        close(read, cursor, body);
        if service.is_none() {
            body.id(SERVICE_FAULT, services::FAULT);
        }
        results(body);
        if let Some(asked) = asked {
            compare(&asked, head, body);
        }
        if service.is_none() && body.result.is_some_and(|result| !status::is_bad(result)) {
            // Whatever it says, a fault is no success.
            body.flag(Anomaly::BadValue);
            body.result = None;
        }
    }
}

/// Ends a walk.
fn close(read: Read<()>, cursor: &Cursor<'_>, body: &mut Body<'_>) {
    match read {
        Err(fault) => body.fault(fault),
        Ok(()) if !cursor.is_empty() => body.flag(Anomaly::TrailingBytes),
        Ok(()) => {}
    }
}

/// What cannot be held against a sender whose message is not all here.
const fn hangs(anomaly: Anomaly) -> bool {
    matches!(
        anomaly,
        Anomaly::Truncated | Anomaly::BadLength | Anomaly::BadValue | Anomaly::TrailingBytes
    )
}

fn name(service: &'static Service, operation: &mut Operation) {
    operation.code = u32::from(service.request);
    operation.name = service.name;
    operation.class = service.class;
}

/// `RequestHeader` (OPC 10000-4, 7.33): the secret of the session, which is not kept; time, handle, diagnostics
/// wanted; entry in the audit log; time-out; what is added.
fn request_header(cursor: &mut Cursor<'_>) -> Read<()> {
    reader::node(cursor)?;
    cursor.skip(16)?;
    reader::octets(cursor)?;
    cursor.skip(4)?;
    reader::extension(cursor).map(|_| ())
}

/// `ResponseHeader` (7.34): time, handle, result, diagnostics and their texts, what is added.
fn response_header(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Read<()> {
    cursor.skip(12)?;
    let result = cursor.u32_le()?;
    body.result = Some(result);
    check_status(result, body);
    reader::diagnostic(cursor)?;
    for _ in 0..reader::count(cursor)? {
        reader::octets(cursor)?;
    }
    reader::extension(cursor).map(|_| ())
}

/// Tells what the outcome alone does not.
fn results(body: &mut Body<'_>) {
    let Some(result) = body.result else {
        return;
    };
    if result != 0 && !status::is_bad(result) {
        body.id(SERVICE_RESULT, result);
    }
    if let Some((item, failed)) = body.failed
        && !status::is_bad(result)
    {
        check_status(failed, body);
        // It stands first: that an item failed must not be lost behind others.
        body.objects
            .truncate(limits::OPCUA_OBJECTS.saturating_sub(1));
        let id = u64::from(item);
        let kind = FAILED_ITEM;
        body.objects.insert(0, Object::Id { kind, id });
    }
}

/// Holds a response against its request.
fn compare(asked: &Asked, head: &Head, body: &mut Body<'_>) {
    let good = body.result.is_some_and(|result| !status::is_bad(result));
    let other = asked.code != head.operation.code;
    let counts = match (asked.items, body.items) {
        (Some(asked), Some(answered)) => good && !other && asked != answered,
        _ => false,
    };
    if other || counts {
        body.flag(Anomaly::Mismatch);
    }
}
