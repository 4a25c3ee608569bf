//! What tests of these dissectors share: a flow that is played, told line by line, and hostile input.

#![allow(
    clippy::format_push_string,
    reason = "lines of a test, put together for people"
)]

use proptest::prelude::*;

use crate::dissect::registry::Entry;
use crate::dissect::{Dissector, Input, MessageFacts, Parsed, ProbeInput, Role};
use crate::observation::{Direction, Object, Outcome, Transport};
use crate::time::Timestamp;

/// Octets of hexadecimal digits; everything else is passed over.
pub(in crate::dissect) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

/// One flow and what was told of it.
pub(in crate::dissect) struct Flow {
    dissector: Box<dyn Dissector>,
    transport: Transport,
    frame: u64,
    pending: [Vec<u8>; 2],
    pub(in crate::dissect) cut: bool,
    pub(in crate::dissect) seen: Vec<String>,
    /// What is kept of the data of each.
    pub(in crate::dissect) values: Vec<Vec<u8>>,
    pub(in crate::dissect) malformed: usize,
    pub(in crate::dissect) ended: bool,
}

impl Flow {
    pub(in crate::dissect) fn new(entry: &Entry, transport: Transport) -> Self {
        Self {
            dissector: (entry.create)(),
            transport,
            frame: 0,
            pending: [Vec::new(), Vec::new()],
            cut: false,
            seen: Vec::new(),
            values: Vec::new(),
            malformed: 0,
            ended: false,
        }
    }

    /// A segment or datagram; `last` ends the stream.
    pub(in crate::dissect) fn offer(&mut self, sender: Role, octets: &[u8], last: bool) {
        self.frame += 1;
        let pending = &mut self.pending[usize::from(sender == Role::Server)];
        pending.extend_from_slice(octets);
        let mut rest = std::mem::take(pending);
        while !rest.is_empty() && !self.ended {
            let input = Input {
                time: Timestamp::from_nanos(self.frame * 1_000_000),
                frame: self.frame,
                sender,
                transport: self.transport,
                bytes: &rest,
                cut: self.cut,
                last,
            };
            let (seen, malformed) = (&mut self.seen, &mut self.malformed);
            let values = &mut self.values;
            let answer = self.dissector.parse(&input, &mut |facts| {
                *malformed += usize::from(facts.anomalies.is_malformed());
                seen.push(line(facts));
                values.push(facts.values.to_vec());
            });
            match answer {
                Parsed::Consumed(n) => {
                    assert!(n > 0 && n <= rest.len(), "{n} of {}", rest.len());
                    rest.drain(..n);
                }
                Parsed::Incomplete { need } => {
                    assert!(need > rest.len(), "{need} are there already");
                    assert!(!last && self.transport == Transport::Tcp, "never grows");
                    break;
                }
                Parsed::NotThisProtocol => self.ended = true,
            }
        }
        self.pending[usize::from(sender == Role::Server)] = rest;
    }

    /// Time passes.
    pub(in crate::dissect) fn wait(&mut self, milliseconds: u64) {
        self.frame += milliseconds;
    }

    pub(in crate::dissect) fn lose(&mut self, sender: Role, lost: u64) {
        let dropped = std::mem::take(&mut self.pending[usize::from(sender == Role::Server)]).len();
        self.dissector.gap(sender, dropped, lost);
    }
}

/// What is told of a message, on a line.
fn line(facts: &MessageFacts<'_>) -> String {
    let operation = facts.operation;
    let arrow = match facts.direction {
        Direction::Request => ">",
        Direction::Response => "<",
        Direction::OneWay => "-",
    };
    let sub = operation
        .sub
        .map_or(String::new(), |sub| format!("/{sub:#x}"));
    let class = format!("{:?}", operation.class).to_lowercase();
    let mut parts = vec![format!(
        "{arrow} {} {:#x}{sub} {} ({class})",
        facts.protocol.id(),
        operation.code,
        operation.name
    )];
    parts.extend(facts.station.map(|station| format!("@{station}")));
    parts.extend(facts.objects.iter().map(|object| match object {
        Object::Range {
            table,
            start,
            count,
        } => format!("{table}[{start}+{count}]"),
        Object::Id { kind, id } => format!("{kind}={id}"),
        Object::Name(name) => format!("{name:?}"),
        Object::Text { kind, text } => format!("{kind}={text:?}"),
        Object::Address(address) => address.to_string(),
    }));
    parts.extend(match facts.outcome {
        Outcome::None => None,
        Outcome::Ok => Some("ok".to_owned()),
        Outcome::Error { code, name } => Some(format!("error {code:#x} {name}")),
    });
    let identity = facts.identity;
    for (kind, text) in [
        ("vendor", identity.vendor),
        ("model", identity.model),
        ("firmware", identity.firmware),
        ("serial", identity.serial),
        ("hostname", identity.hostname),
        ("os", identity.os),
        ("software", identity.software),
    ] {
        assert_ne!(text, Some(""), "{kind}");
        parts.extend(text.map(|text| format!("{kind}:{text}")));
    }
    let request = facts.request;
    parts.extend(request.map(|request| format!("answers #{}", request.frame)));
    parts.extend(facts.anomalies.iter().map(|a| format!("!{}", a.id())));
    parts.join(" ")
}

/// Plays messages, `>` from the client and `<` from the server, and compares what is told.
pub(in crate::dissect) fn check(
    entry: &Entry,
    transport: Transport,
    messages: &[&str],
    expected: &[&str],
) {
    let mut flow = Flow::new(entry, transport);
    for message in messages {
        let (sender, hex) = message.split_at(1);
        let sender = if sender == ">" {
            Role::Client
        } else {
            Role::Server
        };
        flow.offer(sender, &bytes(hex), false);
    }
    assert_eq!(flow.seen, expected, "{:#?}", flow.seen);
}

/// What is kept of the data of each message of a client.
pub(in crate::dissect) fn values(
    entry: &Entry,
    transport: Transport,
    messages: &[&str],
) -> Vec<Vec<u8>> {
    let mut flow = Flow::new(entry, transport);
    for message in messages {
        flow.offer(Role::Client, &bytes(message), false);
    }
    flow.values
}

/// Every message must be taken whole; cut short at every length it must be flagged (or wait for more), with
/// flipped bits and as random octets it must not break the contract.
pub(in crate::dissect) fn hostile(entry: &'static Entry, transport: Transport, seeds: &[&str]) {
    truncated(entry, transport, seeds);
    bent(entry, transport, seeds);
    if transport == Transport::Tcp {
        split(entry, seeds);
    }
    random(entry, transport);
}

fn one(entry: &Entry, transport: Transport, octets: &[u8]) -> Flow {
    let mut flow = Flow::new(entry, transport);
    flow.offer(Role::Client, octets, true);
    flow.offer(Role::Server, octets, true);
    flow
}

fn truncated(entry: &Entry, transport: Transport, seeds: &[&str]) {
    for seed in seeds {
        let whole = bytes(seed);
        let told = one(entry, transport, &whole);
        assert!(!told.ended && !told.seen.is_empty(), "{seed}");
        assert_eq!(told.malformed, 0, "{:?}", told.seen);
        for length in 1..whole.len() {
            let part = &whole[..length];
            let flow = one(entry, transport, part);
            let noticed = flow.ended || flow.malformed > 0;
            let some = flow.seen.len() < told.seen.len() && !flow.seen.is_empty();
            assert!(noticed || some, "{length} of {seed}: {:?}", flow.seen);
            let mut flow = Flow::new(entry, transport);
            flow.cut = true;
            flow.offer(Role::Client, part, true);
            assert_eq!(
                flow.malformed, 0,
                "cut at {length} of {seed}: {:?}",
                flow.seen
            );
        }
    }
}

pub(in crate::dissect) fn bent(entry: &Entry, transport: Transport, seeds: &[&str]) {
    for seed in seeds {
        let whole = bytes(seed);
        for bit in 0..whole.len() * 8 {
            let mut octets = whole.clone();
            octets[bit / 8] ^= 1 << (bit % 8);
            one(entry, transport, &octets);
        }
    }
}

/// Segments of any size tell what whole messages tell.
fn split(entry: &Entry, seeds: &[&str]) {
    let all: Vec<u8> = seeds.iter().flat_map(|seed| bytes(seed)).collect();
    let mut whole = Flow::new(entry, Transport::Tcp);
    whole.offer(Role::Client, &all, false);
    let operations = |flow: &Flow| -> Vec<String> {
        let line = |line: &String| line.split(" answers").next().unwrap_or_default().to_owned();
        flow.seen.iter().map(line).collect()
    };
    for size in [1, 2, 3, 7, 13, 64] {
        let mut flow = Flow::new(entry, Transport::Tcp);
        for piece in all.chunks(size) {
            flow.offer(Role::Client, piece, false);
        }
        assert_eq!(operations(&flow), operations(&whole), "pieces of {size}");
    }
}

fn random(entry: &'static Entry, transport: Transport) {
    let octets = proptest::collection::vec(any::<u8>(), 1..400);
    proptest!(ProptestConfig::with_cases(200), |(octets in octets, server in any::<bool>())| {
        let mut flow = Flow::new(entry, transport);
        let sender = if server { Role::Server } else { Role::Client };
        if transport == Transport::Tcp {
            flow.lose(sender, 7);
        }
        flow.offer(sender, &octets, true);
        for hinted in [true, false] {
            let input = ProbeInput { bytes: &octets, transport, hinted, sender: None };
            let _ = (entry.probe)(&input);
        }
    });
}
