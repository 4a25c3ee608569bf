//! From a framed message to [`MessageFacts`].
//!
//! Data in: a message, who sent it, and the open requests of the connection. Data out: one call of
//! the sink. Anomalies of the header and of the pairing are added to those of the PDU.

use super::mbap::Adu;
use super::pairing::{Answer, Asked, Pairing};
use super::pdu::{self, Body};
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Object, Operation, OperationClass, Protocol,
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
    let mut body = Body::new();
    pdu::request(adu.pdu, &mut body);
    let asked = Asked::new(adu.transaction, adu.unit, adu.pdu, input.time, input.frame);
    if !body.anomalies.contains(Anomaly::WrongRole) && !pairing.request(asked) {
        body.flag(Anomaly::LimitReached);
    }
    let about = (adu, input.cut);
    report(about, Direction::Request, &mut body, None, emit);
}

fn response(adu: &Adu<'_>, input: &Input<'_>, pairing: &mut Pairing, emit: &mut Emit<'_>) {
    let function = adu.function();
    let answer = pairing.response(adu.transaction, adu.unit, function);
    let asked = match &answer {
        Answer::To(asked) | Answer::Contradicts(asked) => Some(asked),
        Answer::Nothing | Answer::Unknown => None,
    };
    let mut body = Body::new();
    pdu::response(adu.pdu, asked, &mut body);
    match answer {
        Answer::Contradicts(_) => body.flag(Anomaly::Mismatch),
        Answer::Nothing => body.flag(Anomaly::Unsolicited),
        Answer::To(_) | Answer::Unknown => {}
    }
    let answered = asked.map(|asked| AnsweredRequest {
        frame: asked.frame,
        latency: input.time.since(asked.time),
    });
    let about = (adu, input.cut);
    report(about, Direction::Response, &mut body, answered, emit);
}

/// Hands on a message, of which `cut` tells whether the capture may lack its end.
fn report(
    (adu, cut): (&Adu<'_>, bool),
    direction: Direction,
    body: &mut Body<'_>,
    request: Option<AnsweredRequest>,
    emit: &mut Emit<'_>,
) {
    if adu.protocol != 0 {
        body.object(Object::Id {
            kind: "protocol_identifier",
            id: u64::from(adu.protocol),
        });
    }
    let operation = Operation {
        code: u32::from(body.code),
        sub: body.sub,
        name: body.name,
        class: body.class,
    };
    emit(&MessageFacts {
        station: Some(u32::from(adu.unit)),
        objects: &body.objects,
        values: body.values,
        outcome: body.outcome,
        anomalies: if cut && !adu.is_whole() {
            of_the_sender(body.anomalies)
        } else {
            header(adu).union(body.anomalies)
        },
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
    if !adu.is_whole() {
        anomalies.insert(Anomaly::Truncated);
    }
    anomalies
}

/// What the sender of a message is to blame for when the capture cut it: nothing that hangs on
/// the octets that are missing.
fn of_the_sender(anomalies: AnomalySet) -> AnomalySet {
    let kept = [
        Anomaly::WrongRole,
        Anomaly::ReservedCode,
        Anomaly::Unsolicited,
        Anomaly::LimitReached,
    ];
    kept.into_iter()
        .filter(|anomaly| anomalies.contains(*anomaly))
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
