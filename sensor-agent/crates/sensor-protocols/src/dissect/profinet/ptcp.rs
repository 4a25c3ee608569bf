//! PTCP: the clocks of PROFINET.
//!
//! Data in: a frame behind its frame identifier. Data out: one call of the sink.
//! Source: IEC 61158-6-10, coding of the `PTCP` PDUs: a header of 20 octets, then TLVs of 7 bits type
//! and 9 bits length up to the one of type 0.
//!
//! Not read: times and delays, which differ in each message.
//!
//! Limits: [`limits::PROFINET_TLVS`] TLVs.

use super::frame_ids::{Ptcp, Range};
use super::objects::Objects;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::{Emit, Input, MessageFacts};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Operation, OperationClass, Outcome, Protocol,
};

const HEADER: usize = 20;

const END: u16 = 0;
const SUBDOMAIN: u16 = 1;
const DELAY_PARAMETER: u16 = 6;
const ORGANISATION: u16 = 0x7f;
/// Time, time extension, master, port parameter, delay, port time.
const KNOWN: std::ops::RangeInclusive<u16> = SUBDOMAIN..=7;

/// Reports one message.
pub(super) fn message(
    (range, kind): (&Range, Ptcp),
    frame_id: u16,
    data: &[u8],
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let mut objects = Objects::<'_, 8>::new();
    objects.id("frame_id", frame_id);
    let mut anomalies = AnomalySet::EMPTY;
    let mut cursor = Cursor::new(data);
    if cursor.skip(HEADER).is_err() || tlvs(&mut cursor, &mut objects, &mut anomalies).is_err() {
        anomalies.insert(Anomaly::Truncated);
    }
    if objects.is_full() {
        anomalies.insert(Anomaly::LimitReached);
    }
    if input.cut {
        anomalies = super::without_truncation(anomalies);
    }
    let direction = match (kind, frame_id) {
        (Ptcp::Delay, 0xff40) => Direction::Request,
        (Ptcp::Delay, _) => Direction::Response,
        (Ptcp::Sync | Ptcp::FollowUp | Ptcp::Announce, _) => Direction::OneWay,
    };
    let operation = Operation {
        code: u32::from(range.first),
        sub: None,
        name: range.name,
        class: OperationClass::Session,
    };
    let mut facts = MessageFacts::new(Protocol::Ptcp, direction, operation);
    facts.objects = objects.all();
    facts.anomalies = anomalies;
    facts.size = input.bytes.len();
    if direction == Direction::Response {
        facts.outcome = Outcome::Ok;
    }
    emit(&facts);
}

fn tlvs<const N: usize>(
    cursor: &mut Cursor<'_>,
    objects: &mut Objects<'_, N>,
    anomalies: &mut AnomalySet,
) -> Result<(), Short> {
    for _ in 0..limits::PROFINET_TLVS {
        let head = cursor.u16_be()?;
        let mut value = cursor.sub(usize::from(head & 0x01ff))?;
        match head >> 9 {
            END => return Ok(()),
            // The clock that is master, and the subdomain it is master of.
            SUBDOMAIN => objects.id("clock_master", super::mac(value.array()?)),
            DELAY_PARAMETER => objects.id("port_mac", super::mac(value.array()?)),
            kind if KNOWN.contains(&kind) || kind == ORGANISATION => {}
            _ => anomalies.insert(Anomaly::ReservedCode),
        }
    }
    anomalies.insert(Anomaly::LimitReached);
    Ok(())
}
