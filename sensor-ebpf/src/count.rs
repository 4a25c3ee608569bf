//! Counters of the CPU the program runs on.

use sensor_common::counter::{Counter, CounterBlock};

use crate::maps::{COUNTERS, RULE_HITS};

/// The counter block of this CPU.
pub(crate) struct Counters(&'static mut CounterBlock);

impl Counters {
    /// The block of this CPU; always there, since the map has the one element.
    #[inline(always)]
    pub(crate) fn here() -> Option<Self> {
        let block = COUNTERS.get_ptr_mut(0)?;
        // SAFETY: the pointer is non-null and valid for the run of the program. Only this CPU
        // writes its block and the program is not re-entered on a CPU (soft interrupts are off
        // while it runs); the agent reads by system call, which copies whole words.
        Some(Self(unsafe { &mut *block }))
    }

    #[inline(always)]
    pub(crate) fn bump(&mut self, counter: Counter) {
        self.add(counter, 1);
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, counter: Counter, amount: u64) {
        let value = &mut self.0.values[counter as usize];
        *value = value.wrapping_add(amount);
    }
}

/// Moves the hit counter of a rule; the agent hands out slots within the map.
#[inline(always)]
pub(crate) fn rule_hit(slot: u32) {
    if let Some(hits) = RULE_HITS.get_ptr_mut(slot) {
        // SAFETY: as for `Counters::here`: valid, and written by this CPU only.
        let hits = unsafe { &mut *hits };
        *hits = hits.wrapping_add(1);
    }
}
