//! Whether octets are the start of a message, and where the next one starts.

use super::codes::{may_become_method, method_of};
use super::head::{Start, start_line};
use crate::dissect::text::{line, split_once};
use crate::dissect::{Probe, ProbeInput, Role};

/// Looks at the first bytes of a flow: a status line, or a known method in front of what can be its target. On
/// the usual ports a whole request line with any method and a version is enough, and so is a known method alone.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    match starts(input.bytes) {
        Starts::With(role) => return Probe::Recognised(Some(role)),
        Starts::Maybe => return Probe::Incomplete,
        Starts::Not => {}
    }
    if !input.hinted {
        return Probe::Unrecognised;
    }
    match line(input.bytes, 0) {
        Some((text, _)) if has_version(text) || method_of(text).is_some() => {
            Probe::Recognised(Some(Role::Client))
        }
        None if input.bytes.first().is_some_and(u8::is_ascii_alphabetic) => Probe::Incomplete,
        Some(_) | None => Probe::Unrecognised,
    }
}

/// A request line that ends with a version.
fn has_version(text: &[u8]) -> bool {
    let version = memchr::memmem::rfind(text, b" HTTP/1.").is_some();
    version && matches!(start_line(text), Some((Start::Request { .. }, _)))
}

/// Octets of the longest method and the space behind it.
const LONGEST_METHOD: usize = 24;

/// What octets at the start of a line may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Starts {
    /// A message of this side starts here.
    With(Role),
    /// Too few octets to tell.
    Maybe,
    Not,
}

/// Whether a message starts here, as far as a glance tells.
pub(super) fn starts(bytes: &[u8]) -> Starts {
    const VERSION: &[u8] = b"HTTP/1.";
    if bytes.starts_with(VERSION) {
        return Starts::With(Role::Server);
    }
    if VERSION.starts_with(bytes) {
        return Starts::Maybe;
    }
    // No further than a name can reach: this is asked of every line while a message is looked for.
    let front = bytes.get(..LONGEST_METHOD).unwrap_or(bytes);
    let Some(end) = memchr::memchr(b' ', front) else {
        return if may_become_method(bytes) {
            Starts::Maybe
        } else {
            Starts::Not
        };
    };
    let target = bytes.get(end.saturating_add(1)..).unwrap_or_default();
    let Some(method) = bytes.get(..end).and_then(method_of) else {
        return Starts::Not;
    };
    if target.is_empty() {
        return Starts::Maybe;
    }
    if method.code == super::codes::CONNECT {
        return authority(target);
    }
    match target {
        [b'/' | b'*', ..] => Starts::With(Role::Client),
        _ if absolute(target) => Starts::With(Role::Client),
        _ if b"http".starts_with(target) => Starts::Maybe,
        _ => Starts::Not,
    }
}

fn absolute(target: &[u8]) -> bool {
    target
        .get(..4)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"http"))
}

/// The target of CONNECT: host, colon and port up to the next space (RFC 9112, 3.2.3).
fn authority(target: &[u8]) -> Starts {
    const LONGEST: usize = 262;
    let front = target.get(..LONGEST).unwrap_or(target);
    match split_once(front, b' ') {
        Some((host, _)) if host.contains(&b':') => Starts::With(Role::Client),
        None if target.len() < LONGEST && target.iter().all(u8::is_ascii_graphic) => Starts::Maybe,
        Some(_) | None => Starts::Not,
    }
}

/// Where the next message of `sender` may start, with whether that is certain; `None` when nowhere.
pub(super) fn find(bytes: &[u8], line_starts: bool, sender: Role) -> Option<(usize, bool)> {
    let candidate = |at: usize| match starts(bytes.get(at..)?) {
        Starts::With(role) => (role == sender).then_some((at, true)),
        Starts::Maybe => Some((at, false)),
        Starts::Not => None,
    };
    let first = if line_starts { candidate(0) } else { None };
    first.or_else(|| {
        memchr::memchr_iter(b'\n', bytes).find_map(|end| candidate(end.checked_add(1)?))
    })
}
