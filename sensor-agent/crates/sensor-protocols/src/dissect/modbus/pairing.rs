//! Which request a response answers.
//!
//! Data in: requests and responses of one connection in their order. Data out: for a response the
//! request with the same transaction identifier and unit. A client may have several transactions
//! open, with different identifiers (*MODBUS Messaging on TCP/IP Implementation Guide* V1.0b,
//! 4.2); an identifier used again means that the older request got no answer.
//!
//! Limits: [`limits::MODBUS_OPEN_REQUESTS`] open requests per connection; the oldest makes room.
//! Of a request the first [`HEAD`] octets after its function code are kept: every fixed field of
//! the public functions, and the first reference of a file record request.

use crate::dissect::cursor::Cursor;
use crate::limits;
use crate::time::Timestamp;

/// Octets kept of a request.
const HEAD: usize = 8;

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
    /// From here on every request was seen.
    complete: bool,
    started: bool,
}

impl Pairing {
    /// Takes a request. Answers false when the oldest open one had to make room.
    pub(super) fn request(&mut self, asked: Asked) -> bool {
        self.complete |= !self.started;
        self.started = true;
        if let Some(stale) = self
            .open
            .iter_mut()
            .find(|open| open.transaction == asked.transaction && open.unit == asked.unit)
        {
            *stale = asked;
            self.given_up = self.given_up.saturating_add(1);
            return true;
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
        self.started = true;
        let Some((at, asked)) = self.find(transaction, unit) else {
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

    fn find(&self, transaction: u16, unit: u8) -> Option<(usize, Asked)> {
        let same = || {
            self.open
                .iter()
                .enumerate()
                .filter(|(_, open)| open.transaction == transaction)
        };
        let found = same()
            .find(|(_, open)| open.unit == unit)
            .or_else(|| same().next());
        found.map(|(at, asked)| (at, *asked))
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
        self.started = true;
    }
}
