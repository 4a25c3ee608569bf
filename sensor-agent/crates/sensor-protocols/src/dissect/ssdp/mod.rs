//! SSDP over UDP: who looks for devices, and which devices say that they are there.
//!
//! Source: `UPnP` Device Architecture 2.0, 1.
//!
//! One datagram, one observation: `search` and its response, `notify`, whose second-level code is 1 alive, 2
//! byebye, 3 update. Objects: the values of the headers ST, NT, USN and LOCATION, without what may be a secret
//! in a URL. Identity: the header SERVER of who answers or notifies, as software. A response of another status
//! than 2xx is an error.
//!
//! Limits: [`limits::IT_ELEMENTS`] header lines.

use super::collected::{Told, operation, without_secrets};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, Operation, OperationClass, Outcome, Protocol};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Ssdp,
    hints: &[Hint::Udp(1900)],
    anywhere: &[],
    probe,
    create: || Box::new(Ssdp),
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Search,
    Notify,
    Response,
}

const STARTS: [(&[u8], Kind); 3] = [
    (b"M-SEARCH ", Kind::Search),
    (b"NOTIFY ", Kind::Notify),
    (b"HTTP/1.", Kind::Response),
];

fn kind_of(bytes: &[u8]) -> Option<Kind> {
    let found = STARTS.iter().find(|(start, _)| bytes.starts_with(start));
    found.map(|(_, kind)| *kind)
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    match kind_of(input.bytes) {
        Some(Kind::Search) => Probe::Recognised(Some(Role::Client)),
        Some(Kind::Response) => Probe::Recognised(Some(Role::Server)),
        Some(Kind::Notify) => Probe::Recognised(None),
        None => Probe::Unrecognised,
    }
}

/// What a header is for.
enum Header {
    /// Its value is told under this name.
    Object(&'static str),
    Server,
    Notification,
}

/// Headers by name, in which letter case does not matter.
const HEADERS: [(&str, Header); 6] = [
    ("ST", Header::Object("search_target")),
    ("NT", Header::Object("notification_type")),
    ("USN", Header::Object("service_name")),
    ("LOCATION", Header::Object("location")),
    ("SERVER", Header::Server),
    ("NTS", Header::Notification),
];

/// Values of the header NTS.
const NOTIFICATIONS: [(&str, u32); 3] = [("ssdp:alive", 1), ("ssdp:byebye", 2), ("ssdp:update", 3)];

struct Ssdp;

impl Dissector for Ssdp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut told = Told::default();
        let sub = headers(input.bytes, &mut told);
        let (direction, operation) = match kind_of(input.bytes) {
            Some(Kind::Search) => (
                Direction::Request,
                operation(1, "search", OperationClass::Discovery),
            ),
            Some(Kind::Response) => (
                Direction::Response,
                Operation {
                    sub: status(input.bytes),
                    ..operation(2, "response", OperationClass::Discovery)
                },
            ),
            Some(Kind::Notify) => (
                Direction::OneWay,
                Operation {
                    sub,
                    ..operation(3, "notify", OperationClass::Discovery)
                },
            ),
            None => {
                if !input.cut {
                    told.flag(Anomaly::BadValue);
                }
                (Direction::OneWay, super::collected::unknown(0))
            }
        };
        if direction == Direction::Request {
            told.identity.software = None;
        }
        if direction == Direction::Response {
            told.outcome = outcome(operation.sub);
        }
        told.emit(Protocol::Ssdp, direction, operation, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

/// Status of a response: three digits behind the version.
fn status(bytes: &[u8]) -> Option<u32> {
    const AT: std::ops::Range<usize> = 9..12;
    let digits = bytes.get(AT)?;
    let text = std::str::from_utf8(digits).ok()?;
    text.parse().ok()
}

/// Only 2xx is success (RFC 9110, 15); a status that is no number is not judged.
fn outcome(status: Option<u32>) -> Outcome {
    match status {
        None => Outcome::None,
        Some(200..=299) => Outcome::Ok,
        Some(code) => Outcome::Error {
            code,
            name: "status",
        },
    }
}

/// Reads the header lines; answers what a notification says.
fn headers<'a>(bytes: &'a [u8], told: &mut Told<'a>) -> Option<u32> {
    let mut sub = None;
    let lines = bytes.split(|octet| *octet == b'\n').skip(1);
    for (n, header) in lines.enumerate() {
        if n >= limits::IT_ELEMENTS {
            told.flag(Anomaly::LimitReached);
            break;
        }
        let Some(colon) = header.iter().position(|octet| *octet == b':') else {
            continue;
        };
        let (name, value) = header.split_at_checked(colon).unwrap_or_default();
        let is_it = |(known, _): &&(&str, Header)| name.eq_ignore_ascii_case(known.as_bytes());
        let Some((_, header)) = HEADERS.iter().find(is_it) else {
            continue;
        };
        let text = value.get(1..).and_then(|value| told.line(value));
        match header {
            Header::Object(kind) => told.text(kind, 0_u8, text.map(without_secrets)),
            Header::Server => told.identity.software = text,
            Header::Notification => {
                let known = |text| NOTIFICATIONS.iter().find(|(known, _)| Some(*known) == text);
                sub = known(text).map(|(_, code)| *code);
            }
        }
    }
    sub
}

#[cfg(test)]
mod tests;
