//! From a chunk to [`MessageFacts`].
//!
//! Data in: a chunk, who sent it, and the state of the connection. Data out: one call of the sink.

use super::body::{Body, Names};
use super::channel::{Envelope, Security};
use super::chunks::Brought;
use super::framing::{Chunk, Kind, part};
use super::message::{self, Message};
use super::pairing::Answer;
use super::reader::{Fault, Read};
use super::services::{CLOSE_CHANNEL, OPEN_CHANNEL};
use super::transport::{self, Named, code};
use super::{ENCRYPTED, Opcua, status};
use crate::dissect::cursor::Cursor;
use crate::dissect::{Emit, Input, MessageFacts};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Operation, OperationClass, Outcome, Protocol,
};

/// Bytes that are no chunk, or not all of one.
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
        size: bytes.len(),
        ..MessageFacts::new(Protocol::OpcUa, Direction::OneWay, operation)
    });
}

/// What is told of a chunk beside its [`Body`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) operation: Operation,
    pub(super) direction: Direction,
    pub(super) request: Option<AnsweredRequest>,
}

impl Head {
    pub(super) fn new((code, name, class): Named, direction: Direction) -> Self {
        let operation = Operation {
            code,
            sub: None,
            name,
            class,
        };
        Self {
            operation,
            direction,
            request: None,
        }
    }
}

/// Tells a chunk.
pub(super) fn report(
    head: &Head,
    body: &Body<'_>,
    chunk: &Chunk<'_>,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let mut anomalies = body.anomalies;
    if !chunk.is_whole() {
        anomalies = of_the_sender(anomalies);
        if !input.cut {
            anomalies.insert(Anomaly::LimitReached);
        }
    }
    let outcome = match (body.result, body.failed) {
        (Some(result), _) if status::is_bad(result) => error(result),
        (Some(_), Some((_, failed))) => error(failed),
        (Some(_), None) => Outcome::Ok,
        (None, _) => Outcome::None,
    };
    emit(&MessageFacts {
        objects: &body.objects,
        values: body.values,
        outcome,
        anomalies,
        identity: body.identity,
        request: head.request,
        size: chunk.here,
        ..MessageFacts::new(Protocol::OpcUa, head.direction, head.operation)
    });
}

fn error(code: u32) -> Outcome {
    Outcome::Error {
        code,
        name: status::name(code).unwrap_or("unknown"),
    }
}

/// What the sender is to blame for when the end of its message is missing here: nothing that hangs on the octets
/// that are missing.
fn of_the_sender(anomalies: AnomalySet) -> AnomalySet {
    let hangs = |anomaly: &Anomaly| {
        matches!(
            anomaly,
            Anomaly::Truncated
                | Anomaly::BadLength
                | Anomaly::BadValue
                | Anomaly::TrailingBytes
                | Anomaly::Mismatch
        )
    };
    anomalies.iter().filter(|anomaly| !hangs(anomaly)).collect()
}

/// Flags why a walk ended early.
pub(super) fn faulty<T>(read: Read<T>, body: &mut Body<'_>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(fault) => {
            body.fault(fault);
            None
        }
    }
}

/// OPN, CLO, MSG.
#[inline]
pub(super) fn secured(
    state: &mut Opcua,
    chunk: &Chunk<'_>,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let goes_on = state.side(input.sender).assembly.goes_on();
    let envelope = match Envelope::read(chunk, state.security, goes_on) {
        Ok(envelope) => envelope,
        Err(fault) => return headless(state, chunk, fault, input, emit),
    };
    let mut flags = channel(state, chunk, &envelope, input);
    if let Some(policy) = envelope.policy {
        state.security = Security::of(policy);
    }
    let whole = chunk.is_whole();
    let side = state.side(input.sender);
    let Some(numbers) = envelope.numbers else {
        side.sequence = None;
        if chunk.part == part::ABORT {
            side.assembly.abort();
        } else {
            side.assembly.chunk(chunk.part, 0, None);
        }
        return closed(state, chunk, &envelope, flags, input, emit);
    };
    if !side.follows(numbers.sequence) {
        flags.insert(Anomaly::OutOfSequence);
    }
    if chunk.part == part::ABORT {
        side.assembly.abort();
        return abort(state, chunk, &envelope, flags, input, emit);
    }
    if !side.assembly.follows(numbers.request) {
        flags.insert(Anomaly::OutOfSequence);
        side.assembly.abort();
    }
    let is_start = || super::channel::known(&mut Cursor::new(envelope.body)).is_some();
    if side.assembly.is_headless() && is_start() {
        side.assembly.abort();
    }
    let brought = side
        .assembly
        .chunk(chunk.part, numbers.request, Some(envelope.body));
    if !whole {
        side.assembly.cut();
    }
    let message = Message {
        chunk,
        envelope: &envelope,
        numbers,
        flags,
        several: false,
        cut: !whole,
    };
    match brought {
        Brought::Whole(octets) => message.tell(octets, state, input, emit),
        Brought::Completed(octets, cut) => {
            if cut && whole {
                flags.insert(Anomaly::LimitReached);
            }
            let message = Message {
                flags,
                several: true,
                cut: cut || !whole,
                ..message
            };
            message.tell(&octets, state, input, emit);
        }
        Brought::More | Brought::End => {
            part_of(CHUNK, state, chunk, flags, input, emit);
        }
    }
}

const CHUNK: Named = (code::CHUNK, "message_chunk", OperationClass::Session);
const HIDDEN: Named = (
    code::ENCRYPTED,
    "encrypted_message",
    OperationClass::Session,
);
const UNREADABLE: Named = (
    code::UNREADABLE,
    "unreadable_message",
    OperationClass::Session,
);
const ABORT: Named = (code::ABORT, "abort", OperationClass::Session);
const OPEN: Named = (OPEN_CHANNEL, "open_secure_channel", OperationClass::Session);
const CLOSE: Named = (
    CLOSE_CHANNEL,
    "close_secure_channel",
    OperationClass::Session,
);

/// Checks channel and size; notes the channel that a server opens.
fn channel(
    state: &mut Opcua,
    chunk: &Chunk<'_>,
    envelope: &Envelope<'_>,
    input: &Input<'_>,
) -> AnomalySet {
    let mut flags = AnomalySet::EMPTY;
    let asks = state.asks(input.sender);
    match state.channel {
        Some(known) if known != envelope.channel && chunk.kind != Kind::Open => {
            flags.insert(Anomaly::Mismatch);
        }
        _ => {}
    }
    if chunk.kind == Kind::Open && !asks {
        state.channel = Some(envelope.channel);
    }
    let agreed = if asks {
        state.agreed.to_server
    } else {
        state.agreed.to_client
    };
    if agreed.is_some_and(|most| most >= 8192 && chunk.size > most) {
        flags.insert(Anomaly::BadLength);
    }
    // A channel is opened and closed by one chunk each (OPC 10000-6, 6.7.2.2).
    if chunk.kind != Kind::Message && chunk.part != part::FINAL {
        flags.insert(Anomaly::BadValue);
    }
    flags
}

pub(super) fn direction(state: &Opcua, input: &Input<'_>) -> Direction {
    if state.asks(input.sender) {
        Direction::Request
    } else {
        Direction::Response
    }
}

/// A chunk whose message is not told.
fn part_of(
    named: Named,
    state: &Opcua,
    chunk: &Chunk<'_>,
    flags: AnomalySet,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let mut names: Names = [0; limits::OPCUA_NAME_BYTES];
    let mut body = Body::new(&mut names);
    body.anomalies = flags;
    let mut head = Head::new(named, direction(state, input));
    head.operation.sub = Some(u32::from(chunk.part));
    report(&head, &body, chunk, input, emit);
}

/// A chunk that ends within its headers.
fn headless(
    state: &mut Opcua,
    chunk: &Chunk<'_>,
    fault: Fault,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let side = state.side(input.sender);
    side.sequence = None;
    side.assembly.abort();
    let mut names: Names = [0; limits::OPCUA_NAME_BYTES];
    let mut body = Body::new(&mut names);
    body.fault(fault);
    let named = match chunk.kind {
        Kind::Open => OPEN,
        Kind::Close => CLOSE,
        Kind::Message | Kind::Hello | Kind::Acknowledge | Kind::Error | Kind::ReverseHello => CHUNK,
    };
    let mut head = Head::new(named, direction(state, input));
    if named == CHUNK {
        head.operation.sub = Some(u32::from(chunk.part));
    } else {
        body.id(ENCRYPTED, 1);
    }
    report(&head, &body, chunk, input, emit);
}

/// A chunk whose body cannot be read.
fn closed(
    state: &mut Opcua,
    chunk: &Chunk<'_>,
    envelope: &Envelope<'_>,
    flags: AnomalySet,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    if chunk.kind == Kind::Message {
        // Which requests are answered does not show.
        state.pairing.lost();
        let named = match state.security {
            Security::Unknown => UNREADABLE,
            Security::None | Security::Policy { .. } => HIDDEN,
        };
        return part_of(named, state, chunk, flags, input, emit);
    }
    let mut names: Names = [0; limits::OPCUA_NAME_BYTES];
    let mut body = Body::new(&mut names);
    body.anomalies = flags;
    message::opening(envelope, &mut body);
    body.id(ENCRYPTED, 1);
    let named = if chunk.kind == Kind::Open {
        OPEN
    } else {
        CLOSE
    };
    let head = Head::new(named, direction(state, input));
    report(&head, &body, chunk, input, emit);
}

/// A message that its sender gives up: why (OPC 10000-6, 6.7.3).
fn abort(
    state: &mut Opcua,
    chunk: &Chunk<'_>,
    envelope: &Envelope<'_>,
    flags: AnomalySet,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let mut names: Names = [0; limits::OPCUA_NAME_BYTES];
    let mut body = Body::new(&mut names);
    body.anomalies = flags;
    let read = reason(envelope.body, &mut body);
    faulty(read, &mut body);
    let mut head = Head::new(ABORT, direction(state, input));
    head.operation.sub = Some(u32::from(chunk.part));
    if let Some(numbers) = envelope.numbers
        && let Answer::To(asked) = state.pairing.answer(u64::from(numbers.request))
    {
        head.request = Some(asked.request(input.time));
    }
    report(&head, &body, chunk, input, emit);
}

fn reason<'a>(octets: &'a [u8], body: &mut Body<'a>) -> Read<()> {
    let mut cursor = Cursor::new(octets);
    let result = cursor.u32_le()?;
    body.result = Some(result);
    message::check_status(result, body);
    body.text(transport::REASON, super::reader::text(&mut cursor)?);
    Ok(())
}
