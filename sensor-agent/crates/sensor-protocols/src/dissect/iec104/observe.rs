//! From a framed APDU to [`MessageFacts`].
//!
//! Data in: an APDU, who sent it, and the state of the connection. Data out: one call of the sink.

use super::apci::{Apdu, Control};
use super::asdu::Asdu;
use super::causes::{self, cause};
use super::pairing::{self, Pairing};
use super::sequence::{self, Sequence};
use super::types::{self, Kind};
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Operation, OperationClass, Outcome, Protocol,
};

/// State of one connection above the framing.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) sequence: Sequence,
    pub(super) pairing: Pairing,
}

/// Reports one APDU.
pub(super) fn apdu(
    apdu: &Apdu<'_>,
    input: &Input<'_>,
    connection: &mut Connection,
    emit: &mut Emit<'_>,
) {
    let framing = framing(apdu, input.cut);
    match apdu.control {
        Control::I { send, receive } => {
            let follows = connection.sequence.information(input.sender, send, receive);
            let framing = out_of_sequence(framing, follows);
            information(apdu, framing, input, &mut connection.pairing, emit);
        }
        Control::S { receive } => {
            let follows = connection.sequence.supervision(input.sender, receive);
            let operation = session(types::S_FORMAT, "S-format acknowledgement");
            emit(&MessageFacts {
                anomalies: out_of_sequence(framing, follows),
                size: apdu.size,
                ..MessageFacts::new(Protocol::Iec104, Direction::OneWay, operation)
            });
        }
        Control::U { functions } => {
            control(
                apdu,
                functions,
                framing,
                input,
                &mut connection.sequence,
                emit,
            );
        }
    }
}

const fn session(code: u32, name: &'static str) -> Operation {
    Operation {
        code,
        sub: None,
        name,
        class: OperationClass::Session,
    }
}

fn out_of_sequence(anomalies: AnomalySet, follows: bool) -> AnomalySet {
    if follows {
        anomalies
    } else {
        anomalies.with(Anomaly::OutOfSequence)
    }
}

/// Departures of the control information. What the capture cut is not the sender's fault.
fn framing(apdu: &Apdu<'_>, cut: bool) -> AnomalySet {
    let mut anomalies = AnomalySet::EMPTY;
    if !apdu.control_allowed {
        anomalies.insert(Anomaly::BadValue);
    }
    if !apdu.length_allowed() {
        anomalies.insert(Anomaly::BadLength);
    }
    if !apdu.is_whole() && !cut {
        anomalies.insert(Anomaly::Truncated);
    }
    anomalies
}

/// Start, stop and test of the transfer. Only the controlling station starts and stops it (5.3).
fn control(
    apdu: &Apdu<'_>,
    functions: u8,
    mut anomalies: AnomalySet,
    input: &Input<'_>,
    sequence: &mut Sequence,
    emit: &mut Emit<'_>,
) {
    let code = types::U_FORMAT | u32::from(functions);
    let (mut direction, mut request, mut outcome) = (Direction::Request, None, Outcome::None);
    let name = types::u_function(functions);
    if name.is_some() {
        match sequence.control(input.sender, functions, input.time, input.frame) {
            sequence::Answer::To(act) => request = Some(act),
            sequence::Answer::Nothing => anomalies.insert(Anomaly::Unsolicited),
            sequence::Answer::Act | sequence::Answer::Unknown => {}
        }
        // Either station tests the connection; only the controlling one's asking tells who serves.
        let tests_back = match input.sender {
            Role::Client => functions == 32,
            Role::Server => functions == 16,
        };
        if tests_back {
            direction = Direction::OneWay;
        } else if matches!(functions, 2 | 8 | 32) {
            (direction, outcome) = (Direction::Response, Outcome::Ok);
        }
        let wrong = match input.sender {
            Role::Client => matches!(functions, 2 | 8),
            Role::Server => matches!(functions, 1 | 4),
        };
        if wrong {
            anomalies.insert(Anomaly::WrongRole);
        }
    } else {
        anomalies.insert(Anomaly::BadValue);
        direction = Direction::OneWay;
    }
    emit(&MessageFacts {
        anomalies,
        outcome,
        request,
        size: apdu.size,
        ..MessageFacts::new(
            Protocol::Iec104,
            direction,
            session(code, name.unwrap_or("unknown")),
        )
    });
}

fn information(
    apdu: &Apdu<'_>,
    framing: AnomalySet,
    input: &Input<'_>,
    pairing: &mut Pairing,
    emit: &mut Emit<'_>,
) {
    let mut asdu = Asdu::read(apdu.asdu);
    if input.cut && !apdu.is_whole() {
        asdu.anomalies = of_the_sender(asdu.anomalies);
    }
    let direction = direction(&asdu, input.sender);
    if asdu.negative && direction != Direction::Response {
        // Where nothing is confirmed P/N is zero (101, 7.2.3).
        asdu.flag(Anomaly::BadValue);
    }
    let request = pair(&mut asdu, direction, input, pairing);
    let operation = Operation {
        code: u32::from(asdu.row.id),
        sub: asdu.common_address.map(|_| sub(&asdu)),
        name: asdu.name,
        class: asdu.class(),
    };
    emit(&MessageFacts {
        station: asdu.common_address.map(u32::from),
        objects: &asdu.objects,
        values: asdu.values,
        outcome: outcome(&asdu, direction),
        anomalies: framing.union(asdu.anomalies),
        request,
        size: apdu.size,
        ..MessageFacts::new(Protocol::Iec104, direction, operation)
    });
}

/// Second-level code: cause of transmission with P/N and test bit as it stands on the wire, and the
/// select bit above it.
fn sub(asdu: &Asdu<'_>) -> u32 {
    u32::from(asdu.cause)
        | u32::from(asdu.negative) << super::NEGATIVE_BIT
        | u32::from(asdu.test) << super::TEST_BIT
        | u32::from(asdu.select) << super::SELECT_BIT
}

/// Which way an ASDU goes in its exchange.
fn direction(asdu: &Asdu<'_>, sender: Role) -> Direction {
    let by_role = match sender {
        Role::Client => Direction::Request,
        Role::Server => Direction::Response,
    };
    match asdu.row.kind {
        Kind::Command | Kind::Process => match asdu.cause {
            cause::REQUEST | cause::ACTIVATION | cause::DEACTIVATION => Direction::Request,
            cause::ACTIVATION_CONFIRMATION
            | cause::DEACTIVATION_CONFIRMATION
            | cause::ACTIVATION_TERMINATION => Direction::Response,
            refused if causes::refuses(refused) => Direction::Response,
            _ => by_role,
        },
        Kind::Monitor => match asdu.cause {
            cause::REQUEST | 20..=41 => Direction::Response,
            _ => Direction::OneWay,
        },
        Kind::File | Kind::Security | Kind::Unknown => by_role,
    }
}

/// Finds the command that an ASDU answers, or keeps the command that it is.
fn pair(
    asdu: &mut Asdu<'_>,
    direction: Direction,
    input: &Input<'_>,
    pairing: &mut Pairing,
) -> Option<AnsweredRequest> {
    asdu.common_address?;
    match (asdu.row.kind, direction) {
        (Kind::Command | Kind::Process, Direction::Request) => {
            if !pairing.command(asdu, input.time, input.frame) {
                asdu.flag(Anomaly::LimitReached);
            }
            None
        }
        (Kind::Command | Kind::Process, Direction::Response) => {
            match pairing.answer(asdu, input.time) {
                pairing::Answer::To(request) => Some(request),
                pairing::Answer::Contradicts(request) => {
                    asdu.flag(Anomaly::Mismatch);
                    Some(request)
                }
                pairing::Answer::Nothing => {
                    asdu.flag(Anomaly::Unsolicited);
                    None
                }
                pairing::Answer::Unknown => None,
            }
        }
        (Kind::Monitor, Direction::Response) => pairing.asked_for(asdu, input.time),
        _ => None,
    }
}

fn outcome(asdu: &Asdu<'_>, direction: Direction) -> Outcome {
    if direction != Direction::Response {
        Outcome::None
    } else if asdu.negative || causes::refuses(asdu.cause) {
        Outcome::Error {
            code: u32::from(asdu.cause),
            name: causes::refusal_name(asdu.cause),
        }
    } else {
        Outcome::Ok
    }
}

/// What the sender of an APDU is to blame for when the capture cut it: nothing that hangs on the
/// octets that are missing.
fn of_the_sender(anomalies: AnomalySet) -> AnomalySet {
    let kept = [Anomaly::ReservedCode, Anomaly::LimitReached];
    kept.into_iter()
        .filter(|anomaly| anomalies.contains(*anomaly))
        .collect()
}

/// Reports bytes that are no whole APDU: `name` says what they are instead.
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
        ..MessageFacts::new(Protocol::Iec104, direction, operation)
    });
}
