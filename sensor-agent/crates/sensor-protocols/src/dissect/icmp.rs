//! ICMP (RFC 792) and `ICMPv6` (RFC 4443, RFC 4861, RFC 2710, RFC 3810).
//!
//! One packet, one message: type is the operation, code the second level. Neighbour discovery
//! reports its target address as object, so that inventory learns `IPv6` as it learns ARP.
//!
//! Error messages (destination unreachable, time exceeded …) are one-way and carry their code as
//! outcome. Object: the destination of the packet that caused the error.

use std::net::{IpAddr, Ipv6Addr};

use super::cursor::Cursor;
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, MessageFacts, Parsed, Probe};
use crate::decode;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Object, Operation, OperationClass, Outcome, Protocol,
};

use Direction::{OneWay, Request, Response};
use OperationClass::{Config, Diagnostic, Discovery};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Icmp,
    hints: &[Hint::IpProtocol(1)],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::new(IcmpDissector { v6: false }),
};

pub(super) const ENTRY_V6: Entry = Entry {
    protocol: Protocol::Icmpv6,
    hints: &[Hint::IpProtocol(58)],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::new(IcmpDissector { v6: true }),
};

/// Type, name, direction, class. Whether it is an error message is its direction and class.
type Row = (u8, &'static str, Direction, OperationClass);

/// Types of the IANA "ICMP Parameters" registry.
const TYPES_V4: &[Row] = &[
    (0, "echo_reply", Response, Diagnostic),
    (3, "destination_unreachable", OneWay, Diagnostic),
    (4, "source_quench", OneWay, Diagnostic),
    (5, "redirect", OneWay, Config),
    (8, "echo_request", Request, Diagnostic),
    (9, "router_advertisement", OneWay, Discovery),
    (10, "router_solicitation", Request, Discovery),
    (11, "time_exceeded", OneWay, Diagnostic),
    (12, "parameter_problem", OneWay, Diagnostic),
    (13, "timestamp_request", Request, Diagnostic),
    (14, "timestamp_reply", Response, Diagnostic),
    (15, "information_request", Request, Discovery),
    (16, "information_reply", Response, Discovery),
    (17, "address_mask_request", Request, Discovery),
    (18, "address_mask_reply", Response, Discovery),
];

/// Types of the IANA "`ICMPv6` Parameters" registry.
const TYPES_V6: &[Row] = &[
    (1, "destination_unreachable", OneWay, Diagnostic),
    (2, "packet_too_big", OneWay, Diagnostic),
    (3, "time_exceeded", OneWay, Diagnostic),
    (4, "parameter_problem", OneWay, Diagnostic),
    (128, "echo_request", Request, Diagnostic),
    (129, "echo_reply", Response, Diagnostic),
    (130, "multicast_listener_query", Request, Discovery),
    (131, "multicast_listener_report", OneWay, Discovery),
    (132, "multicast_listener_done", OneWay, Discovery),
    (133, "router_solicitation", Request, Discovery),
    (134, "router_advertisement", OneWay, Discovery),
    (135, "neighbor_solicitation", Request, Discovery),
    (136, "neighbor_advertisement", Response, Discovery),
    (137, "redirect", OneWay, Config),
    (143, "multicast_listener_report_v2", OneWay, Discovery),
];

struct IcmpDissector {
    v6: bool,
}

impl Dissector for IcmpDissector {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        match decode::read_icmp(input.bytes, self.v6) {
            Ok(icmp) => self.message(&icmp, emit),
            Err(_) => self.truncated(input, emit),
        }
        Parsed::Consumed(input.bytes.len())
    }
}

impl IcmpDissector {
    fn message(&self, icmp: &decode::Icmp<'_>, emit: &mut Emit<'_>) {
        let (operation, direction) = self.operation(icmp.kind, icmp.code);
        let about = icmp.quoted.map(|q| q.destination).or(self.target(icmp));
        let objects = about.map(Object::Address);
        let mut facts = MessageFacts::new(self.protocol(), direction, operation);
        facts.objects = objects.as_slice();
        facts.size = icmp.message.len();
        facts.outcome = match (icmp.quoted, direction) {
            (Some(_), OneWay) => Outcome::Error {
                code: u32::from(icmp.code),
                name: operation.name,
            },
            (_, Response) => Outcome::Ok,
            (_, OneWay | Request) => Outcome::None,
        };
        emit(&facts);
    }

    fn truncated(&self, input: &Input<'_>, emit: &mut Emit<'_>) {
        let kind = input.bytes.first().copied().unwrap_or_default();
        let (operation, direction) = self.operation(kind, 0);
        let mut facts = MessageFacts::new(self.protocol(), direction, operation);
        facts.size = input.bytes.len();
        if !input.cut {
            facts.anomalies = AnomalySet::of(Anomaly::Truncated);
        }
        emit(&facts);
    }

    const fn protocol(&self) -> Protocol {
        if self.v6 {
            Protocol::Icmpv6
        } else {
            Protocol::Icmp
        }
    }

    fn operation(&self, kind: u8, code: u8) -> (Operation, Direction) {
        let types = if self.v6 { TYPES_V6 } else { TYPES_V4 };
        let (name, direction, class) = types
            .iter()
            .find(|(number, ..)| *number == kind)
            .map_or(("unknown", OneWay, OperationClass::Unknown), |row| {
                (row.1, row.2, row.3)
            });
        let operation = Operation {
            code: u32::from(kind),
            sub: Some(u32::from(code)),
            name,
            class,
        };
        (operation, direction)
    }

    /// Target address of neighbour solicitation and advertisement (RFC 4861, 4.3 and 4.4).
    fn target(&self, icmp: &decode::Icmp<'_>) -> Option<IpAddr> {
        if !self.v6 || !matches!(icmp.kind, 135 | 136) {
            return None;
        }
        let mut c = Cursor::new(icmp.message);
        c.skip(8).ok()?;
        Some(IpAddr::V6(Ipv6Addr::from(c.array::<16>().ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::Role;
    use crate::observation::Transport;
    use crate::time::Timestamp;

    type Seen = (Direction, Operation, String, Outcome, AnomalySet);

    fn seen(v6: bool, bytes: &[u8], cut: bool) -> Seen {
        let input = Input {
            time: Timestamp::ZERO,
            frame: 1,
            sender: Role::Client,
            transport: Transport::Ip,
            bytes,
            cut,
            last: false,
        };
        let mut all = Vec::new();
        let parsed = IcmpDissector { v6 }.parse(&input, &mut |facts| {
            all.push((
                facts.direction,
                facts.operation,
                format!("{:?}", facts.objects),
                facts.outcome,
                facts.anomalies,
            ));
        });
        assert_eq!(parsed, Parsed::Consumed(bytes.len()));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn echo_is_asked_and_answered() {
        let ping = seen(false, &[8, 0, 0, 0, 1, 2, 3, 4], false);
        assert_eq!((ping.0, ping.1.name), (Request, "echo_request"));
        let pong = seen(true, &[129, 0, 0, 0, 1, 2, 3, 4], false);
        assert_eq!((pong.0, pong.1.name), (Response, "echo_reply"));
        assert_eq!(pong.3, Outcome::Ok);
    }

    #[test]
    fn an_error_names_the_destination_that_failed() {
        let mut bytes = vec![3, 1, 0, 0, 0, 0, 0, 0];
        bytes.extend([
            0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 9, 9, 9,
        ]);
        bytes.extend([0, 7, 0, 9, 0, 8, 0, 0]);
        let (direction, operation, objects, outcome, _) = seen(false, &bytes, false);
        assert_eq!(direction, OneWay);
        assert_eq!((operation.code, operation.sub), (3, Some(1)));
        assert_eq!(objects, "[Address(10.9.9.9)]");
        let expected = Outcome::Error {
            code: 1,
            name: "destination_unreachable",
        };
        assert_eq!(outcome, expected);
    }

    #[test]
    fn neighbour_discovery_names_its_target() {
        let mut bytes = vec![135, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
        let (_, operation, objects, ..) = seen(true, &bytes, false);
        assert_eq!(operation.name, "neighbor_solicitation");
        assert_eq!(objects, "[Address(fe80::7)]");
    }

    #[test]
    fn a_header_cut_short_is_the_senders_fault_unless_the_capture_cut_it() {
        for len in 1..8 {
            let bytes = &[8, 0, 0, 0, 1, 2, 3, 4][..len];
            let truncated = AnomalySet::of(Anomaly::Truncated);
            assert_eq!(seen(false, bytes, false).4, truncated, "{len}");
            assert!(seen(false, bytes, true).4.is_empty(), "{len}");
        }
    }

    #[test]
    fn unknown_types_keep_their_numbers() {
        for v6 in [false, true] {
            let odd = seen(v6, &[250, 9, 0, 0, 0, 0, 0, 0], false);
            assert_eq!((odd.1.code, odd.1.name), (250, "unknown"));
            assert_eq!(odd.1.class, OperationClass::Unknown);
        }
    }
}
