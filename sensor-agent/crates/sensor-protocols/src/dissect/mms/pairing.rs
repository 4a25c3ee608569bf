//! Which request an answer belongs to.
//!
//! Data in: requests and answers of one connection in their order; either end may ask. Data out: for
//! an answer the open request of the other end with the same key.
//!
//! Limits: [`limits::MMS_OPEN_REQUESTS`] open requests of each end; the oldest makes room.

use crate::dissect::Role;
use crate::limits;
use crate::observation::{AnsweredRequest, Operation};
use crate::time::Timestamp;

/// What joins an answer to its request: the invoke identifier of a confirmed service, or one of these.
pub(super) type Key = u64;

pub(super) const INITIATE: Key = 1 << 32;
pub(super) const CONCLUDE: Key = 2 << 32;
pub(super) const RELEASE: Key = 3 << 32;
pub(super) const ASSOCIATE: Key = INITIATE;
/// With the invoke identifier of the service that is to be cancelled.
pub(super) const CANCEL: Key = 4 << 32;

/// An open request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) key: Key,
    pub(super) operation: Operation,
    pub(super) time: Timestamp,
    pub(super) frame: u64,
}

impl Asked {
    pub(super) fn request(&self, time: Timestamp) -> AnsweredRequest {
        AnsweredRequest {
            frame: self.frame,
            latency: time.since(self.time),
        }
    }
}

/// How an answer relates to the requests seen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    To(Asked),
    /// No such request, although all of that end's requests were seen.
    Nothing,
    /// No such request, but it may have been among those that were not seen or not kept.
    Unknown,
}

/// The open requests of one end.
#[derive(Debug, Default)]
struct Requests {
    open: Vec<Asked>,
    /// Requests that made room and whose answer may still come.
    given_up: u8,
    /// The association was seen to start, and nothing was lost since.
    complete: bool,
}

impl Requests {
    fn ask(&mut self, asked: Asked) -> bool {
        if asked.key == INITIATE {
            *self = Self {
                complete: true,
                ..Self::default()
            };
        }
        // An identifier that is used again belongs to a request that was given up.
        if let Some(at) = self.open.iter().position(|open| open.key == asked.key) {
            self.open.remove(at);
            self.given_up = self.given_up.saturating_add(1);
        }
        let room = self.open.len() < limits::MMS_OPEN_REQUESTS;
        if !room {
            self.open.remove(0);
            self.given_up = self.given_up.saturating_add(1);
        }
        self.open.push(asked);
        room
    }

    fn answer(&mut self, key: Key) -> Answer {
        if let Some(at) = self.open.iter().position(|open| open.key == key) {
            return Answer::To(self.open.remove(at));
        }
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

/// The open requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    client: Requests,
    server: Requests,
}

impl Pairing {
    fn of(&mut self, asker: Role) -> &mut Requests {
        match asker {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Takes a request. Answers false when the oldest open one had to make room.
    pub(super) fn ask(&mut self, asker: Role, asked: Asked) -> bool {
        if asked.key == INITIATE {
            // The other end can ask from here on as well.
            *self.of(asker.peer()) = Requests {
                complete: true,
                ..Requests::default()
            };
        }
        self.of(asker).ask(asked)
    }

    /// Takes an answer to a request of `asker`.
    pub(super) fn answer(&mut self, asker: Role, key: Key) -> Answer {
        self.of(asker).answer(key)
    }

    /// Messages of an end were not seen, and a request may have been among them.
    pub(super) fn lost(&mut self, sender: Role) {
        self.of(sender).complete = false;
    }
}
