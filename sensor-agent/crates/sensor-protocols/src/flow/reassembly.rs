//! Ordered bytes of one direction of a TCP connection.
//!
//! A segment that continues the stream while nothing is buffered is handed back as it is, without
//! a copy. Anything that comes early is buffered until the hole in front of it is filled, or given
//! up (see [`Reassembly::hole_is_lost`]) and reported as a gap.
//!
//! - Overlap: the bytes that came first win. Where both copies are at hand and differ, the segment
//!   is [`Offered::conflict`]. For bytes that were delivered already only a hash of the latest
//!   segments is kept, so a conflict is seen when a segment is repeated with the same
//!   start and length.
//! - Without a SYN the stream starts at the first payload captured.
//! - Sequence numbers wrap; positions in the stream do not ([`u64`]).
//! - Segments more than [`limits::STREAM_WINDOW`] away cannot be placed. They are dropped and
//!   counted until four of them came in a row, or the peer acknowledges bytes near one;
//!   then the stream starts again there.

pub use super::budget::Budget;
use super::recent::Recent;
use crate::limits;
use crate::time::Timestamp;

/// How many segments in a row have to lie elsewhere before the stream is taken to be there.
const STRANGERS: u8 = 4;

/// Position of the first byte. High, so that older bytes have positions as well.
const ORIGIN: u64 = 1 << 32;

/// Where bytes came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    pub time: Timestamp,
    pub frame: u64,
}

/// Buffered bytes in front of which something is missing.
#[derive(Debug)]
pub struct Piece {
    start: u64,
    pub data: Vec<u8>,
    pub stamp: Stamp,
}

impl Piece {
    fn end(&self) -> u64 {
        self.start.saturating_add(self.data.len() as u64)
    }
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed<'a> {
    /// These bytes continue the stream. Buffered pieces may follow: [`Reassembly::next_ready`].
    InOrder(&'a [u8]),
    /// Kept until the bytes before it are there.
    Buffered,
    /// All of it was there before.
    Old,
    /// No room: give the hole up and offer the segment again.
    Full,
    /// Too far away to belong to this stream.
    Stranger,
    /// The stream starts again with this segment; `lost` bytes before it are missing (0 when it
    /// lies behind, where nobody can tell).
    Restarted { payload: &'a [u8], lost: u64 },
}

/// Answer of [`Reassembly::offer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered<'a> {
    pub placed: Placed<'a>,
    /// Bytes of this segment differ from bytes at the same place that came earlier.
    pub conflict: bool,
}

/// Reassembly of one direction.
#[derive(Debug, Default)]
pub struct Reassembly {
    /// Sequence number and position of the next byte to deliver; `None` before the start.
    next: Option<(u32, u64)>,
    /// Sorted by position, not overlapping, none at or before `next`.
    pieces: Vec<Piece>,
    buffered: usize,
    /// Since when the hole in front of the first piece is open, progress resets it.
    hole_since: Timestamp,
    recent: Recent,
    strangers: u8,
}

impl Reassembly {
    /// The first byte will have this sequence number (from a SYN).
    pub fn start_at(&mut self, sequence: u32) {
        if self.next.is_none() {
            self.next = Some((sequence, ORIGIN));
        }
    }

    /// Whether the place of the first byte is known.
    pub const fn is_started(&self) -> bool {
        self.next.is_some()
    }

    /// Bytes buffered out of order.
    pub const fn buffered(&self) -> usize {
        self.buffered
    }

    /// Whether bytes wait behind a hole.
    pub const fn has_hole(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// Whether every byte of `[sequence, sequence + len)` was seen before.
    pub fn seen(&self, sequence: u32, len: u32) -> bool {
        let Some(start) = self.position(sequence) else {
            return false;
        };
        let end = start.saturating_add(u64::from(len));
        let covers = |p: &Piece| p.start <= start && end <= p.end();
        self.next.is_some_and(|(_, next)| end <= next) || self.pieces.iter().any(covers)
    }

    /// Offers the payload of a segment. `acknowledged` is what the peer acknowledged last.
    pub fn offer<'a>(
        &mut self,
        sequence: u32,
        payload: &'a [u8],
        stamp: Stamp,
        acknowledged: Option<u32>,
        budget: &mut Budget,
    ) -> Offered<'a> {
        let Some((_, next)) = self.next else {
            return self.first(sequence, payload, stamp);
        };
        let Some(start) = self.position(sequence) else {
            return self.stranger(sequence, payload, acknowledged, budget);
        };
        let end = start.saturating_add(payload.len() as u64);
        if end <= next {
            let conflict = self.recent.differs(start, payload);
            return placed(Placed::Old, conflict);
        }
        self.strangers = 0;
        let known = usize::try_from(next.saturating_sub(start)).unwrap_or(usize::MAX);
        let fresh = payload.get(known..).unwrap_or_default();
        let start = start.max(next);
        let undisturbed = self.pieces.first().is_none_or(|p| end <= p.start);
        if start == next && undisturbed {
            self.advance(fresh);
            self.hole_since = stamp.time;
            return placed(Placed::InOrder(fresh), false);
        }
        self.buffer(start, fresh, stamp, budget)
    }

    fn first<'a>(&mut self, sequence: u32, payload: &'a [u8], stamp: Stamp) -> Offered<'a> {
        self.next = Some((sequence, ORIGIN));
        self.hole_since = stamp.time;
        self.advance(payload);
        placed(Placed::InOrder(payload), false)
    }

    /// Position of a sequence number; `None` when it is too far from the next byte.
    fn position(&self, sequence: u32) -> Option<u64> {
        let (next_sequence, next) = self.next?;
        let ahead = sequence.wrapping_sub(next_sequence);
        let behind = next_sequence.wrapping_sub(sequence);
        if ahead <= limits::STREAM_WINDOW {
            next.checked_add(u64::from(ahead))
        } else if behind <= limits::STREAM_WINDOW {
            next.checked_sub(u64::from(behind))
        } else {
            None
        }
    }

    fn stranger<'a>(
        &mut self,
        sequence: u32,
        payload: &'a [u8],
        acknowledged: Option<u32>,
        budget: &mut Budget,
    ) -> Offered<'a> {
        self.strangers = self.strangers.saturating_add(1);
        let near = acknowledged.is_some_and(|ack| {
            ack.wrapping_sub(sequence) <= limits::STREAM_WINDOW
                || sequence.wrapping_sub(ack) <= limits::STREAM_WINDOW
        });
        if !near && self.strangers < STRANGERS {
            return placed(Placed::Stranger, false);
        }
        let ahead = self.next.map_or(0, |(next, _)| sequence.wrapping_sub(next));
        let lost = if ahead > u32::MAX >> 1 { 0 } else { ahead };
        let position = self.next.map_or(ORIGIN, |(_, at)| at);
        self.clear(budget);
        self.next = Some((sequence, position.saturating_add(u64::from(lost))));
        self.advance(payload);
        let restarted = Placed::Restarted {
            payload,
            lost: u64::from(lost),
        };
        placed(restarted, false)
    }

    /// Moves past `delivered` and remembers it.
    fn advance(&mut self, delivered: &[u8]) {
        let Some((sequence, position)) = self.next else {
            return;
        };
        if !delivered.is_empty() {
            self.recent.remember(position, delivered);
        }
        self.strangers = 0;
        self.skip(sequence, position, delivered.len() as u64);
    }

    fn skip(&mut self, sequence: u32, position: u64, n: u64) {
        // Sequence numbers are modulo 2^32: the low half of the distance is all that counts.
        let [.., a, b, c, d] = n.to_be_bytes();
        let sequence = sequence.wrapping_add(u32::from_be_bytes([a, b, c, d]));
        self.next = Some((sequence, position.saturating_add(n)));
    }

    /// Buffers what of `data` is not buffered yet.
    fn buffer<'a>(
        &mut self,
        start: u64,
        data: &[u8],
        stamp: Stamp,
        budget: &mut Budget,
    ) -> Offered<'a> {
        let room = self.buffered.saturating_add(data.len()) <= limits::STREAM_OUT_OF_ORDER_BYTES
            && self.pieces.len() < limits::STREAM_OUT_OF_ORDER_PIECES
            && budget.take(data.len());
        if !room {
            return placed(Placed::Full, false);
        }
        if self.pieces.is_empty() {
            self.hole_since = stamp.time;
        }
        let (stored, conflict) = self.insert(start, data, stamp);
        self.buffered = self.buffered.saturating_add(stored);
        budget.give_back(data.len().saturating_sub(stored));
        let all_known = stored == 0;
        placed(
            if all_known {
                Placed::Old
            } else {
                Placed::Buffered
            },
            conflict,
        )
    }

    /// Cuts `data` around the pieces that are there; returns how much was new and whether the
    /// rest differs from them.
    fn insert(&mut self, start: u64, data: &[u8], stamp: Stamp) -> (usize, bool) {
        let (mut at, mut rest) = (start, data);
        let (mut stored, mut conflict) = (0_usize, false);
        let mut index = self.pieces.partition_point(|p| p.end() <= at);
        while !rest.is_empty() {
            let (piece_start, free) = match self.pieces.get(index) {
                Some(piece) if piece.start <= at => {
                    let known = overlap(piece, at);
                    let n = known.len().min(rest.len());
                    conflict |= known.get(..n) != rest.get(..n);
                    (at, n)
                }
                Some(piece) => (piece.start, 0),
                None => (u64::MAX, 0),
            };
            if free == 0 {
                let room = usize::try_from(piece_start.saturating_sub(at)).unwrap_or(usize::MAX);
                let n = room.min(rest.len());
                let new = rest.get(..n).unwrap_or_default().to_vec();
                let piece = Piece {
                    start: at,
                    data: new,
                    stamp,
                };
                self.pieces.insert(index, piece);
                stored = stored.saturating_add(n);
                rest = rest.get(n..).unwrap_or_default();
                at = at.saturating_add(n as u64);
            } else {
                rest = rest.get(free..).unwrap_or_default();
                at = at.saturating_add(free as u64);
            }
            index = index.saturating_add(1);
        }
        (stored, conflict)
    }

    /// The next buffered piece that continues the stream.
    pub fn next_ready(&mut self, time: Timestamp, budget: &mut Budget) -> Option<Piece> {
        let (_, next) = self.next?;
        if self.pieces.first()?.start != next {
            return None;
        }
        let piece = self.pieces.remove(0);
        self.buffered = self.buffered.saturating_sub(piece.data.len());
        budget.give_back(piece.data.len());
        self.advance(&piece.data);
        self.hole_since = time;
        Some(piece)
    }

    /// Whether the bytes in front of the first piece will not come any more: the peer has
    /// acknowledged them, so they were sent and not captured, and
    /// [`limits::STREAM_HOLE_WAIT_ACKNOWLEDGED`] passed for reordering within the capture; or the
    /// peer is not captured and [`limits::STREAM_HOLE_WAIT`] passed.
    pub fn hole_is_lost(&self, now: Timestamp, acknowledged: Option<u32>) -> bool {
        let (Some((next, _)), true) = (self.next, self.has_hole()) else {
            return false;
        };
        let open = now.since(self.hole_since);
        match acknowledged {
            Some(ack) if super::analysis::before(next, ack) => {
                open >= limits::STREAM_HOLE_WAIT_ACKNOWLEDGED
            }
            Some(_) => open >= limits::STREAM_HOLE_WAIT_UNACKNOWLEDGED,
            None => open >= limits::STREAM_HOLE_WAIT,
        }
    }

    /// Gives up the hole in front of the first piece; returns how many bytes it had.
    pub fn skip_hole(&mut self) -> Option<u64> {
        let (sequence, position) = self.next?;
        let lost = self.pieces.first()?.start.checked_sub(position)?;
        self.skip(sequence, position, lost);
        Some(lost)
    }

    /// Continues the stream at `sequence`, wherever that is, because nothing more can be buffered;
    /// returns how many bytes are passed over. Call it when [`Self::skip_hole`] had nothing to skip.
    pub fn jump_to(&mut self, sequence: u32) -> u64 {
        let (Some((from, at)), Some(position)) = (self.next, self.position(sequence)) else {
            return 0;
        };
        let lost = position.saturating_sub(at);
        self.skip(from, at, lost);
        lost
    }

    /// Moves past `lost` bytes that the capture cut off the segment delivered last; false when
    /// buffered bytes follow, whose hole will be given up in its turn.
    pub fn skip_cut(&mut self, lost: u64) -> bool {
        let Some((sequence, position)) = self.next.filter(|_| self.pieces.is_empty()) else {
            return false;
        };
        self.skip(sequence, position, lost);
        true
    }

    /// Continues the stream at `sequence`, because what lies before it was withheld, not lost;
    /// returns how many bytes that are, modulo 2^32. Nothing moves back, and nothing moves while
    /// bytes wait behind a hole.
    pub fn resume_at(&mut self, sequence: u32) -> u64 {
        let Some((from, at)) = self.next else {
            self.start_at(sequence);
            return 0;
        };
        let ahead = sequence.wrapping_sub(from);
        if self.has_hole() || ahead > u32::MAX >> 1 {
            return 0;
        }
        self.skip(from, at, u64::from(ahead));
        u64::from(ahead)
    }

    /// Notes that `bytes` were the last before the next byte, although they were withheld, so that
    /// other bytes in their place are noticed.
    pub fn ended_with(&mut self, bytes: &[u8]) {
        if let Some((_, at)) = self.next {
            self.recent
                .remember(at.saturating_sub(bytes.len() as u64), bytes);
        }
    }

    /// Drops what is buffered.
    pub fn clear(&mut self, budget: &mut Budget) {
        budget.give_back(self.buffered);
        self.buffered = 0;
        self.pieces.clear();
    }
}

const fn placed(placed: Placed<'_>, conflict: bool) -> Offered<'_> {
    Offered { placed, conflict }
}

/// The bytes of `piece` from position `at` on.
fn overlap(piece: &Piece, at: u64) -> &[u8] {
    let from = usize::try_from(at.saturating_sub(piece.start)).unwrap_or(usize::MAX);
    piece.data.get(from..).unwrap_or_default()
}
