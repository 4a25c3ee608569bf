//! Packets of named captures and what is made of them, for the transport protocol and for its users.
//!
//! A session is a list of packets in hexadecimal, `>` from the client and `<` from the server;
//! [`check`] compares one line per observation.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "tests name what they expect and stop at anything else"
)]

mod hostile;
mod sessions;

use std::fmt::Write as _;

use super::Cotp;
use crate::dissect::{Dissector, Input, MessageFacts, Parsed, Role};
use crate::observation::{Direction, Object, Outcome, Transport};
use crate::time::Timestamp;

pub(in crate::dissect) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

/// A packet with one DT TPDU that ends its TSDU.
pub(in crate::dissect) fn packet(tsdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(tsdu.len() + 7).unwrap();
    let mut packet = vec![3, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([2, 0xf0, 0x80]);
    packet.extend(tsdu);
    packet
}

/// One connection, driven the way the inspector drives it.
#[derive(Default)]
pub(in crate::dissect) struct Session {
    cotp: Cotp,
    /// Number and time in milliseconds of the latest segment.
    pub(in crate::dissect) frame: u64,
    pending: [Vec<u8>; 2],
    pub(in crate::dissect) seen: Vec<String>,
    pub(in crate::dissect) ended: bool,
    /// The capture cuts what comes.
    pub(in crate::dissect) cut: bool,
}

impl Session {
    /// Takes a segment; frame n comes at n milliseconds.
    pub(in crate::dissect) fn segment(&mut self, sender: Role, data: &[u8], last: bool) {
        self.frame += 1;
        let mut offered = std::mem::take(&mut self.pending[sender as usize]);
        offered.extend_from_slice(data);
        let mut at = 0;
        while at < offered.len() && !self.ended {
            let input = Input {
                time: Timestamp::from_nanos(self.frame * 1_000_000),
                frame: self.frame,
                sender,
                transport: Transport::Tcp,
                bytes: &offered[at..],
                cut: self.cut,
                last,
            };
            let seen = &mut self.seen;
            match self.cotp.parse(&input, &mut |facts| seen.push(line(facts))) {
                Parsed::Consumed(n) => {
                    assert!(n > 0 && n <= input.bytes.len(), "progress contract");
                    at += n;
                }
                Parsed::Incomplete { need } => {
                    assert!(need > input.bytes.len(), "need is more than there is");
                    assert!(!last, "nothing more will come");
                    break;
                }
                Parsed::NotThisProtocol => self.ended = true,
            }
        }
        self.pending[sender as usize] = offered[at..].to_vec();
    }

    pub(in crate::dissect) fn gap(&mut self, sender: Role, lost: u64) {
        let dropped = std::mem::take(&mut self.pending[sender as usize]).len();
        self.cotp.gap(sender, dropped, lost);
    }

    /// The observation made last.
    pub(in crate::dissect) fn last(&self) -> &str {
        self.seen.last().map_or("", String::as_str)
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
    let operation = facts.operation;
    write!(
        line,
        "{arrow} {} {:#x}",
        facts.protocol.id(),
        operation.code
    )
    .unwrap();
    if let Some(sub) = operation.sub {
        write!(line, "/{sub}").unwrap();
    }
    write!(line, " {} ({class})", operation.name).unwrap();
    for object in facts.objects {
        match object {
            Object::Range {
                table,
                start,
                count,
            } => write!(line, " {table} {start}+{count}").unwrap(),
            Object::Id { kind, id } => write!(line, " {kind}={id}").unwrap(),
            other => write!(line, " {other:?}").unwrap(),
        }
    }
    if !facts.values.is_empty() {
        let hex: String = facts.values.iter().fold(String::new(), |mut hex, octet| {
            write!(hex, "{octet:02x}").unwrap();
            hex
        });
        write!(line, " ={hex}").unwrap();
    }
    match facts.outcome {
        Outcome::None => {}
        Outcome::Ok => line.push_str(" ok"),
        Outcome::Error { code, name } => write!(line, " error {code:#x} {name}").unwrap(),
    }
    let identity = facts.identity;
    for (name, text) in [
        ("model", identity.model),
        ("firmware", identity.firmware),
        ("serial", identity.serial),
        ("hostname", identity.hostname),
    ] {
        if let Some(text) = text {
            write!(line, " {name}={text:?}").unwrap();
        }
    }
    if let Some(request) = facts.request {
        let millis = request.latency.as_millis();
        write!(line, " answers #{} after {millis} ms", request.frame).unwrap();
    }
    for anomaly in facts.anomalies.iter() {
        write!(line, " !{}", anomaly.id()).unwrap();
    }
    line
}

/// Plays packets such as `"> 0300 …"` and compares the observations line by line.
pub(in crate::dissect) fn check(packets: &[&str], expected: &[&str]) {
    let mut session = Session::default();
    for packet in packets {
        let sender = if packet.starts_with('>') {
            Role::Client
        } else {
            Role::Server
        };
        session.segment(sender, &bytes(packet.get(1..).unwrap()), false);
    }
    assert_eq!(session.seen, expected);
}

/// What does not depend on how a stream is cut into segments: a message that came with another one
/// may be in another frame.
pub(in crate::dissect) fn told(session: &Session) -> Vec<String> {
    let line = |line: &String| match line.split_once(" answers #") {
        Some((told, _)) => format!("{told} answers"),
        None => line.clone(),
    };
    session.seen.iter().map(line).collect()
}

/// Plays a stream cut into segments of the given lengths.
pub(in crate::dissect) fn play_cut(stream: &[u8], cuts: &[usize]) -> Session {
    let mut session = Session::default();
    let mut rest = stream;
    for at in cuts {
        let (head, tail) = rest.split_at((*at).min(rest.len()));
        session.segment(Role::Client, head, false);
        rest = tail;
    }
    session.segment(Role::Client, rest, false);
    session
}

/// Plays the bytes in both directions and to the end; returns the observations.
pub(in crate::dissect) fn play(data: &[u8]) -> Vec<String> {
    let mut session = Session::default();
    session.segment(Role::Client, data, false);
    session.segment(Role::Server, data, false);
    session.gap(Role::Server, 100);
    session.segment(Role::Server, data, true);
    session.segment(Role::Client, &[], true);
    session.seen
}
