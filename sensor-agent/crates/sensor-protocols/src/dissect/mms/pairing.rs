//! Which request an answer belongs to.
//!
//! Data in: requests and answers of one connection in their order; either end may ask. Data out: for
//! an answer the open request of the other end with the same key.
//!
//! Limits: [`limits::MMS_OPEN_REQUESTS`] open requests of each end; the oldest makes room.

use crate::dissect::Role;
use crate::dissect::open_requests::{self, OpenRequests};
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

pub(super) type Answer = open_requests::Answer<Asked>;

/// The open requests of one end. Complete since the association was seen to start.
type Requests = OpenRequests<Asked, { limits::MMS_OPEN_REQUESTS }>;

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
            self.client = Requests::complete();
            self.server = Requests::complete();
        }
        let requests = self.of(asker);
        // An identifier that is used again belongs to a request that was given up.
        requests.give_up(|open| open.key == asked.key);
        requests.keep(asked).is_none()
    }

    /// Takes an answer to a request of `asker`.
    pub(super) fn answer(&mut self, asker: Role, key: Key) -> Answer {
        let requests = self.of(asker);
        match requests.take(|open| open.key == key) {
            Some(asked) => Answer::To(asked),
            None => requests.unmatched(),
        }
    }

    /// Messages of an end were not seen, and a request may have been among them.
    pub(super) fn lost(&mut self, sender: Role) {
        self.of(sender).set_complete(false);
    }
}
