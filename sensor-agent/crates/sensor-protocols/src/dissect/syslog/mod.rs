//! Syslog over UDP: which host logs what kind of event where.
//!
//! Source: RFC 5424, RFC 3164 (the older form).
//!
//! One datagram, one observation. `operation.code` is the severity, the second-level code the facility.
//! Objects: the host that the message names and the program, where the header has them. The text of the
//! message is not kept: passwords are found in logs. The host is the one that logged first, which need
//! not be the sender: it is no identity.
//!
//! Limits: the older form is read as far as its first two words behind the time. Senders leave out host and
//! program there: a program is only what ends as RFC 3164, 4.1.3 and the senders of its day have it, with a
//! colon or the number of a process, since else it can be a word of the text.

use super::collected::{Told, line, operation};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput, Role};
use crate::observation::{Anomaly, Direction, Operation, OperationClass, Protocol};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Syslog,
    hints: &[Hint::Udp(514)],
    anywhere: &[],
    probe,
    create: || Box::new(Syslog),
};

/// Severities by number (RFC 5424, 6.2.1, table 2).
const SEVERITIES: [&str; 8] = [
    "emergency",
    "alert",
    "critical",
    "error",
    "warning",
    "notice",
    "informational",
    "debug",
];

/// What a message without a priority is taken for: a notice of a user's program (RFC 3164, 4.3.3).
const NO_PRIORITY: u32 = 13;

/// The largest: facility 23, severity 7.
const LARGEST: u32 = 191;

/// A priority in angle brackets, or text.
fn probe(input: &ProbeInput<'_>) -> Probe {
    let (priority, rest) = split_priority(input.bytes);
    let head = rest.get(..8).unwrap_or(rest);
    let is_text = !head.is_empty()
        && head
            .iter()
            .all(|octet| matches!(octet, 0x20..=0x7e | b'\t'));
    if priority.is_some() || is_text {
        Probe::Recognised(Some(Role::Client))
    } else {
        Probe::Unrecognised
    }
}

struct Syslog;

impl Dissector for Syslog {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut told = Told::default();
        let (priority, rest) = split_priority(input.bytes);
        if priority.is_none_or(|priority| priority > LARGEST) {
            told.flag(Anomaly::BadValue);
        }
        for (kind, word) in [("host", host(rest)), ("program", program(rest))] {
            told.text(kind, 0_u8, word.and_then(line));
        }
        let priority = priority.filter(|p| *p <= LARGEST).unwrap_or(NO_PRIORITY);
        let severity = priority & 7;
        let name = usize::try_from(severity)
            .ok()
            .and_then(|at| SEVERITIES.get(at));
        let operation = Operation {
            sub: Some(priority >> 3),
            ..operation(severity, name.unwrap_or(&"unknown"), OperationClass::Event)
        };
        told.emit(Protocol::Syslog, Direction::OneWay, operation, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

/// The number in angle brackets in front, and what follows it.
fn split_priority(bytes: &[u8]) -> (Option<u32>, &[u8]) {
    let none = (None, bytes);
    let Some(rest) = bytes.strip_prefix(b"<") else {
        return none;
    };
    let Some(end) = rest.iter().take(4).position(|octet| *octet == b'>') else {
        return none;
    };
    let (digits, rest) = rest.split_at_checked(end).unwrap_or_default();
    let number = std::str::from_utf8(digits)
        .ok()
        .filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
    match number.and_then(|digits| digits.parse().ok()) {
        Some(priority) => (Some(priority), rest.get(1..).unwrap_or_default()),
        None => none,
    }
}

/// Words of the header, by spaces.
fn word(rest: &[u8], at: usize) -> Option<&[u8]> {
    let header = rest.get(..256).unwrap_or(rest);
    header
        .split(|octet| *octet == b' ')
        .filter(|word| !word.is_empty())
        .nth(at)
}

/// Whether the form is that of RFC 5424: a version in front.
fn is_new(rest: &[u8]) -> bool {
    rest.starts_with(b"1 ")
}

/// Whether a time of the older form stands in front: `Mmm dd hh:mm:ss`.
fn has_old_time(rest: &[u8]) -> bool {
    matches!(
        rest,
        [_, _, _, b' ', _, _, b' ', _, _, b':', _, _, b':', ..]
    )
}

/// Whether a word of the older form is the name of a program: `name:`, `name[1]:`.
fn is_tag(word: &[u8]) -> bool {
    let process = |word: &[u8]| {
        let (name, process) = super::text::split_once(word.strip_suffix(b"]")?, b'[')?;
        Some(!name.is_empty() && super::text::decimal(process).is_some())
    };
    word.ends_with(b":") || process(word) == Some(true)
}

fn host(rest: &[u8]) -> Option<&[u8]> {
    let found = if is_new(rest) {
        word(rest, 2)
    } else if has_old_time(rest) {
        word(rest, 3).filter(|word| !is_tag(word))
    } else {
        None
    };
    found.filter(|word| *word != b"-")
}

/// The program, without the number of its process.
fn program(rest: &[u8]) -> Option<&[u8]> {
    let found = if is_new(rest) {
        word(rest, 3)
    } else if has_old_time(rest) {
        let first = word(rest, 3)?;
        let at = if is_tag(first) { 3 } else { 4 };
        word(rest, at).filter(|word| is_tag(word))
    } else {
        None
    };
    let name = found?.split(|octet| matches!(octet, b'[' | b':')).next()?;
    (name != b"-").then_some(name)
}

#[cfg(test)]
mod tests;
