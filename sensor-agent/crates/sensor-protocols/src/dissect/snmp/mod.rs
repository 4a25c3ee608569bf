//! SNMP over UDP: who reads and sets what of which device, and what devices report.
//!
//! Source: RFC 1157 (version 1), RFC 3416 and 1901 (version 2c), RFC 3412 and 3414 (version 3 with the
//! user-based security model), RFC 3418 (system group), RFC 6933 (entity MIB).
//!
//! One datagram, one observation. `operation.code` is the number of the PDU; [`ENCRYPTED`] where it is
//! encrypted. A response has the class of its request, and the PDU of the request as second-level code; a
//! version 1 trap has its generic number there. Objects: [`VERSION`], [`COMMUNITY`], in version 3
//! `security_level` (0 none, 1 authenticated, 3 encrypted too), `security_model`, `engine_enterprise` and
//! the user name; then each object identifier in dotted form.
//!
//! A community is a password that everybody on the way can read. It is never kept: [`COMMUNITY`] says only
//! whether it is one that devices have from the factory (1 `public`, 2 `private`), none (3), or another (0).
//! Tables of access control and of communities have names as their index that agents make of communities:
//! of their objects only the column is told. `values` is the value of the one number that is set; texts and
//! object identifiers that are set are left out, since passwords are among them.
//!
//! Identity, of whom answers: description, vendor by its object identifier, and name of the system group;
//! model, firmware, software, serial number and manufacturer of the first entity of the entity MIB. Traps tell
//! the vendor.
//! Errors are the error status, objects that do not exist, and reports of version 3.
//!
//! Pairing by request identifier, of version 3 by message identifier.
//!
//! Limits: [`limits::IT_ELEMENTS`] variable bindings are read, [`limits::IT_OBJECTS`] told. Signatures are
//! not checked. SNMP over TCP, and the party-based versions 2p and 2u, are not read.

mod codes;
mod message;
mod oids;
#[cfg(test)]
mod tests;

use super::collected::{Asked, Told, describe, line, operation, operation_of, unknown};
use super::open_requests::{Answer, OpenRequests};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Operation, OperationClass, Outcome, Protocol, Transport,
};

use codes::{PDUS, kind};
use message::{Binding, Message, Pdu};
use oids::Oids;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Snmp,
    hints: &[Hint::Udp(161), Hint::Udp(162)],
    anywhere: &[Transport::Udp],
    probe,
    create: || Box::new(Snmp::new()),
};

/// Operation code of a PDU that is encrypted.
pub const ENCRYPTED: u32 = 0x100;

/// Object of every message: 0 version 1, 1 version 2c, 3 version 3.
pub const VERSION: &str = "version";

/// Object of messages of versions 1 and 2c: what kind of community it is.
pub const COMMUNITY: &str = "community";

/// The message is one whose length fits, of a version there is, up to the PDU.
fn probe(input: &ProbeInput<'_>) -> Probe {
    let (message, anomalies) = Message::read(input.bytes);
    if !message.is_recognised() || (!input.hinted && !anomalies.is_empty()) {
        return Probe::Unrecognised;
    }
    Probe::Recognised(message.pdu.and_then(|pdu| match direction(pdu.kind) {
        Direction::Request => Some(Role::Client),
        Direction::Response => Some(Role::Server),
        Direction::OneWay => None,
    }))
}

/// SNMP between two ports.
struct Snmp {
    /// Who asked, with which identifier, which PDU.
    open: OpenRequests<Asked<(Role, u64, u32)>, { limits::IT_OPEN_REQUESTS }>,
    oids: Oids,
}

impl Dissector for Snmp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let (message, mut anomalies) = Message::read(input.bytes);
        if !message.is_recognised() {
            report_unread(&message, anomalies, input, emit);
            return Parsed::Consumed(input.bytes.len());
        }
        self.oids.clear();
        let bindings = message.pdu.map(|pdu| self.bindings(&pdu));
        let (bindings, found) = bindings.unwrap_or_default();
        anomalies = anomalies.union(found);
        if input.cut {
            anomalies = anomalies
                .iter()
                .filter(|a| *a != Anomaly::BadLength)
                .collect();
        }
        let asked = self.pair(&message, input, &mut anomalies);
        let mut told = Told {
            anomalies,
            request: asked.map(|asked| asked.answered(input)),
            ..Told::default()
        };
        header(&message, &mut told);
        let operation = match message.pdu {
            None => operation(ENCRYPTED, "encrypted_pdu", OperationClass::Session),
            Some(pdu) => pdu_operation(&pdu, asked.map(|asked| asked.key.2), &mut told),
        };
        let direction = message
            .pdu
            .map_or(Direction::OneWay, |pdu| direction(pdu.kind));
        if let Some(pdu) = message.pdu {
            body(&pdu, &bindings, &self.oids, &mut told);
        }
        told.emit(Protocol::Snmp, direction, operation, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

/// The bindings of one message that are looked into.
type Bindings<'a> = smallvec::SmallVec<[Binding<'a>; 8]>;

impl Snmp {
    fn new() -> Self {
        Self {
            open: OpenRequests::complete(),
            oids: Oids::default(),
        }
    }

    /// Reads the variable bindings of a PDU, and writes their names down.
    fn bindings<'a>(&mut self, pdu: &Pdu<'a>) -> (Bindings<'a>, AnomalySet) {
        let mut all = Bindings::new();
        let mut anomalies = AnomalySet::EMPTY;
        let mut elements = pdu.bindings;
        for _ in 0..limits::IT_ELEMENTS {
            match Binding::next(&mut elements) {
                Ok(Some(binding)) => {
                    if !self.oids.push(binding.name) {
                        anomalies.insert(Anomaly::BadValue);
                    }
                    all.push(binding);
                }
                Ok(None) => return (all, anomalies),
                Err(anomaly) => {
                    anomalies.insert(anomaly);
                    return (all, anomalies);
                }
            }
        }
        if elements.remaining() > 0 {
            anomalies.insert(Anomaly::LimitReached);
        }
        (all, anomalies)
    }

    /// Notes a request, or finds the one that a response answers.
    fn pair(
        &mut self,
        message: &Message<'_>,
        input: &Input<'_>,
        anomalies: &mut AnomalySet,
    ) -> Option<Asked<(Role, u64, u32)>> {
        let pdu = message.pdu?;
        // A report need not know the request identifier, which can be encrypted (RFC 3412, 7.1).
        let id = message.id.unwrap_or(pdu.request);
        match direction(pdu.kind) {
            Direction::Request => {
                self.open
                    .keep(Asked::new((input.sender, id, pdu.kind), input));
                None
            }
            Direction::Response => {
                let peer = input.sender.peer();
                let asked = self
                    .open
                    .take(|asked| asked.key.0 == peer && asked.key.1 == id);
                // Of a request that had to make room nobody knows the response.
                if asked.is_none()
                    && self.open.any(|asked| asked.key.0 == peer)
                    && matches!(self.open.unmatched(), Answer::Nothing)
                {
                    anomalies.insert(Anomaly::Unsolicited);
                }
                asked
            }
            Direction::OneWay => None,
        }
    }
}

/// Which way a PDU goes.
const fn direction(pdu: u32) -> Direction {
    match pdu {
        kind::GET | kind::GET_NEXT | kind::SET | kind::GET_BULK | kind::INFORM => {
            Direction::Request
        }
        kind::RESPONSE | kind::REPORT => Direction::Response,
        _ => Direction::OneWay,
    }
}

fn pdu_operation(pdu: &Pdu<'_>, asked: Option<u32>, told: &mut Told<'_>) -> Operation {
    let Some(found) = operation_of(PDUS, pdu.kind) else {
        told.flag(Anomaly::ReservedCode);
        return unknown(pdu.kind);
    };
    let class_of = |kind| operation_of(PDUS, kind).map(|asked| asked.class);
    let class = match pdu.kind {
        kind::RESPONSE => asked.and_then(class_of).unwrap_or(found.class),
        _ => found.class,
    };
    let sub = asked.or(pdu.trap.map(|trap| trap.generic));
    Operation {
        sub,
        class,
        ..found
    }
}

/// Version, and who says that they may.
fn header<'a>(message: &Message<'a>, told: &mut Told<'a>) {
    told.id(VERSION, message.version);
    if let Some(community) = message.community {
        let kind: u64 = match community {
            b"public" => 1,
            b"private" => 2,
            b"" => 3,
            _ => 0,
        };
        told.id(COMMUNITY, kind);
    }
    let Some(security) = &message.security else {
        return;
    };
    told.id("security_level", security.flags & 3);
    // Encrypted but not authenticated (RFC 3412, 6.4).
    if security.flags & 3 == 2 {
        told.flag(Anomaly::BadValue);
    }
    told.id("security_model", security.model);
    if let Some(enterprise) = security.enterprise() {
        told.id("engine_enterprise", enterprise);
    }
    told.text("user", security.flags & 3, line(security.user));
}

/// What the PDU names and says.
fn body<'a>(pdu: &Pdu<'a>, bindings: &[Binding<'a>], oids: &'a Oids, told: &mut Told<'a>) {
    for name in oids.iter() {
        told.name(name);
    }
    if let Some(trap) = pdu.trap {
        told.id("specific_trap", trap.specific);
        told.address(trap.agent);
        told.identity.vendor = oids::enterprise(trap.enterprise).and_then(codes::vendor);
    }
    match pdu.kind {
        kind::SET => {
            if let [binding] = bindings
                && binding.is_number()
            {
                told.values = binding.value.octets();
            }
        }
        kind::RESPONSE => {
            told.outcome = outcome(pdu, bindings);
            for binding in bindings {
                identity(binding, told);
            }
        }
        kind::REPORT => told.outcome = codes::report(bindings.first().map(|b| b.name)),
        kind::TRAP_V2 | kind::INFORM => {
            for binding in bindings {
                identity(binding, told);
            }
        }
        _ => {}
    }
}

fn outcome(pdu: &Pdu<'_>, bindings: &[Binding<'_>]) -> Outcome {
    if pdu.error_status != 0 {
        let code = u32::try_from(pdu.error_status).unwrap_or(u32::MAX);
        let name = codes::error(pdu.error_status);
        return Outcome::Error { code, name };
    }
    // Of version 2: no object at all is there (RFC 3416, 4.2.1). The end of the MIB is no failure.
    match bindings.first().and_then(Binding::exception) {
        Some((code, name)) if bindings.iter().all(|b| b.exception().is_some()) => {
            Outcome::Error { code, name }
        }
        _ => Outcome::Ok,
    }
}

/// What a value tells of the device that sends it.
fn identity<'a>(binding: &Binding<'a>, told: &mut Told<'a>) {
    let identity = &mut told.identity;
    let text = line(binding.value.octets());
    match codes::fact(binding.name) {
        Some(codes::Fact::Description) => {
            if let Some(text) = text {
                describe(identity, text);
            }
        }
        Some(codes::Fact::ObjectId) => {
            let vendor = oids::enterprise(binding.value.octets()).and_then(codes::vendor);
            identity.vendor = identity.vendor.or(vendor);
        }
        Some(codes::Fact::Name) => identity.hostname = identity.hostname.or(text),
        Some(codes::Fact::Firmware) => identity.firmware = identity.firmware.or(text),
        Some(codes::Fact::Software) => identity.software = identity.software.or(text),
        Some(codes::Fact::Serial) => identity.serial = identity.serial.or(text),
        Some(codes::Fact::Manufacturer) => identity.vendor = text.or(identity.vendor),
        Some(codes::Fact::Model) => identity.model = text.or(identity.model),
        None => {}
    }
}

/// Bytes on a flow of SNMP that are no message of a version there is.
fn report_unread(
    message: &Message<'_>,
    anomalies: AnomalySet,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let mut told = Told {
        anomalies,
        ..Told::default()
    };
    if input.cut {
        told.anomalies = AnomalySet::EMPTY;
    } else if anomalies.is_empty() {
        told.flag(Anomaly::BadVersion);
    }
    told.id(VERSION, message.version);
    let operation = operation(0x101, "unframed_bytes", OperationClass::Unknown);
    told.emit(Protocol::Snmp, Direction::OneWay, operation, input, emit);
}
