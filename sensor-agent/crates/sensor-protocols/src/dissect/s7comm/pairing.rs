//! Which job an acknowledgement answers.
//!
//! Data in: jobs and acknowledgements of one connection in their order; either partner may give
//! jobs. Data out: for an acknowledgement the job of the other side with the same PDU reference.
//!
//! Limits: [`limits::S7COMM_OPEN_JOBS`] open jobs of each side; the oldest makes room. Of a job the
//! first object is kept, unless it is a name.

use std::time::Duration;

use crate::dissect::Role;
use crate::dissect::open_requests::{self, OpenRequests};
use crate::limits;
use crate::observation::{AnsweredRequest, Object};
use crate::time::Timestamp;

/// A reference used again after this long belongs to a job that the partner gave up: partners wait
/// some seconds for an acknowledgement.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(1);

/// After so many losses a side is not judged any more. Captures that a filter has passed lack every
/// segment without a PDU; what waits for them comes behind its answer.
const UNCERTAIN: u8 = 3;

/// An open job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) reference: u16,
    pub(super) code: u32,
    pub(super) sub: Option<u32>,
    pub(super) items: Option<u8>,
    pub(super) object: Option<Object<'static>>,
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

/// The open jobs of one side. Complete since a job was acknowledged.
#[derive(Debug, Default)]
struct Jobs {
    open: OpenRequests<Asked, { limits::S7COMM_OPEN_JOBS }>,
    /// How often bytes were lost, up to [`UNCERTAIN`].
    losses: u8,
}

impl Jobs {
    fn job(&mut self, asked: Asked) -> bool {
        self.open.give_up(|open| {
            open.reference == asked.reference && asked.time.since(open.time) >= GIVEN_UP_AFTER
        });
        self.open.keep(asked).is_none()
    }

    fn acknowledgement(&mut self, reference: u16) -> Answer {
        if let Some(asked) = self.open.take(|open| open.reference == reference) {
            self.open.set_complete(true);
            return Answer::To(asked);
        }
        match self.open.unmatched() {
            Answer::Nothing if self.losses >= UNCERTAIN => Answer::Unknown,
            answer @ (Answer::To(_) | Answer::Nothing | Answer::Unknown) => answer,
        }
    }
}

/// The open jobs of one connection.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    client: Jobs,
    server: Jobs,
}

impl Pairing {
    fn of(&mut self, asker: Role) -> &mut Jobs {
        match asker {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Takes a job. Answers false when the oldest open one had to make room.
    pub(super) fn job(&mut self, asker: Role, asked: Asked) -> bool {
        self.of(asker).job(asked)
    }

    /// Takes the acknowledgement of a job of `asker`.
    pub(super) fn acknowledgement(&mut self, asker: Role, reference: u16) -> Answer {
        self.of(asker).acknowledgement(reference)
    }

    /// Whether the jobs of a side are seen well enough to judge their acknowledgements.
    pub(super) fn is_certain(&mut self, asker: Role) -> bool {
        self.of(asker).losses < UNCERTAIN
    }

    /// PDUs of a side were not seen, and a job may have been among them. That they were `captured`
    /// says nothing against the capture.
    pub(super) fn lost(&mut self, sender: Role, captured: bool) {
        let jobs = self.of(sender);
        jobs.open.set_complete(false);
        let losses = u8::from(!captured);
        jobs.losses = jobs.losses.saturating_add(losses).min(UNCERTAIN);
    }
}
