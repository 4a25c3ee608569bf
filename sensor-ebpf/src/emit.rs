//! Hands a frame up: header and bytes into a ring record of the smallest size that holds them.
//!
//! The reader is not woken for each record: it looks by itself every millisecond or so, and is
//! woken once when the ring fills past the threshold of the settings.

use aya_ebpf::EbpfContext;
use aya_ebpf::bindings::{BPF_RB_AVAIL_DATA, BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP};
use aya_ebpf::helpers::bpf_xdp_load_bytes;
use aya_ebpf::programs::XdpContext;
use sensor_common::counter::Counter;
use sensor_common::record::{BUCKETS, RecordHeader};
use sensor_common::settings::Settings;

use crate::count::Counters;
use crate::maps::FRAMES;

/// A record of one size as it lies in the ring.
#[repr(C)]
struct Record<const ROOM: usize> {
    header: RecordHeader,
    frame: [u8; ROOM],
}

/// Writes the frame to the ring and counts what became of it; tells whether it got there.
#[inline(always)]
pub(crate) fn hand_up(
    ctx: &XdpContext,
    header: &RecordHeader,
    settings: &Settings,
    counters: &mut Counters,
) -> bool {
    let len = header.data_len;
    if len < header.wire_len {
        counters.bump(Counter::Truncated);
    }
    let outcome = by_size(ctx, header, settings);
    let handed_up = matches!(outcome, Counter::HandedUp);
    if handed_up {
        counters.add(Counter::HandedUpBytes, u64::from(len));
    }
    counters.bump(outcome);
    handed_up
}

#[inline(always)]
fn by_size(ctx: &XdpContext, header: &RecordHeader, settings: &Settings) -> Counter {
    let len = header.data_len as usize;
    if len <= BUCKETS[0] {
        write::<{ BUCKETS[0] }>(ctx, header, settings)
    } else if len <= BUCKETS[1] {
        write::<{ BUCKETS[1] }>(ctx, header, settings)
    } else if len <= BUCKETS[2] {
        write::<{ BUCKETS[2] }>(ctx, header, settings)
    } else if len <= BUCKETS[3] {
        write::<{ BUCKETS[3] }>(ctx, header, settings)
    } else if len <= BUCKETS[4] {
        write::<{ BUCKETS[4] }>(ctx, header, settings)
    } else if len <= BUCKETS[5] {
        write::<{ BUCKETS[5] }>(ctx, header, settings)
    } else if len <= BUCKETS[6] {
        write::<{ BUCKETS[6] }>(ctx, header, settings)
    } else if len <= BUCKETS[7] {
        write::<{ BUCKETS[7] }>(ctx, header, settings)
    } else {
        write::<{ BUCKETS[8] }>(ctx, header, settings)
    }
}

/// One reserve, one copy, one submit. Each size is its own function, since the verifier wants the
/// size of a reservation to be a constant.
#[inline(always)]
fn write<const ROOM: usize>(
    ctx: &XdpContext,
    header: &RecordHeader,
    settings: &Settings,
) -> Counter {
    let Some(mut entry) = FRAMES.reserve::<Record<ROOM>>(0) else {
        return Counter::LostRingFull;
    };
    let record = entry.as_mut_ptr();
    // SAFETY: `record` points at the reserved record, eight-byte aligned and large enough; the
    // field address stays inside it.
    let head = unsafe { &raw mut (*record).header };
    // SAFETY: aligned and inside the reservation, which nobody else sees before the submit.
    unsafe { head.write(*header) };
    // SAFETY: as for the header.
    let frame = unsafe { &raw mut (*record).frame };
    // Keeps the length between 1 and ROOM in a form the verifier can follow.
    let len = (header.data_len.wrapping_sub(1) & (ROOM as u32 - 1)) + 1;
    // SAFETY: `ctx` is the context of this run and `frame` has ROOM writable bytes, `len <= ROOM`.
    let copied = unsafe { bpf_xdp_load_bytes(ctx.as_ptr().cast(), 0, frame.cast(), len) };
    if copied != 0 {
        entry.discard(u64::from(BPF_RB_NO_WAKEUP));
        return Counter::LostCopy;
    }
    entry.submit(wake_flag(ROOM, settings));
    Counter::HandedUp
}

/// Wakes the reader only for the record that takes the ring past the threshold.
#[inline(always)]
fn wake_flag(room: usize, settings: &Settings) -> u64 {
    let filled = FRAMES.query(u64::from(BPF_RB_AVAIL_DATA));
    let threshold = u64::from(settings.wake_bytes);
    // The fill includes this record; one record of the largest size crosses at most once.
    let crossing = filled >= threshold && filled < threshold + room as u64 + 64;
    if crossing {
        u64::from(BPF_RB_FORCE_WAKEUP)
    } else {
        u64::from(BPF_RB_NO_WAKEUP)
    }
}
