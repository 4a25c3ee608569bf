//! Books Modbus messages the way the oracle does: by frame.
//!
//! Data in: for each frame what the oracle makes of it ([`Handling`]), then the sensor's messages.
//! Data out: one [`Row`] per frame, closed as soon as it has the messages that the oracle
//! completes in it; and the messages the oracle passes over, by reason.
//!
//! A row never holds more messages than the oracle completes, and never one that the sensor did
//! not see: a message that only one of the two sees shows as a difference.

use std::collections::{BTreeMap, HashMap};

use sensor_protocols::decode::Tcp;
use sensor_protocols::dissect::modbus;
use sensor_protocols::observation::{Anomaly, Direction, Object, Observation, Outcome, Transport};

use super::report::count;
use super::segments::Handling;

/// The port the oracle knows Modbus by.
pub(super) const PORT: u16 = 502;

/// Function codes whose sub-code the oracle reads.
const DIAGNOSTICS: u32 = 8;
const ENCAPSULATED_INTERFACE: u32 = 43;

/// Modbus messages of one frame.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) frame: u64,
    pub(super) transport: Transport,
    pub(super) source_port: u16,
    pub(super) destination_port: u16,
    /// Messages that the oracle completes; `None` where it does not look by itself.
    quota: Option<usize>,
    pub(super) messages: Vec<Message>,
}

/// One booked message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    /// `None` when the message ends so early that the oracle shows none of its fields.
    pub(super) fields: Option<Fields>,
    /// Fixed fields of the message are missing.
    pub(super) malformed: bool,
}

/// What the oracle shows of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) function: u32,
    pub(super) exception: Option<u32>,
    pub(super) diagnostic: Option<u32>,
    pub(super) mei: Option<u32>,
    pub(super) unit: u32,
    pub(super) protocol: u64,
}

/// Rows in progress and what is not booked.
#[derive(Default)]
pub(super) struct Booking {
    open: HashMap<u64, Row>,
    /// Frames with Modbus by port that the oracle does not hand on.
    passed_over: HashMap<u64, Handling>,
    /// Frame of the datagram booked last: the oracle looks at its first message only.
    datagram: u64,
    pub(super) not_booked: BTreeMap<&'static str, u64>,
}

impl Row {
    /// Direction as the oracle tells it, by the port.
    pub(super) const fn direction(&self) -> Option<Direction> {
        match (self.source_port == PORT, self.destination_port == PORT) {
            (false, true) => Some(Direction::Request),
            (true, false) => Some(Direction::Response),
            (true, true) | (false, false) => None,
        }
    }

    fn of(observation: &Observation<'_>, quota: Option<usize>) -> Self {
        Self {
            frame: observation.frame,
            transport: observation.transport,
            source_port: observation.source.port,
            destination_port: observation.destination.port,
            quota,
            messages: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.quota.is_some_and(|quota| self.messages.len() >= quota)
    }
}

impl Booking {
    /// Notes what the oracle makes of a TCP segment that is Modbus by its port.
    pub(super) fn segment(&mut self, frame: u64, tcp: &Tcp<'_>, handling: Handling) {
        match handling {
            Handling::Empty => {}
            Handling::HandedOn { messages: 0 }
            | Handling::Retransmission
            | Handling::OutOfOrder
            | Handling::Reset => {
                self.passed_over.insert(frame, handling);
            }
            Handling::HandedOn { messages } => {
                self.open.insert(
                    frame,
                    Row {
                        frame,
                        transport: Transport::Tcp,
                        source_port: tcp.source_port,
                        destination_port: tcp.destination_port,
                        quota: Some(messages as usize),
                        messages: Vec::new(),
                    },
                );
            }
        }
    }

    /// Takes a message; answers the row that it completes.
    pub(super) fn message(&mut self, observation: &Observation<'_>) -> Option<Row> {
        let frame = observation.frame;
        let by_port = observation.source.port == PORT || observation.destination.port == PORT;
        let tcp = observation.transport == Transport::Tcp;
        let row = if tcp && by_port {
            self.open.get_mut(&frame)
        } else if tcp {
            let row = || Row::of(observation, None);
            Some(self.open.entry(frame).or_insert_with(row))
        } else if frame == self.datagram {
            None
        } else {
            self.datagram = frame;
            let row = Row::of(observation, Some(1));
            Some(self.open.entry(frame).or_insert(row))
        };
        let Some(row) = row else {
            let reason = self.reason(frame);
            count(&mut self.not_booked, reason);
            return None;
        };
        row.messages.push(message(observation, row.direction()));
        if row.is_full() {
            self.open.remove(&frame)
        } else {
            None
        }
    }

    /// Why the oracle has no message left in this frame.
    fn reason(&self, frame: u64) -> &'static str {
        match self.passed_over.get(&frame) {
            Some(Handling::Retransmission) => "retransmitted_segment",
            Some(Handling::OutOfOrder) => "out_of_order_segment",
            Some(Handling::Reset) => "segment_with_reset",
            Some(Handling::HandedOn { .. }) => "segment_does_not_start_with_a_header",
            Some(Handling::Empty) | None => "not_completed_in_this_frame",
        }
    }

    /// The rows that are not complete at the end, by frame.
    pub(super) fn finish(&mut self) -> Vec<Row> {
        let mut rows: Vec<Row> = self
            .open
            .drain()
            .map(|(_, row)| row)
            .filter(|row| !row.messages.is_empty())
            .collect();
        rows.sort_by_key(|row| row.frame);
        rows
    }
}

/// Whether an observation is a message, not bytes that are none.
pub(super) fn is_message(observation: &Observation<'_>) -> bool {
    ![modbus::UNFRAMED, modbus::INCOMPLETE].contains(&observation.operation.name)
        && observation.station.is_some()
}

fn message(observation: &Observation<'_>, direction: Option<Direction>) -> Message {
    let operation = observation.operation;
    // A request with the exception bit keeps it in its code.
    let function = operation.code & 0x7f;
    let exception = exception(&observation.outcome);
    // The body is read only where the port tells the direction, and not in an exception.
    let sub = |code| {
        let read = function == code && exception.is_none() && direction.is_some();
        operation.sub.filter(|_| read)
    };
    let fields = Fields {
        function,
        exception,
        diagnostic: sub(DIAGNOSTICS),
        mei: sub(ENCAPSULATED_INTERFACE),
        unit: observation.station.unwrap_or_default(),
        protocol: protocol_identifier(observation),
    };
    let has_sub = matches!(function, DIAGNOSTICS | ENCAPSULATED_INTERFACE);
    let shown = if let Some(code) = exception {
        code != 0 || !short(observation)
    } else {
        !has_sub || operation.sub.is_some()
    };
    Message {
        fields: shown.then_some(fields),
        malformed: !shown || (direction.is_some() && lacks_fixed_fields(observation, &fields)),
    }
}

/// The exception code of a response (or of a request that plays one). Codes of UMAS are larger.
fn exception(outcome: &Outcome) -> Option<u32> {
    match outcome {
        Outcome::Error { code, .. } => Some(*code).filter(|code| *code <= 0xff),
        Outcome::None | Outcome::Ok => None,
    }
}

fn protocol_identifier(observation: &Observation<'_>) -> u64 {
    let named = |object: &Object<'_>| match object {
        Object::Id {
            kind: "protocol_identifier",
            id,
        } => Some(*id),
        Object::Id { .. }
        | Object::Range { .. }
        | Object::Name(_)
        | Object::Address(_)
        | Object::Text { .. } => None,
    };
    observation.objects.iter().find_map(named).unwrap_or(0)
}

fn short(observation: &Observation<'_>) -> bool {
    observation.anomalies.contains(Anomaly::Truncated)
}

/// Whether the oracle calls a message malformed: it ends before its fixed fields do. Of some
/// functions the oracle reads fewer fields than the specification has.
fn lacks_fixed_fields(observation: &Observation<'_>, fields: &Fields) -> bool {
    if let Some(code) = fields.diagnostic {
        return observation.values.len() < diagnostic_data(code, observation.direction);
    }
    let read = match fields.function {
        // Of a single register only the address.
        6 => observation.objects.is_empty(),
        7 | 17 | 90 => false,
        _ => true,
    };
    read && short(observation) && fields.exception.is_none()
}

/// Octets of data that the oracle reads of a diagnostics message.
fn diagnostic_data(code: u32, direction: Direction) -> usize {
    match (code, direction) {
        (1, _) | (2 | 10..=18, Direction::Response) => 2,
        (3, _) => 1,
        _ => 0,
    }
}
