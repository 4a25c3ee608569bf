//! Which request a response belongs to.
//!
//! Data in: requests and responses of one connection in their order. Data out: for a response the open request
//! with the same number (OPC 10000-6, 6.7.2.4).
//!
//! Limits: [`limits::OPCUA_OPEN_REQUESTS`] open requests; the oldest makes room.

use super::body::Told;
use crate::dissect::open_requests::{self, OpenRequests};
use crate::limits;
use crate::observation::{AnsweredRequest, OperationClass};
use crate::time::Timestamp;

/// Stands for the number of a request where a HEL waits for its answer; those of requests have 32 bits.
pub(super) const HELLO: u64 = 1 << 32;

/// An open request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) number: u64,
    pub(super) code: u32,
    pub(super) name: &'static str,
    pub(super) class: OperationClass,
    /// Items that it names.
    pub(super) items: Option<u32>,
    pub(super) told: Told,
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

/// The open requests of one connection. Complete since its HEL.
#[derive(Debug, Default)]
pub(super) struct Pairing(OpenRequests<Asked, { limits::OPCUA_OPEN_REQUESTS }>);

impl Pairing {
    /// The connection begins.
    pub(super) fn begin(&mut self) {
        self.0 = OpenRequests::complete();
    }

    /// Takes a request. False when the oldest open one had to make room.
    #[inline]
    pub(super) fn ask(&mut self, asked: Asked) -> bool {
        // A number that is used again belongs to a request that was given up.
        self.0.give_up(|open| open.number == asked.number);
        self.0.keep(asked).is_none()
    }

    /// Takes a response.
    #[inline]
    pub(super) fn answer(&mut self, number: u64) -> Answer {
        match self.0.take(|open| open.number == number) {
            Some(asked) => Answer::To(asked),
            None => self.0.unmatched(),
        }
    }

    /// Messages of the client were not seen, and a request may have been among them.
    pub(super) const fn lost(&mut self) {
        self.0.set_complete(false);
    }
}
