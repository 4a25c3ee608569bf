//! MRP: which manager keeps a ring of switches open, and what happens to the ring.
//!
//! Source: IEC 62439-2 (2016 and later), `MRP` PDU: a version, then TLVs of one octet type and one
//! octet length up to the one of type 0. Ethertype 0x88e3.
//!
//! One frame, one message. `operation.code` is the type of its first TLV other than the common one;
//! objects: `ring_port`, the sender's address in the message as `manager`, `ring_state` (0 open, 1
//! closed), `domain` (the lower half of the domain's UUID), `interval` of a topology change in
//! milliseconds. Counters and time stamps, which differ in each frame, are not told.
//!
//! Limits: [`limits::PROFINET_TLVS`] TLVs of a frame.

use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, MessageFacts, Parsed, Probe};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Object, Operation, OperationClass, Protocol,
};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Mrp,
    hints: &[Hint::Ethertype(0x88e3)],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::new(Mrp),
};

const VERSION: u16 = 1;

const END: u8 = 0;
const COMMON: u8 = 1;
const TEST: u8 = 2;
const TOPOLOGY_CHANGE: u8 = 3;
const LINK_DOWN: u8 = 4;
const LINK_UP: u8 = 5;
const OPTION: u8 = 0x7f;

/// Type, name, class. Those with `interconnection` are between two rings.
const TYPES: [(u8, &str, OperationClass); 10] = [
    (TEST, "test", OperationClass::Session),
    (TOPOLOGY_CHANGE, "topology_change", OperationClass::Event),
    (LINK_DOWN, "link_down", OperationClass::Event),
    (LINK_UP, "link_up", OperationClass::Event),
    (6, "interconnection_test", OperationClass::Session),
    (7, "interconnection_topology_change", OperationClass::Event),
    (8, "interconnection_link_down", OperationClass::Event),
    (9, "interconnection_link_up", OperationClass::Event),
    (
        10,
        "interconnection_link_status_poll",
        OperationClass::Session,
    ),
    (OPTION, "option", OperationClass::Session),
];

struct Mrp;

/// What is told of a frame.
#[derive(Default)]
struct Told {
    code: Option<u8>,
    objects: [Option<(&'static str, u64)>; 5],
    anomalies: AnomalySet,
}

impl Told {
    fn add(&mut self, kind: &'static str, id: u64) {
        if let Some(place) = self.objects.iter_mut().find(|place| place.is_none()) {
            *place = Some((kind, id));
        } else {
            self.anomalies.insert(Anomaly::LimitReached);
        }
    }
}

impl Dissector for Mrp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut told = Told::default();
        if read(input.bytes, &mut told).is_err() && !input.cut {
            told.anomalies.insert(Anomaly::Truncated);
        }
        report(&mut told, input.bytes.len(), emit);
        Parsed::Consumed(input.bytes.len())
    }
}

fn report(told: &mut Told, size: usize, emit: &mut Emit<'_>) {
    let code = told.code.unwrap_or(COMMON);
    let known = TYPES.iter().find(|(known, ..)| *known == code);
    let (name, class) = match known {
        Some((_, name, class)) => (*name, *class),
        None if told.code.is_none() => ("common", OperationClass::Session),
        None => ("unknown", OperationClass::Unknown),
    };
    if class == OperationClass::Unknown {
        told.anomalies.insert(Anomaly::ReservedCode);
    }
    let operation = Operation {
        code: u32::from(code),
        sub: None,
        name,
        class,
    };
    let mut objects = [Object::Id { kind: "", id: 0 }; 5];
    let mut count = 0_usize;
    for (place, (kind, id)) in objects.iter_mut().zip(told.objects.iter().flatten()) {
        *place = Object::Id { kind, id: *id };
        count = count.saturating_add(1);
    }
    let mut facts = MessageFacts::new(Protocol::Mrp, Direction::OneWay, operation);
    facts.objects = objects.get(..count).unwrap_or_default();
    facts.anomalies = told.anomalies;
    facts.size = size;
    emit(&facts);
}

fn read(bytes: &[u8], told: &mut Told) -> Result<(), Short> {
    let mut cursor = Cursor::new(bytes);
    if cursor.u16_be()? != VERSION {
        told.anomalies.insert(Anomaly::BadVersion);
    }
    for _ in 0..limits::PROFINET_TLVS {
        let kind = cursor.u8()?;
        // The end has a length too.
        let mut value = cursor.sub(usize::from(cursor.peek_u8().unwrap_or(0)).saturating_add(1))?;
        value.skip(1)?;
        match kind {
            END => return Ok(()),
            COMMON => {
                value.skip(2)?; // sequence number
                value.skip(8)?;
                told.add("domain", value.u64_be()?);
            }
            _ => {
                if told.code.is_none() {
                    told.code = Some(kind);
                }
                tlv(kind, &mut value, told)?;
            }
        }
    }
    told.anomalies.insert(Anomaly::LimitReached);
    Ok(())
}

/// The fields of one TLV that say who and what.
fn tlv(kind: u8, value: &mut Cursor<'_>, told: &mut Told) -> Result<(), Short> {
    match kind {
        TEST => {
            value.skip(2)?; // priority of the manager
            told.add("manager", mac(value)?);
            told.add("ring_port", u64::from(value.u16_be()?));
            let state = value.u16_be()?;
            told.add("ring_state", u64::from(state));
            if state > 1 {
                told.anomalies.insert(Anomaly::BadValue);
            }
            value.skip(6) // transitions, time stamp
        }
        TOPOLOGY_CHANGE => {
            value.skip(2)?;
            told.add("manager", mac(value)?);
            told.add("interval", u64::from(value.u16_be()?));
            Ok(())
        }
        LINK_DOWN | LINK_UP => {
            told.add("client", mac(value)?);
            told.add("ring_port", u64::from(value.u16_be()?));
            value.skip(2) // interval
        }
        _ => Ok(()),
    }
}

fn mac(cursor: &mut Cursor<'_>) -> Result<u64, Short> {
    let [a, b, c, d, e, f] = cursor.array()?;
    Ok(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

#[cfg(test)]
mod tests;
