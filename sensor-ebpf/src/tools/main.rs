//! Programs of the tests and benches; the agent never loads them.
#![no_std]
#![no_main]

mod generate;
mod relay;

use aya_ebpf::EbpfContext;
use aya_ebpf::bindings::xdp_action::{XDP_ABORTED, XDP_PASS, XDP_TX};
use aya_ebpf::helpers::bpf_xdp_store_bytes;
use aya_ebpf::macros::{map, xdp};
use aya_ebpf::maps::{Array, ProgramArray};
use aya_ebpf::programs::XdpContext;
use sensor_common::dialogue::{Dialogue, FRAME, Turn};

/// The floor of every measurement: what a run costs before a program does anything.
#[xdp(frags)]
fn empty(_ctx: XdpContext) -> u32 {
    XDP_PASS
}

/// Sends each frame out of the interface it is said to come from, as it is.
#[xdp(frags)]
fn reflect(_ctx: XdpContext) -> u32 {
    XDP_TX
}

/// The frames of [`dialogue`]; one element, written by the bench.
#[map]
static DIALOGUE: Array<Dialogue> = Array::with_max_entries(1, 0);

/// The program under test, at index zero.
#[map]
static MEASURED: ProgramArray = ProgramArray::with_max_entries(1, 0);

/// Makes the frame of a test run, which is the same each time, the next one of a conversation, and
/// goes on with the program under test.
#[xdp(frags)]
fn dialogue(ctx: XdpContext) -> u32 {
    if let Some(dialogue) = DIALOGUE.get_ptr_mut(0) {
        // SAFETY: valid for the run; the bench runs the program on one CPU at a time.
        let dialogue = unsafe { &mut *dialogue };
        speak(&ctx, dialogue);
    }
    // SAFETY: nothing is left to drop here; the call does not return, or there is no program.
    unsafe { MEASURED.tail_call(&ctx, 0) };
    XDP_ABORTED
}

#[inline(always)]
fn speak(ctx: &XdpContext, dialogue: &mut Dialogue) {
    let turn: &mut Turn = &mut dialogue.turns[dialogue.next as usize & 1];
    // Keeps the length between 1 and FRAME in a form the verifier can follow.
    let len = (dialogue.len.wrapping_sub(1) & (FRAME as u32 - 1)) + 1;
    store(ctx, 0, &turn.frame, len);
    if dialogue.sequence_at != 0 {
        store(ctx, dialogue.sequence_at, &turn.sequence.to_be_bytes(), 4);
        turn.sequence = turn.sequence.wrapping_add(turn.payload);
    }
    if dialogue.count_at != 0 {
        let count = if dialogue.little_endian != 0 {
            turn.count.to_le_bytes()
        } else if dialogue.wide != 0 {
            turn.count.to_be_bytes()
        } else {
            (turn.count << 16).to_be_bytes()
        };
        let width = if dialogue.wide != 0 { 4 } else { 2 };
        store(ctx, dialogue.count_at, &count, width);
        turn.count = turn.count.wrapping_add(turn.step);
    }
    dialogue.next ^= dialogue.alternates & 1;
}

/// Writes `len` of the bytes into the frame; a frame that is too short stays as it is.
#[inline(always)]
fn store<const N: usize>(ctx: &XdpContext, offset: u32, bytes: &[u8; N], len: u32) {
    // SAFETY: `ctx` is the context of this run, and callers give no more than `N` bytes.
    unsafe {
        bpf_xdp_store_bytes(
            ctx.as_ptr().cast(),
            offset,
            bytes.as_ptr().cast_mut().cast(),
            len,
        )
    };
}

#[cfg(not(test))]
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
