//! From a TSDU to [`MessageFacts`].
//!
//! Data in: a TSDU, who sent it, and the open jobs of the connection. Data out: one call of the sink.

use super::body::{Body, Scratch};
use super::header::{Pdu, rosctr};
use super::pairing::{Answer, Asked, Pairing};
use super::userdata::Type;
use super::{S7comm, codes, job, userdata};
use crate::dissect::cotp::users::Tsdu;
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Object, Operation, Outcome, Protocol,
};
use crate::time::Timestamp;

/// What a PDU is in its exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Asks,
    Answers,
    Tells,
}

/// Reports one PDU.
pub(super) fn pdu(tsdu: &Tsdu<'_>, input: &Input<'_>, state: &mut S7comm, emit: &mut Emit<'_>) {
    let pdu = Pdu::read(tsdu.bytes);
    let mut scratch = Scratch::default();
    let mut body = Body::new();
    let (part, request) = match pdu.rosctr {
        rosctr::JOB => {
            job::request(&pdu, &mut body);
            ask(&pdu, input, &mut state.pairing, &mut body);
            (Part::Asks, None)
        }
        rosctr::ACK | rosctr::ACK_DATA => {
            let asked = answered(&pdu, input, &mut state.pairing, &mut body);
            if pdu.rosctr == rosctr::ACK {
                job::acknowledged(asked.as_ref(), &mut body);
            } else {
                job::response(&pdu, asked.as_ref(), &mut body);
            }
            if pdu.error != 0 {
                body.error = Some((u32::from(pdu.error), codes::error_name(pdu.error)));
            }
            let request = asked.map(|asked| asked.request(input.time));
            (Part::Answers, request)
        }
        rosctr::USERDATA => userdata(&pdu, input, state, &mut scratch, &mut body),
        other => {
            body.code = super::UNKNOWN | u32::from(other);
            body.flag(Anomaly::ReservedCode);
            (Part::Tells, None)
        }
    };
    let direction = direction(part, input.sender);
    if pdu.rosctr == rosctr::ACK || (direction == Direction::OneWay && part != Part::Tells) {
        body.id(super::ROSCTR, pdu.rosctr);
    }
    if !state.pairing.is_certain(input.sender.peer()) {
        let judged = |anomaly: &Anomaly| *anomaly != Anomaly::Mismatch;
        body.anomalies = body.anomalies.iter().filter(judged).collect();
    }
    body.anomalies = body.anomalies.union(pdu.anomalies);
    report(&body, (part, direction), request, tsdu, emit);
}

/// Userdata asks, answers or tells, as its type says.
fn userdata<'a>(
    pdu: &Pdu<'a>,
    input: &Input<'_>,
    S7comm { pairing, going }: &mut S7comm,
    scratch: &'a mut Scratch,
    body: &mut Body<'a>,
) -> (Part, Option<AnsweredRequest>) {
    let (bits, kind) = userdata::read(pdu, going, scratch, body);
    let told = matches!(
        (kind, bits, input.sender),
        (Type::Push, 0, _) | (Type::Request, 4, Role::Client) | (Type::Response, 8, Role::Server)
    );
    if !told {
        body.id(super::USERDATA_TYPE, bits);
    }
    match kind {
        Type::Request => {
            ask(pdu, input, pairing, body);
            (Part::Asks, None)
        }
        Type::Response => {
            let asked = answered(pdu, input, pairing, body);
            if let Some(asked) = asked {
                let same = (asked.code, asked.sub) == (body.code, body.sub);
                body.expect(same, Anomaly::Mismatch);
                let none = body.objects.is_empty();
                body.objects.extend(asked.object.filter(|_| none));
            }
            (Part::Answers, asked.map(|asked| asked.request(input.time)))
        }
        Type::Push | Type::Other => (Part::Tells, None),
    }
}

/// Which way a PDU goes. A partner that serves gives jobs too, as a controller does to fetch what is
/// downloaded to it; that makes no server of its client.
const fn direction(part: Part, sender: Role) -> Direction {
    match (part, sender) {
        (Part::Asks, Role::Client) => Direction::Request,
        (Part::Answers, Role::Server) => Direction::Response,
        _ => Direction::OneWay,
    }
}

/// Keeps a job of the client that was withheld and is reported elsewhere. False for another PDU.
pub(super) fn reopen(tsdu: &[u8], at: (Timestamp, u64), pairing: &mut Pairing) -> bool {
    let pdu = Pdu::read(tsdu);
    if pdu.rosctr != rosctr::JOB {
        return false;
    }
    let mut body = Body::new();
    job::request(&pdu, &mut body);
    pairing.job(Role::Client, asked(&pdu, at, &body));
    true
}

/// Keeps a job.
#[inline]
fn ask(pdu: &Pdu<'_>, input: &Input<'_>, pairing: &mut Pairing, body: &mut Body<'_>) {
    let asked = asked(pdu, (input.time, input.frame), body);
    if !pairing.job(input.sender, asked) {
        body.flag(Anomaly::LimitReached);
    }
}

/// What is kept of a job.
#[inline]
fn asked(pdu: &Pdu<'_>, (time, frame): (Timestamp, u64), body: &Body<'_>) -> Asked {
    let object = body.objects.first().and_then(|object| match *object {
        Object::Range {
            table,
            start,
            count,
        } => Some(Object::Range {
            table,
            start,
            count,
        }),
        Object::Id { kind, id } => Some(Object::Id { kind, id }),
        Object::Name(_) | Object::Address(_) | Object::Text { .. } => None,
    });
    Asked {
        reference: pdu.reference,
        code: body.code,
        sub: body.sub,
        items: body.items,
        object,
        time,
        frame,
    }
}

/// The job that is answered.
#[inline]
fn answered(
    pdu: &Pdu<'_>,
    input: &Input<'_>,
    pairing: &mut Pairing,
    body: &mut Body<'_>,
) -> Option<Asked> {
    match pairing.acknowledgement(input.sender.peer(), pdu.reference) {
        Answer::To(asked) => Some(asked),
        Answer::Nothing => {
            body.flag(Anomaly::Unsolicited);
            None
        }
        Answer::Unknown => None,
    }
}

fn report(
    body: &Body<'_>,
    (part, direction): (Part, Direction),
    request: Option<AnsweredRequest>,
    tsdu: &Tsdu<'_>,
    emit: &mut Emit<'_>,
) {
    let anomalies = if tsdu.cut || tsdu.anomalies.contains(Anomaly::LimitReached) {
        of_the_sender(body.anomalies)
    } else {
        body.anomalies
    };
    let outcome = match (part, body.error) {
        (Part::Answers, Some((code, name))) => Outcome::Error { code, name },
        (Part::Answers, None) => Outcome::Ok,
        _ => Outcome::None,
    };
    let operation = Operation {
        code: body.code,
        sub: body.sub,
        name: body.name,
        class: body.class,
    };
    emit(&MessageFacts {
        objects: &body.objects,
        values: body.values,
        outcome,
        anomalies: anomalies.union(tsdu.anomalies),
        identity: body.identity,
        request,
        size: tsdu.size,
        ..MessageFacts::new(Protocol::S7comm, direction, operation)
    });
}

/// What the sender is to blame for when the end of its PDU is missing here: nothing that hangs on the
/// octets that are missing.
fn of_the_sender(anomalies: AnomalySet) -> AnomalySet {
    let kept = [
        Anomaly::ReservedCode,
        Anomaly::Unsolicited,
        Anomaly::LimitReached,
    ];
    kept.into_iter()
        .filter(|anomaly| anomalies.contains(*anomaly))
        .collect()
}
