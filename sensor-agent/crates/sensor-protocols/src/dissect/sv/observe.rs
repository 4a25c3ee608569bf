//! A message of sampled values told.

use super::pdu::{self, Asdu, Message, SAV_PDU};
use super::streams::{self, Streams};
use super::{SAMPLES, SIMULATION, UNKNOWN};
use crate::dissect::ber;
use crate::dissect::iec61850::objects::Objects;
use crate::dissect::iec61850::publishers::Place;
use crate::dissect::iec61850::{self, Carried};
use crate::dissect::{Emit, MessageFacts, Role};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Direction, Operation, OperationClass, Protocol};

/// Objects of a message, and of each ASDU in it.
const OWN: usize = 2;
const OF_ASDU: usize = 6;

/// Room for the common message with one ASDU, and for the largest.
const FEW: usize = OWN + OF_ASDU;
const MANY: usize = OWN + OF_ASDU * limits::SV_ASDUS;

/// Reports one APDU.
pub(super) fn message(
    carried: &Carried<'_>,
    sender: Role,
    streams: &mut Streams,
    emit: &mut Emit<'_>,
) {
    let heard = (streams, sender);
    let mut apdu = carried.apdu;
    match ber::read_tag(&mut apdu) {
        Ok(tag) if tag == SAV_PDU => {
            let message = pdu::message(carried);
            if message.stated == Some(1) {
                told::<FEW>(carried, &message, heard, emit);
            } else {
                told::<MANY>(carried, &message, heard, emit);
            }
        }
        tag => iec61850::unknown(
            Protocol::SampledValues,
            UNKNOWN,
            carried,
            tag.ok().map(|tag| tag.number),
            emit,
        ),
    }
}

fn told<const N: usize>(
    carried: &Carried<'_>,
    message: &Message<'_>,
    (streams, sender): (&mut Streams, Role),
    emit: &mut Emit<'_>,
) {
    let place = Place {
        sender,
        appid: carried.appid,
    };
    let mut anomalies = message.anomalies;
    // An ASDU that is malformed says nothing about the others.
    let sound = !carried.cut && !anomalies.is_malformed();
    let mut objects = Objects::<N>::new();
    objects.id("appid", Some(carried.appid));
    objects.id("asdus", message.stated);
    let mut values: &[u8] = &[];
    let mut found = 0_u32;
    if let Some(mut asdus) = message.asdus {
        loop {
            let element = match asdus.next_element() {
                Ok(Some(element)) => element,
                Ok(None) => break,
                Err(error) => {
                    anomalies.insert(error.anomaly());
                    break;
                }
            };
            found = found.saturating_add(1);
            if usize::try_from(found).is_ok_and(|found| found > limits::SV_ASDUS) {
                anomalies.insert(Anomaly::LimitReached);
                continue;
            }
            let asdu = Asdu::read(&asdus, &element);
            anomalies = anomalies.union(asdu.anomalies);
            if sound && !asdu.anomalies.is_malformed() {
                anomalies = anomalies.union(streams::judge(streams, place, &asdu));
            }
            if found == 1 {
                values = asdu.samples;
            }
            if !add(&mut objects, &asdu) {
                anomalies.insert(Anomaly::LimitReached);
            }
        }
    }
    if message.stated.is_some_and(|stated| stated != found) {
        anomalies.insert(Anomaly::BadLength);
    }
    emit(&MessageFacts {
        objects: objects.list(),
        values,
        anomalies: if carried.cut {
            AnomalySet::EMPTY
        } else {
            anomalies
        },
        size: carried.size,
        ..MessageFacts::new(
            Protocol::SampledValues,
            Direction::OneWay,
            operation(carried),
        )
    });
}

/// Adds what an ASDU addresses; false when there was no room for its name.
fn add<'a, const N: usize>(objects: &mut Objects<'a, N>, asdu: &Asdu<'a>) -> bool {
    let room = objects.room() >= OF_ASDU;
    if room {
        for name in asdu.names {
            objects.name(name);
        }
        objects.id("sample_count", asdu.sample_count);
        objects.id("configuration_revision", asdu.revision);
        objects.id("synchronisation", asdu.synchronisation);
        objects.id("sample_rate", asdu.sample_rate);
    }
    room
}

fn operation(carried: &Carried<'_>) -> Operation {
    Operation {
        code: SAMPLES,
        sub: carried.simulated.then_some(SIMULATION),
        name: if carried.simulated {
            "sampled_values simulation"
        } else {
            "sampled_values"
        },
        class: OperationClass::Event,
    }
}
