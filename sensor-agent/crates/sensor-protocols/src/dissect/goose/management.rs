//! GSE management (IEC 61850-8-1, annex A, `GSEMngtPdu`): what a subscriber asks a publisher about its
//! control blocks. Four services, requests and responses joined by `stateID`.
//!
//! Limits: [`limits::GSE_OPEN_REQUESTS`].

use super::MANAGEMENT;
use crate::dissect::ber::{BerError, Element, Elements, Tag, read};
use crate::dissect::iec61850::Carried;
use crate::dissect::iec61850::objects::Objects;
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Operation, OperationClass, Outcome, Protocol,
};
use crate::time::Timestamp;

/// `gseMngtPdu`: `[APPLICATION 0]`.
pub(super) const MANAGEMENT_PDU: Tag = Tag::application(0).constructed();

/// Services by number; the first is only a response.
const SERVICES: [&str; 5] = [
    "GseMngtNotSupported",
    "GetGoReference",
    "GetGOOSEElementNumber",
    "GetGsReference",
    "GetGSSEDataOffset",
];

/// Response to a service that is not supported.
const NOT_SUPPORTED: u32 = 0;

/// `GlbErrors` of a negative response.
const ERRORS: [&str; 4] = [
    "other",
    "unknownControlBlock",
    "responseTooLarge",
    "controlBlockConfigurationError",
];

/// Code of [`NOT_SUPPORTED`] as an outcome: `GlbErrors` has none for it.
const NOT_SUPPORTED_ERROR: u32 = 0x100;

/// Requests without a response.
#[derive(Debug, Default)]
pub(super) struct Open {
    requests: Vec<Request>,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    state: u32,
    sender: Role,
    service: u32,
    time: Timestamp,
    frame: u64,
}

/// What an APDU says.
#[derive(Clone, Copy, Debug, Default)]
struct Message<'a> {
    state: Option<u32>,
    response: bool,
    service: Option<u32>,
    /// Name of the control block or data set asked about.
    name: Option<&'a str>,
    revision: Option<u32>,
    error: Option<u32>,
    values: &'a [u8],
    anomalies: AnomalySet,
}

/// Reports one APDU whose tag is [`MANAGEMENT_PDU`].
pub(super) fn message(
    carried: &Carried<'_>,
    input: &Input<'_>,
    open: &mut Open,
    emit: &mut Emit<'_>,
) {
    let mut message = Message::default();
    let mut anomalies = carried.anomalies;
    if let Err(error) = message.read(carried) {
        anomalies.insert(error.anomaly());
    }
    anomalies = anomalies.union(message.anomalies);
    let operation = message.operation();
    if operation.class == OperationClass::Unknown {
        anomalies.insert(Anomaly::ReservedCode);
    }
    if carried.cut {
        anomalies = AnomalySet::EMPTY;
    }
    let mut request = None;
    if !carried.cut && !anomalies.is_malformed() {
        request = open.pair(&message, input, &mut anomalies);
    }
    let direction = if message.response {
        Direction::Response
    } else {
        Direction::Request
    };
    let mut objects = Objects::<3>::new();
    objects.id("appid", Some(carried.appid));
    objects.name(message.name);
    objects.id("configuration_revision", message.revision);
    emit(&MessageFacts {
        objects: objects.list(),
        values: message.values,
        outcome: message.outcome(),
        anomalies,
        request,
        size: carried.size,
        ..MessageFacts::new(Protocol::Goose, direction, operation)
    });
}

impl<'a> Message<'a> {
    fn read(&mut self, carried: &Carried<'a>) -> Result<(), BerError> {
        let mut apdu = carried.apdu;
        let pdu = read(&mut apdu)?;
        if !apdu.is_empty() && !carried.extended {
            self.anomalies.insert(Anomaly::TrailingBytes);
        }
        let mut fields = Elements::new(pdu.contents);
        let state = fields.next_element()?;
        self.state = state
            .filter(|element| element.tag == Tag::context(0))
            .and_then(|element| element.unsigned32());
        let Some(choice) = fields.next_element()?.filter(|_| self.state.is_some()) else {
            self.anomalies.insert(Anomaly::BadValue);
            return Ok(());
        };
        match choice.tag {
            tag if tag.is_context(1) => {}
            tag if tag.is_context(2) => self.response = true,
            _ => {
                self.anomalies.insert(Anomaly::BadValue);
                return Ok(());
            }
        }
        let mut inner = fields.enter(&choice)?;
        let Some(service) = inner.next_element()? else {
            self.anomalies.insert(Anomaly::BadValue);
            return Ok(());
        };
        self.service(&inner, &service)
    }

    fn service(&mut self, elements: &Elements<'a>, service: &Element<'a>) -> Result<(), BerError> {
        self.service = Some(service.tag.number);
        self.values = service.octets();
        if !service.tag.constructed {
            return Ok(());
        }
        let mut fields = elements.enter(service)?;
        while let Some(field) = fields.next_element()? {
            match field.tag.number {
                0 => self.name = field.visible(),
                1 if self.response => self.revision = field.unsigned32(),
                2 if self.response => self.positive(&fields, &field)?,
                3 if self.response => self.error = Some(field.unsigned32().unwrap_or(0)),
                _ => {}
            }
        }
        Ok(())
    }

    /// A positive response: the data set, and a result for each element asked about.
    fn positive(
        &mut self,
        elements: &Elements<'a>,
        positive: &Element<'a>,
    ) -> Result<(), BerError> {
        let mut fields = elements.enter(positive)?;
        while let Some(field) = fields.next_element()? {
            if field.tag.is_context(1) {
                self.values = field.octets();
            }
        }
        Ok(())
    }

    fn operation(&self) -> Operation {
        let service = self.service.and_then(|number| usize::try_from(number).ok());
        let named = service.and_then(|at| SERVICES.get(at));
        let named = named.filter(|_| self.response || self.service != Some(NOT_SUPPORTED));
        Operation {
            code: MANAGEMENT,
            sub: self.service,
            name: named.copied().unwrap_or("unknown"),
            class: if named.is_some() {
                OperationClass::Read
            } else {
                OperationClass::Unknown
            },
        }
    }

    fn outcome(&self) -> Outcome {
        if !self.response {
            return Outcome::None;
        }
        if self.service == Some(NOT_SUPPORTED) {
            return Outcome::Error {
                code: NOT_SUPPORTED_ERROR,
                name: "gseMngtNotSupported",
            };
        }
        let Some(code) = self.error else {
            return Outcome::Ok;
        };
        let named = usize::try_from(code).ok().and_then(|at| ERRORS.get(at));
        Outcome::Error {
            code,
            name: named.copied().unwrap_or("unknown"),
        }
    }
}

impl Open {
    /// Keeps a request; finds that of a response.
    fn pair(
        &mut self,
        message: &Message<'_>,
        input: &Input<'_>,
        anomalies: &mut AnomalySet,
    ) -> Option<AnsweredRequest> {
        let (state, service) = (message.state?, message.service?);
        if !message.response {
            if self.requests.len() >= limits::GSE_OPEN_REQUESTS {
                self.requests.remove(0);
                anomalies.insert(Anomaly::LimitReached);
            }
            self.requests.push(Request {
                state,
                sender: input.sender,
                service,
                time: input.time,
                frame: input.frame,
            });
            return None;
        }
        let asked = |open: &Request| open.state == state && open.sender == input.sender.peer();
        let Some(at) = self.requests.iter().position(asked) else {
            anomalies.insert(Anomaly::Unsolicited);
            return None;
        };
        let request = self.requests.remove(at);
        if service != request.service && service != NOT_SUPPORTED {
            anomalies.insert(Anomaly::Mismatch);
        }
        Some(AnsweredRequest {
            frame: request.frame,
            latency: input.time.since(request.time),
        })
    }
}
