//! From a framed message to [`MessageFacts`].
//!
//! Data in: a message, who sent it, and the open requests of the connection. Data out: one call of
//! the sink. Anomalies of the header and of the pairing are added to those of the PDU.

use super::mbap::Adu;
use super::pairing::{Answer, Asked, Pairing};
use super::pdu::{self, Body};
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Operation, OperationClass, Protocol,
};

/// Reports one whole message.
pub(super) fn message(
    adu: &Adu<'_>,
    input: &Input<'_>,
    pairing: &mut Pairing,
    emit: &mut Emit<'_>,
) {
    match input.sender {
        Role::Client => request(adu, input, pairing, emit),
        Role::Server => response(adu, input, pairing, emit),
    }
}

fn request(adu: &Adu<'_>, input: &Input<'_>, pairing: &mut Pairing, emit: &mut Emit<'_>) {
    let (code, mut body) = pdu::request(adu.pdu);
    let asked = Asked::new(adu.transaction, adu.unit, adu.pdu, input.time, input.frame);
    if !body.anomalies.contains(Anomaly::WrongRole) && !pairing.request(asked) {
        body.flag(Anomaly::LimitReached);
    }
    report(adu, Direction::Request, code, &body, input.cut, None, emit);
}

fn response(adu: &Adu<'_>, input: &Input<'_>, pairing: &mut Pairing, emit: &mut Emit<'_>) {
    let function = adu.function();
    let answer = pairing.response(adu.transaction, adu.unit, function);
    let asked = match &answer {
        Answer::To(asked) | Answer::Contradicts(asked) => Some(asked),
        Answer::Nothing | Answer::Unknown => None,
    };
    let (code, mut body) = pdu::response(adu.pdu, asked);
    match answer {
        Answer::Contradicts(_) => body.flag(Anomaly::Mismatch),
        Answer::Nothing => body.flag(Anomaly::Unsolicited),
        Answer::To(_) | Answer::Unknown => {}
    }
    let answered = asked.map(|asked| AnsweredRequest {
        frame: asked.frame,
        latency: input.time.since(asked.time),
    });
    report(
        adu,
        Direction::Response,
        code,
        &body,
        input.cut,
        answered,
        emit,
    );
}

fn report(
    adu: &Adu<'_>,
    direction: Direction,
    code: u8,
    body: &Body<'_>,
    cut: bool,
    request: Option<AnsweredRequest>,
    emit: &mut Emit<'_>,
) {
    let operation = Operation {
        code: u32::from(code),
        sub: body.sub,
        name: body.name,
        class: body.class,
    };
    emit(&MessageFacts {
        station: Some(u32::from(adu.unit)),
        objects: &body.objects,
        values: body.values,
        outcome: body.outcome,
        anomalies: header(adu).union(of_the_sender(body.anomalies, cut)),
        identity: body.identity,
        request,
        size: adu.size,
        ..MessageFacts::new(Protocol::Modbus, direction, operation)
    });
}

/// Departures of the header.
fn header(adu: &Adu<'_>) -> AnomalySet {
    let mut anomalies = AnomalySet::EMPTY;
    if adu.protocol != 0 {
        anomalies.insert(Anomaly::BadVersion);
    }
    if !adu.length_allowed() {
        anomalies.insert(Anomaly::BadLength);
    }
    anomalies
}

/// What the sender is to blame for: a message that the capture cut is not malformed.
fn of_the_sender(anomalies: AnomalySet, cut: bool) -> AnomalySet {
    let by_cut = |anomaly| matches!(anomaly, Anomaly::Truncated | Anomaly::BadLength);
    anomalies
        .iter()
        .filter(|anomaly| !(cut && by_cut(*anomaly)))
        .collect()
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
        ..MessageFacts::new(Protocol::Modbus, direction, operation)
    });
}
