//! Which request a response answers.
//!
//! Data in: requests and responses of one connection in their order. Data out: for a response the
//! latest request with the same outstation, master and application sequence number (IEEE 1815-2012,
//! 4.2.2.4): a master that repeats a number repeats a request, or has gone through all sixteen. A
//! response of several fragments counts on from the number of its request.
//!
//! A request that is never answered stays until it has to make room. So an exchange leaves nothing
//! behind, and which answers are expected is the same whether its repeats were looked at or only
//! counted.
//!
//! Limits: [`limits::DNP3_OPEN_REQUESTS`] open requests per connection; the oldest makes room.

use std::time::Duration;

use crate::limits;
use crate::observation::AnsweredRequest;
use crate::time::Timestamp;

/// A request that was not answered after this long makes room without a word: outstations answer
/// within a second or so.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(1);

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

/// How a response relates to the requests seen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    To(Asked),
    /// No such request, although all of this connection's requests were seen.
    Nothing,
    /// No such request, but it may have been among those that were not seen or not kept.
    Unknown,
}

/// The open requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    open: Vec<Asked>,
    /// Requests that had to make room, whose answer may still come.
    given_up: u8,
    /// A request was answered, and none was lost since.
    complete: bool,
}

impl Pairing {
    /// Takes a request. Answers false when an open one, whose answer may still be on its way, had to
    /// make room.
    pub(super) fn request(&mut self, asked: Asked) -> bool {
        let mut kept = true;
        if self.open.len() >= limits::DNP3_OPEN_REQUESTS {
            let oldest = self.open.remove(0);
            self.given_up = self.given_up.saturating_add(1);
            kept = asked.time.since(oldest.time) >= GIVEN_UP_AFTER;
        }
        self.open.push(asked);
        kept
    }

    /// Takes a response of an outstation to a master.
    pub(super) fn response(&mut self, ends: (u16, u16), sequence: u8, is_final: bool) -> Answer {
        let fits = |open: &Asked| open.ends() == ends && open.sequence == sequence;
        let Some(at) = self.open.iter().rposition(fits) else {
            return self.unmatched();
        };
        let asked = self.open.remove(at);
        if !is_final {
            self.open.push(Asked {
                sequence: sequence.wrapping_add(1) & 0x0f,
                ..asked
            });
        }
        self.complete = true;
        Answer::To(asked)
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

    /// Bytes were lost, and a request may have been among them.
    pub(super) fn requests_lost(&mut self) {
        self.complete = false;
    }
}
