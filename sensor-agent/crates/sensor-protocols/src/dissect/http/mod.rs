//! HTTP/1.0 and HTTP/1.1 over TCP, on any port.
//!
//! Sources: RFC 9110 (semantics), RFC 9112 (HTTP/1.1), IANA HTTP registries; `head` and `codes` name more.
//!
//! # What comes out
//! One observation for the head of each message, when its empty line is there:
//! - `operation.code` and `name` are those of the method (`codes`); of a response those of its request, with
//!   the status as `sub`. A response to a request with a credential is of class `auth`.
//! - `objects`: `header_bytes` and `header_fields`; the texts `host`, `path` (without query, parameters and
//!   user information), `file_name`, `soap_action`, `content_type`, `user_agent`, `server`; `credential` and
//!   `challenge` with the scheme, `credential_protection` with how what it carries is protected, of Basic the
//!   `user` and `credential_weakness` ([`super::credential`]), `login` with `failed` or `accepted`: not where a
//!   log-in goes on, nor for a status that says nothing of it. Passwords, cookies and bodies are never kept.
//! - `outcome` of a response: an error from status 400 up.
//! - Identity: the user agent or the server as `software`, the system that it names as `os`.
//! - A line where a message should start and none does: [`UNFRAMED`]. A head that its connection did not
//!   finish: [`INCOMPLETE`].
//!
//! # What departs from the standard
//! Methods that no registry has: `reserved_code`. Versions other than 1.0 and 1.1: `bad_version`. Illegal
//! octets and malformed lines: `bad_value`. Lengths that contradict each other: `bad_length`.
//!
//! # Limits
//! See `limits/http.rs`. Bodies are passed, never kept. After CONNECT or an upgrade nothing is dissected.

mod body;
mod codes;
mod head;
mod observe;
mod probe;
#[cfg(test)]
mod tests;

use super::open_requests::{Answer, OpenRequests};
use super::registry::{Entry, Hint};
use super::text::line;
use super::{Dissector, Emit, Input, Parsed, Role};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Protocol, Transport};
use crate::time::Timestamp;
use body::{Phase, Step};
use codes::Method;
use head::{Head, Start, start_line};
use probe::{find, probe};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Http,
    hints: &[
        Hint::Tcp(80),
        Hint::Tcp(3128),
        Hint::Tcp(5985),
        Hint::Tcp(8000),
        Hint::Tcp(8008),
        Hint::Tcp(8080),
        Hint::Tcp(8088),
    ],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Http>::default(),
};

/// Operation name of a line where a message should start and none does.
pub const UNFRAMED: &str = "unframed_bytes";

/// Operation name of a head that its connection did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// A request that waits for its response.
#[derive(Clone, Copy, Debug)]
struct Asked {
    method: Method,
    /// It showed a credential.
    credential: bool,
    frame: u64,
    time: Timestamp,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            method: codes::UNKNOWN,
            credential: false,
            frame: 0,
            time: Timestamp::default(),
        }
    }
}

/// One direction.
#[derive(Debug, Default)]
struct Side {
    phase: Phase,
    /// Octets of a head that were searched for its end.
    searched: usize,
    /// Which program this side said it is, so that it is not told with each message.
    program: u64,
}

/// One connection.
#[derive(Default)]
struct Http {
    client: Side,
    server: Side,
    asked: OpenRequests<Asked, { limits::HTTP_OPEN_REQUESTS }>,
    /// A message was seen: this is HTTP.
    spoken: bool,
}

impl Http {
    fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// A head, or the empty lines in front of one (RFC 9112, 2.2).
    fn head(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if let [b'\r', b'\n', ..] | [b'\n', ..] = input.bytes {
            let size = if input.bytes.first() == Some(&b'\n') {
                1
            } else {
                2
            };
            return Parsed::Consumed(size);
        }
        let searched = self.side(input.sender).searched;
        let ended = input.last || input.cut;
        if let Some(size) = end_of_head(input.bytes, searched) {
            return self.whole(input, size, false, emit);
        }
        if searched == 0
            && let Some((first, size)) = line(input.bytes, 0)
            && start_line(first).is_none()
        {
            return self.foreign(input, first, size, emit);
        }
        if input.bytes.len() > limits::HTTP_HEAD_BYTES {
            return self.whole(input, input.bytes.len(), true, emit);
        }
        if ended {
            if self.spoken && input.last {
                observe::unfinished(input.bytes, emit);
            }
            return Parsed::Consumed(input.bytes.len());
        }
        self.side(input.sender).searched = input.bytes.len();
        Parsed::Incomplete {
            need: input.bytes.len().saturating_add(1),
        }
    }

    fn whole(
        &mut self,
        input: &Input<'_>,
        size: usize,
        limited: bool,
        emit: &mut Emit<'_>,
    ) -> Parsed {
        self.side(input.sender).searched = 0;
        let bytes = input.bytes.get(..size).unwrap_or(input.bytes);
        let Some(head) = Head::read(bytes) else {
            let (first, size) = line(bytes, 0).unwrap_or((bytes, size));
            return self.foreign(input, first, size, emit);
        };
        let phase = match head.start {
            Start::Request { .. } => self.request(&head, size, limited, input, emit),
            Start::Status(status) => self.response(status, &head, size, limited, input, emit),
        };
        self.spoken = true;
        // Where a head does not end, nobody knows what follows.
        let phase = if limited { Phase::Seek(false) } else { phase };
        self.side(input.sender).phase = phase;
        Parsed::Consumed(size)
    }

    fn request(
        &mut self,
        head: &Head<'_>,
        size: usize,
        limited: bool,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) -> Phase {
        let full = self.asked.is_full();
        if !self.spoken {
            self.asked.set_complete(true);
        }
        let known = &mut self.side(input.sender).program;
        let asked = observe::request(head, size, known, limited || full, input, emit);
        if input.sender == Role::Client {
            self.asked.keep(asked);
        }
        body::of_request(&head.fields)
    }

    fn response(
        &mut self,
        status: u16,
        head: &Head<'_>,
        size: usize,
        limited: bool,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) -> Phase {
        let interim = (100..200).contains(&status) && status != 101;
        let asked = if interim {
            None
        } else {
            self.asked.take(|_| true)
        };
        let mut odd = AnomalySet::EMPTY;
        if asked.is_none() && !interim && matches!(self.asked.unmatched(), Answer::Nothing) {
            odd.insert(Anomaly::Unsolicited);
        }
        if limited {
            odd.insert(Anomaly::LimitReached);
        }
        let known = &mut self.side(input.sender).program;
        observe::response(head, size, known, asked.as_ref(), odd, input, emit);
        let method = asked.map(|asked| asked.method.code);
        let phase = body::of_response(status, method, &head.fields);
        if phase == Phase::Tunnel {
            self.client.phase = Phase::Tunnel;
        }
        phase
    }

    /// A line that starts no message.
    fn foreign(
        &mut self,
        input: &Input<'_>,
        first: &[u8],
        size: usize,
        emit: &mut Emit<'_>,
    ) -> Parsed {
        if !self.spoken {
            return Parsed::NotThisProtocol;
        }
        observe::unframed(first, Anomaly::BadValue, emit);
        let side = self.side(input.sender);
        side.searched = 0;
        side.phase = Phase::Seek(true);
        self.asked.set_complete(false);
        Parsed::Consumed(size)
    }

    /// Looks for the start of a message; `None` when it is here.
    fn seek(&mut self, input: &Input<'_>, line_starts: bool) -> Option<Parsed> {
        let found = find(input.bytes, line_starts, input.sender);
        let ended = input.last || input.cut;
        let side = self.side(input.sender);
        match found {
            Some((0, true)) => {
                side.phase = Phase::Head;
                None
            }
            Some((0, false)) if !ended => Some(Parsed::Incomplete {
                need: input.bytes.len().saturating_add(1),
            }),
            Some((at, _)) if at > 0 => {
                side.phase = Phase::Seek(true);
                Some(Parsed::Consumed(at))
            }
            Some(_) | None => {
                side.phase = Phase::Seek(input.bytes.last() == Some(&b'\n'));
                Some(Parsed::Consumed(input.bytes.len()))
            }
        }
    }

    /// Octets of a body, or what stands around its chunks.
    fn body(&mut self, phase: Phase, step: Step, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        match step {
            Step::Taken(taken, next) => {
                if matches!(
                    (phase, next),
                    (Phase::ChunkSize | Phase::Trailer, Phase::Seek(_))
                ) {
                    let odd = input.bytes.get(..taken).unwrap_or(input.bytes);
                    observe::unframed(odd, Anomaly::BadLength, emit);
                    self.asked.set_complete(false);
                }
                self.side(input.sender).phase = next;
                Parsed::Consumed(taken)
            }
            Step::Need(_) if input.last || input.cut => Parsed::Consumed(input.bytes.len()),
            Step::Need(need) => Parsed::Incomplete { need },
        }
    }
}

impl Dissector for Http {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if let Phase::Seek(line_starts) = self.side(input.sender).phase
            && let Some(parsed) = self.seek(input, line_starts)
        {
            return parsed;
        }
        let phase = self.side(input.sender).phase;
        match body::step(phase, input.bytes) {
            Some(step) => self.body(phase, step, input, emit),
            None => self.head(input, emit),
        }
    }

    /// A loss inside a body, or of its rest, leaves the stream in order.
    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        let missing = lost.saturating_add(dropped as u64);
        self.asked.set_complete(false);
        if missing == 0 {
            return;
        }
        let Self {
            client,
            server,
            asked,
            ..
        } = self;
        let side = match sender {
            Role::Client => client,
            Role::Server => server,
        };
        side.searched = 0;
        side.phase = match side.phase {
            Phase::Body(left) if missing == left => Phase::Head,
            Phase::Body(left) if missing < left => Phase::Body(left.saturating_sub(missing)),
            Phase::Chunk(left) if missing == left => Phase::ChunkSize,
            Phase::Chunk(left) if missing < left => Phase::Chunk(left.saturating_sub(missing)),
            same @ (Phase::UntilClose | Phase::Tunnel) => same,
            Phase::Head
            | Phase::Body(_)
            | Phase::ChunkSize
            | Phase::Chunk(_)
            | Phase::Trailer
            | Phase::Seek(_) => {
                *asked = OpenRequests::default();
                Phase::Seek(false)
            }
        };
    }
}

/// Octets up to and with the empty line that ends a head; `searched` ones were searched for it before.
fn end_of_head(bytes: &[u8], searched: usize) -> Option<usize> {
    // The line end before an empty line may have been there already.
    let from = searched.saturating_sub(3);
    memchr::memchr_iter(b'\n', bytes.get(from..)?).find_map(|at| {
        let end = at.checked_add(from)?.checked_add(1)?;
        match bytes.get(end..)? {
            [b'\r', b'\n', ..] => end.checked_add(2),
            [b'\n', ..] => end.checked_add(1),
            _ => None,
        }
    })
}
