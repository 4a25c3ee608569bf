//! Which request a response answers.
//!
//! Data in: requests and responses of one connection in their order. Data out: for a response the
//! request with the same transaction identifier and unit. A client may have several transactions
//! open, with different identifiers (*MODBUS Messaging on TCP/IP Implementation Guide* V1.0b,
//! 4.2). Used again at once, as some clients do, the oldest is answered first; used again later,
//! the older request got no answer.
//!
//! Limits: [`limits::MODBUS_OPEN_REQUESTS`] open requests per connection; the oldest makes room.
//! Of a request the first [`HEAD`] octets after its function code are kept: every fixed field of
//! the public functions, and the first reference of a file record request.

use std::time::Duration;

use crate::dissect::cursor::Cursor;
use crate::limits;
use crate::time::Timestamp;

/// Octets kept of a request.
const HEAD: usize = 8;

/// An identifier used again after this long belongs to a request that the client gave up: clients
/// wait for an answer a second or more.
const GIVEN_UP_AFTER: Duration = Duration::from_millis(500);

/// An open request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) transaction: u16,
    pub(super) unit: u8,
    pub(super) function: u8,
    pub(super) time: Timestamp,
    pub(super) frame: u64,
    head: [u8; HEAD],
    head_len: u8,
}

impl Asked {
    /// Keeps what a response needs of a request whose PDU is `pdu`.
    pub(super) fn new(transaction: u16, unit: u8, pdu: &[u8], time: Timestamp, frame: u64) -> Self {
        let (function, rest) = pdu.split_first().map_or((0, pdu), |(f, rest)| (*f, rest));
        let mut head = [0; HEAD];
        let mut head_len = 0;
        for (kept, octet) in head.iter_mut().zip(rest) {
            *kept = *octet;
            head_len = u8::saturating_add(head_len, 1);
        }
        Self {
            transaction,
            unit,
            function,
            time,
            frame,
            head,
            head_len,
        }
    }

    /// The first octets after the function code.
    pub(super) fn head(&self) -> &[u8] {
        self.head
            .get(..usize::from(self.head_len))
            .unwrap_or_default()
    }

    /// The word at an offset of the head.
    pub(super) fn word(&self, offset: usize) -> Option<u16> {
        Cursor::new(self.head().get(offset..)?).u16_be().ok()
    }

    /// The two words at an offset of the head: address and quantity.
    pub(super) fn pair(&self, offset: usize) -> Option<(u16, u16)> {
        let mut cursor = Cursor::new(self.head().get(offset..)?);
        Some((cursor.u16_be().ok()?, cursor.u16_be().ok()?))
    }
}

/// How a response relates to the requests seen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    /// Same transaction, unit and function.
    To(Asked),
    /// Same transaction, but another unit or function.
    Contradicts(Asked),
    /// No such request, although all of this connection's requests were seen.
    Nothing,
    /// No such request, but it may have been among those that were not seen or not kept.
    Unknown,
}

/// The open requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    open: Vec<Asked>,
    /// Requests given up (identifier used again, or no room) whose answer may still come.
    given_up: u8,
    /// A request of this connection was answered, and none was lost since: what answers nothing
    /// now was not asked for. Before that it may answer a request that the capture missed.
    complete: bool,
}

impl Pairing {
    /// Takes a request. Answers false when the oldest open one had to make room.
    pub(super) fn request(&mut self, asked: Asked) -> bool {
        let given_up = |open: &Asked| {
            open.transaction == asked.transaction
                && open.unit == asked.unit
                && asked.time.since(open.time) >= GIVEN_UP_AFTER
        };
        if let Some(at) = self.open.iter().position(given_up) {
            self.open.remove(at);
            self.given_up = self.given_up.saturating_add(1);
        }
        let room = self.open.len() < limits::MODBUS_OPEN_REQUESTS;
        if !room {
            self.open.remove(0);
            self.given_up = self.given_up.saturating_add(1);
        }
        self.open.push(asked);
        room
    }

    /// Takes a response; a request it belongs to is open no more.
    pub(super) fn response(&mut self, transaction: u16, unit: u8, function: u8) -> Answer {
        let Some((at, asked)) = self.find(transaction, unit, function) else {
            return self.unmatched();
        };
        self.open.remove(at);
        if asked.unit == unit && asked.function == function {
            self.complete = true;
            Answer::To(asked)
        } else {
            Answer::Contradicts(asked)
        }
    }

    /// The oldest request with this identifier, unit and function; else one that differs in the
    /// function, else one that differs in the unit.
    fn find(&self, transaction: u16, unit: u8, function: u8) -> Option<(usize, Asked)> {
        let difference = |open: &Asked| match (open.unit == unit, open.function == function) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        };
        let same = |(_, open): &(usize, &Asked)| open.transaction == transaction;
        self.open
            .iter()
            .enumerate()
            .filter(same)
            .min_by_key(|(_, open)| difference(open))
            .map(|(at, open)| (at, *open))
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

    /// Bytes of the client were lost: a response may answer a request that was never seen.
    pub(super) fn requests_lost(&mut self) {
        self.complete = false;
    }
}
