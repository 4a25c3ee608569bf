//! What was last heard of each control block or stream of a flow, by a fingerprint of its name.
//!
//! One flow is one pair of addresses, and a device publishes many control blocks on it, so a
//! dissector keeps a table. Fingerprints are keyed anew on each flow, so that nobody can aim at them.
//!
//! Limits: [`limits::IEC61850_PUBLISHERS`]; the one that was silent for longest makes room.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::limits;

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
    pub(in crate::dissect) fn find(&mut self, name: &[u8], state: T) -> Found<'_, T> {
        let name = self.fingerprint(name);
        self.clock = self.clock.wrapping_add(1);
        let same = |known: &Known<T>| known.name == name;
        let at = if self.known.get(self.next).is_some_and(same) {
            Some(self.next)
        } else {
            self.known.iter().position(same)
        };
        let Some(at) = at else {
            let evicted = self.put(name, state);
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
    fn put(&mut self, name: u64, state: T) -> bool {
        let new = Known {
            name,
            used: self.clock,
            state,
        };
        if self.known.len() < limits::IEC61850_PUBLISHERS {
            self.known.push(new);
            return false;
        }
        if let Some(oldest) = self.known.iter_mut().min_by_key(|known| known.used) {
            *oldest = new;
        }
        true
    }

    #[cfg(test)]
    pub(in crate::dissect) fn len(&self) -> usize {
        self.known.len()
    }
}
