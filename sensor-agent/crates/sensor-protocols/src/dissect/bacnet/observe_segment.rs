//! From a segment of a message to what is told of it: the segment, or the message when it is the last.
//!
//! Data in: the APDU with its segment, what carried it and the state of the flow. Data out: one call of the
//! sink. Source: ASHRAE 135-2020, clause 5.2 (segmentation).

use super::apdu::{Apdu, Segment, pdu};
use super::codes;
use super::observe::{Carrier, Exchange, Told};
use super::observe_apdu::{Message, whole};
use super::segments::{Key, Progress};
use crate::dissect::Emit;
use crate::observation::{Anomaly, Direction, Object};

pub(super) fn number(segment: Segment) -> Object<'static> {
    Object::Id {
        kind: "segment",
        id: u64::from(segment.sequence),
    }
}

/// A segment of a request or an acknowledgment.
pub(super) fn segmented(
    (service, invoke): (u8, u8),
    segment: Segment,
    apdu: &Apdu<'_>,
    carrier: &Carrier<'_>,
    exchange: &mut Exchange,
    emit: &mut Emit<'_>,
) {
    let asks = apdu.kind == pdu::CONFIRMED_REQUEST;
    let parties = if asks {
        carrier.asking(invoke)
    } else {
        carrier.answering(invoke)
    };
    let key = Key {
        kind: apdu.kind,
        parties,
    };
    let at = (carrier.input.time, carrier.input.frame);
    let mut anomalies = apdu.anomalies;
    if asks && segment.sequence == 0 {
        exchange.pairing.forget(parties);
        if !exchange.pairing.request(parties, service, &[], at) {
            anomalies.insert(Anomaly::LimitReached);
        }
    }
    match exchange.segments.segment(key, segment, apdu.data) {
        Progress::Completed { bytes, cut } => {
            let mut message = Message::new(apdu, service, &bytes, !carrier.input.cut && !cut);
            if cut {
                message.anomalies.insert(Anomaly::LimitReached);
            }
            if asks {
                exchange.pairing.forget(parties);
            }
            return whole(&message, invoke, carrier, exchange, emit);
        }
        Progress::Pending { limited: true } => anomalies.insert(Anomaly::LimitReached),
        Progress::Stray { begun } if begun || exchange.pairing.find(parties).is_some() => {
            anomalies.insert(Anomaly::OutOfSequence);
        }
        Progress::Pending { limited: false } | Progress::Repeated | Progress::Stray { .. } => {}
    }
    let mut told = Told {
        anomalies,
        pdu: Some(apdu.kind),
        ..Told::new(Direction::OneWay, codes::segment(service))
    };
    told.objects.push(number(segment));
    carrier.emit(told, emit);
}
