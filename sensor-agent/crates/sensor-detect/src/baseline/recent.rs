//! What a channel did lately and may do: a small memory in front of the learned items.
//!
//! A plant polls the same few things all the time. Finding one again here takes one comparison of
//! a fingerprint instead of searches in several lists, which matters because every list is a cache
//! miss when there are many channels. Sightings are counted here and added to the learned items
//! when a slot is given up. The memory holds positions, so it is emptied before the lists change.

use sensor_protocols::time::Timestamp;

/// Shapes remembered per channel.
const SHAPES: usize = 8;

/// Position of nothing.
const NOWHERE: u16 = u16::MAX;

/// Where the learned items of a message stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub operation: u16,
    /// Table and range; `None` when no learned range is exactly what was addressed.
    pub range: Option<(u16, u16)>,
}

/// Sightings of one shape that are not yet added to the learned items.
#[derive(Clone, Copy, Debug)]
struct Sightings {
    last: Timestamp,
    count: u32,
    operation: u16,
    table: u16,
    range: u16,
}

const NONE: Sightings = Sightings {
    last: Timestamp::ZERO,
    count: 0,
    operation: NOWHERE,
    table: NOWHERE,
    range: NOWHERE,
};

/// The memory.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    /// 0 where a slot is empty.
    fingerprints: [u64; SHAPES],
    sightings: [Sightings; SHAPES],
    next: u8,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            fingerprints: [0; SHAPES],
            sightings: [NONE; SHAPES],
            next: 0,
        }
    }
}

impl Recent {
    /// Whether the shape is remembered; counts the sighting.
    #[inline]
    pub(super) fn again(&mut self, fingerprint: u64, time: Timestamp, count: u64) -> bool {
        let Some(at) = self
            .fingerprints
            .iter()
            .position(|known| *known == fingerprint)
        else {
            return false;
        };
        let seen = &mut self.sightings[at];
        let Some(sum) = u32::try_from(count)
            .ok()
            .and_then(|count| seen.count.checked_add(count))
        else {
            return false;
        };
        seen.count = sum;
        seen.last = seen.last.max(time);
        true
    }

    /// Remembers a shape in place of the oldest one, whose sightings are returned.
    pub(super) fn remember(
        &mut self,
        fingerprint: u64,
        place: Place,
    ) -> Option<(Place, Timestamp, u64)> {
        let at = usize::from(self.next) % SHAPES;
        self.next = self.next.wrapping_add(1);
        let old = self.take(at);
        let (table, range) = place.range.unwrap_or((NOWHERE, NOWHERE));
        self.fingerprints[at] = fingerprint;
        self.sightings[at] = Sightings {
            operation: place.operation,
            table,
            range,
            ..NONE
        };
        old
    }

    /// Empties the memory and returns what was seen.
    pub(super) fn drain(&mut self) -> Vec<(Place, Timestamp, u64)> {
        (0..SHAPES).filter_map(|at| self.take(at)).collect()
    }

    /// What was seen and is not yet added to the learned items.
    pub(super) fn pending(&self) -> impl Iterator<Item = (Place, Timestamp, u64)> {
        self.sightings.iter().filter_map(Sightings::pending)
    }

    fn take(&mut self, at: usize) -> Option<(Place, Timestamp, u64)> {
        self.fingerprints[at] = 0;
        std::mem::replace(&mut self.sightings[at], NONE).pending()
    }
}

impl Sightings {
    fn pending(&self) -> Option<(Place, Timestamp, u64)> {
        let place = Place {
            operation: self.operation,
            range: (self.table != NOWHERE).then_some((self.table, self.range)),
        };
        (self.count > 0).then_some((place, self.last, u64::from(self.count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place {
        operation: 2,
        range: Some((0, 5)),
    };

    #[test]
    fn a_shape_is_found_again_and_its_sightings_are_not_lost() {
        let mut recent = Recent::default();
        assert!(!recent.again(7, Timestamp::ZERO, 1));
        assert_eq!(recent.remember(7, PLACE), None);
        let now = Timestamp::from_nanos(9);
        assert!(recent.again(7, now, 3));
        assert_eq!(recent.pending().collect::<Vec<_>>(), [(PLACE, now, 3)]);
        assert_eq!(recent.drain(), [(PLACE, now, 3)]);
        assert!(!recent.again(7, now, 1));
    }

    #[test]
    fn the_oldest_shape_makes_room() {
        let mut recent = Recent::default();
        recent.remember(1, PLACE);
        recent.again(1, Timestamp::ZERO, 1);
        for fingerprint in 2..=SHAPES as u64 {
            assert_eq!(recent.remember(fingerprint, PLACE), None);
        }
        assert_eq!(
            recent.remember(99, PLACE),
            Some((PLACE, Timestamp::ZERO, 1))
        );
    }
}
