//! From a TSDU to [`MessageFacts`].
//!
//! Data in: a TSDU, who sent it, and the open requests of the connection. Data out: one call of the
//! sink.

use super::body::{Body, Names, Part, Places, join, objects};
use super::osi::{Envelope, apdu, apdu_name, spdu, spdu_name};
use super::pairing::{ASSOCIATE, Answer, Asked, CANCEL, CONCLUDE, INITIATE, Key, Pairing, RELEASE};
use super::reader::{Reader, is_integer};
use super::{
    ASSOCIATION, NO_SESSION, PDU, PDU_KIND, SESSION, UNCONFIRMED, errors, layout, response,
    services,
};
use crate::dissect::cotp::users::Tsdu;
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, OperationClass, Outcome, Protocol,
};

/// What a message is in its exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exchange {
    Asks(Option<Key>),
    Answers(Option<Key>),
    Tells,
}

impl Exchange {
    const fn without_key(self) -> Self {
        match self {
            Self::Asks(_) => Self::Asks(None),
            Self::Answers(_) => Self::Answers(None),
            Self::Tells => Self::Tells,
        }
    }
}

/// Tags of `MMSpdu`.
mod pdu {
    pub(super) const REQUEST: u32 = 0;
    pub(super) const RESPONSE: u32 = 1;
    pub(super) const ERROR: u32 = 2;
    pub(super) const UNCONFIRMED: u32 = 3;
    pub(super) const REJECT: u32 = 4;
    pub(super) const CANCEL_REQUEST: u32 = 5;
    pub(super) const CANCEL_RESPONSE: u32 = 6;
    pub(super) const CANCEL_ERROR: u32 = 7;
    pub(super) const INITIATE_REQUEST: u32 = 8;
    pub(super) const INITIATE_RESPONSE: u32 = 9;
    pub(super) const INITIATE_ERROR: u32 = 10;
    pub(super) const CONCLUDE_REQUEST: u32 = 11;
    pub(super) const CONCLUDE_RESPONSE: u32 = 12;
    pub(super) const CONCLUDE_ERROR: u32 = 13;
}

/// Reports one TSDU.
pub(super) fn tsdu(tsdu: &Tsdu<'_>, input: &Input<'_>, pairing: &mut Pairing, emit: &mut Emit<'_>) {
    let envelope = Envelope::read(tsdu.bytes);
    let mut body = Body::new();
    body.anomalies = envelope.anomalies;
    let exchange = match envelope.pdu {
        Some(octets) => mms(octets, &mut body),
        None => layers(&envelope, &mut body),
    };
    if envelope.session.is_none() {
        body.part(Part::Id {
            kind: NO_SESSION,
            id: 1,
        });
    }
    if let Some(mechanism) = envelope.authentication {
        body.part(Part::Id {
            kind: "authentication_mechanism",
            id: u64::from(mechanism),
        });
    }
    if let Some(result) = envelope.result.filter(|result| *result != 0) {
        body.fail(result, errors::associate(result));
    }
    // An identifier of which a part may be missing is none.
    let exchange = if body.anomalies.is_malformed() {
        exchange.without_key()
    } else {
        exchange
    };
    let request = pair(exchange, input, pairing, &mut body);
    report(&body, exchange, request, tsdu, input.sender, emit);
}

/// A TSDU without an MMS PDU.
fn layers(envelope: &Envelope<'_>, body: &mut Body<'_>) -> Exchange {
    if envelope.foreign {
        body.flag(Anomaly::BadValue);
    }
    let named = |name| (name, OperationClass::Session);
    if let Some(tag) = envelope.association {
        let code = ASSOCIATION.saturating_add(tag.min(0xff));
        body.operation(code, apdu_name(tag).map(named));
        return match tag {
            apdu::ASSOCIATE_REQUEST => Exchange::Asks(Some(ASSOCIATE)),
            apdu::ASSOCIATE_RESPONSE => Exchange::Answers(Some(ASSOCIATE)),
            apdu::RELEASE_REQUEST => Exchange::Asks(Some(RELEASE)),
            apdu::RELEASE_RESPONSE => Exchange::Answers(Some(RELEASE)),
            _ => Exchange::Tells,
        };
    }
    let identifier = envelope.session.unwrap_or_default();
    let code = SESSION.saturating_add(u32::from(identifier));
    body.operation(code, spdu_name(identifier).map(named));
    match identifier {
        spdu::CONNECT => Exchange::Asks(Some(ASSOCIATE)),
        spdu::ACCEPT => Exchange::Answers(Some(ASSOCIATE)),
        spdu::REFUSE => {
            body.fail(u32::from(spdu::REFUSE), "session refused");
            Exchange::Answers(Some(ASSOCIATE))
        }
        spdu::FINISH => Exchange::Asks(Some(RELEASE)),
        spdu::DISCONNECT => Exchange::Answers(Some(RELEASE)),
        spdu::NOT_FINISHED => {
            body.fail(u32::from(spdu::NOT_FINISHED), "release refused");
            Exchange::Answers(Some(RELEASE))
        }
        _ => Exchange::Tells,
    }
}

/// Reads an MMS PDU.
fn mms<'a>(octets: &'a [u8], body: &mut Body<'a>) -> Exchange {
    let mut outer = Reader::new(octets);
    let Some(element) = outer.next() else {
        body.close(&outer);
        return Exchange::Tells;
    };
    body.close(&outer);
    if !outer.rest().is_empty() {
        body.flag(Anomaly::TrailingBytes);
    }
    let tag = element.tag.number;
    let mut reader = Reader::within(&element);
    match tag {
        pdu::REQUEST | pdu::RESPONSE => {
            let key = confirmed(tag == pdu::REQUEST, &mut reader, body);
            body.close(&reader);
            if tag == pdu::REQUEST {
                Exchange::Asks(key)
            } else {
                Exchange::Answers(key)
            }
        }
        pdu::UNCONFIRMED => {
            unconfirmed(&mut reader, body);
            body.close(&reader);
            Exchange::Tells
        }
        _ => {
            body.operation(PDU.saturating_add(tag.min(0xff)), services::pdu(tag));
            let exchange = other(tag, &element, &mut reader, body);
            body.close(&reader);
            exchange
        }
    }
}

/// Tags of `RejectPDU.rejectReason` for a request, and for the request to cancel one.
const REJECTED_REQUEST: u32 = 1;
const REJECTED_CANCEL: u32 = 6;

/// PDUs that carry no service.
fn other<'a>(
    tag: u32,
    element: &crate::dissect::ber::Element<'a>,
    reader: &mut Reader<'a>,
    body: &mut Body<'a>,
) -> Exchange {
    let own = element.unsigned32().map(u64::from);
    match tag {
        pdu::ERROR | pdu::CANCEL_ERROR => {
            let key = reader.context(0).and_then(|id| id.unsigned32());
            if tag == pdu::ERROR {
                // The position of the modifier that failed. In the error of a cancellation this is the error.
                reader.context(1);
            }
            match reader.next() {
                Some(error) => response::service_error(&error, body),
                None => body.flag(Anomaly::BadValue),
            }
            let key = key.map(u64::from);
            Exchange::Answers(if tag == pdu::ERROR {
                key
            } else {
                key.map(|key| CANCEL | key)
            })
        }
        pdu::REJECT => {
            let key = reader.context(0).and_then(|id| id.unsigned32());
            let reason = reader.next();
            match &reason {
                Some(reason) => response::reject(reason, body),
                None => body.flag(Anomaly::BadValue),
            }
            let key = key.map(u64::from);
            Exchange::Answers(match reason.map(|reason| reason.tag.number) {
                Some(REJECTED_REQUEST) => key,
                Some(REJECTED_CANCEL) => key.map(|key| CANCEL | key),
                // What is rejected is itself an answer, or has none.
                _ => None,
            })
        }
        pdu::CANCEL_REQUEST => Exchange::Asks(own.map(|key| CANCEL | key)),
        pdu::CANCEL_RESPONSE => Exchange::Answers(own.map(|key| CANCEL | key)),
        pdu::INITIATE_REQUEST | pdu::INITIATE_RESPONSE => {
            response::initiate(*reader, body);
            if tag == pdu::INITIATE_REQUEST {
                Exchange::Asks(Some(INITIATE))
            } else {
                Exchange::Answers(Some(INITIATE))
            }
        }
        pdu::CONCLUDE_REQUEST => Exchange::Asks(Some(CONCLUDE)),
        pdu::CONCLUDE_RESPONSE => Exchange::Answers(Some(CONCLUDE)),
        pdu::INITIATE_ERROR | pdu::CONCLUDE_ERROR => {
            response::service_error(element, body);
            let key = if tag == pdu::INITIATE_ERROR {
                INITIATE
            } else {
                CONCLUDE
            };
            Exchange::Answers(Some(key))
        }
        _ => Exchange::Tells,
    }
}

/// Invoke identifier, modifiers, service. Answers the key.
fn confirmed<'a>(asks: bool, reader: &mut Reader<'a>, body: &mut Body<'a>) -> Option<Key> {
    let invoke = reader.next().filter(is_integer);
    let key = invoke.and_then(|invoke| invoke.unsigned32());
    let mut service = reader.next();
    if asks && service.as_ref().is_some_and(response::is_modifiers) {
        service = reader.next();
    }
    let named = service.filter(|service| service.tag.is_context(service.tag.number));
    if let Some(service) = named {
        let code = service.tag.number;
        let known = services::confirmed(code);
        body.operation(code.min(0xff), known.map(|known| (known.name, known.class)));
        match known {
            Some(known) if asks => layout::request(known.layout, &service, body),
            Some(_) => response::confirmed(code, &service, body),
            None => {}
        }
    } else {
        let tag = if asks { pdu::REQUEST } else { pdu::RESPONSE };
        body.operation(PDU.saturating_add(tag), services::pdu(tag));
        body.flag(Anomaly::BadValue);
    }
    if key.is_none() {
        body.flag(Anomaly::BadValue);
    }
    key.map(u64::from)
}

fn unconfirmed<'a>(reader: &mut Reader<'a>, body: &mut Body<'a>) {
    let Some(service) = reader.next() else {
        body.operation(
            PDU.saturating_add(pdu::UNCONFIRMED),
            services::pdu(pdu::UNCONFIRMED),
        );
        body.flag(Anomaly::BadValue);
        return;
    };
    let number = service.tag.number;
    let known = services::unconfirmed(number).map(|name| (name, OperationClass::Event));
    body.operation(UNCONFIRMED.saturating_add(number.min(0xff)), known);
    match number {
        0 => response::information_report(&service, body),
        1 => response::status(&service, body),
        2 => response::event_notification(&service, body),
        _ => {}
    }
}

/// Keeps a request, or finds the one that is answered.
fn pair(
    exchange: Exchange,
    input: &Input<'_>,
    pairing: &mut Pairing,
    body: &mut Body<'_>,
) -> Option<AnsweredRequest> {
    match exchange {
        Exchange::Asks(Some(key)) => {
            let asked = Asked {
                key,
                operation: body.operation,
                time: input.time,
                frame: input.frame,
            };
            if !pairing.ask(input.sender, asked) {
                body.flag(Anomaly::LimitReached);
            }
            None
        }
        Exchange::Answers(Some(key)) => match pairing.answer(input.sender.peer(), key) {
            Answer::To(asked) => {
                answered(&asked, body);
                Some(asked.request(input.time))
            }
            Answer::Nothing => {
                body.flag(Anomaly::Unsolicited);
                None
            }
            Answer::Unknown => None,
        },
        Exchange::Asks(None) | Exchange::Answers(None) | Exchange::Tells => None,
    }
}

/// An answer goes by the operation of its request: a refusal does not repeat the service.
fn answered(asked: &Asked, body: &mut Body<'_>) {
    let answer = body.operation.code;
    let service = asked.operation.code;
    if answer == service {
        body.operation = asked.operation;
    } else if answer == PDU | pdu::ERROR || answer == PDU | pdu::REJECT {
        body.part(Part::Id {
            kind: PDU_KIND,
            id: u64::from(answer & 0xff),
        });
        body.operation = asked.operation;
    } else if service < UNCONFIRMED && answer < UNCONFIRMED {
        body.flag(Anomaly::Mismatch);
    }
}

/// Which way a message goes. A server may ask too; that makes no server of its client.
const fn direction(exchange: Exchange, sender: Role) -> Direction {
    match (exchange, sender) {
        (Exchange::Asks(_), Role::Client) => Direction::Request,
        (Exchange::Answers(_), Role::Server) => Direction::Response,
        _ => Direction::OneWay,
    }
}

fn report(
    body: &Body<'_>,
    exchange: Exchange,
    request: Option<AnsweredRequest>,
    tsdu: &Tsdu<'_>,
    sender: Role,
    emit: &mut Emit<'_>,
) {
    let cut = tsdu.cut || tsdu.anomalies.contains(Anomaly::LimitReached);
    let mut anomalies = if cut {
        of_the_sender(body.anomalies)
    } else {
        body.anomalies
    };
    let (mut names, mut places) = (Names::new(), Places::new());
    if !join(&body.parts, &mut names, &mut places) {
        anomalies.insert(Anomaly::LimitReached);
    }
    let names = std::str::from_utf8(&names).unwrap_or_default();
    let outcome = match (exchange, body.error) {
        (Exchange::Answers(_), Some((code, name))) => Outcome::Error { code, name },
        (Exchange::Answers(_), None) => Outcome::Ok,
        _ => Outcome::None,
    };
    emit(&MessageFacts {
        objects: &objects(&body.parts, names, &places),
        values: body.values,
        outcome,
        anomalies: anomalies.union(tsdu.anomalies),
        identity: body.identity,
        request,
        size: tsdu.size,
        ..MessageFacts::new(Protocol::Mms, direction(exchange, sender), body.operation)
    });
}

/// What the sender is to blame for when the end of its message is missing here.
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
