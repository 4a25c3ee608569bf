//! The bound on what all streams buffer together.

/// How much may be buffered over all streams, and how much is.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub used: usize,
    pub cap: usize,
}

impl Budget {
    /// Reserves `n` bytes; false when there is no room.
    pub const fn take(&mut self, n: usize) -> bool {
        let used = self.used.saturating_add(n);
        if used > self.cap {
            return false;
        }
        self.used = used;
        true
    }

    pub const fn give_back(&mut self, n: usize) {
        self.used = self.used.saturating_sub(n);
    }
}
