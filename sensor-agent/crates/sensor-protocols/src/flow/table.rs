//! The bounded table of flows.
//!
//! Flows sit in a slab; a hash table finds them by key; three lists keep them in order of their
//! last activity: closed connections, everything else, established connections. Expiry and
//! eviction take from the old end of a list, closed ones first and established ones last, so a
//! flood of new flows does not push out the connections of the plant.
//!
//! Nothing iterates over the hash table, so results do not depend on its random seed.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::time::Duration;

use super::{Flow, FlowKey};
use crate::time::Timestamp;

/// Which list a flow is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Class {
    /// TCP connection that ended.
    Closed,
    #[default]
    Other,
    /// TCP connection that was established.
    Established,
}

impl Class {
    /// In order of eviction.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Other, Self::Established];
}

/// How exact the order of ages is.
const GRAIN: Duration = Duration::from_secs(1);

/// Position of a flow in the slab.
pub type Index = u32;

const NONE: Index = Index::MAX;

struct Slot {
    flow: Flow,
    class: Class,
    /// Activity at which it was last moved within its list.
    moved: Timestamp,
    /// Neighbours in the list: the one active before and the one active after this one.
    older: Index,
    newer: Index,
}

#[derive(Clone, Copy)]
struct List {
    oldest: Index,
    newest: Index,
}

const EMPTY: List = List {
    oldest: NONE,
    newest: NONE,
};

/// See the module documentation.
pub struct Table {
    slots: Vec<Option<Slot>>,
    free: Vec<Index>,
    index: HashTable<Index>,
    hasher: RandomState,
    lists: [List; 3],
    capacity: usize,
}

impl Table {
    /// A table for at most `capacity` flows (at least one).
    pub fn new(capacity: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::default(),
            lists: [EMPTY; 3],
            capacity: capacity.clamp(1, NONE as usize),
        }
    }

    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Whether an insert needs an eviction first.
    pub fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    #[inline]
    pub fn find(&self, key: &FlowKey) -> Option<Index> {
        let hash = self.hasher.hash_one(key);
        self.index
            .find(hash, |at| {
                slot(&self.slots, *at).is_some_and(|s| s.flow.key == *key)
            })
            .copied()
    }

    #[inline]
    pub fn get_mut(&mut self, at: Index) -> Option<&mut Flow> {
        slot_mut(&mut self.slots, at).map(|s| &mut s.flow)
    }

    pub fn get(&self, at: Index) -> Option<&Flow> {
        slot(&self.slots, at).map(|s| &s.flow)
    }

    /// Adds a flow; the caller made room before.
    pub fn insert(&mut self, flow: Flow) -> Index {
        let hash = self.hasher.hash_one(flow.key);
        let slot = Some(Slot {
            moved: flow.last,
            flow,
            class: Class::Other,
            older: NONE,
            newer: NONE,
        });
        let at = self.place(slot);
        let slots = &self.slots;
        let hasher = &self.hasher;
        self.index.insert_unique(hash, at, |at| {
            self::slot(slots, *at).map_or(0, |s| hasher.hash_one(s.flow.key))
        });
        self.link_newest(at, Class::Other);
        at
    }

    fn place(&mut self, slot: Option<Slot>) -> Index {
        if let Some(at) = self.free.pop()
            && let Some(place) = self.slots.get_mut(at as usize)
        {
            *place = slot;
            return at;
        }
        let at = Index::try_from(self.slots.len()).unwrap_or(NONE);
        self.slots.push(slot);
        at
    }

    /// Takes a flow out.
    pub fn remove(&mut self, at: Index) -> Option<Flow> {
        self.unlink(at);
        let slot = self.slots.get_mut(at as usize)?.take()?;
        self.free.push(at);
        let hash = self.hasher.hash_one(slot.flow.key);
        if let Ok(found) = self.index.find_entry(hash, |other| *other == at) {
            found.remove();
        }
        Some(slot.flow)
    }

    /// Moves a flow to the young end of the list of `class`. Within [`GRAIN`] of the last move it
    /// stays where it is, so order by age is exact to that grain.
    #[inline]
    pub fn touch(&mut self, at: Index, class: Class) {
        let Some(slot) = slot_mut(&mut self.slots, at) else {
            return;
        };
        if slot.class == class && slot.flow.last.since(slot.moved) < GRAIN {
            return;
        }
        slot.moved = slot.flow.last;
        self.unlink(at);
        self.link_newest(at, class);
    }

    /// The flow of a class that was idle for longest, and the time of its last activity.
    pub fn oldest(&self, class: Class) -> Option<(Index, Timestamp)> {
        let at = self.list(class).oldest;
        slot(&self.slots, at).map(|s| (at, s.flow.last))
    }

    /// The flow to give up when room is needed.
    pub fn victim(&self) -> Option<Index> {
        Class::ALL
            .into_iter()
            .find_map(|class| self.oldest(class))
            .map(|(at, _)| at)
    }

    const fn list(&self, class: Class) -> List {
        let [closed, other, established] = self.lists;
        match class {
            Class::Closed => closed,
            Class::Other => other,
            Class::Established => established,
        }
    }

    const fn list_mut(&mut self, class: Class) -> &mut List {
        let [closed, other, established] = &mut self.lists;
        match class {
            Class::Closed => closed,
            Class::Other => other,
            Class::Established => established,
        }
    }

    fn unlink(&mut self, at: Index) {
        let Some(slot) = slot_mut(&mut self.slots, at) else {
            return;
        };
        let (older, newer, class) = (slot.older, slot.newer, slot.class);
        slot.older = NONE;
        slot.newer = NONE;
        match slot_mut(&mut self.slots, older) {
            Some(neighbour) => neighbour.newer = newer,
            None => self.list_mut(class).oldest = newer,
        }
        match slot_mut(&mut self.slots, newer) {
            Some(neighbour) => neighbour.older = older,
            None => self.list_mut(class).newest = older,
        }
    }

    fn link_newest(&mut self, at: Index, class: Class) {
        let newest = self.list(class).newest;
        if let Some(slot) = slot_mut(&mut self.slots, at) {
            slot.class = class;
            slot.older = newest;
            slot.newer = NONE;
        }
        match slot_mut(&mut self.slots, newest) {
            Some(neighbour) => neighbour.newer = at,
            None => self.list_mut(class).oldest = at,
        }
        self.list_mut(class).newest = at;
    }
}

#[inline]
fn slot(slots: &[Option<Slot>], at: Index) -> Option<&Slot> {
    slots.get(at as usize)?.as_ref()
}

#[inline]
fn slot_mut(slots: &mut [Option<Slot>], at: Index) -> Option<&mut Slot> {
    slots.get_mut(at as usize)?.as_mut()
}
