//! What is counted under one key of the map of operations.

use sensor_common::operation::{Interval, OperationStats};

use super::zero;

/// Whether a known operation has to go up in full again.
#[inline(always)]
pub(super) fn is_due(operation: &OperationStats, now_ns: u64, refresh_ns: u64) -> bool {
    now_ns.saturating_sub(operation.refreshed_ns) > refresh_ns
}

/// Takes note of a message under this key that goes up.
#[inline(always)]
pub(super) fn hand_up(operation: &mut OperationStats, now_ns: u64) {
    operation.refreshed_ns = now_ns;
    operation.last_ns = now_ns;
}

/// Counts a message that is withheld.
#[inline(always)]
pub(super) fn add(operation: &mut OperationStats, wire_len: u32, now_ns: u64, epoch: u32) {
    let interval = &mut operation.intervals[epoch as usize & 1];
    if interval.epoch != u64::from(epoch) || interval.packets == 0 {
        let zero = zero();
        *interval = Interval {
            epoch: u64::from(epoch),
            packets: zero,
            bytes: zero,
            first_ns: now_ns,
            last_ns: now_ns,
            min_gap_ns: zero,
            max_gap_ns: zero,
        };
    }
    interval.packets += 1;
    interval.bytes += u64::from(wire_len);
    interval.last_ns = now_ns;
    if operation.last_ns != 0 {
        // Zero stands for "no gap yet"; another CPU's clock may be a little ahead.
        let gap = now_ns.saturating_sub(operation.last_ns).max(1);
        if interval.min_gap_ns == 0 || gap < interval.min_gap_ns {
            interval.min_gap_ns = gap;
        }
        if gap > interval.max_gap_ns {
            interval.max_gap_ns = gap;
        }
    }
    operation.last_ns = now_ns;
}
