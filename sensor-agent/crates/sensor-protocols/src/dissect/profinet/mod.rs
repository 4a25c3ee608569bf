//! PROFINET: real-time frames, alarms, DCP and PTCP on Ethernet; context management over DCE/RPC.
//!
//! Sources (named in the code by field; the standard's tables of coding are sorted by them):
//! - IEC 61158-6-10, *Application layer protocol specification, Type 10 elements*
//! - The Open Group C706, *DCE 1.1: Remote Procedure Call*
//!
//! # What comes out
//! Protocol `profinet`, one-way but for alarms:
//! - Cyclic data: `operation.code` is the first identifier of its class (`rt_class_1` …), object
//!   `frame_id`; `values`: the data as sent. When the data status changes the operation is named after
//!   what changed (`provider_stop`, `data_invalid`, `station_problem`, `state_backup` …), its
//!   second-level code is the status, and the changed bits are objects. A station is taken to begin
//!   well, so the first frame tells of a stop or a problem that is there already.
//! - Alarms: the code is the frame identifier, the second-level code the type of the alarm; objects
//!   `submodule` (slot × 65536 + subslot), identifiers of module and submodule. The acknowledgement is
//!   a response. The end of a connection is `connection_aborted` with its status.
//! - Parts of frames as `fragment`, the remote service interface without its content.
//!
//! Protocol `profinet_dcp`: the code is the service; of a Set the second-level code is its first option
//! (option × 256 + suboption). Objects: see [`dcp_blocks`].
//!
//! Protocol `ptcp`: the code is the first frame identifier of the message type.
//!
//! Protocol `profinet_io`: the code is the operation, for the control operation with the command as
//! second-level code; [`CONNECTION`] plus the type for PDUs of DCE/RPC without an operation,
//! [`ENDPOINT_MAPPER`] plus the operation for the endpoint mapper, [`FRAGMENT`] for parts. Objects:
//! `record` (slot × 2³² + subslot × 65536 + index), `block` types, `status` of each result, `frame_id`
//! of what is set up, `interface`, `device_id` and `vendor_id`. `values`: the first record as sent.
//!
//! # What departs from the standard
//! Lengths that do not fit: `truncated`, `bad_length`. Frame identifiers, services, options, blocks,
//! alarm types and operations not defined: `reserved_code`. A transfer status other than 0, names that
//! no station can have, services in a frame of another: `bad_value`. A cycle counter that is not later:
//! `out_of_sequence`. A response without a request: `unsolicited`.
//!
//! # Limits
//! All frames between two stations are one flow, whatever their frame identifiers; see [`rt`] for how
//! many of these are followed. RT over UDP (port 34962) is not read. Answers to an Identify that went
//! to everybody, and calls that a server answers from another port, come on flows of their own and are
//! not joined with what they answer. The caps of blocks, objects, calls and fragments are named in
//! [`crate::limits`].

mod alarm;
mod blocks;
mod calls;
mod codes;
mod dcp;
mod dcp_blocks;
mod dcp_options;
mod frame_ids;
mod io;
mod objects;
mod probe;
mod ptcp;
mod records;
mod rpc;
mod rt;
mod status;
#[cfg(test)]
mod tests;
mod vendors;

use super::cursor::Cursor;
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, MessageFacts, Parsed, Probe, Role};
use crate::observation::{
    Anomaly, AnomalySet, Direction, Object, Operation, OperationClass, Protocol, Transport,
};
use frame_ids::{Kind, Range};

/// Frames with the ethertype of PROFINET.
pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Profinet,
    hints: &[Hint::Ethertype(0x8892)],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::<Frames>::default(),
};

/// Calls over UDP.
pub(super) const ENTRY_IO: Entry = Entry {
    protocol: Protocol::ProfinetIo,
    hints: &[Hint::Udp(34_964)],
    anywhere: &[Transport::Udp],
    probe: probe::probe,
    create: || Box::<io::Io>::default(),
};

/// Added to the type of a PDU of DCE/RPC that carries no operation.
pub const CONNECTION: u32 = 0x1_0000;

/// Added to an operation of the endpoint mapper.
pub const ENDPOINT_MAPPER: u32 = 0x2_0000;

/// Added to the type of a PDU of DCE/RPC that is a part of a message.
pub const FRAGMENT: u32 = 0x4_0000;

/// Operation name of octets that are no message.
pub const UNFRAMED: &str = "unframed_bytes";

/// Operation name of a message that ends within its header.
pub const INCOMPLETE: &str = "incomplete_message";

/// Whether an operation of cyclic data tells that its status changed.
pub(crate) const fn tells_change(operation: &Operation) -> bool {
    operation.sub.is_some()
}

/// All frames between two stations.
#[derive(Debug, Default)]
struct Frames {
    cyclic: rt::Cyclic,
    dcp: dcp::Dcp,
}

impl Dissector for Frames {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut cursor = Cursor::new(input.bytes);
        if let Ok(id) = cursor.u16_be() {
            self.frame(id, cursor.rest(), input, emit);
        } else {
            other(&frame_ids::NONE, &[], Anomaly::Truncated, input, emit);
        }
        Parsed::Consumed(input.bytes.len())
    }

    /// `due` is the cycle of the latest frame with the identifier of the next one.
    fn resume(&mut self, sender: Role, due: Option<u32>) {
        self.cyclic.resume(sender, due);
    }
}

impl Frames {
    fn frame(&mut self, id: u16, data: &[u8], input: &Input<'_>, emit: &mut Emit<'_>) {
        let range = frame_ids::of(id);
        match range.kind {
            Kind::Cyclic => self.cyclic.frame(range, id, data, input, emit),
            Kind::Dcp => self.dcp.message(id, data, input, emit),
            Kind::Alarm => alarm::frame(range, id, data, input, emit),
            Kind::Ptcp(kind) => ptcp::message((range, kind), id, data, input, emit),
            Kind::Fragment => fragment(range, id, data, input, emit),
            Kind::Rsi => service(range, id, data, input, emit),
            Kind::Reserved => {
                let range = Range {
                    first: id,
                    ..*range
                };
                other(&range, data, Anomaly::ReservedCode, input, emit);
            }
        }
    }
}

/// Reports a frame that is not read, with what is wrong with it.
fn other(range: &Range, data: &[u8], anomaly: Anomaly, input: &Input<'_>, emit: &mut Emit<'_>) {
    let objects = [frame_id(range.first)];
    let operation = operation(range, OperationClass::Unknown);
    let mut facts = MessageFacts::new(Protocol::Profinet, Direction::OneWay, operation);
    facts.objects = &objects;
    facts.values = data;
    if !(input.cut && anomaly == Anomaly::Truncated) {
        facts.anomalies = AnomalySet::of(anomaly);
    }
    facts.size = input.bytes.len();
    emit(&facts);
}

/// Reports a frame of the remote service interface.
fn service(range: &Range, id: u16, data: &[u8], input: &Input<'_>, emit: &mut Emit<'_>) {
    let objects = [frame_id(id)];
    let operation = operation(range, OperationClass::Session);
    let mut facts = MessageFacts::new(Protocol::Profinet, Direction::OneWay, operation);
    facts.objects = &objects;
    facts.values = data;
    facts.size = input.bytes.len();
    emit(&facts);
}

/// Reports a part of a frame: length in units of eight octets, number and a bit that more follow
/// (`FragDataLength`, `FragStatus`), data.
fn fragment(range: &Range, id: u16, data: &[u8], input: &Input<'_>, emit: &mut Emit<'_>) {
    const MORE: u8 = 0x80;
    let objects = [frame_id(id)];
    let operation = operation(range, OperationClass::Event);
    let mut facts = MessageFacts::new(Protocol::Profinet, Direction::OneWay, operation);
    facts.objects = &objects;
    let mut cursor = Cursor::new(data);
    let (length, status) = (cursor.u8(), cursor.u8());
    facts.values = cursor.rest();
    let whole = match (length, status) {
        (Ok(length), Ok(status)) => {
            let length = usize::from(length).saturating_mul(8);
            status & MORE == 0 || length <= cursor.remaining()
        }
        _ => false,
    };
    if !whole && !input.cut {
        facts.anomalies = AnomalySet::of(Anomaly::Truncated);
    }
    facts.size = input.bytes.len();
    emit(&facts);
}

fn operation(range: &Range, class: OperationClass) -> Operation {
    Operation {
        code: u32::from(range.first),
        sub: None,
        name: range.name,
        class,
    }
}

fn frame_id(id: u16) -> Object<'static> {
    Object::Id {
        kind: "frame_id",
        id: u64::from(id),
    }
}

/// A MAC address as a number.
fn mac([a, b, c, d, e, f]: [u8; 6]) -> u64 {
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

/// Bytes that the capture cut off are not missing from the message.
fn without_truncation(anomalies: AnomalySet) -> AnomalySet {
    anomalies
        .iter()
        .filter(|anomaly| *anomaly != Anomaly::Truncated)
        .collect()
}
