//! Messages of named captures and of the standard's own layouts, and what is made of them.
//!
//! A session is a list of messages in hexadecimal, `>` from the client and `<` from the server;
//! [`check`] compares one line per observation.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "tests name what they expect and stop at anything else"
)]

mod framing;
mod hostile;
mod services;
mod sessions;

use std::fmt::Write as _;

use super::Enip;
use crate::dissect::{Dissector, Input, MessageFacts, Parsed, Role};
use crate::observation::{Direction, Object, Outcome, Transport};
use crate::time::Timestamp;

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

/// An encapsulated message of session 9 with its context.
pub(super) fn message(command: u16, context: u8, data: &[u8]) -> Vec<u8> {
    let mut message = command.to_le_bytes().to_vec();
    message.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
    message.extend([
        9, 0, 0, 0, 0, 0, 0, 0, context, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    message.extend(data);
    message
}

/// Send RR Data around a CIP message.
pub(super) fn unconnected(context: u8, cip: &[u8]) -> Vec<u8> {
    let mut data = bytes("00000000 0000 0200 0000 0000 b200");
    data.extend(u16::try_from(cip.len()).unwrap().to_le_bytes());
    data.extend(cip);
    message(0x6f, context, &data)
}

/// Send Unit Data around a CIP message.
pub(super) fn connected(connection: u32, count: u16, cip: &[u8]) -> Vec<u8> {
    let mut data = bytes("00000000 0000 0200 a100 0400");
    data.extend(connection.to_le_bytes());
    data.extend(bytes("b100"));
    data.extend(u16::try_from(cip.len() + 2).unwrap().to_le_bytes());
    data.extend(count.to_le_bytes());
    data.extend(cip);
    message(0x70, 0, &data)
}

/// A multiple service packet around messages; `head` is its service and path, or its reply header.
pub(super) fn multiple(head: &[u8], messages: &[&[u8]]) -> Vec<u8> {
    let mut packet = head.to_vec();
    packet.extend(u16::try_from(messages.len()).unwrap().to_le_bytes());
    let mut offset = 2 + 2 * messages.len();
    for message in messages {
        packet.extend(u16::try_from(offset).unwrap().to_le_bytes());
        offset += message.len();
    }
    packet.extend(messages.concat());
    packet
}

/// One connection, driven the way the inspector drives it.
pub(super) struct Session {
    enip: Enip,
    pub(super) transport: Transport,
    /// Number and time in milliseconds of the latest segment.
    pub(super) frame: u64,
    pending: [Vec<u8>; 2],
    pub(super) cut: bool,
    pub(super) seen: Vec<String>,
    pub(super) ended: bool,
}

impl Session {
    pub(super) fn new() -> Self {
        Self {
            enip: Enip::default(),
            transport: Transport::Tcp,
            frame: 0,
            pending: [Vec::new(), Vec::new()],
            cut: false,
            seen: Vec::new(),
            ended: false,
        }
    }

    /// Takes a segment; frame n comes at n milliseconds.
    pub(super) fn segment(&mut self, sender: Role, data: &[u8], last: bool) {
        self.frame += 1;
        let mut offered = std::mem::take(&mut self.pending[sender as usize]);
        offered.extend_from_slice(data);
        let mut at = 0;
        while at < offered.len() && !self.ended {
            let input = Input {
                time: Timestamp::from_nanos(self.frame * 1_000_000),
                frame: self.frame,
                sender,
                transport: self.transport,
                bytes: &offered[at..],
                cut: self.cut,
                last,
            };
            let seen = &mut self.seen;
            match self.enip.parse(&input, &mut |facts| seen.push(line(facts))) {
                Parsed::Consumed(n) => {
                    assert!(n > 0 && n <= input.bytes.len(), "progress contract");
                    at += n;
                }
                Parsed::Incomplete { need } => {
                    assert!(need > input.bytes.len(), "need is more than there is");
                    assert!(!last, "nothing more will come");
                    assert_eq!(self.transport, Transport::Tcp, "a datagram never grows");
                    break;
                }
                Parsed::NotThisProtocol => self.ended = true,
            }
        }
        self.pending[sender as usize] = offered[at..].to_vec();
    }

    pub(super) fn gap(&mut self, sender: Role, lost: u64) {
        let dropped = std::mem::take(&mut self.pending[sender as usize]).len();
        self.enip.gap(sender, dropped, lost);
    }
}

/// One observation as one line.
fn line(facts: &MessageFacts<'_>) -> String {
    let mut line = String::new();
    let arrow = match facts.direction {
        Direction::Request => '>',
        Direction::Response => '<',
        Direction::OneWay => '-',
    };
    let class = format!("{:?}", facts.operation.class).to_lowercase();
    let (protocol, code, name) = (
        facts.protocol.id(),
        facts.operation.code,
        facts.operation.name,
    );
    write!(line, "{arrow} {protocol} {code:#x}").unwrap();
    if let Some(sub) = facts.operation.sub {
        write!(line, ":{sub:#x}").unwrap();
    }
    write!(line, " {name} ({class})").unwrap();
    if let Some(station) = facts.station {
        write!(line, " @{station}").unwrap();
    }
    for object in facts.objects {
        match object {
            Object::Id { kind, id } => write!(line, " {kind}:{id}"),
            Object::Range {
                table,
                start,
                count,
            } => write!(line, " {table}:{start}+{count}"),
            Object::Name(name) => write!(line, " {name:?}"),
            Object::Address(address) => write!(line, " {address}"),
            Object::Text { kind, text } => write!(line, " {kind}={text:?}"),
        }
        .unwrap();
    }
    match facts.outcome {
        Outcome::None => {}
        Outcome::Ok => line.push_str(" ok"),
        Outcome::Error { code, name } => write!(line, " error {code} {name}").unwrap(),
    }
    if let Some(request) = facts.request {
        let millis = request.latency.as_millis();
        write!(line, " answers #{} after {millis} ms", request.frame).unwrap();
    }
    let identity = facts.identity;
    for (label, text) in [
        ("vendor", identity.vendor),
        ("model", identity.model),
        ("firmware", identity.firmware),
        ("serial", identity.serial),
        ("hostname", identity.hostname),
    ] {
        if let Some(text) = text {
            write!(line, " {label}={text:?}").unwrap();
        }
    }
    for anomaly in facts.anomalies.iter() {
        write!(line, " !{}", anomaly.id()).unwrap();
    }
    line
}

/// Plays messages such as `"> 6500 …"` and compares the observations line by line.
pub(super) fn check(messages: &[&str], expected: &[&str]) {
    let mut session = Session::new();
    for message in messages {
        let sender = if message.starts_with('>') {
            Role::Client
        } else {
            Role::Server
        };
        session.segment(sender, &bytes(message.get(1..).unwrap()), false);
    }
    assert_eq!(session.seen, expected);
}

/// What is made of the CIP message in an unconnected request, without the command around it.
pub(super) fn told(cip: &str) -> Vec<String> {
    let mut session = Session::new();
    session.segment(Role::Client, &unconnected(1, &bytes(cip)), false);
    session.seen.split_off(1)
}

/// What is made of a request and its reply, without the commands around them.
pub(super) fn exchange(request: &str, reply: &str) -> Vec<String> {
    let mut session = Session::new();
    session.segment(Role::Client, &unconnected(1, &bytes(request)), false);
    session.segment(Role::Server, &unconnected(1, &bytes(reply)), false);
    session.seen.retain(|line| line.contains(" cip "));
    session.seen
}
