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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::Role;
    use crate::observation::Transport;
    use crate::time::Timestamp;

    const MAC: [u8; 6] = [2, 0, 0, 0, 0, 9];

    fn arp(opcode: u8, sender: [u8; 4], target: [u8; 4]) -> Vec<u8> {
        let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, opcode];
        bytes.extend(MAC);
        bytes.extend(sender);
        bytes.extend([0; 6]);
        bytes.extend(target);
        bytes
    }

    /// Direction, operation, object, sender, anomalies of the message in `bytes`.
    fn seen(
        bytes: &[u8],
    ) -> Vec<(
        Direction,
        Operation,
        String,
        Option<NamedSender>,
        AnomalySet,
    )> {
        let input = Input {
            time: Timestamp::ZERO,
            frame: 1,
            sender: Role::Client,
            transport: Transport::Link,
            bytes,
            cut: false,
            last: false,
        };
        let mut all = Vec::new();
        let parsed = ArpDissector.parse(&input, &mut |facts| {
            all.push((
                facts.direction,
                facts.operation,
                format!("{:?}", facts.objects),
                facts.sender,
                facts.anomalies,
            ));
        });
        assert_eq!(parsed, Parsed::Consumed(bytes.len()));
        all
    }

    #[test]
    fn a_request_names_its_sender_and_what_it_asks_for() {
        let all = seen(&arp(1, [10, 0, 0, 1], [10, 0, 0, 2]));
        let (direction, operation, objects, sender, anomalies) = &all[0];
        assert_eq!(*direction, Direction::Request);
        assert_eq!((operation.code, operation.sub), (1, None));
        assert_eq!(objects, "[Address(10.0.0.2)]");
        let expected = NamedSender {
            mac: crate::addr::MacAddr(MAC),
            ip: Some(IpAddr::from([10, 0, 0, 1])),
        };
        assert_eq!(*sender, Some(expected));
        assert!(anomalies.is_empty());
    }

    #[test]
    fn an_announcement_is_one_way_and_a_probe_claims_no_address() {
        for opcode in [1, 2] {
            let all = seen(&arp(opcode, [10, 0, 0, 1], [10, 0, 0, 1]));
            assert_eq!(all[0].0, Direction::OneWay);
            assert_eq!(all[0].1.sub, Some(GRATUITOUS));
        }
        let probe = seen(&arp(1, [0; 4], [10, 0, 0, 1]));
        assert_eq!(probe[0].0, Direction::Request);
        assert_eq!(probe[0].3.unwrap().ip, None);
    }

    #[test]
    fn unknown_operations_and_hardware_keep_their_numbers() {
        let all = seen(&arp(77, [10, 0, 0, 1], [10, 0, 0, 2]));
        assert_eq!((all[0].1.code, all[0].1.name), (77, "unknown"));
        let mut long = arp(2, [10, 0, 0, 1], [10, 0, 0, 2]);
        long[4] = 20;
        let all = seen(&long);
        assert_eq!(all[0].1.code, 2);
        assert_eq!(all[0].4, AnomalySet::of(Anomaly::BadValue));
    }

    #[test]
    fn a_message_cut_short_gives_nothing_here() {
        let whole = arp(1, [10, 0, 0, 1], [10, 0, 0, 2]);
        for len in 1..whole.len() {
            assert!(seen(&whole[..len]).is_empty(), "{len}");
        }
    }
}
