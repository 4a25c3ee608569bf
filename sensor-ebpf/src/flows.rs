//! The flow table: one entry for each flow, one half for each direction.

use aya_ebpf::bindings::BPF_NOEXIST;
use sensor_common::counter::Counter;
use sensor_common::flow::FlowStats;
use sensor_ebpf::outcome::Parsed;

use crate::count::Counters;
use crate::maps::FLOWS;

/// What a new entry starts from; kept out of the stack, which holds 512 bytes in all.
static EMPTY: FlowStats = FlowStats::EMPTY;

/// Fails when the key is there.
const NO_EXIST: u64 = BPF_NOEXIST as u64;

/// The entry of a frame's flow, made if there is none; `None` when the table has no room.
#[inline(always)]
pub(crate) fn entry(parsed: &Parsed, counters: &mut Counters) -> Option<&'static mut FlowStats> {
    let mut found = FLOWS.get_ptr_mut(&parsed.key);
    if found.is_none() {
        // Only if there is still none: another CPU may have made it meanwhile, with the other
        // direction of the flow booked in it already.
        if FLOWS.insert(&parsed.key, &EMPTY, NO_EXIST).is_ok() {
            counters.bump(Counter::FlowsInserted);
        }
        found = FLOWS.get_ptr_mut(&parsed.key);
        if found.is_none() {
            counters.bump(Counter::FlowsRefused);
        }
    }
    let stats = found?;
    // SAFETY: the pointer comes from a look-up of this run and is valid until the program returns,
    // even if the entry is evicted meanwhile (the table's memory is preallocated and never
    // unmapped). Other CPUs may hold it too, which the compiler of this run cannot make use of:
    // the value holds integers only, read and written in aligned words, for which any bits will
    // do. Each direction's half is written by the core that receives it, see `FlowHalf`; of the
    // track, which two may write, a mixture of two states makes a frame go up too many. An entry that is
    // evicted and taken for another flow while this run holds it has this frame booked on that flow.
    Some(unsafe { &mut *stats })
}

/// Books a frame of `wire_len` bytes under its flow, which gets an identifier with its first.
#[inline(always)]
pub(crate) fn book(
    stats: &mut FlowStats,
    parsed: &Parsed,
    wire_len: u32,
    now_ns: u64,
    identifiers: &mut Identifiers,
) {
    if stats.track.id == 0 {
        stats.track.id = identifiers.fresh();
    }
    let half = &mut stats.halves[parsed.direction() as usize & 1];
    half.packets += 1;
    half.bytes += u64::from(wire_len);
    if half.first_ns == 0 {
        half.first_ns = now_ns;
    }
    half.last_ns = now_ns;
    half.tcp_flags |= u32::from(parsed.tcp_flags);
}

/// Identifiers of flows given on this CPU.
#[repr(C)]
pub(crate) struct Identifiers {
    given: u64,
}

/// Room for the number of the CPU below the count; Linux knows no more than 2^13.
const CPU_BITS: u64 = 16;

impl Identifiers {
    /// An identifier that no CPU has given before.
    #[inline(always)]
    pub(crate) fn fresh(&mut self) -> u64 {
        self.given += 1;
        // SAFETY: the helper has no arguments and may be called from any program.
        let cpu = unsafe { aya_ebpf::helpers::bpf_get_smp_processor_id() };
        self.given << CPU_BITS | u64::from(cpu)
    }
}
