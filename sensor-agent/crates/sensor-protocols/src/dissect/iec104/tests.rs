//! APDUs of named captures and what is made of them.
//!
//! A session is a list of APDUs in hexadecimal, `>` from the controlling station and `<` from the
//! controlled one; [`check`] compares one line per observation.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "tests name what they expect and stop at anything else"
)]

mod hostile;
mod sessions;
mod vectors;

use std::fmt::Write as _;

use super::{Iec104, NEGATIVE_BIT, SELECT_BIT, TEST_BIT, cause_name};
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
#[derive(Default)]
pub(super) struct Session {
    iec104: Iec104,
    /// Number and time in milliseconds of the latest segment.
    pub(super) frame: u64,
    pending: [Vec<u8>; 2],
    pub(super) seen: Vec<String>,
    pub(super) ended: bool,
    /// The capture cuts what comes.
    pub(super) cut: bool,
}

impl Session {
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
                .iec104
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
        self.iec104.gap(sender, dropped, lost);
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
    if let Some(sub) = facts.operation.sub {
        write!(line, " {}", cause_name((sub & 0x3f) as u8)).unwrap();
        for (bit, name) in [
            (NEGATIVE_BIT, "negative"),
            (TEST_BIT, "test"),
            (SELECT_BIT, "select"),
        ] {
            if sub & 1 << bit != 0 {
                write!(line, " {name}").unwrap();
            }
        }
    }
    if let Some(station) = facts.station {
        write!(line, " @{station}").unwrap();
    }
    for object in facts.objects {
        match object {
            Object::Range { start, count, .. } => write!(line, " {start}+{count}").unwrap(),
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
        Outcome::Error { code, name } => write!(line, " error {code} {name}").unwrap(),
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

/// Plays APDUs such as `"> 6804 …"` and compares the observations line by line.
pub(super) fn check(apdus: &[&str], expected: &[&str]) {
    let mut session = Session::default();
    for apdu in apdus {
        let sender = if apdu.starts_with('>') {
            Role::Client
        } else {
            Role::Server
        };
        session.segment(sender, &bytes(apdu.get(1..).unwrap()), false);
    }
    assert_eq!(session.seen, expected);
}
