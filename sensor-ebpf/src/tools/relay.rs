//! The second half of a network cable with a deep queue: frames that the generator's core queued are
//! sent by another core.
//!
//! Data in: frames of the queue of a core (`BPF_MAP_TYPE_CPUMAP`), whose kernel thread runs
//! [`relay`] on each. Data out: the same frames out of one interface, and how many there were.
//! Limits: the queue holds what the caller asked for, at most 16 384 frames; what finds no room is
//! dropped by the kernel, which is why `relay` counts.

use aya_ebpf::bindings::xdp_action::XDP_ABORTED;
use aya_ebpf::macros::{map, xdp};
use aya_ebpf::maps::{CpuMap, DevMap, PerCpuArray};
use aya_ebpf::programs::XdpContext;

/// Queues of the cores; the caller makes as many as there are cores.
#[map]
pub(crate) static CORES: CpuMap = CpuMap::with_max_entries(1, 0);

/// Where frames go.
#[map]
static EXIT: DevMap = DevMap::with_max_entries(1, 0);

/// Frames seen.
#[map]
static RELAYED: PerCpuArray<u64> = PerCpuArray::with_max_entries(1, 0);

#[xdp(map = "cpumap")]
fn relay(_ctx: XdpContext) -> u32 {
    let Some(seen) = RELAYED.get_ptr_mut(0) else {
        return XDP_ABORTED;
    };
    // SAFETY: non-null and valid for the run; only this core writes its element, and the thread of
    // its queue runs the program on one frame after the other.
    unsafe { *seen += 1 };
    EXIT.redirect(0, 0).unwrap_or_else(|action| action)
}
