//! The load generator: for each frame that the kernel makes, writes the next one of a plan over it
//! and sends it.
//!
//! Data in: plan and steps, or captured frames, in maps. Data out: `XDP_TX`, or the queue of another
//! core ([`super::relay`]); the state map tells how many frames were made. Limits: one call at a time runs a loaded generator, since its state is one
//! element that the frames of a call share.

use core::ptr::with_exposed_provenance_mut;

use aya_ebpf::EbpfContext;
use aya_ebpf::bindings::xdp_action::{XDP_ABORTED, XDP_TX};
use aya_ebpf::helpers::{bpf_ktime_get_ns, bpf_xdp_adjust_tail, bpf_xdp_store_bytes};
use aya_ebpf::macros::{map, xdp};
use aya_ebpf::maps::Array;
use aya_ebpf::programs::XdpContext;
use sensor_ebpf::generator::room::Room;
use sensor_ebpf::generator::{CAPTURED, Captured, MAX_STEPS, Plan, State, Step, write};

use super::relay::CORES;

/// Looks at the clock while a frame is not yet due. The verifier wants a bound; this one is some
/// fifty microseconds, and slower rates are paced by whoever calls.
const LOOKS: u32 = 2000;

/// What to send; written by the caller.
#[map]
static PLAN: Array<Plan> = Array::with_max_entries(1, 0);

/// Where the generator stands; written by both.
#[map]
static STATE: Array<State> = Array::with_max_entries(1, 0);

/// Frames of a conversation; about 100 KiB, written by the caller.
#[map]
static STEPS: Array<Step> = Array::with_max_entries(MAX_STEPS, 0);

/// Frames of a capture; 2 KiB each, as many as the caller asks for.
#[map]
static CAPTURE: Array<Captured> = Array::with_max_entries(1, 0);

#[xdp]
fn generate(ctx: XdpContext) -> u32 {
    send(&ctx, generated)
}

#[xdp]
fn play(ctx: XdpContext) -> u32 {
    send(&ctx, captured)
}

/// Waits until the next frame is due, writes and sends it.
#[inline(always)]
fn send(ctx: &XdpContext, make: impl FnOnce(&XdpContext, &Plan, &mut State) -> Option<()>) -> u32 {
    let Some(plan) = PLAN.get(0) else {
        return XDP_ABORTED;
    };
    let Some(state) = STATE.get_ptr_mut(0) else {
        return XDP_ABORTED;
    };
    // SAFETY: non-null and valid for the run; the frames of a call come one after the other, and
    // the caller reads and writes between calls only.
    let state = unsafe { &mut *state };
    if plan.interval != 0 && !state.follows_closely(plan) {
        wait(plan, state);
    }
    if make(ctx, plan, state).is_some() {
        if plan.core == 0 {
            return XDP_TX;
        }
        return CORES.redirect(plan.core, 0).unwrap_or_else(|action| action);
    }
    state.failed += 1;
    XDP_ABORTED
}

#[inline(always)]
fn now() -> u64 {
    // SAFETY: the helper has no arguments and may be called from any program.
    unsafe { bpf_ktime_get_ns() }
}

#[inline(always)]
fn wait(plan: &Plan, state: &mut State) {
    let due = state.due(plan, now());
    for _ in 0..LOOKS {
        if now() >= due {
            break;
        }
    }
}

#[inline(always)]
fn generated(ctx: &XdpContext, plan: &Plan, state: &mut State) -> Option<()> {
    let slot = state.advance(plan);
    let step = STEPS.get(plan.first_step + slot.step)?;
    // The kernel gives the ends of the frame as numbers.
    let (start, end) = (
        with_exposed_provenance_mut(ctx.data()),
        with_exposed_provenance_mut(ctx.data_end()),
    );
    // SAFETY: the kernel keeps `data <= data_end` around the frame, one piece of writable memory,
    // which is this program's alone for the run.
    let mut room = unsafe { Room::from_raw(start, end) };
    let len = write::frame(&mut room, plan, step, slot)?;
    cut(ctx, len)
}

#[inline(always)]
fn captured(ctx: &XdpContext, plan: &Plan, state: &mut State) -> Option<()> {
    let slot = state.advance(plan);
    let frame = CAPTURE.get(slot.step)?;
    // The verifier wants to see that the length lies between 1 and the size of the array.
    let len = (frame.len.wrapping_sub(1) & (CAPTURED as u32 - 1)) + 1;
    let bytes = frame.bytes.as_ptr().cast_mut().cast();
    // SAFETY: the context is the one of this run; `bytes` is readable over `CAPTURED >= len` bytes
    // and the helper only reads it.
    let stored = unsafe { bpf_xdp_store_bytes(ctx.as_ptr().cast(), 0, bytes, len) };
    if stored != 0 {
        return None;
    }
    cut(ctx, len)
}

/// Makes the frame `len` bytes long; it has to be as long or longer.
#[inline(always)]
fn cut(ctx: &XdpContext, len: u32) -> Option<()> {
    let has = (ctx.data_end() - ctx.data()) as u32;
    let by = len.wrapping_sub(has).cast_signed();
    if by > 0 {
        return None;
    }
    // SAFETY: the context is the one of this run; a shorter frame is always possible.
    let done = unsafe { bpf_xdp_adjust_tail(ctx.as_ptr().cast(), by) };
    (done == 0).then_some(())
}
