//! IP datagrams from their fragments (RFC 791, 3.2; RFC 8200, 4.5), bounded.
//!
//! Overlap: the bytes that came first win, whatever the offset order. Operating systems differ
//! here and attackers use that, so an overlap with other content is reported as a conflict of the
//! fragment that brought it. (RFC 5722 has `IPv6` receivers drop such datagrams; a sensor that
//! dropped them would be blind to what other stacks accept.)
//!
//! Limits: [`limits::DEFRAG_DATAGRAMS`] open datagrams (the oldest gives way),
//! [`limits::DEFRAG_FRAGMENTS`] fragments and [`limits::DEFRAG_BYTES`] bytes each,
//! [`limits::DEFRAG_WAIT`] from the first fragment on.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use crate::decode::Ip;
use crate::limits;
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    /// Part of the key in IPv4 only.
    protocol: u8,
}

struct Datagram {
    /// Tells datagrams with the same key apart in the queue of ages.
    serial: u64,
    since: Timestamp,
    data: Vec<u8>,
    /// Sorted ranges of `data` that are filled; neighbours are merged.
    filled: Vec<(usize, usize)>,
    fragments: usize,
    total: Option<usize>,
    /// Protocol by the fragment with offset 0 (RFC 8200, 4.5: the others do not count).
    protocol: u8,
}

/// What became of a fragment.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The datagram is complete: its payload behind the IP header, and the number of the protocol
    /// that it starts with.
    Complete(Vec<u8>, u8),
    Pending,
    /// A cap was met; the datagram is given up.
    CapHit,
    /// The fragment contradicts itself or its datagram (beyond the end, not a multiple of 8).
    Invalid,
}

/// What [`Defragmenter::fragment`] found.
#[derive(Debug, PartialEq, Eq)]
pub struct Defragmented {
    pub outcome: Outcome,
    /// Bytes differ from bytes at the same offset that came earlier.
    pub conflict: bool,
    /// An older datagram was given up to make room.
    pub evicted: bool,
}

/// See the module documentation.
#[derive(Default)]
pub struct Defragmenter {
    datagrams: BTreeMap<Key, Datagram>,
    ages: VecDeque<(u64, Key)>,
    serial: u64,
}

impl Defragmenter {
    /// Takes one fragment: `ip.fragment` tells its place.
    pub fn fragment(&mut self, ip: &Ip, payload: &[u8], time: Timestamp) -> Option<Defragmented> {
        let place = ip.fragment?;
        let key = Key {
            source: ip.source,
            destination: ip.destination,
            id: place.id,
            protocol: match ip.source {
                IpAddr::V4(_) => ip.protocol,
                IpAddr::V6(_) => 0,
            },
        };
        let evicted = !self.datagrams.contains_key(&key) && self.open(key, time);
        let datagram = self.datagrams.get_mut(&key)?;
        let offset = usize::try_from(place.offset).unwrap_or(usize::MAX);
        if offset == 0 {
            datagram.protocol = ip.protocol;
        }
        let (state, conflict) = datagram.insert(offset, payload, place.more);
        let outcome = match state {
            State::Pending => Outcome::Pending,
            State::Invalid => Outcome::Invalid,
            State::CapHit => {
                self.datagrams.remove(&key);
                Outcome::CapHit
            }
            State::Complete => self
                .datagrams
                .remove(&key)
                .map_or(Outcome::Pending, |d| Outcome::Complete(d.data, d.protocol)),
        };
        Some(Defragmented {
            outcome,
            conflict,
            evicted,
        })
    }

    /// Gives up datagrams that wait for too long; returns how many.
    pub fn expire(&mut self, now: Timestamp) -> u64 {
        let mut expired = 0_u64;
        while let Some((serial, key)) = self.ages.front().copied() {
            match self.datagrams.get(&key).filter(|d| d.serial == serial) {
                Some(d) if now.since(d.since) < limits::DEFRAG_WAIT => break,
                Some(_) => {
                    self.datagrams.remove(&key);
                    expired = expired.saturating_add(1);
                }
                None => {}
            }
            self.ages.pop_front();
        }
        expired
    }

    /// Datagrams that are not complete.
    pub fn open_datagrams(&self) -> usize {
        self.datagrams.len()
    }

    /// Makes an entry for a new datagram; true when another one gave way.
    fn open(&mut self, key: Key, time: Timestamp) -> bool {
        let mut evicted = false;
        // The queue also holds datagrams that are done: it may be longer than the map, not by much.
        while self.ages.len() >= limits::DEFRAG_DATAGRAMS {
            let Some((serial, oldest)) = self.ages.pop_front() else {
                break;
            };
            if self
                .datagrams
                .get(&oldest)
                .is_some_and(|d| d.serial == serial)
            {
                self.datagrams.remove(&oldest);
                evicted = true;
            }
        }
        self.serial = self.serial.wrapping_add(1);
        self.ages.push_back((self.serial, key));
        self.datagrams.insert(
            key,
            Datagram {
                serial: self.serial,
                since: time,
                data: Vec::new(),
                filled: Vec::new(),
                fragments: 0,
                total: None,
                protocol: 0,
            },
        );
        evicted
    }
}

enum State {
    Pending,
    Complete,
    CapHit,
    Invalid,
}

impl Datagram {
    fn insert(&mut self, offset: usize, payload: &[u8], more: bool) -> (State, bool) {
        let Some(end) = offset.checked_add(payload.len()) else {
            return (State::Invalid, false);
        };
        if end > limits::DEFRAG_BYTES || self.fragments >= limits::DEFRAG_FRAGMENTS {
            return (State::CapHit, false);
        }
        let beyond = self.total.is_some_and(|total| end > total);
        let contradicts = !more && self.total.is_some_and(|total| end != total);
        let shrinks = !more && self.data.len() > end;
        if beyond || contradicts || shrinks || (more && !payload.len().is_multiple_of(8)) {
            return (State::Invalid, false);
        }
        self.fragments = self.fragments.saturating_add(1);
        if !more {
            self.total = Some(end);
        }
        let conflict = self.fill(offset, payload);
        let complete = self
            .total
            .is_some_and(|total| match self.filled.as_slice() {
                [] => total == 0,
                [(0, filled)] => *filled == total,
                _ => false,
            });
        let state = if complete {
            State::Complete
        } else {
            State::Pending
        };
        (state, conflict)
    }

    /// Copies what is not filled yet; true when the rest differs from what is.
    fn fill(&mut self, offset: usize, payload: &[u8]) -> bool {
        let end = offset.saturating_add(payload.len());
        if self.data.len() < end {
            self.data.resize(end, 0);
        }
        let (mut at, mut rest) = (offset, payload);
        let mut conflict = false;
        for (from, to) in &self.filled {
            if *to <= at {
                continue;
            }
            let (new, behind) = split(rest, from.saturating_sub(at));
            copy(&mut self.data, at, new);
            at = at.saturating_add(new.len());
            let (known, behind) = split(behind, to.saturating_sub(at));
            let known_end = at.saturating_add(known.len());
            conflict |= self.data.get(at..known_end) != Some(known);
            (at, rest) = (known_end, behind);
        }
        copy(&mut self.data, at, rest);
        self.mark(offset, end);
        conflict
    }

    fn mark(&mut self, mut from: usize, mut to: usize) {
        if from == to {
            return;
        }
        self.filled.retain(|(a, b)| {
            let touches = *a <= to && from <= *b;
            if touches {
                from = from.min(*a);
                to = to.max(*b);
            }
            !touches
        });
        let at = self.filled.partition_point(|(a, _)| *a < from);
        self.filled.insert(at, (from, to));
    }
}

/// The first `n` bytes, or all there are, and the rest.
fn split(bytes: &[u8], n: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(n).unwrap_or((bytes, &[]))
}

/// Copies bytes to a place that was made large enough before.
fn copy(data: &mut [u8], at: usize, bytes: &[u8]) {
    let end = at.saturating_add(bytes.len());
    if let Some(target) = data.get_mut(at..end) {
        target.copy_from_slice(bytes);
    }
}
