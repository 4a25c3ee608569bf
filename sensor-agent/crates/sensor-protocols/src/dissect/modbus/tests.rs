//! Messages of named captures and of the specification's examples, and what is made of them.
//!
//! A session is a list of messages in hexadecimal, `>` from the client and `<` from the server;
//! [`check`] compares one line per observation.

mod functions;
mod hostile;
mod sessions;

use std::fmt::Write as _;

use super::Modbus;
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

/// One connection, driven the way the inspector drives it.
pub(super) struct Session {
    modbus: Modbus,
    /// Number and time in milliseconds of the latest segment.
    pub(super) frame: u64,
    pending: [Vec<u8>; 2],
    pub(super) seen: Vec<String>,
    pub(super) ended: bool,
}

impl Session {
    pub(super) fn new() -> Self {
        Self {
            modbus: Modbus::default(),
            frame: 0,
            pending: [Vec::new(), Vec::new()],
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
                transport: Transport::Tcp,
                bytes: &offered[at..],
                cut: false,
                last,
            };
            let seen = &mut self.seen;
            match self
                .modbus
                .parse(&input, &mut |facts| seen.push(line(facts)))
            {
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

    pub(super) fn gap(&mut self, sender: Role, lost: u64) {
        let dropped = std::mem::take(&mut self.pending[sender as usize]).len();
        self.modbus.gap(sender, dropped, lost);
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
    write!(line, "{arrow} {}", facts.operation.code).unwrap();
    if let Some(sub) = facts.operation.sub {
        write!(line, "/{sub}").unwrap();
    }
    let class = format!("{:?}", facts.operation.class).to_lowercase();
    write!(line, " {} ({class})", facts.operation.name).unwrap();
    for object in facts.objects {
        match object {
            Object::Range {
                table,
                start,
                count,
            } => write!(line, " {table}:{start}+{count}").unwrap(),
            Object::Id { kind, id } => write!(line, " {kind}:{id}").unwrap(),
            Object::Name(name) => write!(line, " {name}").unwrap(),
            Object::Address(address) => write!(line, " {address}").unwrap(),
            Object::Text { kind, text } => write!(line, " {kind}={text:?}").unwrap(),
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

/// Plays messages such as `"> 0001 0000 …"` and compares the observations line by line.
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
