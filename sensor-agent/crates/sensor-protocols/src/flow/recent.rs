//! The latest segments delivered from a stream, by hash, so that a repetition with other content
//! is noticed although the bytes are gone.

use std::hash::BuildHasher;

/// How many segments are remembered.
const SEGMENTS: usize = 4;

#[derive(Clone, Copy, Debug, Default)]
struct Delivered {
    start: u64,
    len: usize,
    hash: u64,
}

/// See the module documentation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Recent {
    segments: [Delivered; SEGMENTS],
    latest: usize,
}

impl Recent {
    /// Notes that `bytes` were delivered from position `start` on.
    pub(super) fn remember(&mut self, start: u64, bytes: &[u8]) {
        self.latest = self.latest.wrapping_add(1) % SEGMENTS;
        if let Some(slot) = self.segments.get_mut(self.latest) {
            *slot = Delivered {
                start,
                len: bytes.len(),
                hash: hash(bytes),
            };
        }
    }

    /// Whether bytes of the same place and length were delivered that were not these.
    pub(super) fn differs(&self, start: u64, bytes: &[u8]) -> bool {
        let same_place = |d: &&Delivered| d.start == start && d.len == bytes.len();
        !bytes.is_empty()
            && self
                .segments
                .iter()
                .find(same_place)
                .is_some_and(|d| d.hash != hash(bytes))
    }
}

/// Only compared within one process. The seed is fixed, so that the same capture always gives the
/// same result.
fn hash(bytes: &[u8]) -> u64 {
    foldhash::fast::FixedState::with_seed(0x7e11_7a1e).hash_one(bytes)
}
