//! From an APDU to what is told of it.
//!
//! Data in: the APDU, what carried it and the state of the flow. Data out: one call of the sink.
//! Source: ASHRAE 135-2020, clauses 5.4 (transactions), 15 to 18, 20.1.

use super::apdu::{Apdu, pdu};
use super::body::Body;
use super::observe::{Carrier, Exchange, Told, empty};
use super::pairing::{Answer, Open, Parties};
use super::segments::Key;
use super::{codes, errors, layout, observe_segment};
use crate::dissect::Emit;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Identity, Object, Operation, OperationClass, Outcome,
};

/// Confirmed services whose acknowledgment has parameters (20.1.5).
const COMPLEX: &[u8] = &[3, 4, 6, 7, 10, 12, 13, 14, 18, 21, 23, 26, 29, 33, 34];

/// Services of acknowledgments and unconfirmed requests that tell who the sender is: properties read,
/// I-am, I-have, who-am-I.
const READS: &[u8] = &[12, 14, 26];
const TELLS: &[u8] = &[0, 1, 13];

/// Reports an APDU.
pub(super) fn apdu(
    bytes: &[u8],
    carrier: &Carrier<'_>,
    exchange: &mut Exchange,
    emit: &mut Emit<'_>,
) {
    let Some(apdu) = Apdu::read(bytes, carrier.input.cut) else {
        return empty(carrier, emit);
    };
    let header = apdu.anomalies;
    match (apdu.kind, apdu.invoke, apdu.service) {
        (pdu::UNCONFIRMED_REQUEST, _, Some(service)) => unconfirmed(service, &apdu, carrier, emit),
        (pdu::CONFIRMED_REQUEST | pdu::COMPLEX_ACK, Some(invoke), Some(service)) => {
            match apdu.segment {
                None => {
                    let message = Message::new(&apdu, service, apdu.data, !carrier.input.cut);
                    whole(&message, invoke, carrier, exchange, emit);
                }
                Some(segment) => {
                    observe_segment::segmented(
                        (service, invoke),
                        segment,
                        &apdu,
                        carrier,
                        exchange,
                        emit,
                    );
                }
            }
        }
        (pdu::SIMPLE_ACK | pdu::ERROR, Some(invoke), Some(service)) => {
            let message = Message::new(&apdu, service, apdu.data, !carrier.input.cut);
            whole(&message, invoke, carrier, exchange, emit);
        }
        (pdu::REJECT | pdu::ABORT, Some(invoke), _) => {
            ended(&apdu, invoke, carrier, exchange, emit);
        }
        _ => {
            let mut told = Told {
                pdu: Some(apdu.kind),
                anomalies: header,
                ..Told::new(Direction::OneWay, codes::pdu(apdu.kind))
            };
            if apdu.kind == pdu::SEGMENT_ACK
                && let Some(segment) = apdu.segment
            {
                told.objects.push(observe_segment::number(segment));
                told.operation.sub = Some(u32::from(apdu.negative));
            }
            carrier.emit(told, emit);
        }
    }
}

/// One message with all of its parameters.
pub(super) struct Message<'a> {
    kind: u8,
    service: u8,
    data: &'a [u8],
    /// Nothing of the parameters is missing.
    whole: bool,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Message<'a> {
    pub(super) const fn new(apdu: &Apdu<'_>, service: u8, data: &'a [u8], whole: bool) -> Self {
        Self {
            kind: apdu.kind,
            service,
            data,
            whole,
            anomalies: apdu.anomalies,
        }
    }
}

fn unconfirmed(service: u8, apdu: &Apdu<'_>, carrier: &Carrier<'_>, emit: &mut Emit<'_>) {
    let layout = layout::unconfirmed(service);
    let mut body = Body::read(apdu.data, layout, !carrier.input.cut);
    let operation = codes::unconfirmed(service);
    let mut anomalies = apdu.anomalies.union(body.anomalies);
    if operation.class == OperationClass::Unknown {
        anomalies.insert(Anomaly::ReservedCode);
    }
    let tells = TELLS.contains(&service) && carrier.is_direct();
    let told = Told {
        objects: std::mem::take(&mut body.objects),
        values: values(&body, apdu.data, operation.class),
        anomalies,
        identity: identity(&body, tells),
        pdu: Some(apdu.kind),
        ..Told::new(Direction::OneWay, with_state(operation, &body))
    };
    carrier.emit(told, emit);
}

fn identity<'b>(body: &'b Body<'_>, tells: bool) -> Identity<'b> {
    if tells {
        body.known.identity()
    } else {
        Identity::NONE
    }
}

/// What a message brings: the value, or all parameters when there are more of them.
fn values<'a>(body: &Body<'a>, data: &'a [u8], class: OperationClass) -> &'a [u8] {
    use OperationClass::{Auth, Discovery, Session};
    if matches!(class, Session | Discovery | Auth) {
        &[]
    } else {
        body.value.unwrap_or(data)
    }
}

/// What is asked for as second level of an operation. A change of a program has its class: loading is
/// programming, running and halting it is control (12.22.5).
fn with_state(operation: Operation, body: &Body<'_>) -> Operation {
    const LOAD: u32 = 1;
    const UNLOAD: u32 = 5;
    let class = match body.state {
        Some(LOAD | UNLOAD) if body.changes_program => OperationClass::Program,
        Some(_) if body.changes_program => OperationClass::Control,
        _ => operation.class,
    };
    Operation {
        sub: body.state,
        class,
        ..operation
    }
}

/// A confirmed request, an acknowledgment or an error.
pub(super) fn whole(
    message: &Message<'_>,
    invoke: u8,
    carrier: &Carrier<'_>,
    exchange: &mut Exchange,
    emit: &mut Emit<'_>,
) {
    if message.kind == pdu::CONFIRMED_REQUEST {
        request(message, carrier.asking(invoke), carrier, exchange, emit);
    } else {
        response(message, carrier.answering(invoke), carrier, exchange, emit);
    }
}

fn request(
    message: &Message<'_>,
    parties: Parties,
    carrier: &Carrier<'_>,
    exchange: &mut Exchange,
    emit: &mut Emit<'_>,
) {
    let &Message { service, data, .. } = message;
    let body = Body::read(data, layout::request(service), message.whole);
    let operation = codes::confirmed(service);
    let mut anomalies = message.anomalies.union(body.anomalies);
    if operation.class == OperationClass::Unknown {
        anomalies.insert(Anomaly::ReservedCode);
    }
    let at = (carrier.input.time, carrier.input.frame);
    let pairing = &mut exchange.pairing;
    if !pairing.request(parties, service, &body.objects, at) {
        anomalies.insert(Anomaly::LimitReached);
    }
    let brings = operation.class != OperationClass::Read && !layout::is_secret(service);
    let told = Told {
        values: if brings {
            values(&body, data, operation.class)
        } else {
            &[]
        },
        anomalies,
        pdu: Some(message.kind),
        operation: with_state(operation, &body),
        objects: body.objects,
        ..Told::new(Direction::Request, operation)
    };
    carrier.emit(told, emit);
}

fn response(
    message: &Message<'_>,
    parties: Parties,
    carrier: &Carrier<'_>,
    exchange: &mut Exchange,
    emit: &mut Emit<'_>,
) {
    let &Message { service, kind, .. } = message;
    let layout = match kind {
        pdu::ERROR => layout::ERROR,
        _ => layout::acknowledgment(service),
    };
    let mut body = Body::read(message.data, layout, message.whole);
    let operation = codes::confirmed(service);
    let mut anomalies = message.anomalies.union(body.anomalies);
    let open = answered(
        exchange.pairing.answer(parties, carrier.input.time),
        &mut anomalies,
    );
    let form = match kind {
        pdu::SIMPLE_ACK => !COMPLEX.contains(&service),
        pdu::COMPLEX_ACK => COMPLEX.contains(&service),
        _ => true,
    };
    let known = operation.class != OperationClass::Unknown;
    if !known {
        anomalies.insert(Anomaly::ReservedCode);
    }
    if kind == pdu::ERROR && body.error.is_none() && message.whole {
        anomalies.insert(Anomaly::BadValue);
    }
    let fits = open.is_none_or(|open| {
        open.service == service && (kind != pdu::COMPLEX_ACK || answers(&open, &body))
    });
    if !fits || (known && !form) {
        anomalies.insert(Anomaly::Mismatch);
    }
    let outcome = outcome(kind, &body);
    let mut objects = std::mem::take(&mut body.objects);
    if kind != pdu::COMPLEX_ACK
        && let Some(open) = open
    {
        // The request's come first: they say what was refused.
        for (n, object) in open.objects().enumerate() {
            objects.insert(n, object);
        }
    }
    let tells = kind == pdu::COMPLEX_ACK && READS.contains(&service) && carrier.is_direct();
    let told = Told {
        objects,
        values: if layout::is_secret(service) || kind == pdu::ERROR {
            &[]
        } else {
            values(&body, message.data, operation.class)
        },
        outcome,
        anomalies,
        identity: identity(&body, tells),
        request: open.map(|open| open.answered(carrier.input.time)),
        pdu: Some(kind),
        ..Told::new(Direction::Response, operation)
    };
    carrier.emit(told, emit);
}

fn answered(answer: Answer, anomalies: &mut AnomalySet) -> Option<Open> {
    match answer {
        Answer::To(open) => Some(open),
        Answer::Nothing => {
            anomalies.insert(Anomaly::Unsolicited);
            None
        }
        Answer::Unknown => None,
    }
}

/// Whether an acknowledgment tells of the object and property that its request named. Instance
/// 4194303 stands for whatever device answers (15.5.1.1).
fn answers(open: &Open, body: &Body<'_>) -> bool {
    const READ_PROPERTY: u8 = 12;
    const WHICHEVER: u64 = 4_194_303;
    let own = body.objects.iter().copied();
    open.service != READ_PROPERTY
        || open.objects().zip(own).all(|(asked, told)| {
            asked == told
                || matches!(
                    asked,
                    Object::Id {
                        kind: "device",
                        id: WHICHEVER
                    }
                ) && matches!(told, Object::Id { kind: "device", .. })
        })
}

/// An acknowledgment that holds nothing but errors failed.
fn outcome(kind: u8, body: &Body<'_>) -> Outcome {
    match body.error {
        Some((_, code)) if kind == pdu::ERROR || body.values == 0 => Outcome::Error {
            code,
            name: errors::error(code),
        },
        None if kind == pdu::ERROR => Outcome::Error {
            code: 0,
            name: "unknown",
        },
        _ => Outcome::Ok,
    }
}

/// A reject or an abort: the transaction is over.
fn ended(
    apdu: &Apdu<'_>,
    invoke: u8,
    carrier: &Carrier<'_>,
    exchange: &mut Exchange,
    emit: &mut Emit<'_>,
) {
    // Only a server rejects; either side aborts (20.1.8, 20.1.9).
    let by_server = apdu.kind == pdu::REJECT || apdu.by_server;
    let parties = if by_server {
        carrier.answering(invoke)
    } else {
        carrier.asking(invoke)
    };
    for kind in [pdu::CONFIRMED_REQUEST, pdu::COMPLEX_ACK] {
        exchange.segments.forget(Key { kind, parties });
    }
    let mut anomalies = apdu.anomalies;
    let answer = exchange.pairing.answer(parties, carrier.input.time);
    let open = if by_server {
        answered(answer, &mut anomalies)
    } else {
        // A client gives up what was answered, too.
        answered(answer, &mut AnomalySet::EMPTY.clone())
    };
    let reason = apdu.reason.unwrap_or_default();
    let (code, name) = match apdu.kind {
        pdu::REJECT => (errors::REJECT, errors::reject(reason)),
        _ => (errors::ABORT, errors::abort(reason)),
    };
    let operation = open.map_or(codes::pdu(apdu.kind), |open| codes::confirmed(open.service));
    let direction = if by_server {
        Direction::Response
    } else {
        Direction::OneWay
    };
    let told = Told {
        objects: open.iter().flat_map(Open::objects).collect(),
        outcome: Outcome::Error {
            code: code | u32::from(reason),
            name,
        },
        anomalies,
        request: open.map(|open| open.answered(carrier.input.time)),
        pdu: Some(apdu.kind),
        ..Told::new(direction, operation)
    };
    carrier.emit(told, emit);
}
