//! TLS 1.0 to 1.3, SSL 3.0 and SSL 2.0 over TCP, on any port.
//!
//! Sources: RFC 8446, RFC 5246, RFC 6101 and those that the files name.
//!
//! # What comes out
//! - Each clear handshake message: `operation.code` is [`HANDSHAKE_UNIT`] + type. A client hello is a request,
//!   the server hello its response. Objects: texts `version`, `server_name`, `alpn`, `ja4`, `weak_offered`;
//!   `version`, `cipher_suite`, `weak_chosen` of the server; of a certificate `subject`, `issuer`, `serial`,
//!   `key`, `signature` and the numbers `not_before`, `not_after` (seconds since 1970), `key_bits`,
//!   `self_signed`. Nothing is verified.
//! - Each other record: code [`RECORD`] + content type. Of an encrypted one its length alone is told. A clear
//!   alert has its description as `sub`, its level as text and, unless it closes, as error; a clear heartbeat
//!   its `payload_length`.
//! - Messages of SSL 2.0: code [`SSL2`] + type.
//!
//! # What departs from the standard
//! A heartbeat whose payload is longer than its record (CVE-2014-0160), hellos, certificates and records whose
//! lengths contradict each other, empty handshake records: `bad_length`. Versions that do not exist:
//! `bad_version`. Types and alerts that do not exist: `reserved_code`.
//!
//! # Limits
//! See `limits/tls.rs`. Encrypted records are passed octet by octet and never kept.

mod certificate;
mod codes;
mod hello;
mod ja4;
mod observe;
mod record;
mod ssl2;
#[cfg(test)]
mod tests;

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, AnsweredRequest, Protocol, Transport};
use crate::time::Timestamp;
use codes::{TLS13, content};
use observe::Said;
use record::{HEADER, Header};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Tls,
    hints: &[
        Hint::Tcp(443),
        Hint::Tcp(465),
        Hint::Tcp(636),
        Hint::Tcp(802),
        Hint::Tcp(853),
        Hint::Tcp(989),
        Hint::Tcp(990),
        Hint::Tcp(992),
        Hint::Tcp(993),
        Hint::Tcp(995),
        Hint::Tcp(2221),
        Hint::Tcp(4843),
        Hint::Tcp(5986),
        Hint::Tcp(8443),
        Hint::Tcp(8883),
        Hint::Tcp(19_998),
    ],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Tls>::default(),
};

/// Operation codes of records start here.
pub const RECORD: u32 = 0x100;
/// Operation codes of handshake messages start here.
pub const HANDSHAKE_UNIT: u32 = 0;
/// Operation codes of messages of SSL 2.0 start here.
pub const SSL2: u32 = 0x200;

/// Operation name of bytes in which no record can start.
pub const UNFRAMED: &str = "unframed_bytes";
/// Operation name of a record that its connection did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// Octets in front of the body of a handshake message.
const HANDSHAKE_HEADER: usize = 4;

/// A clear hello of either side, or on the usual ports any plausible record.
fn probe(input: &ProbeInput<'_>) -> Probe {
    let bytes = input.bytes;
    if ssl2::is_client_hello(bytes) {
        return Probe::Recognised(Some(Role::Client));
    }
    if input.hinted && record::plausible(bytes) && record::find(bytes) == Some(0) {
        return Probe::Recognised(hello_sender(bytes));
    }
    match (hello_sender(bytes), record::header(bytes)) {
        (Some(role), Some(_)) => Probe::Recognised(Some(role)),
        (None, Some(Err(_))) => Probe::Incomplete,
        (None, Some(Ok(header))) if header.kind == content::HANDSHAKE && bytes.len() < 11 => {
            Probe::Incomplete
        }
        (None, Some(Ok(_))) => chained(bytes),
        (_, None) => short_ssl2(bytes),
    }
}

/// Who sends the hello that a record starts with: its type, and a version behind its length.
fn hello_sender(bytes: &[u8]) -> Option<Role> {
    match *bytes {
        [22, 3, 0..=4, _, _, 1, 0, _, _, 3, 0..=4, ..] => Some(Role::Client),
        [22, 3, 0..=4, _, _, 2, 0, _, _, 3, 0..=4, ..] => Some(Role::Server),
        _ => None,
    }
}

/// A capture that starts inside a connection: whole records, one behind the other.
fn chained(bytes: &[u8]) -> Probe {
    const RECORDS: u8 = 2;
    let mut rest = bytes;
    for _ in 0..RECORDS {
        let Some(Ok(header)) = record::header(rest).filter(|_| record::plausible(rest)) else {
            return Probe::Unrecognised;
        };
        let size = header.length.saturating_add(HEADER);
        match rest.get(size..) {
            Some([]) | None => return Probe::Unrecognised,
            Some(behind) => rest = behind,
        }
    }
    Probe::Recognised(None)
}

fn short_ssl2(bytes: &[u8]) -> Probe {
    match bytes {
        [0x80..=0xff, _, 1, ..] if bytes.len() < ssl2::LOOKED_AT => Probe::Incomplete,
        _ => Probe::Unrecognised,
    }
}

/// State of one direction.
#[derive(Debug, Default)]
struct Side {
    /// What is told of the record that is being passed, and octets left of it.
    passing: Option<Passing>,
    encrypted: bool,
    /// A handshake message that goes on in the next record.
    partial: Vec<u8>,
    /// Octets left of one that is too long to keep.
    too_long: usize,
    /// Bytes were lost: the next ones may be the middle of a record.
    seeking: bool,
}

#[derive(Clone, Copy, Debug)]
struct Passing {
    left: usize,
    size: usize,
    /// Content type; SSL 2.0 has none.
    kind: Option<u8>,
    odd: AnomalySet,
}

/// One connection.
#[derive(Debug, Default)]
struct Tls {
    client: Side,
    server: Side,
    /// Frame and time of the client hello.
    asked: Option<(u64, Timestamp)>,
    /// The server speaks SSL 2.0, or the client did and the server did not speak yet.
    ssl2: bool,
    /// A clear handshake was seen; without one, what looks clear may be encrypted.
    greeted: bool,
    spoken: bool,
}

impl Tls {
    const fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Passes octets of a record that is not looked into; told when its last one is there.
    fn pass(&mut self, passing: Passing, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let taken = passing.left.min(input.bytes.len());
        let left = passing.left.saturating_sub(taken);
        let side = self.side(input.sender);
        side.passing = (left > 0).then_some(Passing { left, ..passing });
        if left == 0 {
            match passing.kind {
                Some(kind) => observe::record(kind, true, passing.size, passing.odd, emit),
                None => observe::ssl2(
                    u8::MAX,
                    "ssl2_record",
                    None,
                    passing.odd,
                    passing.size,
                    emit,
                ),
            }
        }
        Parsed::Consumed(taken)
    }

    fn record(&mut self, header: Header, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let size = header.length.saturating_add(HEADER);
        let mut odd = AnomalySet::EMPTY;
        if header.too_long {
            odd.insert(Anomaly::BadLength);
        }
        self.spoken = true;
        let closed =
            self.side(input.sender).encrypted && header.kind != content::CHANGE_CIPHER_SPEC;
        if closed || header.too_long || header.kind == content::APPLICATION_DATA {
            if header.length == 0 {
                observe::record(header.kind, true, size, odd, emit);
                return Parsed::Consumed(HEADER);
            }
            let passing = Passing {
                left: size,
                size,
                kind: Some(header.kind),
                odd,
            };
            return self.pass(passing, input, emit);
        }
        let Some(body) = input.bytes.get(HEADER..size) else {
            return unfinished(size, input, emit);
        };
        self.clear(header.kind, body, size, input, emit);
        Parsed::Consumed(size)
    }

    /// A handshake message of this side goes on in the next record.
    const fn goes_on(&mut self, role: Role) -> bool {
        let side = self.side(role);
        side.too_long > 0 || !side.partial.is_empty()
    }

    /// A record that is not encrypted.
    fn clear(
        &mut self,
        kind: u8,
        body: &[u8],
        size: usize,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        match kind {
            content::HANDSHAKE if body.is_empty() => {
                let odd = AnomalySet::of(Anomaly::BadLength);
                observe::record(kind, false, size, odd, emit);
            }
            content::HANDSHAKE | content::ALERT
                if !self.greeted && !self.goes_on(input.sender) && !begins_clear(kind, body) =>
            {
                self.side(input.sender).encrypted = true;
                observe::record(kind, true, size, AnomalySet::EMPTY, emit);
            }
            content::HANDSHAKE => self.handshakes(body, input, emit),
            content::ALERT => observe::alert(body, size, emit),
            content::HEARTBEAT => observe::heartbeat(body, size, emit),
            _ => {
                observe::record(kind, false, size, AnomalySet::EMPTY, emit);
                // In TLS 1.3 it has no meaning (RFC 8446, 5).
                self.side(input.sender).encrypted = true;
            }
        }
    }

    /// Handshake messages, the first of which may have begun in a record before.
    fn handshakes(&mut self, fragment: &[u8], input: &Input<'_>, emit: &mut Emit<'_>) {
        let side = self.side(input.sender);
        let passed = side.too_long.min(fragment.len());
        side.too_long = side.too_long.saturating_sub(passed);
        let fragment = fragment.get(passed..).unwrap_or_default();
        let mut joined = std::mem::take(&mut side.partial);
        let fresh = joined.is_empty();
        if !fresh {
            joined.extend_from_slice(fragment);
        }
        let whole = if fresh { fragment } else { joined.as_slice() };
        let mut rest = whole;
        while let [kind, a, b, c, behind @ ..] = rest {
            let length = usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap_or(usize::MAX);
            if let Some((body, next)) = behind.split_at_checked(length) {
                self.handshake(*kind, body, AnomalySet::EMPTY, input, emit);
                rest = next;
            } else if length > limits::TLS_HANDSHAKE_BYTES {
                self.side(input.sender).too_long = length.saturating_sub(behind.len());
                observe::too_long(*kind, length, emit);
                return;
            } else {
                break;
            }
        }
        // What is kept already is not copied again: a message may come octet by octet.
        let done = whole.len().saturating_sub(rest.len());
        self.side(input.sender).partial = if fresh {
            rest.to_vec()
        } else {
            joined.drain(..done);
            joined
        };
    }

    fn handshake(
        &mut self,
        kind: u8,
        body: &[u8],
        odd: AnomalySet,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let asked = self.asked.map(|(frame, time)| AnsweredRequest {
            frame,
            latency: input.time.since(time),
        });
        self.greeted = true;
        match observe::handshake(kind, body, odd, asked, emit) {
            Said::ClientHello => self.asked = Some((input.frame, input.time)),
            Said::ServerHello(version) => {
                self.asked = None;
                self.ssl2 = false;
                if version == TLS13 {
                    // What a change of ciphers said before is without meaning.
                    self.client.encrypted = false;
                    self.server.encrypted = false;
                }
            }
            Said::Other => {}
        }
    }

    /// A record of SSL 2.0, or one with which a client asks for a later version in its format.
    fn record_of_ssl2(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let Some((header, length)) = ssl2::header(input.bytes) else {
            return unfinished(2, input, emit);
        };
        let size = header.saturating_add(length);
        let Some(kind) = input.bytes.get(header).copied() else {
            return if length == 0 {
                Parsed::Consumed(header.min(input.bytes.len()).max(1))
            } else {
                unfinished(header.saturating_add(1), input, emit)
            };
        };
        let side = self.side(input.sender);
        let clear = !side.encrypted && !matches!(ssl2::name(kind), "ssl2_record");
        if !clear {
            let passing = Passing {
                left: size,
                size,
                kind: None,
                odd: AnomalySet::EMPTY,
            };
            return self.pass(passing, input, emit);
        }
        let Some(body) = input.bytes.get(header..size) else {
            return unfinished(size, input, emit);
        };
        side.encrypted =
            kind == ssl2::message::CLIENT_MASTER_KEY || kind == ssl2::message::SERVER_HELLO;
        self.ssl2 |= kind == ssl2::message::CLIENT_HELLO || kind == ssl2::message::SERVER_HELLO;
        self.spoken = true;
        let hello = (kind == ssl2::message::CLIENT_HELLO).then(|| ssl2::client_hello(body));
        if hello.is_some() {
            self.asked = Some((input.frame, input.time));
        }
        observe::ssl2(
            kind,
            ssl2::name(kind),
            hello.as_ref(),
            AnomalySet::EMPTY,
            size,
            emit,
        );
        Parsed::Consumed(size)
    }

    /// Bytes in which no record starts.
    fn foreign(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if !self.spoken {
            return Parsed::NotThisProtocol;
        }
        let odd = AnomalySet::of(Anomaly::BadVersion);
        observe::fragment(UNFRAMED, 1, odd, emit);
        let side = self.side(input.sender);
        side.partial = Vec::new();
        side.seeking = true;
        Parsed::Consumed(1)
    }

    /// Finds the next record after a loss; `None` when one starts here.
    fn seek(&mut self, input: &Input<'_>) -> Option<Parsed> {
        match record::find(input.bytes) {
            Some(0) => {
                self.side(input.sender).seeking = false;
                None
            }
            Some(at) => Some(Parsed::Consumed(at)),
            None if input.last || input.cut => Some(Parsed::Consumed(input.bytes.len())),
            None => match input.bytes.len().checked_sub(HEADER) {
                Some(skipped) if skipped > 0 => Some(Parsed::Consumed(skipped)),
                _ => Some(Parsed::Incomplete {
                    need: input.bytes.len().saturating_add(1),
                }),
            },
        }
    }
}

/// Whether a record of a connection that was not seen from its start can be a clear one: a handshake message
/// with a known type and a length that such messages have, or an alert of two octets.
fn begins_clear(kind: u8, body: &[u8]) -> bool {
    match (kind, body) {
        (content::HANDSHAKE, [kind, 0 | 1, ..]) => codes::handshake_name(*kind).is_some(),
        (content::HANDSHAKE, [_, _, ..]) => false,
        (content::ALERT, body) => body.len() == 2,
        _ => true,
    }
}

/// A record that goes on beyond the bytes: wait, or say that it never came whole.
fn unfinished(need: usize, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
    if !input.cut && !input.last {
        return Parsed::Incomplete { need };
    }
    if input.last {
        let odd = AnomalySet::of(Anomaly::Truncated);
        observe::fragment(INCOMPLETE, input.bytes.len(), odd, emit);
    }
    Parsed::Consumed(input.bytes.len())
}

impl Dissector for Tls {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if let Some(passing) = self.side(input.sender).passing {
            return self.pass(passing, input, emit);
        }
        if self.side(input.sender).seeking
            && let Some(parsed) = self.seek(input)
        {
            return parsed;
        }
        if !self.spoken && matches!(input.bytes, [0x80..=0xff, ..]) {
            if input.bytes.len() < ssl2::LOOKED_AT {
                return unfinished(ssl2::LOOKED_AT, input, emit);
            }
            self.ssl2 = ssl2::is_client_hello(input.bytes);
        }
        match record::header(input.bytes) {
            // A client hello in the format of SSL 2.0 may be answered in a later version.
            Some(header)
                if !self.ssl2 || (input.sender == Role::Server && !self.server.encrypted) =>
            {
                match header {
                    Ok(header) => self.record(header, input, emit),
                    Err(need) => unfinished(need, input, emit),
                }
            }
            Some(_) | None if self.ssl2 => self.record_of_ssl2(input, emit),
            Some(_) | None => self.foreign(input, emit),
        }
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        let missing = lost.saturating_add(dropped as u64);
        if missing == 0 {
            return;
        }
        let side = self.side(sender);
        side.partial = Vec::new();
        side.too_long = 0;
        let Some(passing) = side.passing.take() else {
            side.seeking = true;
            return;
        };
        // A loss inside a record that is only passed leaves the stream in order.
        match usize::try_from(missing)
            .ok()
            .and_then(|missing| passing.left.checked_sub(missing))
        {
            Some(0) => {}
            Some(left) => side.passing = Some(Passing { left, ..passing }),
            None => side.seeking = true,
        }
    }

    fn held(&self) -> usize {
        self.client
            .partial
            .len()
            .saturating_add(self.server.partial.len())
    }

    fn shed(&mut self) {
        for side in [&mut self.client, &mut self.server] {
            side.partial = Vec::new();
            side.seeking = true;
        }
    }

    fn end(&mut self, _time: Timestamp, emit: &mut Emit<'_>) {
        for side in [&self.client, &self.server] {
            let left = side
                .passing
                .map_or(0, |passing| passing.size.saturating_sub(passing.left));
            let size = left.max(side.partial.len());
            if size > 0 {
                let odd = AnomalySet::of(Anomaly::Truncated);
                observe::fragment(INCOMPLETE, size, odd, emit);
            }
        }
    }
}
