//! The programs that take a payload for a message of their protocol, one each.
//!
//! Reached by tail call from the entry program, through the map of the same name. Each has its own
//! share of what the verifier walks. Data in: parsed headers in the scratch element, and the frame.
//! Data out: as for [`crate::conclude`].

use core::arch::asm;
use core::hint::black_box;

use aya_ebpf::EbpfContext;
use aya_ebpf::bindings::xdp_action::XDP_PASS;
use aya_ebpf::helpers::bpf_xdp_load_bytes;
use aya_ebpf::macros::xdp;
use aya_ebpf::programs::XdpContext;
use sensor_common::operation::Aggregated;
use sensor_ebpf::aggregate::{look_into, payload_len};
use sensor_ebpf::cursor::Cursor;
use sensor_ebpf::operation::{Buffer, MOST, Payload};

use crate::conclude::conclude;
use crate::maps::CLASSIFIERS;
use crate::{Here, cursor};

macro_rules! classifiers {
    ($($name:ident $protocol:ident)*) => {$(
        #[xdp(frags)]
        #[inline(always)]
        fn $name(ctx: XdpContext) -> u32 {
            classify(&ctx, Aggregated::$protocol)
        }
    )*};
}

classifiers! {
    modbus Modbus
    s7comm S7comm
    dnp3 Dnp3
    ethernet_ip EthernetIp
    iec104 Iec104
    bacnet Bacnet
    opcua OpcUa
    goose Goose
    sampled_values SampledValues
    profinet Profinet
}

macro_rules! calls {
    ($ctx:ident, $protocol:ident, $($number:literal)*) => {
        match $protocol {
            $($number => {
                // SAFETY: nothing is left to drop here; the call does not return, or there is no
                // program.
                let _ = unsafe { CLASSIFIERS.tail_call($ctx, $number) };
                // SAFETY: writes nothing but the register it names.
                unsafe { asm!("r0 = {number}", number = const $number, out("r0") _) };
            })*
            _ => {}
        }
    };
}

/// Goes on in the program of a protocol; returns when there is none.
///
/// A call for each number, and not one for all: where the number is a constant, the kernel makes the
/// call a jump, and else an indirect one, which costs three times as much. The instruction behind
/// each keeps the compiler from making one of them.
#[inline(always)]
pub(crate) fn call(ctx: &XdpContext, protocol: u32) {
    calls!(ctx, protocol, 1 2 3 4 5 6 7 8 9 10);
}

#[inline(always)]
fn classify(ctx: &XdpContext, protocol: Aggregated) -> u32 {
    let Some(mut here) = Here::look_up() else {
        return XDP_PASS;
    };
    let scratch = &mut *here.scratch;
    let len = payload_len(&scratch.parsed, scratch.header.wire_len);
    let offset = u32::from(scratch.parsed.payload_offset);
    if copy_few(cursor(ctx), offset, len, scratch.payload.room())
        || copy(ctx, offset, len, &mut scratch.payload)
    {
        let payload = Payload::new(&mut scratch.payload, len as usize);
        look_into(
            protocol,
            &payload,
            here.settings.hash_seed,
            &mut scratch.work,
        );
    }
    conclude(ctx, &mut here);
    here.verdict()
}

/// Longest payload that is copied here and not by the kernel, whose copy costs as much as ten words.
const FEW: u32 = 64;
/// Bytes of a word.
const WORD: u32 = 8;

/// Copies a short payload in words; whether it did. Behind its end, bytes of no meaning may follow.
#[inline(always)]
fn copy_few<const ROOM: usize>(
    frame: Cursor<'_>,
    offset: u32,
    len: u32,
    room: &mut [u8; ROOM],
) -> bool {
    const { assert!(ROOM >= FEW as usize) };
    if len > FEW {
        return false;
    }
    let offset = black_box(offset) as usize;
    for word in 0..(FEW / WORD) {
        let at = (word * WORD) as usize;
        if at >= len as usize {
            break;
        }
        let Some(bytes) = frame.read::<8>(offset + at) else {
            return rest(frame, offset + at, len as usize - at, room, at);
        };
        room[at..at + 8].copy_from_slice(&bytes);
    }
    true
}

/// Copies the last `len` bytes, fewer than a word, to `at`.
#[inline(always)]
fn rest<const ROOM: usize>(
    frame: Cursor<'_>,
    offset: usize,
    len: usize,
    room: &mut [u8; ROOM],
    at: usize,
) -> bool {
    let mut done = 0;
    if len & 4 != 0 {
        let Some(bytes) = frame.read::<4>(offset) else {
            return false;
        };
        room[at..at + 4].copy_from_slice(&bytes);
        done = 4;
    }
    let offset = black_box(offset + done);
    for index in 0..3 {
        if index >= len & 3 {
            break;
        }
        let Some([byte]) = frame.read::<1>(offset + index) else {
            return false;
        };
        room[at + done + index] = byte;
    }
    true
}

/// Copies the first [`MOST`] of the `len` bytes at `offset` of the frame; whether they are there.
#[inline(always)]
fn copy(ctx: &XdpContext, offset: u32, len: u32, buffer: &mut Buffer) -> bool {
    let most = MOST as u32;
    // Keeps the length between 1 and the room in a form the verifier can follow.
    let len = (len.min(most).wrapping_sub(1) & (most - 1)) + 1;
    let room = buffer.room().as_mut_ptr();
    // SAFETY: `ctx` is the context of this run and `room` has more than `len` writable bytes.
    unsafe { bpf_xdp_load_bytes(ctx.as_ptr().cast(), offset, room.cast(), len) == 0 }
}
