//! A GOOSE message told.

use super::blocks::{self, Blocks};
use super::pdu::Message;
use super::{MESSAGE, NEEDS_COMMISSIONING, SIMULATION};
use crate::dissect::iec61850::Carried;
use crate::dissect::iec61850::objects::Objects;
use crate::dissect::iec61850::publishers::Place;
use crate::dissect::{Emit, MessageFacts, Role};
use crate::observation::{Direction, Operation, OperationClass, Protocol};

/// Most objects of a message.
const OBJECTS: usize = 10;

/// Names by second-level code.
const NAMES: [&str; 4] = [
    "goose_message",
    "goose_message simulation",
    "goose_message needs commissioning",
    "goose_message simulation, needs commissioning",
];

/// Reports one message.
pub(super) fn message(
    carried: &Carried<'_>,
    sender: Role,
    blocks: &mut Blocks,
    emit: &mut Emit<'_>,
) {
    let message = Message::read(carried);
    let mut anomalies = message.anomalies;
    if !carried.cut && !anomalies.is_malformed() {
        let place = Place {
            sender,
            appid: carried.appid,
        };
        anomalies = anomalies.union(blocks::judge(blocks, place, &message));
    }
    let mut objects = Objects::<OBJECTS>::new();
    objects.id("appid", Some(carried.appid));
    for name in message.names {
        objects.name(name);
    }
    objects.id("state_number", message.state);
    objects.id("sequence_number", message.sequence);
    objects.id("configuration_revision", message.revision);
    objects.id("data_set_entries", message.entries);
    objects.id("time_allowed_to_live", message.time_allowed_to_live);
    objects.id("simulation", message.simulation);
    emit(&MessageFacts {
        objects: objects.list(),
        values: message.data,
        anomalies,
        size: carried.size,
        ..MessageFacts::new(
            Protocol::Goose,
            Direction::OneWay,
            operation(carried, &message),
        )
    });
}

fn operation(carried: &Carried<'_>, message: &Message<'_>) -> Operation {
    let mut sub = 0;
    if carried.simulated || message.simulation == Some(true) {
        sub |= SIMULATION;
    }
    if message.needs_commissioning {
        sub |= NEEDS_COMMISSIONING;
    }
    let name = usize::try_from(sub).ok().and_then(|at| NAMES.get(at));
    Operation {
        code: MESSAGE,
        sub: (sub != 0).then_some(sub),
        name: name.copied().unwrap_or("unknown"),
        class: OperationClass::Event,
    }
}
