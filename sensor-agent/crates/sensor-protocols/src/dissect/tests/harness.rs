//! Drives a dissector of a stream the way the inspector does, for tests: whole conversations, cut at any
//! place, damaged, with losses.
//!
//! Data in: a constructor and a script, what each side says in turn. Data out: one line per observation.

use std::fmt::Write as _;

use super::{Dissector, Input, MessageFacts, Parsed, Role};
use crate::limits;
use crate::observation::{Object, Outcome, Transport};
use crate::time::Timestamp;

pub(super) type Create = fn() -> Box<dyn Dissector>;

/// What is said, in turn.
pub(super) type Script<'a> = &'a [(Role, &'a [u8])];

/// Octets from hexadecimal digits; all else is passed over.
pub(super) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

/// One connection.
pub(super) struct Talk {
    dissector: Box<dyn Dissector>,
    pending: [Vec<u8>; 2],
    frame: u64,
    pub(super) seen: Vec<String>,
    /// The dissector said that this is another protocol.
    pub(super) ended: bool,
}

impl Talk {
    pub(super) fn new(create: Create) -> Self {
        Self {
            dissector: create(),
            pending: [Vec::new(), Vec::new()],
            frame: 0,
            seen: Vec::new(),
            ended: false,
        }
    }

    /// A segment; frame n comes at n milliseconds.
    pub(super) fn say(&mut self, sender: Role, bytes: &[u8]) {
        self.frame += 1;
        self.pending[sender as usize].extend_from_slice(bytes);
        self.offer(sender, false);
    }

    fn offer(&mut self, sender: Role, last: bool) {
        let offered = std::mem::take(&mut self.pending[sender as usize]);
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
            let answer = self
                .dissector
                .parse(&input, &mut |facts| seen.push(line(facts)));
            match answer {
                Parsed::Consumed(n) => {
                    assert!(n > 0 && n <= input.bytes.len(), "progress contract");
                    at += n;
                }
                Parsed::Incomplete { need } => {
                    assert!(need > input.bytes.len(), "need is more than there is");
                    assert!(!last, "nothing more will come: {:02x?}", input.bytes);
                    break;
                }
                Parsed::NotThisProtocol => self.ended = true,
            }
        }
        self.pending[sender as usize] = offered[at..].to_vec();
        assert!(self.pending[sender as usize].len() <= limits::STREAM_PENDING_CAP);
    }

    pub(super) fn gap(&mut self, sender: Role, lost: u64) {
        let dropped = std::mem::take(&mut self.pending[sender as usize]).len();
        self.dissector.gap(sender, dropped, lost);
    }

    /// Both sides close.
    pub(super) fn close(&mut self) {
        self.offer(Role::Client, true);
        self.offer(Role::Server, true);
        let seen = &mut self.seen;
        let at = Timestamp::from_nanos(self.frame * 1_000_000);
        self.dissector.end(at, &mut |facts| seen.push(line(facts)));
    }

    /// Octets that the dissector keeps.
    pub(super) fn held(&self) -> usize {
        self.dissector.held()
    }

    /// Octets that wait in the stream of a side.
    pub(super) fn waiting(&self, sender: Role) -> usize {
        self.pending[sender as usize].len()
    }
}

/// One observation as one line, without what depends on the frames.
fn line(facts: &MessageFacts<'_>) -> String {
    let operation = facts.operation;
    let mut line = format!("{:?} {}", facts.direction, operation.name);
    if let Some(sub) = operation.sub {
        write!(line, "/{sub}").unwrap();
    }
    write!(line, " {:?}", operation.class).unwrap();
    for object in facts.objects {
        match object {
            Object::Range {
                table,
                start,
                count,
            } => write!(line, " {table}:{start}+{count}"),
            Object::Id { kind, id } => write!(line, " {kind}:{id}"),
            Object::Name(name) => write!(line, " {name:?}"),
            Object::Text { kind, text } => write!(line, " {kind}={text:?}"),
            Object::Address(address) => write!(line, " {address}"),
        }
        .unwrap();
    }
    if let Outcome::Error { code, name } = facts.outcome {
        write!(line, " error {code} {name}").unwrap();
    }
    for (kind, text) in [
        ("software", facts.identity.software),
        ("os", facts.identity.os),
        ("vendor", facts.identity.vendor),
        ("model", facts.identity.model),
        ("hostname", facts.identity.hostname),
    ] {
        if let Some(text) = text {
            assert!(!text.is_empty(), "empty strings are never used");
            write!(line, " [{kind} {text}]").unwrap();
        }
    }
    if facts.request.is_some() {
        line.push_str(" answers");
    }
    for anomaly in facts.anomalies.iter() {
        write!(line, " !{}", anomaly.id()).unwrap();
    }
    line
}

/// The observations of a conversation.
pub(super) fn lines(create: Create, script: Script<'_>) -> Vec<String> {
    let mut talk = Talk::new(create);
    for (sender, bytes) in script {
        talk.say(*sender, bytes);
    }
    talk.close();
    talk.seen
}

/// Numbers that look random and are the same each time (xorshift).
pub(super) fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap()
}

/// Cut at every octet, and at random places, a conversation gives the same observations.
pub(super) fn splits_do_not_matter(create: Create, script: Script<'_>) {
    let whole = lines(create, script);
    let mut state = 0x2545_f491_4f6c_dd1d;
    for round in 0..40 {
        let mut talk = Talk::new(create);
        for (sender, bytes) in script {
            let mut rest = *bytes;
            while !rest.is_empty() {
                let most = if round == 0 {
                    1
                } else {
                    1 + random(&mut state) % 40
                };
                let (now, later) = rest.split_at(most.min(rest.len()));
                talk.say(*sender, now);
                rest = later;
            }
        }
        talk.close();
        assert_eq!(talk.seen, whole, "round {round}");
    }
}

/// Ended after every octet of every message, a conversation tells what it told so far, and of the message
/// that is cut nothing without saying that something is wrong. Where a side said nothing whole yet, its
/// dissector may keep silent.
pub(super) fn truncation_invents_nothing(create: Create, script: Script<'_>) {
    let whole = lines(create, script);
    for (at, (sender, bytes)) in script.iter().enumerate() {
        for end in 0..bytes.len() {
            let mut talk = Talk::new(create);
            for (sender, bytes) in &script[..at] {
                talk.say(*sender, bytes);
            }
            talk.say(*sender, &bytes[..end]);
            talk.close();
            for (n, line) in talk.seen.iter().enumerate() {
                let told = whole.get(n) == Some(line) || line.contains(" !");
                assert!(told, "message {at} of {end} octets: {line}");
            }
        }
    }
}

/// Every bit of a conversation flipped by itself, then random octets behind each of its messages.
pub(super) fn damage_is_survived(create: Create, script: Script<'_>) {
    for (at, (sender, bytes)) in script.iter().enumerate() {
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let mut talk = Talk::new(create);
            for (n, (other, bytes)) in script.iter().enumerate() {
                talk.say(*other, if n == at { &damaged } else { bytes });
            }
            talk.close();
        }
        let mut state = 0x9e37_79b9_7f4a_7c15 + at as u64;
        for _ in 0..50 {
            let mut talk = Talk::new(create);
            for (other, bytes) in &script[..=at] {
                talk.say(*other, bytes);
            }
            let noise: Vec<u8> = (0..300)
                .map(|_| random(&mut state).to_le_bytes()[0])
                .collect();
            talk.say(*sender, &noise);
            talk.gap(*sender, random(&mut state) as u64 % 3000);
            talk.say(*sender, bytes);
            talk.close();
        }
    }
}
