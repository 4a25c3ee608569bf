//! Frames of named captures and what is made of them.
//!
//! A session is a list of frames in hexadecimal, `>` from the client and `<` from the server;
//! [`check`] compares one line per observation.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "tests name what they expect and stop at anything else"
)]

mod hostile;
mod sessions;

use std::fmt::Write as _;

use super::{Dnp3, link};
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

/// A link frame around user data, with the right CRCs.
pub(super) fn framed(control: u8, destination: u16, source: u16, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![5, 0x64, u8::try_from(data.len() + 5).unwrap(), control];
    frame.extend(destination.to_le_bytes());
    frame.extend(source.to_le_bytes());
    let crc = link::crc(&frame);
    frame.extend(crc.to_le_bytes());
    for block in data.chunks(16) {
        frame.extend(block);
        frame.extend(link::crc(block).to_le_bytes());
    }
    frame
}

/// A fragment in one frame: from the master (address 1) or from the outstation (address 10).
pub(super) fn fragment(from_master: bool, application: &[u8]) -> Vec<u8> {
    let data = [[0xc0].as_slice(), application].concat();
    if from_master {
        framed(0xc4, 10, 1, &data)
    } else {
        framed(0x44, 1, 10, &data)
    }
}

/// One connection, driven the way the inspector drives it.
pub(super) struct Session {
    dnp3: Dnp3,
    pub(super) transport: Transport,
    /// Number and time in milliseconds of the latest segment.
    pub(super) frame: u64,
    pending: [Vec<u8>; 2],
    pub(super) seen: Vec<String>,
    pub(super) ended: bool,
}

impl Session {
    pub(super) fn new() -> Self {
        Self {
            dnp3: Dnp3::default(),
            transport: Transport::Tcp,
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
                transport: self.transport,
                bytes: &offered[at..],
                cut: false,
                last,
            };
            let seen = &mut self.seen;
            match self.dnp3.parse(&input, &mut |facts| seen.push(line(facts))) {
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
        self.dnp3.gap(sender, dropped, lost);
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
    write!(
        line,
        "{arrow} {} {} ({class})",
        facts.operation.code, facts.operation.name
    )
    .unwrap();
    if let Some(station) = facts.station {
        write!(line, " @{station}").unwrap();
    }
    for object in facts.objects {
        match object {
            Object::Id { kind: "object", id } => write!(line, " {}/{}", id >> 8, id & 0xff),
            Object::Id {
                kind: "internal_indications",
                id,
            } => write!(line, " iin:{id:04x}"),
            Object::Id {
                kind: "master_address",
                id,
            } => write!(line, " master:{id}"),
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

/// Plays frames such as `"> 0564 …"` and compares the observations line by line.
pub(super) fn check(frames: &[&str], expected: &[&str]) {
    let mut session = Session::new();
    for frame in frames {
        let sender = if frame.starts_with('>') {
            Role::Client
        } else {
            Role::Server
        };
        session.segment(sender, &bytes(frame.get(1..).unwrap()), false);
    }
    assert_eq!(session.seen, expected);
}

/// What is made of one application fragment.
pub(super) fn told(from_master: bool, application: &str) -> String {
    let mut session = Session::new();
    let sender = if from_master {
        Role::Client
    } else {
        Role::Server
    };
    session.segment(sender, &fragment(from_master, &bytes(application)), false);
    assert_eq!(session.seen.len(), 1, "{application}");
    session.seen.remove(0)
}
