//! S7comm-plus: what S7-1200 and S7-1500 controllers are engineered and observed with.
//!
//! Sources: the protocol has no published specification. The layout of the header and the numbers of
//! the functions are those that the authors of the Wireshark plug-in (T. Wiens) and of ICSNPP found,
//! and that the captures of `tests/captures/s7comm` show.
//!
//! # What comes out
//! - `operation.code` is the function, its name and class from `codes`; of a notification [`OPCODE`]
//!   plus the opcode; of a keep-alive, a system event and what continues a PDU [`VERSION`] plus the
//!   version octet.
//! - `operation.sub` is the version (1: connection without protection, 2: with a legitimised session,
//!   3: with an integrity part).
//! - `objects`: the `session` of a request, the `subscription` of a notification. The digest of an
//!   integrity part has no object, for it changes with each message.
//! - `values`: what follows the header of request or response, without integrity part and trailer.
//! - A response answers the request with its sequence number.
//!
//! # What departs from the layout
//! Lengths that do not fit: `bad_length`. Versions, opcodes and functions that are not known:
//! `reserved_code`. Trailer with another version, reserved octets: `bad_value`. An answer of another
//! function: `mismatch`; of no request: `unsolicited`.
//!
//! # Limits
//! Objects and attributes within `values` are not read; what continues a PDU over several TSDUs is
//! one observation each. [`limits::S7COMM_OPEN_JOBS`] open requests; the oldest makes room. TLS, which
//! newer firmware uses, is not seen through.

mod codes;
mod header;
#[cfg(test)]
mod tests;

use super::cotp::users::{Row, Tsdu, User};
use super::{Emit, Input, MessageFacts, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Object, Operation, OperationClass, Outcome,
    Protocol,
};
use crate::time::Timestamp;
use header::{Message, Opcode, Pdu};

/// How the transport service tells the protocol.
pub(super) const USER: Row = Row {
    begins: |tsdu| tsdu.first() == Some(&header::IDENTIFIER),
    sender: |tsdu| match Pdu::read(tsdu, false).message {
        Message::Request { .. } => Some(Role::Client),
        Message::Response { .. } | Message::Notification { .. } => Some(Role::Server),
        Message::None => None,
    },
    create: || Box::<S7commPlus>::default(),
};

/// Added to the opcode in the code of an operation that has no function.
pub const OPCODE: u32 = 0x1_0000;

/// Added to the version in the code of an operation that has no opcode.
pub const VERSION: u32 = 0x2_0000;

/// One connection.
#[derive(Debug, Default)]
struct S7commPlus {
    open: Vec<Asked>,
    /// A request was answered, and none was lost since.
    complete: bool,
    client: Side,
    server: Side,
}

/// State of one direction.
#[derive(Debug, Default)]
struct Side {
    /// The PDU before had no trailer: what comes continues it.
    goes_on: bool,
}

/// An open request.
#[derive(Clone, Copy, Debug)]
struct Asked {
    sequence: u16,
    function: u16,
    time: Timestamp,
    frame: u64,
}

impl S7commPlus {
    fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Keeps a request. Answers false when the oldest open one had to make room.
    fn ask(&mut self, asked: Asked) -> bool {
        // A number that is used again belongs to a request that was given up.
        self.open.retain(|open| open.sequence != asked.sequence);
        let room = self.open.len() < limits::S7COMM_OPEN_JOBS;
        if !room {
            self.open.remove(0);
            self.complete = false;
        }
        self.open.push(asked);
        room
    }

    /// The request that is answered, or what is wrong when there is none.
    fn answer(&mut self, sequence: u16) -> (Option<Asked>, AnomalySet) {
        let found = self.open.iter().position(|open| open.sequence == sequence);
        if let Some(at) = found {
            self.complete = true;
            return (Some(self.open.remove(at)), AnomalySet::EMPTY);
        }
        let anomalies = if self.complete {
            AnomalySet::of(Anomaly::Unsolicited)
        } else {
            AnomalySet::EMPTY
        };
        (None, anomalies)
    }

    /// Pairs a message; answers the request and what is wrong with the pair.
    fn pair(
        &mut self,
        message: &Message,
        input: &Input<'_>,
    ) -> (Option<AnsweredRequest>, AnomalySet) {
        match *message {
            Message::Request {
                function, sequence, ..
            } => {
                let room = self.ask(Asked {
                    sequence,
                    function,
                    time: input.time,
                    frame: input.frame,
                });
                let limited = (!room).then_some(Anomaly::LimitReached);
                (None, limited.into_iter().collect())
            }
            Message::Response { function, sequence } => {
                let (asked, mut anomalies) = self.answer(sequence);
                if asked.is_some_and(|asked| asked.function != function) {
                    anomalies.insert(Anomaly::Mismatch);
                }
                let request = asked.map(|asked| AnsweredRequest {
                    frame: asked.frame,
                    latency: input.time.since(asked.time),
                });
                (request, anomalies)
            }
            Message::Notification { .. } | Message::None => (None, AnomalySet::EMPTY),
        }
    }
}

impl User for S7commPlus {
    fn tsdu(&mut self, tsdu: &Tsdu<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let goes_on = std::mem::take(&mut self.side(input.sender).goes_on);
        let pdu = Pdu::read(tsdu.bytes, goes_on);
        self.side(input.sender).goes_on = pdu.goes_on;
        let (request, paired) = self.pair(&pdu.message, input);
        let direction = match (pdu.message, input.sender) {
            (Message::Request { .. }, Role::Client) => Direction::Request,
            (Message::Response { .. }, Role::Server) => Direction::Response,
            _ => Direction::OneWay,
        };
        let own = if tsdu.cut || tsdu.anomalies.contains(Anomaly::LimitReached) {
            AnomalySet::EMPTY
        } else {
            pdu.anomalies
        };
        let object = match pdu.message {
            Message::Request { session, .. } => Some(("session", session)),
            Message::Notification { subscription } => Some(("subscription", subscription)),
            Message::Response { .. } | Message::None => None,
        };
        let object = object.map(|(kind, id)| Object::Id {
            kind,
            id: u64::from(id),
        });
        emit(&MessageFacts {
            objects: object.as_slice(),
            values: pdu.values,
            outcome: if direction == Direction::Response {
                Outcome::Ok
            } else {
                Outcome::None
            },
            anomalies: own.union(paired).union(tsdu.anomalies),
            request,
            size: tsdu.size,
            ..MessageFacts::new(Protocol::S7commPlus, direction, operation(&pdu))
        });
    }

    fn lost(&mut self, sender: Role, _: bool) {
        self.side(sender).goes_on = false;
        if sender == Role::Client {
            self.complete = false;
        }
    }
}

fn operation(pdu: &Pdu<'_>) -> Operation {
    let unknown = ("unknown", OperationClass::Unknown);
    let (code, (name, class)) = match pdu.message {
        Message::Request { function, .. } | Message::Response { function, .. } => (
            u32::from(function),
            codes::function_named(function).unwrap_or(unknown),
        ),
        Message::Notification { .. } => (
            OPCODE | u32::from(Opcode::NOTIFICATION),
            ("Notification", OperationClass::Event),
        ),
        Message::None => (
            VERSION | u32::from(pdu.version),
            codes::version_named(pdu.version).unwrap_or(unknown),
        ),
    };
    Operation {
        code,
        sub: Some(u32::from(pdu.version)),
        name,
        class,
    }
}
