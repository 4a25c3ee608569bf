//! Plays bytes to a dissector the way the inspector does, for tests.
//!
//! Every call checks the progress contract of [`Dissector::parse`]. [`hostile`] plays a conversation cut at
//! every length, with every bit turned, split at every place, with gaps, and plays noise.

use super::registry::Entry;
use super::{Dissector, Input, MessageFacts, Parsed, Role};
use crate::observation::{AnomalySet, Direction, Object, Outcome, Transport};
use crate::time::Timestamp;

/// A message of a conversation: who sends it and its octets.
pub(super) type Line = (Role, Vec<u8>);

/// What a test looks at in the facts of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Operation and objects, for instance `create(261) "a.txt" disposition=1`.
    pub(super) text: String,
    pub(super) direction: Direction,
    pub(super) outcome: Outcome,
    pub(super) anomalies: AnomalySet,
    pub(super) answers: Option<u64>,
    pub(super) host: Option<String>,
    pub(super) os: Option<String>,
    pub(super) software: Option<String>,
}

impl Seen {
    fn of(facts: &MessageFacts<'_>) -> Self {
        let operation = facts.operation;
        let mut text = format!("{}({})", operation.name, operation.code);
        if let Some(sub) = operation.sub {
            text = format!("{}({}/{sub})", operation.name, operation.code);
        }
        for object in facts.objects {
            text.push(' ');
            let shown = match object {
                Object::Name(name) => format!("{name:?}"),
                Object::Text { kind, text } => format!("{kind}={text}"),
                Object::Id { kind, id } => format!("{kind}={id}"),
                Object::Range { start, count, .. } => format!("[{start}+{count}]"),
                Object::Address(address) => address.to_string(),
            };
            text.push_str(&shown);
        }
        let own = |text: Option<&str>| text.map(str::to_owned);
        Self {
            text,
            direction: facts.direction,
            outcome: facts.outcome,
            anomalies: facts.anomalies,
            answers: facts.request.map(|request| request.frame),
            host: own(facts.identity.hostname),
            os: own(facts.identity.os),
            software: own(facts.identity.software),
        }
    }
}

/// One flow.
pub(super) struct Player {
    dissector: Box<dyn Dissector>,
    transport: Transport,
    pending: [Vec<u8>; 2],
    need: [usize; 2],
    pub(super) frame: u64,
    pub(super) ended: bool,
}

impl Player {
    pub(super) fn new(entry: &Entry, transport: Transport) -> Self {
        Self {
            dissector: (entry.create)(),
            transport,
            pending: [Vec::new(), Vec::new()],
            need: [0, 0],
            frame: 0,
            ended: false,
        }
    }

    /// One segment or datagram.
    pub(super) fn say(&mut self, sender: Role, bytes: &[u8]) -> Vec<Seen> {
        self.frame += 1;
        if self.transport != Transport::Tcp {
            self.pending = [Vec::new(), Vec::new()];
        }
        self.pending[sender as usize].extend_from_slice(bytes);
        self.run(sender, false)
    }

    /// No more bytes come from either side.
    pub(super) fn close(&mut self) -> Vec<Seen> {
        let mut all = self.run(Role::Client, true);
        all.extend(self.run(Role::Server, true));
        let end = Timestamp::from_nanos(9);
        self.dissector
            .end(end, &mut |facts| all.push(Seen::of(facts)));
        all
    }

    pub(super) fn gap(&mut self, sender: Role, lost: u64) {
        let dropped = std::mem::take(&mut self.pending[sender as usize]).len();
        self.need[sender as usize] = 0;
        self.dissector.gap(sender, dropped, lost);
    }

    /// Octets that the dissector keeps.
    pub(super) fn held(&self) -> usize {
        self.dissector.held()
    }

    pub(super) fn shed(&mut self) {
        self.dissector.shed();
    }

    fn run(&mut self, sender: Role, last: bool) -> Vec<Seen> {
        let side = sender as usize;
        let mut all = Vec::new();
        let bytes = std::mem::take(&mut self.pending[side]);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() && !self.ended && (last || rest.len() >= self.need[side]) {
            let input = Input {
                time: Timestamp::from_nanos(self.frame),
                frame: self.frame,
                sender,
                transport: self.transport,
                bytes: rest,
                cut: false,
                last,
            };
            let parsed = self
                .dissector
                .parse(&input, &mut |facts| all.push(Seen::of(facts)));
            self.need[side] = 0;
            match parsed {
                Parsed::Consumed(n) => {
                    assert!(n >= 1 && n <= rest.len(), "consumed {n} of {}", rest.len());
                    rest = &rest[n..];
                }
                Parsed::Incomplete { need } => {
                    assert!(need > rest.len(), "needs {need}, has {}", rest.len());
                    if last {
                        rest = &[];
                    }
                    self.need[side] = need;
                }
                Parsed::NotThisProtocol => self.ended = true,
            }
        }
        self.pending[side] = rest.to_vec();
        all
    }
}

/// Plays a whole conversation, each message in a segment.
pub(super) fn play(entry: &Entry, transport: Transport, lines: &[Line]) -> Vec<Seen> {
    let mut player = Player::new(entry, transport);
    let mut all = Vec::new();
    for (role, bytes) in lines {
        all.extend(player.say(*role, bytes));
    }
    all.extend(player.close());
    all
}

/// What a test expects of each message: its text.
pub(super) fn texts(all: &[Seen]) -> Vec<&str> {
    all.iter().map(|seen| seen.text.as_str()).collect()
}

/// Octets of hexadecimal digits.
pub(super) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Noise that is the same in every run.
pub(super) struct Noise(pub(super) u64);

impl Noise {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn octets(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[3]).collect()
    }
}

/// What must hold of every conversation.
pub(super) fn hostile(entry: &Entry, transport: Transport, lines: &[Line]) {
    let whole = play(entry, transport, lines);
    truncated(entry, transport, lines, &whole);
    turned(entry, transport, lines);
    noisy(entry, transport, lines);
    if transport == Transport::Tcp {
        split(entry, lines, &whole);
        with_gaps(entry, lines);
    }
}

/// Cut at every length, a message is told as it is whole, or says what is wrong, or is not told.
fn truncated(entry: &Entry, transport: Transport, lines: &[Line], whole: &[Seen]) {
    let known: Vec<_> = whole.iter().map(|seen| seen.text.as_str()).collect();
    for (at, (role, bytes)) in lines.iter().enumerate() {
        for end in 0..bytes.len() {
            let mut player = Player::new(entry, transport);
            for (role, bytes) in &lines[..at] {
                player.say(*role, bytes);
            }
            let mut told = player.say(*role, &bytes[..end]);
            told.extend(player.close());
            for seen in told {
                let fine = known.contains(&seen.text.as_str()) || !seen.anomalies.is_empty();
                assert!(fine, "message {at} cut at {end} invents {seen:?}");
            }
        }
    }
}

fn turned(entry: &Entry, transport: Transport, lines: &[Line]) {
    for (at, (role, bytes)) in lines.iter().enumerate() {
        for bit in 0..bytes.len() * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let mut player = Player::new(entry, transport);
            for (role, bytes) in &lines[..at] {
                player.say(*role, bytes);
            }
            player.say(*role, &other);
            for (role, bytes) in &lines[at + 1..] {
                player.say(*role, bytes);
            }
            player.close();
        }
    }
}

fn noisy(entry: &Entry, transport: Transport, lines: &[Line]) {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2000 {
        let mut player = Player::new(entry, transport);
        for (role, bytes) in lines.iter().take(2) {
            player.say(*role, bytes);
        }
        let length = usize::try_from(noise.next() % 300).unwrap();
        let mut octets = noise.octets(length);
        // Half of it begins as a message does.
        if noise.next() & 1 == 0
            && let Some((_, bytes)) =
                lines.get(usize::try_from(noise.next()).unwrap() % lines.len())
        {
            let kept = (usize::try_from(noise.next()).unwrap() % 80).min(bytes.len());
            octets.splice(0..0, bytes[..kept].iter().copied());
        }
        player.say(Role::Client, &octets);
        player.say(Role::Server, &octets);
        player.close();
    }
}

/// Split anywhere, a stream says the same.
fn split(entry: &Entry, lines: &[Line], whole: &[Seen]) {
    let mut noise = Noise(0x1234_5678_9abc_def1);
    for step in (1..8).chain([13, 64, 200, 1000]) {
        let mut player = Player::new(entry, Transport::Tcp);
        let mut all = Vec::new();
        for (role, bytes) in lines {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let most = 1 + usize::try_from(noise.next()).unwrap() % step;
                let (head, tail) = rest.split_at(most.min(rest.len()));
                all.extend(player.say(*role, head));
                rest = tail;
            }
        }
        all.extend(player.close());
        let compare = |all: &[Seen]| -> Vec<(String, Outcome, AnomalySet)> {
            let row = |seen: &Seen| (seen.text.clone(), seen.outcome, seen.anomalies);
            all.iter().map(row).collect()
        };
        assert_eq!(compare(&all), compare(whole), "in pieces of up to {step}");
    }
}

fn with_gaps(entry: &Entry, lines: &[Line]) {
    for lost in [1, 5, 100, 5000] {
        for at in 0..lines.len() {
            let mut player = Player::new(entry, Transport::Tcp);
            for (n, (role, bytes)) in lines.iter().enumerate() {
                if n == at {
                    player.say(*role, &bytes[..bytes.len() / 2]);
                    player.gap(*role, lost);
                } else {
                    player.say(*role, bytes);
                }
            }
            player.close();
        }
    }
}
