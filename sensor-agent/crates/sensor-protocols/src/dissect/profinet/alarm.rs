//! Alarms: what a station reports out of turn, and how the other takes it.
//!
//! Data in: a frame behind its frame identifier. Data out: one call of the sink.
//! Source: IEC 61158-6-10, coding of the `RTA-PDU`, of `AlarmNotification` and of `AlarmAck`.
//!
//! Not read: the diagnosis behind the alarm specifier, but for the codes of the blocks in it.

use super::blocks::Walk;
use super::frame_ids::Range;
use super::status;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::{Emit, Input, MessageFacts};
use crate::observation::{
    Anomaly, AnomalySet, Direction, Operation, OperationClass, Outcome, Protocol,
};

mod pdu {
    pub(super) const DATA: u8 = 1;
    pub(super) const NACK: u8 = 2;
    pub(super) const ACK: u8 = 3;
    pub(super) const ERROR: u8 = 4;
}

/// Version in the high half of the PDU type.
const VERSION: u8 = 1;

/// Added to the code of the frame identifier by the PDU that ends a connection.
const SUB_TRANSPORT: u32 = 0x1_0000;

/// Reports one alarm frame.
pub(super) fn frame(
    range: &Range,
    frame_id: u16,
    data: &[u8],
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let mut walk = Walk::new();
    walk.objects.id("frame_id", frame_id);
    let mut cursor = Cursor::new(data);
    let kind = read(&mut cursor, &mut walk).unwrap_or_else(|Short { .. }| {
        walk.anomalies.insert(Anomaly::Truncated);
        0
    });
    let (name, sub, direction) = named(range, kind, &mut walk);
    let operation = Operation {
        code: u32::from(range.first),
        sub,
        name,
        class: if kind == 0 {
            OperationClass::Unknown
        } else {
            OperationClass::Event
        },
    };
    let mut facts = MessageFacts::new(Protocol::Profinet, direction, operation);
    facts.anomalies = if input.cut {
        super::without_truncation(walk.anomalies)
    } else {
        walk.anomalies
    };
    facts.outcome = match (walk.error, direction) {
        (Some(status), _) => status::outcome(status),
        (None, Direction::Response) => Outcome::Ok,
        (None, Direction::Request | Direction::OneWay) => Outcome::None,
    };
    facts.objects = walk.objects.all();
    facts.size = input.bytes.len();
    emit(&facts);
}

/// Reads the header and what follows it; answers the type of the PDU.
fn read<'a>(cursor: &mut Cursor<'a>, walk: &mut Walk<'a>) -> Result<u8, Short> {
    walk.objects.id("destination_endpoint", cursor.u16_be()?);
    walk.objects.id("source_endpoint", cursor.u16_be()?);
    let kind = cursor.u8()?;
    if kind >> 4 != VERSION {
        walk.anomalies.insert(Anomaly::BadVersion);
    }
    cursor.skip(5)?; // flags, send and acknowledge sequence number
    let length = usize::from(cursor.u16_be()?);
    let whole = length <= cursor.remaining();
    let mut body = cursor.sub(length.min(cursor.remaining()))?;
    if !whole {
        walk.anomalies.insert(Anomaly::Truncated);
    }
    match kind & 0x0f {
        pdu::DATA => walk.blocks(body.rest()),
        pdu::ERROR => walk.status(body.u32_be()?),
        _ => {}
    }
    Ok(kind & 0x0f)
}

/// Name, second-level code and direction. The second-level code of data is the type of the alarm.
fn named(range: &Range, kind: u8, walk: &mut Walk<'_>) -> (&'static str, Option<u32>, Direction) {
    let transport = Some(SUB_TRANSPORT | u32::from(kind));
    match kind {
        pdu::DATA => match walk.alarm.take() {
            Some((alarm, true)) => (
                super::codes::alarm_ack(alarm),
                Some(u32::from(alarm)),
                Direction::Response,
            ),
            Some((alarm, false)) => {
                let name = super::codes::alarm(alarm);
                if name == "unknown" {
                    walk.anomalies.insert(Anomaly::ReservedCode);
                }
                (name, Some(u32::from(alarm)), Direction::Request)
            }
            None => (range.name, None, Direction::OneWay),
        },
        pdu::NACK => ("transport_refused", transport, Direction::OneWay),
        pdu::ACK => ("transport_acknowledged", transport, Direction::OneWay),
        pdu::ERROR => ("connection_aborted", transport, Direction::OneWay),
        _ => {
            walk.anomalies = walk.anomalies.union(AnomalySet::of(Anomaly::ReservedCode));
            ("unknown", transport, Direction::OneWay)
        }
    }
}
