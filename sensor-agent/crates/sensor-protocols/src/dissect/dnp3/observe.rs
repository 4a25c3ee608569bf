//! From a link frame to [`MessageFacts`].
//!
//! Data in: a frame, and the state of the connection. Data out: one call of the sink: with the
//! application fragment that the frame completes, else with the frame itself.

use super::application::{self, Body, Header};
use super::codes::{self, function};
use super::link::{self, Framed, LinkFrame};
use super::pairing::{Answer, Asked, Pairing};
use super::transport::{Reassembly, Segment};
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::observation::{
    Anomaly, AnomalySet, Direction, Object, Operation, OperationClass, Outcome, Protocol,
};
use crate::time::Timestamp;

/// Addresses from here on are for broadcasts (IEEE 1815-2012, 9.2.4).
const BROADCAST: u16 = 0xfffd;
/// Addresses from here on are no station's.
const RESERVED: u16 = 0xfff0;

/// Kind of the object that is the address of the master.
pub const MASTER: &str = "master_address";
/// Kind of the object that holds the internal indications, first octet high.
pub const INDICATIONS: &str = "internal_indications";
/// Kind of the object that is the link function of user data that is to be confirmed.
pub const LINK_FUNCTION: &str = "link_function";
/// Kind of the object, 1, of a request that the outstation is to confirm: a master asks for an answer, and
/// for no confirmation (IEEE 1815-2012, 4.2.2.4.3).
pub const TO_BE_CONFIRMED: &str = "to_be_confirmed";

/// State of one connection above the framing.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) client: Reassembly,
    pub(super) server: Reassembly,
    pub(super) pairing: Pairing,
}

impl Connection {
    pub(super) fn reassembly(&mut self, sender: Role) -> &mut Reassembly {
        match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }
}

/// Reports one whole frame.
pub(super) fn frame(
    frame: &LinkFrame,
    input: &Input<'_>,
    connection: &mut Connection,
    emit: &mut Emit<'_>,
) {
    let mut anomalies = judge(frame);
    let Connection {
        client,
        server,
        pairing,
    } = connection;
    let reassembly = match input.sender {
        Role::Client => client,
        Role::Server => server,
    };
    if !frame.data_intact {
        // Who receives it drops it, and with it what it belongs to.
        reassembly.reset();
        return link_message(frame, anomalies.with(Anomaly::BadChecksum), emit);
    }
    if !frame.is_user_data() {
        return link_message(frame, anomalies, emit);
    }
    let ends = (frame.source, frame.destination);
    let (segment, follows) = reassembly.segment(ends, frame.data());
    if !follows {
        anomalies.insert(Anomaly::OutOfSequence);
    }
    match segment {
        Segment::Whole(fragment) => {
            message((fragment, false), frame, anomalies, input, pairing, emit);
        }
        Segment::Completed => {
            let (fragment, cut) = reassembly.fragment();
            message((&fragment, cut), frame, anomalies, input, pairing, emit);
        }
        Segment::Empty => link_message(frame, anomalies.with(Anomaly::BadLength), emit),
        Segment::Pending | Segment::Stray => link_message(frame, anomalies, emit),
    }
}

/// Departures of the link header.
fn judge(frame: &LinkFrame) -> AnomalySet {
    let mut anomalies = AnomalySet::EMPTY;
    if codes::link_named(frame.primary, frame.function).is_none() {
        anomalies.insert(Anomaly::ReservedCode);
    }
    if !frame.is_user_data() && !frame.data().is_empty() {
        anomalies.insert(Anomaly::BadLength);
    }
    if frame.source >= RESERVED
        || (RESERVED..BROADCAST.saturating_sub(1)).contains(&frame.destination)
    {
        anomalies.insert(Anomaly::BadValue);
    }
    anomalies
}

/// Reports a frame that completes no fragment.
fn link_message(frame: &LinkFrame, anomalies: AnomalySet, emit: &mut Emit<'_>) {
    // Either station tests the link; only the master's asking tells who serves.
    let direction = match (frame.primary, frame.function, frame.from_master) {
        (true, 0..=3 | 9, true) => Direction::Request,
        (false, _, false) => Direction::Response,
        _ => Direction::OneWay,
    };
    let layer = if frame.primary {
        super::PRIMARY
    } else {
        super::SECONDARY
    };
    let name = codes::link_named(frame.primary, frame.function);
    let operation = Operation {
        code: layer | u32::from(frame.function),
        sub: Some(u32::from(frame.from_master)),
        name: name.unwrap_or("unknown"),
        class: OperationClass::Session,
    };
    emit(&MessageFacts {
        station: Some(u32::from(frame.outstation())),
        objects: &[master(frame)],
        anomalies,
        size: frame.size,
        ..MessageFacts::new(Protocol::Dnp3, direction, operation)
    });
}

fn master(frame: &LinkFrame) -> Object<'static> {
    Object::Id {
        kind: MASTER,
        id: u64::from(frame.master()),
    }
}

/// Reports an application fragment; `cut` that the cap took its end.
fn message(
    (fragment, cut): (&[u8], bool),
    frame: &LinkFrame,
    anomalies: AnomalySet,
    input: &Input<'_>,
    pairing: &mut Pairing,
    emit: &mut Emit<'_>,
) {
    let mut body = Body::new();
    body.anomalies = anomalies;
    body.object(master(frame));
    application::read(fragment, cut, &mut body);
    if fragment.len() < 2 {
        return link_message(frame, body.anomalies, emit);
    }
    let code = body.header.function;
    let from_outstation = codes::is_response(code);
    body.expect(frame.from_master != from_outstation, Anomaly::WrongRole);
    if let Some(indications) = body.header.indications {
        body.object(Object::Id {
            kind: INDICATIONS,
            id: u64::from(indications),
        });
    }
    if frame.function == 3 {
        body.object(Object::Id {
            kind: LINK_FUNCTION,
            id: 3,
        });
    }
    if !from_outstation && body.header.is_to_be_confirmed() {
        body.object(Object::Id {
            kind: TO_BE_CONFIRMED,
            id: 1,
        });
    }
    let asked = pair(&mut body, frame, input, pairing);
    report(&body, asked, frame, input, emit);
}

/// Keeps a request, or finds the request of a response.
fn pair(
    body: &mut Body<'_>,
    frame: &LinkFrame,
    input: &Input<'_>,
    pairing: &mut Pairing,
) -> Option<Asked> {
    let header = body.header;
    let (outstation, master) = (frame.outstation(), frame.master());
    if body.anomalies.contains(Anomaly::WrongRole) {
        return None;
    }
    match header.function {
        function::UNSOLICITED_RESPONSE => None,
        function::RESPONSE | function::AUTHENTICATE_RESP => {
            let ends = (outstation, master);
            match pairing.response((ends, input.time), header.sequence(), header.is_final()) {
                Answer::To(asked) => Some(asked),
                Answer::Nothing => {
                    body.flag(Anomaly::Unsolicited);
                    None
                }
                Answer::Unknown => None,
            }
        }
        code if codes::is_answered(code) && frame.destination < BROADCAST => {
            let asked = asked(header, frame, (input.time, input.frame));
            if !pairing.request(asked) {
                body.flag(Anomaly::LimitReached);
            }
            None
        }
        _ => None,
    }
}

fn asked(header: Header, frame: &LinkFrame, (time, number): (Timestamp, u64)) -> Asked {
    Asked {
        outstation: frame.outstation(),
        master: frame.master(),
        sequence: header.sequence(),
        function: header.function,
        time,
        frame: number,
    }
}

/// Keeps a read that was withheld and is reported elsewhere. False for another frame.
pub(super) fn reopen(bytes: &[u8], at: (Timestamp, u64), connection: &mut Connection) -> bool {
    let Framed::Frame(frame) = link::next(bytes) else {
        return false;
    };
    let reads = frame.data_intact && frame.is_user_data() && frame.from_master;
    let ([_, control, function::READ, ..], true) = (frame.data(), reads) else {
        return false;
    };
    let header = Header {
        control: *control,
        function: function::READ,
        indications: None,
    };
    connection.pairing.request(asked(header, &frame, at));
    true
}

fn report(
    body: &Body<'_>,
    asked: Option<Asked>,
    frame: &LinkFrame,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let code = body.header.function;
    let (name, class) = codes::function_named(code).unwrap_or(("unknown", OperationClass::Unknown));
    // A response is of the class of what it answers.
    let class = match asked.and_then(|asked| codes::function_named(asked.function)) {
        Some((_, class)) if code == function::RESPONSE => class,
        _ => class,
    };
    let direction = match code {
        function::CONFIRM | function::UNSOLICITED_RESPONSE => Direction::OneWay,
        code if codes::is_response(code) => Direction::Response,
        _ => Direction::Request,
    };
    let outcome = match (direction, body.error) {
        (Direction::Response, Some((code, name))) => Outcome::Error { code, name },
        (Direction::Response, None) => Outcome::Ok,
        _ => Outcome::None,
    };
    emit(&MessageFacts {
        station: Some(u32::from(frame.outstation())),
        objects: &body.objects,
        values: body.values,
        outcome,
        anomalies: body.anomalies,
        identity: body.identity,
        request: asked.map(|asked| asked.request(input.time)),
        size: frame.size,
        ..MessageFacts::new(
            Protocol::Dnp3,
            direction,
            Operation {
                code: u32::from(code),
                sub: None,
                name,
                class,
            },
        )
    });
}

/// Reports bytes that are no whole frame: `name` says what they are instead.
pub(super) fn fragment(
    name: &'static str,
    bytes: &[u8],
    anomalies: AnomalySet,
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
        anomalies,
        values: bytes,
        size: bytes.len(),
        ..MessageFacts::new(Protocol::Dnp3, direction, operation)
    });
}
