//! ARP (RFC 826, RFC 5227; operation codes of the IANA ARP registry).
//!
//! One frame, one message. The sender's two addresses, as the message claims them, become the
//! source of the observation: that is what an inventory learns and what an attacker forges.
//! Object: the address asked for or announced.
//!
//! Anomalies: `Mismatch` when the claimed hardware address is not the one that sent the frame;
//! `BadValue` for hardware or protocol types other than IPv4 over Ethernet.

use std::net::IpAddr;

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, MessageFacts, NamedSender, Parsed, Probe};
use crate::decode::{Arp, ArpAddresses};
use crate::observation::{
    Anomaly, AnomalySet, Direction, Object, Operation, OperationClass, Outcome, Protocol,
};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Arp,
    hints: &[Hint::Ethertype(0x0806)],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::new(ArpDissector),
};

/// Operation code, name and direction.
const OPERATIONS: [(u16, &str, Direction); 9] = [
    (1, "arp_request", Direction::Request),
    (2, "arp_reply", Direction::Response),
    (3, "rarp_request", Direction::Request),
    (4, "rarp_reply", Direction::Response),
    (5, "drarp_request", Direction::Request),
    (6, "drarp_reply", Direction::Response),
    (7, "drarp_error", Direction::Response),
    (8, "inarp_request", Direction::Request),
    (9, "inarp_reply", Direction::Response),
];

/// Second-level code of an announcement: sender and target address are the same (RFC 5227, 3).
const GRATUITOUS: u32 = 1;

struct ArpDissector;

impl Dissector for ArpDissector {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        // A frame that is too short was reported by decoding.
        if let Ok(arp) = Arp::read(input.bytes) {
            message(&arp, input.bytes.len(), emit);
        }
        Parsed::Consumed(input.bytes.len())
    }
}

fn message(arp: &Arp, size: usize, emit: &mut Emit<'_>) {
    let Some(addresses) = arp.addresses else {
        let (operation, direction) = operation(arp.opcode, false);
        let mut facts = MessageFacts::new(Protocol::Arp, direction, operation);
        facts.anomalies = AnomalySet::of(Anomaly::BadValue);
        facts.size = size;
        return emit(&facts);
    };
    let ArpAddresses {
        sender_mac,
        sender_ip,
        target_ip,
        ..
    } = addresses;
    let gratuitous = sender_ip == target_ip && !sender_ip.is_unspecified();
    let (operation, direction) = operation(arp.opcode, gratuitous);
    let objects = [Object::Address(IpAddr::V4(target_ip))];
    let mut facts = MessageFacts::new(Protocol::Arp, direction, operation);
    facts.objects = &objects;
    facts.size = size;
    facts.sender = Some(NamedSender {
        mac: sender_mac,
        // A probe for a free address has no sender address yet (RFC 5227, 2.1.1).
        ip: (!sender_ip.is_unspecified()).then_some(IpAddr::V4(sender_ip)),
    });
    if direction == Direction::Response {
        facts.outcome = Outcome::Ok;
    }
    emit(&facts);
}

fn operation(opcode: u16, gratuitous: bool) -> (Operation, Direction) {
    let known = OPERATIONS.iter().find(|(code, ..)| *code == opcode);
    let (name, direction, class) = known.map_or(
        ("unknown", Direction::OneWay, OperationClass::Unknown),
        |(_, name, direction)| (*name, *direction, OperationClass::Discovery),
    );
    let operation = Operation {
        code: u32::from(opcode),
        sub: gratuitous.then_some(GRATUITOUS),
        name,
        class,
    };
    // An announcement expects no answer and answers nothing.
    let direction = if gratuitous {
        Direction::OneWay
    } else {
        direction
    };
    (operation, direction)
}
