//! Which request an acknowledgment, an error, a reject or an abort answers.
//!
//! Data in: the confirmed requests of one flow, and the requests of the virtual link. Data out: for a
//! response, its request. A request is known by its invoke identifier and the network addresses of
//! both ends (ASHRAE 135-2020, 5.4 and 20.1.2.6): behind a router many devices share one flow, and both
//! ends of a flow may ask.
//!
//! A response answers the latest request of its transaction: an identifier that is used again is sent again
//! (5.4.4.3), or used for something else, because the response to what was asked before was lost. So an exchange leaves
//! nothing behind, and which responses are expected is the same whether its repeats were looked at or only counted.
//!
//! Limits: [`limits::BACNET_OPEN_REQUESTS`] open requests per flow, and [`KEPT`] objects of each; the oldest makes room. A
//! request that is older than [`WAITED_FOR`] is not waited for.

use std::time::Duration;

use super::npdu::Address;
use crate::dissect::Role;
use crate::limits;
use crate::observation::{AnsweredRequest, Object};
use crate::time::Timestamp;

/// Objects kept of a request, for the response that does not repeat them.
const KEPT: usize = 4;

/// A request is sent four times at most (5.3, `Number_Of_APDU_Retries`: 3), on slow networks with a minute in between
/// (`APDU_Timeout`: 10 s and more).
const WAITED_FOR: Duration = Duration::from_mins(4);

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
        self.give_up(time);
        let room = self.open.len() < limits::BACNET_OPEN_REQUESTS;
        if !room {
            self.open.remove(0);
            self.given_up = self.given_up.saturating_add(1);
        }
        self.open.push(open);
        room
    }

    /// Takes what ends a transaction at `time`.
    pub(super) fn answer(&mut self, parties: Parties, time: Timestamp) -> Answer {
        self.give_up(time);
        let Some(at) = self.open.iter().rposition(|open| open.parties == parties) else {
            return self.unmatched();
        };
        self.complete = true;
        Answer::To(self.open.remove(at))
    }

    /// Forgets the requests that nobody waits for any more.
    fn give_up(&mut self, time: Timestamp) {
        self.open.retain(|open| time.since(open.time) <= WAITED_FOR);
    }

    /// The open request of a transaction, which stays open.
    pub(super) fn find(&self, parties: Parties) -> Option<Open> {
        self.open
            .iter()
            .rfind(|open| open.parties == parties)
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
