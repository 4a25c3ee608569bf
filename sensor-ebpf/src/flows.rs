//! The flow table: one entry for each flow, one half for each direction.

use sensor_common::counter::Counter;
use sensor_common::flow::{Direction, FlowStats};
use sensor_ebpf::outcome::Parsed;

use crate::count::Counters;
use crate::maps::FLOWS;

/// What a new entry starts from; kept out of the stack, which holds 512 bytes in all.
static EMPTY: FlowStats = FlowStats::EMPTY;

/// Books a frame of `wire_len` bytes under its flow.
#[inline(always)]
pub(crate) fn book(parsed: &Parsed, wire_len: u32, now_ns: u64, counters: &mut Counters) {
    if let Some(stats) = FLOWS.get_ptr_mut(&parsed.key) {
        add(stats, parsed, wire_len, now_ns);
        return;
    }
    if FLOWS.insert(&parsed.key, &EMPTY, 0).is_err() {
        counters.bump(Counter::FlowsRefused);
        return;
    }
    counters.bump(Counter::FlowsInserted);
    if let Some(stats) = FLOWS.get_ptr_mut(&parsed.key) {
        add(stats, parsed, wire_len, now_ns);
    }
}

#[inline(always)]
fn add(stats: *mut FlowStats, parsed: &Parsed, wire_len: u32, now_ns: u64) {
    // SAFETY: the pointer comes from a look-up of this run and is valid until the program returns,
    // even if the entry is evicted meanwhile (the table's memory is preallocated and never
    // unmapped). Each direction's half is written by the core that receives it; see `FlowHalf`.
    let stats = unsafe { &mut *stats };
    let half = match parsed.direction() {
        Direction::LowToHigh => &mut stats.halves[0],
        Direction::HighToLow => &mut stats.halves[1],
    };
    half.packets += 1;
    half.bytes += u64::from(wire_len);
    if half.first_ns == 0 {
        half.first_ns = now_ns;
    }
    half.last_ns = now_ns;
    half.tcp_flags |= u32::from(parsed.tcp_flags);
}
