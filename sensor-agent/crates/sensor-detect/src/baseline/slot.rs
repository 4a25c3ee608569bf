//! One learned thing and its history, and sorted lists of them.

use sensor_protocols::time::Timestamp;

use super::Origin;

/// Who put it there, when it was seen and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    pub origin: Origin,
    pub first: Timestamp,
    pub last: Timestamp,
    /// Messages; 0 when an operator learned it and it was not seen since.
    pub count: u64,
}

impl History {
    /// Learned from `count` messages at `time`.
    pub fn traffic(time: Timestamp, count: u64) -> Self {
        Self {
            origin: Origin::Traffic,
            first: time,
            last: time,
            count,
        }
    }

    /// Learned by hand at `time`.
    pub fn operator(time: Timestamp) -> Self {
        Self {
            origin: Origin::Operator,
            first: time,
            last: time,
            count: 0,
        }
    }

    /// Seen again.
    pub fn seen(&mut self, time: Timestamp, count: u64) {
        self.last = self.last.max(time);
        self.count = self.count.saturating_add(count);
    }

    /// The history of two things that become one.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            origin: self.origin.min(other.origin),
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            count: self.count.saturating_add(other.count),
        }
    }
}

/// Learned things of one kind, sorted by key, found by binary search.
#[derive(Clone, Debug)]
pub(super) struct Slots<K> {
    slots: Vec<(K, History)>,
}

impl<K> Default for Slots<K> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<K: Ord> Slots<K> {
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut History> {
        self.get_by_mut(|known| known.cmp(key))
    }

    /// For keys that own memory: finds one by comparing with borrowed parts.
    pub(super) fn get_by_mut(
        &mut self,
        compare: impl Fn(&K) -> std::cmp::Ordering,
    ) -> Option<&mut History> {
        let at = self
            .slots
            .binary_search_by(|(known, _)| compare(known))
            .ok()?;
        self.slots.get_mut(at).map(|(_, history)| history)
    }

    /// Position of a key, for as long as nothing is inserted or removed.
    pub(super) fn position(&self, key: &K) -> Option<usize> {
        self.slots
            .binary_search_by(|(known, _)| known.cmp(key))
            .ok()
    }

    pub(super) fn history_at(&mut self, position: usize) -> Option<&mut History> {
        self.slots.get_mut(position).map(|(_, history)| history)
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.slots
            .binary_search_by(|(known, _)| known.cmp(key))
            .is_ok()
    }

    /// Takes the thing in; `false` when it was there, with its history kept but for the origin:
    /// what an operator learns counts as learned by an operator.
    pub(super) fn insert(&mut self, key: K, history: History) -> bool {
        match self.slots.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => {
                if let Some((_, known)) = self.slots.get_mut(at) {
                    known.origin = known.origin.max(history.origin);
                }
                false
            }
            Err(at) => {
                self.slots.insert(at, (key, history));
                true
            }
        }
    }

    pub(super) fn remove(&mut self, key: &K) -> bool {
        match self.slots.binary_search_by(|(known, _)| known.cmp(key)) {
            Ok(at) => {
                self.slots.remove(at);
                true
            }
            Err(_) => false,
        }
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, (K, History)> {
        self.slots.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Heap bytes in use.
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<(K, History)>()
    }
}
