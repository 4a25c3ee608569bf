//! GOOSE and sampled values over UDP: recognised by the session header, each payload element told by
//! the dissector of its protocol.

use super::Carried;
use super::session::{self, Element, SAMPLED_VALUES, Session, payload};
use crate::dissect::registry::{Entry, Hint};
use crate::dissect::{Dissector, Emit, Input, MessageFacts, Parsed, Probe, ProbeInput};
use crate::dissect::{goose, sv};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Operation, OperationClass, Protocol, Transport,
};

pub(in crate::dissect) const ENTRY: Entry = Entry {
    protocol: Protocol::Goose,
    hints: &[Hint::Udp(102)],
    anywhere: &[Transport::Udp],
    probe,
    create: || Box::<Routed>::default(),
};

/// Session identifiers and their names (IEC TR 61850-90-5, table 4).
const SESSIONS: &[(u8, &str)] = &[
    (0xa0, "tunnelled_session"),
    (0xa1, "goose_session"),
    (0xa2, "sampled_values_session"),
    (0xa3, "management_session"),
];

fn probe(input: &ProbeInput<'_>) -> Probe {
    if session::begins(input.bytes) {
        Probe::Recognised(None)
    } else {
        Probe::Unrecognised
    }
}

/// The publishers of one flow.
#[derive(Debug, Default)]
struct Routed {
    goose: goose::Goose,
    samples: sv::SampledValues,
}

impl Dissector for Routed {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        match Session::read(input.bytes) {
            None => return Parsed::NotThisProtocol,
            Some(Ok(session)) => self.session(session, input, emit),
            Some(Err(identifier)) => {
                let short = AnomalySet::of(Anomaly::Truncated);
                tell(identifier, input, short, emit);
            }
        }
        Parsed::Consumed(input.bytes.len())
    }
}

impl Routed {
    fn session(&mut self, mut session: Session<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut anomalies = session.anomalies;
        if session.encrypted {
            return tell(session.identifier, input, anomalies, emit);
        }
        let mut told = 0;
        while told < limits::IEC61850_PAYLOADS
            && let Some(element) = session.next_element()
        {
            told = told.saturating_add(1);
            self.element(&session, &element, anomalies, input, emit);
            anomalies = AnomalySet::EMPTY;
        }
        if !session.elements.is_empty() {
            anomalies.insert(if told < limits::IEC61850_PAYLOADS {
                Anomaly::BadLength
            } else {
                Anomaly::LimitReached
            });
        }
        if told == 0 || !anomalies.is_empty() {
            tell(session.identifier, input, anomalies, emit);
        }
    }

    fn element(
        &mut self,
        session: &Session<'_>,
        element: &Element<'_>,
        mut anomalies: AnomalySet,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        if element.short {
            anomalies.insert(Anomaly::Truncated);
        }
        let carried = Carried {
            appid: element.appid,
            simulated: element.simulated,
            apdu: element.apdu,
            extended: false,
            cut: element.short && input.cut,
            anomalies: captured(anomalies, input.cut),
            size: element.apdu.remaining(),
        };
        match element.kind {
            payload::GOOSE | payload::MANAGEMENT => self.goose.message(&carried, input, emit),
            payload::SAMPLED_VALUES => self.samples.message(&carried, input.sender, emit),
            payload::TUNNELLED => tell(session.identifier, input, anomalies, emit),
            _ => {
                anomalies.insert(Anomaly::ReservedCode);
                tell(session.identifier, input, anomalies, emit);
            }
        }
    }
}

/// What is missing because the capture cut it off is not wrong.
fn captured(anomalies: AnomalySet, cut: bool) -> AnomalySet {
    let held = |anomaly: &Anomaly| !cut || *anomaly != Anomaly::Truncated;
    anomalies.iter().filter(held).collect()
}

/// Reports a session of which no APDU is read.
fn tell(identifier: u8, input: &Input<'_>, anomalies: AnomalySet, emit: &mut Emit<'_>) {
    let named = SESSIONS.iter().find(|(code, _)| *code == identifier);
    let operation = Operation {
        code: goose::SESSION | u32::from(identifier),
        sub: None,
        name: named.map_or("unknown", |(_, name)| name),
        class: OperationClass::Event,
    };
    let protocol = if identifier == SAMPLED_VALUES {
        Protocol::SampledValues
    } else {
        Protocol::Goose
    };
    emit(&MessageFacts {
        anomalies: captured(anomalies, input.cut),
        size: input.bytes.len(),
        ..MessageFacts::new(protocol, Direction::OneWay, operation)
    });
}
