//! Which request a reply answers.
//!
//! Data in: requests and replies of one connection in their order. Data out: for a reply the request
//! it answers, with what each service in it addressed, since a reply does not repeat the path.
//! Unconnected messages and commands are paired by command and sender context, which a target returns
//! as it came (CIP Volume 2, 2-3); connected ones by the sequence count that class 3 has in front
//! (Volume 1, chapter 3). The two directions of a connection have different identifiers; which belong
//! together is learned from the first reply that fits only one request.
//!
//! Limits: [`limits::ENIP_OPEN_REQUESTS`] open requests of [`limits::ENIP_OPEN_BYTES`] octets together,
//! [`limits::CIP_SERVICES`] services and [`limits::CIP_SYMBOL_BYTES`] octets of symbols of each are kept; [`LINKS`] connections are told apart. The room of answered requests is used again, so that
//! steady polling allocates nothing.

use std::time::Duration;

use super::path::Path;
use crate::limits;
use crate::observation::AnsweredRequest;
use crate::time::Timestamp;

/// Connections whose two identifiers are known to belong together.
const LINKS: usize = 8;

/// Octets of text whose room is kept for another request.
const TEXT_KEPT: usize = 1024;

/// A key used again after this long belongs to a request that the client gave up: clients wait for an
/// answer a second or more.
const GIVEN_UP_AFTER: Duration = Duration::from_millis(500);

/// What a message is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Command and sender context.
    Context(u16, [u8; 8]),
    /// Connection identifier and sequence count.
    Sequence(u32, u16),
}

/// What one service of a request addressed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    pub(super) service: u8,
    pub(super) class: Option<u32>,
    pub(super) instance: Option<u32>,
    pub(super) inner_class: Option<u32>,
    pub(super) inner_instance: Option<u32>,
    pub(super) attribute: Option<u32>,
    /// Of an object that is not addressed by a symbol.
    pub(super) member: Option<u32>,
    /// Connection points of the application that a connection was opened to.
    pub(super) points: [Option<u32>; 3],
    /// Class that a connection was opened to or closed from, and its instance.
    pub(super) connected: Option<u32>,
    pub(super) connected_instance: Option<u32>,
    /// Station behind the device that the route leads to.
    pub(super) station: Option<u32>,
    /// Command and function of PCCC in it.
    pub(super) pccc: Option<(u8, Option<u8>)>,
    /// Where its symbol stands in the text.
    pub(super) symbol: (usize, usize),
    /// How many services lie in it, at any depth; they follow.
    pub(super) inside: usize,
}

/// A request: its services, outer ones first.
#[derive(Debug, Default)]
pub(super) struct Request {
    key: Option<Key>,
    time: Timestamp,
    frame: u64,
    services: Vec<Asked>,
    text: String,
}

impl Request {
    /// Keeps what a service addresses. Answers false when there is no room for it or for its symbol.
    pub(super) fn keep(&mut self, asked: Asked, path: &Path<'_>) -> bool {
        if self.services.len() >= limits::CIP_SERVICES {
            return false;
        }
        let start = self.text.len();
        path.symbol.write(&mut self.text);
        let room = self.text.len() <= limits::CIP_SYMBOL_BYTES;
        if !room {
            self.text.truncate(start);
        }
        self.services.push(Asked {
            symbol: (start, self.text.len()),
            ..asked
        });
        room
    }

    /// Octets that it takes.
    fn bytes(&self) -> usize {
        let services = self.services.capacity().saturating_mul(size_of::<Asked>());
        services.saturating_add(self.text.capacity())
    }

    /// Number of services kept so far.
    pub(super) fn len(&self) -> usize {
        self.services.len()
    }

    /// Says how many services lie in the one that was kept as number `at`.
    pub(super) fn holds(&mut self, at: usize, inside: usize) {
        if let Some(asked) = self.services.get_mut(at) {
            asked.inside = inside;
        }
    }

    pub(super) fn service(&self, at: usize) -> Option<&Asked> {
        self.services.get(at)
    }

    /// The symbol of a service; `None` when it has none.
    pub(super) fn symbol(&self, asked: &Asked) -> Option<&str> {
        let (start, end) = asked.symbol;
        self.text.get(start..end).filter(|name| !name.is_empty())
    }

    pub(super) fn answered(&self, time: Timestamp) -> AnsweredRequest {
        AnsweredRequest {
            frame: self.frame,
            latency: time.since(self.time),
        }
    }
}

/// How a reply relates to the requests seen.
#[derive(Debug)]
pub(super) enum Answer {
    To(Request),
    /// No such request, although all of this connection's requests were seen.
    Nothing,
    /// No such request, but it may have been among those that were not seen or not kept.
    Unknown,
}

/// The open requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    open: Vec<Request>,
    spare: Vec<Request>,
    /// Identifiers of the two directions of a connection, request's first.
    links: Vec<(u32, u32)>,
    /// A request had to make room for the octets of the latest one.
    crowded: bool,
    /// Requests that had to make room and whose answer may still come.
    given_up: u8,
    /// A request was answered, and none was lost since.
    complete: bool,
}

impl Pairing {
    /// Room for a request that came at `time` in `frame`.
    pub(super) fn begin(&mut self, key: Key, time: Timestamp, frame: u64) -> Request {
        let mut request = self.spare.pop().unwrap_or_default();
        request.services.clear();
        request.text.clear();
        Request {
            key: Some(key),
            time,
            frame,
            ..request
        }
    }

    /// Whether an open request has to make room for the next one, or had to for the one before it.
    pub(super) fn is_crowded(&mut self) -> bool {
        self.made_room() || self.is_full()
    }

    /// Whether an open request had to make room for the latest one, asked for the first time.
    pub(super) fn made_room(&mut self) -> bool {
        std::mem::take(&mut self.crowded)
    }

    fn is_full(&self) -> bool {
        self.open.len() >= limits::ENIP_OPEN_REQUESTS
    }

    /// Keeps a request until it is answered. The same key again later means that the one before it
    /// will not be; at once, as clients do that leave the context empty, the oldest is answered first.
    pub(super) fn keep(&mut self, request: Request) {
        let given_up = |open: &Request| {
            open.key == request.key && request.time.since(open.time) >= GIVEN_UP_AFTER
        };
        let same = self.open.iter().position(given_up);
        let room = if self.is_full() { Some(0) } else { None };
        if let Some(at) = same.or(room) {
            self.give_up(at);
        }
        let mut bytes = self.open.iter().map(Request::bytes).sum::<usize>();
        bytes = bytes.saturating_add(request.bytes());
        while bytes > limits::ENIP_OPEN_BYTES
            && let Some(oldest) = self.open.first()
        {
            bytes = bytes.saturating_sub(oldest.bytes());
            self.crowded = true;
            self.give_up(0);
        }
        self.open.push(request);
    }

    fn give_up(&mut self, at: usize) {
        let old = self.open.remove(at);
        self.done(old);
        self.given_up = self.given_up.saturating_add(1);
    }

    /// Takes a reply with the service that it says it answers, if it says so.
    pub(super) fn answer(&mut self, key: Key, service: Option<u8>) -> Answer {
        let Some(at) = self.find(key, service) else {
            return self.unmatched();
        };
        let request = self.open.remove(at);
        self.link(request.key, key);
        self.complete = true;
        Answer::To(request)
    }

    /// Keeps the room of a request that is open no more.
    pub(super) fn done(&mut self, request: Request) {
        if self.spare.is_empty() && request.text.capacity() <= TEXT_KEPT {
            self.spare.push(request);
        }
    }

    /// Bytes of the client were lost: a reply may answer a request that was never seen.
    pub(super) fn requests_lost(&mut self) {
        self.complete = false;
    }

    /// The request with this context, or the oldest with this sequence count that fits best: on
    /// the connection that this one answers, then with the same service.
    fn find(&self, key: Key, service: Option<u8>) -> Option<usize> {
        let Key::Sequence(replies, sequence) = key else {
            return self.open.iter().position(|open| open.key == Some(key));
        };
        let asks = self.links.iter().find(|(_, to)| *to == replies);
        self.open
            .iter()
            .enumerate()
            .filter_map(|(at, open)| match open.key {
                Some(Key::Sequence(connection, count)) if count == sequence => {
                    Some((at, open, connection))
                }
                _ => None,
            })
            .min_by_key(|(_, open, connection)| {
                let elsewhere = asks.is_some_and(|(from, _)| from != connection);
                let first = open.service(0).map(|asked| asked.service);
                (elsewhere, first != service)
            })
            .map(|(at, ..)| at)
    }

    fn link(&mut self, request: Option<Key>, reply: Key) {
        let (Some(Key::Sequence(from, count)), Key::Sequence(to, _)) = (request, reply) else {
            return;
        };
        let ambiguous = self
            .open
            .iter()
            .any(|open| matches!(open.key, Some(Key::Sequence(_, other)) if other == count));
        if ambiguous || self.links.contains(&(from, to)) {
            return;
        }
        self.links
            .retain(|(asks, answers)| *asks != from && *answers != to);
        if self.links.len() >= LINKS {
            self.links.remove(0);
        }
        self.links.push((from, to));
    }

    fn unmatched(&mut self) -> Answer {
        if let Some(less) = self.given_up.checked_sub(1) {
            self.given_up = less;
            Answer::Unknown
        } else if self.complete {
            Answer::Nothing
        } else {
            Answer::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests with as much as one may have: only so many octets stay, and the latest is among them.
    #[test]
    fn open_requests_take_a_bounded_room() {
        let name = "x".repeat(200);
        let segment = [&[0x91, 200], name.as_bytes()].concat();
        let path = Path::read(&segment);
        let mut pairing = Pairing::default();
        for count in 0..20 {
            let mut request = pairing.begin(Key::Sequence(1, count), Timestamp::ZERO, 1);
            let kept = (0..limits::CIP_SERVICES)
                .filter(|_| request.keep(Asked::default(), &path))
                .count();
            assert_eq!(kept, limits::CIP_SYMBOL_BYTES / 200);
            assert_eq!(request.len(), limits::CIP_SERVICES);
            assert!(!request.keep(Asked::default(), &path), "no more services");
            assert_eq!(pairing.is_crowded(), count > 1, "{count}");
            pairing.keep(request);
            let others = pairing.open.iter().rev().skip(1).map(Request::bytes);
            assert!(others.sum::<usize>() <= limits::ENIP_OPEN_BYTES);
        }
        assert!(pairing.open.len() < 3);
        assert!(matches!(
            pairing.answer(Key::Sequence(2, 19), None),
            Answer::To(_)
        ));
        assert!(matches!(
            pairing.answer(Key::Sequence(2, 0), None),
            Answer::Unknown
        ));
    }
}
