//! Which request a response answers.
//!
//! Data in: requests and responses of one connection in their order. Data out: for a response the
//! latest request with the same outstation, master and application sequence number (IEEE 1815-2012,
//! 4.2.2.4): a master that repeats a number repeats a request, or has gone through all sixteen. A
//! response of several fragments counts on from the number of its request.
//!
//! A request that is never answered stays until it has to make room, and is answered by nothing that comes
//! later than [`ANSWERED_WITHIN`]. So an exchange leaves nothing behind, and which answers are expected is
//! the same whether its repeats were looked at or only counted.
//!
//! Limits: [`limits::DNP3_OPEN_REQUESTS`] open requests per connection; the oldest makes room.

use std::time::Duration;

use crate::dissect::open_requests::{self, OpenRequests};
use crate::limits;
use crate::observation::AnsweredRequest;
use crate::time::Timestamp;

/// A request that was not answered after this long makes room without a word: outstations answer
/// within a second or so.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(1);

/// A response that comes later than this does not answer the request: masters wait some seconds.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// An open request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) outstation: u16,
    pub(super) master: u16,
    pub(super) sequence: u8,
    pub(super) function: u8,
    pub(super) time: Timestamp,
    pub(super) frame: u64,
}

impl Asked {
    const fn ends(&self) -> (u16, u16) {
        (self.outstation, self.master)
    }

    pub(super) fn request(&self, time: Timestamp) -> AnsweredRequest {
        AnsweredRequest {
            frame: self.frame,
            latency: time.since(self.time),
        }
    }
}

pub(super) type Answer = open_requests::Answer<Asked>;

/// The open requests of one connection. Complete since a request was answered.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    open: OpenRequests<Asked, { limits::DNP3_OPEN_REQUESTS }>,
}

impl Pairing {
    /// Takes a request. Answers false when an open one, whose answer may still be on its way, had to
    /// make room.
    pub(super) fn request(&mut self, asked: Asked) -> bool {
        let oldest = self.open.keep(asked);
        oldest.is_none_or(|oldest| asked.time.since(oldest.time) >= GIVEN_UP_AFTER)
    }

    /// Takes a response of an outstation to a master, at `time`.
    pub(super) fn response(
        &mut self,
        (ends, time): ((u16, u16), Timestamp),
        sequence: u8,
        is_final: bool,
    ) -> Answer {
        let fits = |open: &Asked| open.ends() == ends && open.sequence == sequence;
        self.open
            .forget(|open| fits(open) && time.since(open.time) > ANSWERED_WITHIN);
        let Some(asked) = self.open.take_latest(fits) else {
            return self.open.unmatched();
        };
        if !is_final {
            self.open.keep(Asked {
                sequence: sequence.wrapping_add(1) & 0x0f,
                ..asked
            });
        }
        self.open.set_complete(true);
        Answer::To(asked)
    }

    /// Bytes were lost, and a request may have been among them.
    pub(super) fn requests_lost(&mut self) {
        self.open.set_complete(false);
    }
}
