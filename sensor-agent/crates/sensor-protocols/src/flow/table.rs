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

    /// Moves a flow to the young end of the list of `class`. Within a second of the last move
    /// it stays where it is, so order by age is exact to a second.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
    use crate::flow::{Application, End, Ends, key};
    use crate::frame::{Frame, LinkType};
    use crate::observation::{Protocol, Transport};

    const SECOND: u64 = 1_000_000_000;

    /// A flow between two MAC addresses, the second ending in `n`.
    fn flow(n: u8, seconds: u64) -> Flow {
        let data = [2, 0, 0, 0, 0, n, 2, 0, 0, 0, 0, 1, 0x88, 0xb5];
        let packet = decode(&Frame {
            time: Timestamp::ZERO,
            number: 1,
            link: LinkType::Ethernet,
            wire_len: 14,
            data: &data,
            kernel: None,
        });
        Flow {
            key: key::of(&packet, false).unwrap().key,
            id: n.into(),
            protocol: Protocol::Ethernet,
            transport: Transport::Link,
            last: Timestamp::from_nanos(seconds * SECOND),
            last_frame: 0,
            ends: Ends::default(),
            client: End::Low,
            application: Application::Unknown,
            held: 0,
            tcp: None,
            track: None,
        }
    }

    fn evicted(table: &mut Table) -> Vec<u64> {
        std::iter::from_fn(|| table.victim().and_then(|at| table.remove(at)))
            .map(|flow| flow.id)
            .collect()
    }

    #[test]
    fn finds_what_was_inserted_and_not_what_was_removed() {
        let mut table = Table::new(100);
        let places: Vec<Index> = (0..50).map(|n| table.insert(flow(n, 0))).collect();
        assert_eq!(table.len(), 50);
        for (n, at) in (0..).zip(&places) {
            assert_eq!(table.find(&flow(n, 0).key), Some(*at));
        }
        assert_eq!(table.remove(places[7]).map(|f| f.id), Some(7));
        assert_eq!(table.find(&flow(7, 0).key), None);
        assert!(table.remove(places[7]).is_none());
        assert_eq!(table.insert(flow(200, 0)), places[7], "places are reused");
        assert_eq!(table.find(&flow(200, 0).key), Some(places[7]));
    }

    #[test]
    fn gives_up_the_closed_first_and_the_established_last_each_by_age() {
        let mut table = Table::new(6);
        let places: Vec<Index> = (0..6).map(|n| table.insert(flow(n, n.into()))).collect();
        assert!(table.is_full());
        table.touch(places[0], Class::Established);
        table.touch(places[4], Class::Closed);
        table.touch(places[1], Class::Closed);
        // Activity makes a flow young again.
        table.get_mut(places[2]).unwrap().last = Timestamp::from_nanos(9 * SECOND);
        table.touch(places[2], Class::Other);
        assert_eq!(evicted(&mut table), [4, 1, 3, 5, 2, 0]);
        assert!(table.is_empty());
        assert_eq!(table.victim(), None);
    }

    #[test]
    fn activity_within_the_grain_moves_nothing() {
        let mut table = Table::new(4);
        let first = table.insert(flow(1, 0));
        table.insert(flow(2, 0));
        table.get_mut(first).unwrap().last = Timestamp::from_nanos(SECOND / 2);
        table.touch(first, Class::Other);
        assert_eq!(table.oldest(Class::Other).unwrap().0, first);
        table.get_mut(first).unwrap().last = Timestamp::from_nanos(SECOND);
        table.touch(first, Class::Other);
        assert_ne!(table.oldest(Class::Other).unwrap().0, first);
    }
}
