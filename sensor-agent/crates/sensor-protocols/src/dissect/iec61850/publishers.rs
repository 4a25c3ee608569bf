//! What was last heard of each control block or stream of a flow, by sender, APPID and a fingerprint of its
//! name: a receiver takes no message with another APPID for one of the same publisher (IEC 61850-8-1, C.2).
//!
//! One flow is one pair of addresses, and a device publishes many control blocks on it, so a
//! dissector keeps a table. Fingerprints are keyed anew on each flow, so that nobody can aim at them.
//!
//! Limits: [`limits::IEC61850_PUBLISHERS`]; the one that is known for longest makes room. So who makes room does
//! not hang on messages that the kernel program withheld.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::dissect::Role;
use crate::limits;

/// Where a publisher was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dissect) struct Place {
    pub(in crate::dissect) sender: Role,
    pub(in crate::dissect) appid: u16,
}

/// States by name.
#[derive(Debug)]
pub(in crate::dissect) struct Publishers<T> {
    hasher: RandomState,
    known: Vec<Known<T>>,
    /// Counts look-ups.
    clock: u64,
    /// Where the one after the last one found stands: publishers take turns.
    next: usize,
}

#[derive(Debug)]
struct Known<T> {
    place: Place,
    name: u64,
    /// Look-up that found it last.
    used: u64,
    state: T,
}

/// What the table says about a name.
pub(in crate::dissect) enum Found<'t, T> {
    Known(&'t mut T),
    /// It was not there; `evicted` when another one made room.
    New {
        evicted: bool,
    },
}

impl<T> Default for Publishers<T> {
    fn default() -> Self {
        Self {
            hasher: RandomState::default(),
            known: Vec::new(),
            clock: 0,
            next: 0,
        }
    }
}

impl<T> Publishers<T> {
    /// A fingerprint of octets; what has the same one is taken for the same.
    #[inline]
    pub(in crate::dissect) fn fingerprint(&self, octets: &[u8]) -> u64 {
        self.hasher.hash_one(octets)
    }

    /// Looks `name` up; one that is not there is put there with `state`.
    #[inline]
    pub(in crate::dissect) fn find(&mut self, place: Place, name: &[u8], state: T) -> Found<'_, T> {
        let name = self.fingerprint(name);
        self.clock = self.clock.wrapping_add(1);
        let same = |known: &Known<T>| known.name == name && known.place == place;
        let at = if self.known.get(self.next).is_some_and(same) {
            Some(self.next)
        } else {
            self.known.iter().position(same)
        };
        let Some(at) = at else {
            let evicted = self.put(place, name, state);
            return Found::New { evicted };
        };
        self.next = at.saturating_add(1);
        if self.next >= self.known.len() {
            self.next = 0;
        }
        match self.known.get_mut(at) {
            Some(known) => {
                known.used = self.clock;
                Found::Known(&mut known.state)
            }
            None => Found::New { evicted: false },
        }
    }

    /// Adds one; true when another one made room.
    #[cold]
    fn put(&mut self, place: Place, name: u64, state: T) -> bool {
        let evicted = self.known.len() >= limits::IEC61850_PUBLISHERS;
        if evicted {
            self.known.remove(0);
        }
        self.known.push(Known {
            place,
            name,
            used: self.clock,
            state,
        });
        evicted
    }

    /// State of the publisher that was heard last at a place.
    pub(in crate::dissect) fn latest(&mut self, place: Place) -> Option<&mut T> {
        let at_place = self.known.iter_mut().filter(|known| known.place == place);
        let latest = at_place.max_by_key(|known| known.used)?;
        Some(&mut latest.state)
    }

    #[cfg(test)]
    pub(in crate::dissect) fn len(&self) -> usize {
        self.known.len()
    }
}
