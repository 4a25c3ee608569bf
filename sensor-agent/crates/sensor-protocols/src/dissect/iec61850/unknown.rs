//! An APDU that is none of the protocol that its ethertype or payload element names, or none at all.

use super::Carried;
use super::objects::Objects;
use crate::dissect::{Emit, MessageFacts};
use crate::observation::{Anomaly, AnomalySet, Direction, Operation, OperationClass, Protocol};

/// Reports it: with the number of its tag above `base` in the operation, where it has a tag.
pub(in crate::dissect) fn unknown(
    protocol: Protocol,
    base: u32,
    carried: &Carried<'_>,
    tag: Option<u32>,
    emit: &mut Emit<'_>,
) {
    let mut anomalies = carried.anomalies;
    anomalies.insert(match tag {
        Some(_) => Anomaly::ReservedCode,
        None => Anomaly::Truncated,
    });
    let operation = Operation {
        code: base.saturating_add(tag.unwrap_or(0)),
        sub: None,
        name: "unknown",
        class: OperationClass::Unknown,
    };
    let mut objects = Objects::<1>::new();
    objects.id("appid", Some(carried.appid));
    emit(&MessageFacts {
        objects: objects.list(),
        values: carried.apdu.rest(),
        // What the capture cut off is not held against the sender.
        anomalies: if carried.cut {
            AnomalySet::EMPTY
        } else {
            anomalies
        },
        size: carried.size,
        ..MessageFacts::new(protocol, Direction::OneWay, operation)
    });
}
