//! Which request an acknowledgment, an error, a reject or an abort answers.
//!
//! Data in: the confirmed requests of one flow, and the requests of the virtual link. Data out: for a
//! response, its request. A request is known by its invoke identifier and the network addresses of
//! both ends (ASHRAE 135-2020, 5.4 and 20.1.2.6): behind a router many devices share one flow, and both
//! ends of a flow may ask.
//!
//! Limits: [`limits::BACNET_OPEN_REQUESTS`] open requests per flow, and [`KEPT`] objects of each.

use std::time::Duration;

use super::npdu::Address;
use crate::dissect::Role;
use crate::limits;
use crate::observation::{AnsweredRequest, Object};
use crate::time::Timestamp;

/// Objects kept of a request, for the response that does not repeat them.
const KEPT: usize = 4;

/// How often a request is sent at most (5.3, `Number_Of_APDU_Retries`: 3), and how long after each other
/// (`APDU_Timeout`: 10 s and more on slow networks).
const SENT_AGAIN: u8 = 4;
const SENT_AGAIN_WITHIN: Duration = Duration::from_mins(1);

/// The two ends of a transaction and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parties {
    /// Which end of the flow asks.
    pub(super) client: Role,
    pub(super) client_address: Option<Address>,
    pub(super) server_address: Option<Address>,
    pub(super) invoke: u8,
}

impl Default for Parties {
    fn default() -> Self {
        Self {
            client: Role::Client,
            client_address: None,
            server_address: None,
            invoke: 0,
        }
    }
}

/// An open request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    parties: Parties,
    pub(super) service: u8,
    time: Timestamp,
    frame: u64,
    /// How often it was sent and not answered.
    times: u8,
    objects: [(&'static str, u64); KEPT],
    len: usize,
}

impl Open {
    /// The request as told with its response.
    pub(super) fn answered(&self, time: Timestamp) -> AnsweredRequest {
        AnsweredRequest {
            frame: self.frame,
            latency: time.since(self.time),
        }
    }

    /// Whether another request of the same transaction is this one sent again.
    fn asks_the_same(&self, other: &Self) -> bool {
        self.service == other.service
            && self.objects == other.objects
            && other.time.since(self.time) <= SENT_AGAIN_WITHIN
    }

    /// What it addressed.
    pub(super) fn objects(&self) -> impl Iterator<Item = Object<'static>> {
        let kept = self.objects.get(..self.len).unwrap_or_default();
        kept.iter().map(|(kind, id)| Object::Id { kind, id: *id })
    }
}

/// What a response answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    To(Open),
    /// Nothing, although all requests were seen.
    Nothing,
    /// Nothing that was seen or kept.
    Unknown,
}

/// A request of the virtual link.
#[derive(Clone, Copy, Debug)]
struct OpenLink {
    client: Role,
    function: u8,
    time: Timestamp,
    frame: u64,
}

/// Open requests of one flow.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    open: Vec<Open>,
    link: Option<OpenLink>,
    /// Requests that had to make room.
    given_up: u8,
    /// A request was answered, and none was lost since.
    complete: bool,
}

impl Pairing {
    /// Takes a confirmed request. Answers false when another one had to make room.
    pub(super) fn request(
        &mut self,
        parties: Parties,
        service: u8,
        objects: &[Object<'_>],
        (time, frame): (Timestamp, u64),
    ) -> bool {
        let mut open = Open {
            parties,
            service,
            time,
            frame,
            times: 1,
            objects: [("", 0); KEPT],
            len: 0,
        };
        for object in objects {
            if let (Object::Id { kind, id }, Some(place)) = (object, open.objects.get_mut(open.len))
            {
                *place = (kind, *id);
                open.len = open.len.saturating_add(1);
            }
        }
        let before = self.open.iter_mut().find(|open| open.parties == parties);
        if let Some(before) = before
            && before.asks_the_same(&open)
        {
            // Nobody answered, so it is sent again (5.4.4.3).
            before.times = before.times.saturating_add(1).min(SENT_AGAIN);
            before.time = time;
            before.frame = frame;
            return true;
        }
        // The identifier is used for something else: what was asked before is not waited for.
        self.open.retain(|open| open.parties != parties);
        let room = self.open.len() < limits::BACNET_OPEN_REQUESTS;
        if !room {
            self.open.remove(0);
            self.given_up = self.given_up.saturating_add(1);
        }
        self.open.push(open);
        room
    }

    /// Takes what ends a transaction.
    pub(super) fn answer(&mut self, parties: Parties) -> Answer {
        let at = self.open.iter().position(|open| open.parties == parties);
        let Some(open) = at.and_then(|at| self.open.get_mut(at)) else {
            return self.unmatched();
        };
        open.times = open.times.saturating_sub(1);
        let told = *open;
        if told.times == 0
            && let Some(at) = at
        {
            self.open.remove(at);
        }
        self.complete = true;
        Answer::To(told)
    }

    /// The open request of a transaction, which stays open.
    pub(super) fn find(&self, parties: Parties) -> Option<Open> {
        self.open
            .iter()
            .find(|open| open.parties == parties)
            .copied()
    }

    /// Forgets a transaction.
    pub(super) fn forget(&mut self, parties: Parties) {
        self.open.retain(|open| open.parties != parties);
    }

    /// Takes a request of the virtual link. A device has one open at a time.
    pub(super) fn ask_link(&mut self, client: Role, function: u8, at: (Timestamp, u64)) {
        let (time, frame) = at;
        self.link = Some(OpenLink {
            client,
            function,
            time,
            frame,
        });
    }

    /// The request of the virtual link that a response from `server` answers: this function, or
    /// whichever is open.
    pub(super) fn answer_link(
        &mut self,
        server: Role,
        function: Option<u8>,
        time: Timestamp,
    ) -> Option<(u8, AnsweredRequest)> {
        let open = self.link?;
        let fits = open.client == server.peer()
            && function.is_none_or(|function| function == open.function);
        if !fits {
            return None;
        }
        self.link = None;
        let answered = AnsweredRequest {
            frame: open.frame,
            latency: time.since(open.time),
        };
        Some((open.function, answered))
    }

    /// Requests were lost.
    pub(super) fn requests_lost(&mut self) {
        self.complete = false;
        self.open.clear();
        self.link = None;
    }

    fn unmatched(&mut self) -> Answer {
        if let Some(less) = self.given_up.checked_sub(1) {
            self.given_up = less;
            return Answer::Unknown;
        }
        if self.complete {
            Answer::Nothing
        } else {
            Answer::Unknown
        }
    }
}
