//! Chunks of named captures and what is made of them.
//!
//! A session is a list of chunks in hexadecimal, `>` from the client and `<` from the server; [`check`] compares one
//! line per observation.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "tests name what they expect and stop at anything else"
)]

mod chunks;
mod hostile;
mod services;
mod sessions;
mod undefined;

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::Opcua;
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

/// A chunk with its size.
pub(super) fn framed(head: [u8; 4], rest: &[u8]) -> Vec<u8> {
    let size = u32::try_from(rest.len() + 8).unwrap().to_le_bytes();
    [&head[..], &size, rest].concat()
}

pub(super) const NONE: &str = "http://opcfoundation.org/UA/SecurityPolicy#None";

/// A chunk of channel 1.
pub(super) fn chunk(head: [u8; 4], sequence: u32, request: u32, body: &[u8]) -> Vec<u8> {
    let numbers = [sequence.to_le_bytes(), request.to_le_bytes()].concat();
    let security = if head.starts_with(b"OPN") {
        let length = u32::try_from(NONE.len()).unwrap().to_le_bytes();
        [&length[..], NONE.as_bytes(), &[0xff; 8]].concat()
    } else {
        vec![1, 0, 0, 0]
    };
    framed(
        head,
        &[&[1, 0, 0, 0], &security[..], &numbers, body].concat(),
    )
}

/// A message of one of the seeds.
#[derive(Clone, Debug)]
pub(super) struct Seed {
    pub(super) name: &'static str,
    pub(super) body: Vec<u8>,
}

impl Seed {
    pub(super) fn role(&self) -> Role {
        if self.name.ends_with("Request") {
            Role::Client
        } else {
            Role::Server
        }
    }

    fn head(&self) -> [u8; 4] {
        match self.name {
            name if name.starts_with("OpenSecure") => *b"OPNF",
            name if name.starts_with("CloseSecure") => *b"CLOF",
            _ => *b"MSGF",
        }
    }

    pub(super) fn chunk(&self, sequence: u32, request: u32) -> Vec<u8> {
        chunk(self.head(), sequence, request, &self.body)
    }
}

static SEEDS: LazyLock<Vec<Seed>> = LazyLock::new(|| {
    let rows = include_str!("tests/seeds.txt").lines();
    rows.filter(|row| !row.starts_with('#'))
        .map(|row| {
            let (name, hex) = row.split_once(' ').unwrap();
            Seed {
                name,
                body: bytes(hex),
            }
        })
        .collect()
});

pub(super) fn seeds() -> &'static [Seed] {
    &SEEDS
}

/// The first seed of a name.
pub(super) fn seed(name: &str) -> &'static Seed {
    seeds().iter().find(|seed| seed.name == name).unwrap()
}

/// One connection, driven the way the inspector drives it.
#[derive(Default)]
pub(super) struct Session {
    pub(super) opcua: Opcua,
    /// Number and time in milliseconds of the latest segment.
    pub(super) frame: u64,
    pending: [Vec<u8>; 2],
    pub(super) seen: Vec<String>,
    pub(super) ended: bool,
    /// The capture cuts what comes.
    pub(super) cut: bool,
}

impl Session {
    /// A connection without security, of which the capture has the start.
    pub(super) fn open() -> Self {
        let mut session = Self::default();
        session.segment(Role::Client, &framed(*b"HELF", &bytes(HELLO)), false);
        session.segment(Role::Server, &framed(*b"ACKF", &bytes(ACKNOWLEDGE)), false);
        session.segment(
            Role::Client,
            &seed("OpenSecureChannelRequest").chunk(1, 1),
            false,
        );
        session.segment(
            Role::Server,
            &seed("OpenSecureChannelResponse").chunk(1, 1),
            false,
        );
        assert_eq!(session.seen.len(), 4);
        assert!(
            session.seen.iter().all(|line| !line.contains('!')),
            "{:?}",
            session.seen
        );
        session.seen.clear();
        session
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
                cut: self.cut,
                last,
            };
            let seen = &mut self.seen;
            match self
                .opcua
                .parse(&input, &mut |facts| seen.push(line(facts)))
            {
                Parsed::Consumed(n) => {
                    assert!(n > 0 && n <= input.bytes.len(), "progress contract");
                    at += n;
                }
                Parsed::Incomplete { need } => {
                    assert!(need > input.bytes.len(), "need is more than there is");
                    assert!(need <= crate::limits::STREAM_PENDING_BYTES);
                    assert!(!last, "nothing more will come");
                    break;
                }
                Parsed::NotThisProtocol => self.ended = true,
            }
            assert!(self.opcua.held() <= 2 * crate::limits::OPCUA_MESSAGE_BYTES);
        }
        self.pending[sender as usize] = offered[at..].to_vec();
    }

    pub(super) fn gap(&mut self, sender: Role, lost: u64) {
        let dropped = std::mem::take(&mut self.pending[sender as usize]).len();
        self.opcua.gap(sender, dropped, lost);
    }

    /// The observation made last.
    pub(super) fn last(&self) -> &str {
        self.seen.last().map_or("", String::as_str)
    }
}

/// HEL and ACK of `opcua/icsnpp_client_server_minimal.pcap`, frames 5 and 7, behind their headers.
pub(super) const HELLO: &str = "00000000 ffff0000 ffff0000 00000000 00000000 18000000 \
    6f70632e7463703a2f2f6c6f63616c686f73743a34383430";
pub(super) const ACKNOWLEDGE: &str = "00000000 ffff0000 ffff0000 00000000 00000000";

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
        "{arrow} {} {} ({class})",
        operation.code, operation.name
    )
    .unwrap();
    if let Some(sub) = operation.sub {
        write!(line, "/{sub}").unwrap();
    }
    for object in facts.objects {
        match object {
            Object::Id { kind, id } => write!(line, " {kind}={id}").unwrap(),
            Object::Name(name) => write!(line, " {name}").unwrap(),
            Object::Text { kind, text } => write!(line, " {kind}={text:?}").unwrap(),
            other => write!(line, " {other:?}").unwrap(),
        }
    }
    if !facts.values.is_empty() {
        write!(line, " +{}", facts.values.len()).unwrap();
    }
    match facts.outcome {
        Outcome::None => {}
        Outcome::Ok => line.push_str(" ok"),
        Outcome::Error { code, name } => write!(line, " error {code:#x} {name}").unwrap(),
    }
    let identity = facts.identity;
    for (name, text) in [
        ("vendor", identity.vendor),
        ("model", identity.model),
        ("firmware", identity.firmware),
        ("hostname", identity.hostname),
        ("software", identity.software),
    ] {
        if let Some(text) = text {
            write!(line, " ~{name}={text:?}").unwrap();
        }
    }
    if let Some(request) = facts.request {
        write!(line, " answers #{}", request.frame).unwrap();
    }
    for anomaly in facts.anomalies.iter() {
        write!(line, " !{}", anomaly.id()).unwrap();
    }
    line
}

/// Plays chunks such as `"> 4d53 …"` and compares the observations line by line.
pub(super) fn check(session: &mut Session, chunks: &[&str], expected: &[&str]) {
    for chunk in chunks {
        let sender = if chunk.starts_with('>') {
            Role::Client
        } else {
            Role::Server
        };
        session.segment(sender, &bytes(chunk.get(1..).unwrap()), false);
    }
    assert_eq!(session.seen, expected);
}

impl Opcua {
    /// Sequence number that the client has to send next.
    fn next(&self) -> u32 {
        self.client.sequence.map_or(1, |number| number + 1)
    }

    /// Whether no request waits for its response.
    fn pairing_is_empty(&mut self) -> bool {
        (0..20).all(|number| !matches!(self.pairing.answer(number), super::pairing::Answer::To(_)))
    }
}

/// What does not depend on how a stream is cut into segments.
pub(super) fn told(session: &Session) -> Vec<String> {
    let line = |line: &String| match line.split_once(" answers #") {
        Some((told, rest)) => format!(
            "{told} answers {}",
            rest.split_once(' ').map_or("", |r| r.1)
        ),
        None => line.clone(),
    };
    session.seen.iter().map(line).collect()
}
