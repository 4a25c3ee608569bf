//! A table with a fixed capacity.
//!
//! When it is full the entry that has not been used for longest, to the accuracy of a
//! second-chance queue, makes room and is counted. What is evicted depends only on the order of
//! the calls, never on hash values, so a replay evicts what the first run evicted.

use std::collections::VecDeque;
use std::hash::Hash;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::TableStatus;

/// How often an entry that was used may go back to the end of the queue in one eviction.
const SECOND_CHANCES: usize = 8;

struct Slot<V> {
    value: V,
    used: bool,
}

/// `K` to `V`, at most `capacity` of them.
pub struct BoundedMap<K, V> {
    slots: HashMap<K, Slot<V>, RandomState>,
    order: VecDeque<K>,
    capacity: usize,
    evicted: u64,
}

impl<K: Copy + Eq + Hash, V> BoundedMap<K, V> {
    /// An empty table; `capacity` below 1 counts as 1. Nothing is allocated yet.
    pub fn new(capacity: usize) -> Self {
        Self {
            slots: HashMap::default(),
            order: VecDeque::new(),
            capacity: capacity.max(1),
            evicted: 0,
        }
    }

    /// The entry of `key`, made by `make` when there is none.
    pub fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if !self.slots.contains_key(&key) {
            self.make_room();
            self.order.push_back(key);
        }
        let slot = self.slots.entry(key).or_insert_with(|| Slot {
            value: make(),
            used: false,
        });
        slot.used = true;
        &mut slot.value
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.slots.get(key).map(|slot| &slot.value)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let slot = self.slots.get_mut(key)?;
        slot.used = true;
        Some(&mut slot.value)
    }

    /// Takes the entry out. Its place in the queue stays until the queue comes to it.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let slot = self.slots.remove(key)?;
        if self.order.len() > self.capacity.saturating_mul(2) {
            let slots = &self.slots;
            self.order.retain(|key| slots.contains_key(key));
        }
        Some(slot.value)
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Figures for the status; `held` estimates the heap bytes of one value.
    pub fn status(&self, name: &'static str, held: usize) -> TableStatus {
        let entry = size_of::<(K, Slot<V>)>() + size_of::<K>() + held;
        TableStatus {
            name,
            entries: self.slots.len() as u64,
            capacity: self.capacity as u64,
            evicted: self.evicted,
            refused: 0,
            bytes: (self.slots.len() * entry) as u64,
        }
    }

    fn make_room(&mut self) {
        let mut chances = SECOND_CHANCES;
        while self.slots.len() >= self.capacity {
            let Some(oldest) = self.order.pop_front() else {
                return;
            };
            let Some(slot) = self.slots.get_mut(&oldest) else {
                continue;
            };
            if slot.used && chances > 0 {
                chances -= 1;
                slot.used = false;
                self.order.push_back(oldest);
            } else {
                self.slots.remove(&oldest);
                self.evicted += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_table_gives_up_its_oldest_entry_and_counts_it() {
        let mut map = BoundedMap::new(2);
        *map.entry(1, || 0) += 1;
        *map.entry(2, || 0) += 1;
        *map.entry(3, || 0) += 1;
        assert_eq!(map.len(), 2);
        assert_eq!(map.get(&1), None);
        assert_eq!(map.status("t", 0).evicted, 1);
    }

    #[test]
    fn an_entry_in_use_outlives_one_that_is_not() {
        let mut map = BoundedMap::new(2);
        map.entry(1, || ());
        map.entry(2, || ());
        map.entry(3, || ()); // evicts 1 and takes the mark from 2
        map.get_mut(&3);
        map.entry(4, || ());
        assert_eq!(map.get(&2), None);
        assert!(map.get(&3).is_some());
    }

    #[test]
    fn removed_keys_do_not_pile_up_in_the_queue() {
        let mut map = BoundedMap::new(4);
        for key in 0..1000 {
            map.entry(key, || ());
            map.remove(&key);
        }
        assert!(map.order.len() <= 9);
        assert!(map.is_empty());
    }
}
