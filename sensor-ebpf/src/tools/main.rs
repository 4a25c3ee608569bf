//! Programs of the tests and benches; the agent never loads them.
#![no_std]
#![no_main]

mod generate;
mod relay;

use core::ptr;

use aya_ebpf::bindings::xdp_action::{XDP_ABORTED, XDP_PASS, XDP_TX};
use aya_ebpf::macros::{map, xdp};
use aya_ebpf::maps::{Array, ProgramArray};
use aya_ebpf::programs::XdpContext;
use sensor_common::dialogue::{Dialogue, FRAME, SEQUENCE_AT, TRANSACTION_AT, Turn};

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
    let (start, end) = (ctx.data() as *mut u8, ctx.data_end() as *mut u8);
    if start.wrapping_add(FRAME) > end {
        return;
    }
    let turn: &mut Turn = &mut dialogue.turns[dialogue.next as usize & 1];
    // SAFETY: `FRAME` bytes from `start` on lie in the frame, as was just checked.
    unsafe { ptr::write_unaligned(start.cast::<[u8; FRAME]>(), turn.frame) };
    let sequence = start.wrapping_add(SEQUENCE_AT).cast::<[u8; 4]>();
    // SAFETY: four bytes within the `FRAME` bytes that were checked.
    unsafe { ptr::write_unaligned(sequence, turn.sequence.to_be_bytes()) };
    let transaction = start.wrapping_add(TRANSACTION_AT).cast::<[u8; 2]>();
    // SAFETY: two bytes within the `FRAME` bytes that were checked.
    unsafe { ptr::write_unaligned(transaction, (turn.said as u16).to_be_bytes()) };
    turn.sequence = turn.sequence.wrapping_add(turn.payload);
    turn.said = turn.said.wrapping_add(1);
    dialogue.next ^= 1;
}

#[cfg(not(test))]
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
