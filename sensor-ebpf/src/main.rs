//! Stage 1: every frame of an interface, seen before the network stack.
//!
//! Data in: the frame in the driver's buffer, the settings and rules the agent wrote. Data out:
//! per-CPU counters, flow table, frames in the ring. Limits: the program never changes a frame;
//! every path ends in the configured verdict, so that an error can never drop one by accident.
#![no_std]
#![no_main]

mod count;
mod emit;
mod flows;
mod maps;
mod operations;
mod rules;

use aya_ebpf::EbpfContext;
use aya_ebpf::bindings::xdp_action::XDP_PASS;
use aya_ebpf::helpers::{bpf_ktime_get_ns, bpf_xdp_get_buff_len};
use aya_ebpf::macros::xdp;
use aya_ebpf::programs::XdpContext;
use aya_log_ebpf::debug;
use sensor_common::ABI_VERSION;
use sensor_common::counter::Counter;
use sensor_common::flow::{FlowStats, TRACK_INSPECT};
use sensor_common::operation::KIND_NONE;
use sensor_common::record::{Class, RECORD_INSPECT, RecordHeader};
use sensor_common::settings::Settings;
use sensor_ebpf::aggregate::{Arrival, Verdict, Work, decide, describe, payload_len, settle, zero};
use sensor_ebpf::cursor::Cursor;
use sensor_ebpf::outcome::{Parsed, has_flow, in_table};
use sensor_ebpf::parse::parse;

use crate::count::Counters;
use crate::maps::Scratch;
use crate::operations::Maps;

#[xdp(frags)]
fn telltale(ctx: XdpContext) -> u32 {
    let Some(settings) = maps::SETTINGS.get(0) else {
        return XDP_PASS;
    };
    if let (Some(mut counters), Some(scratch)) = (Counters::here(), scratch()) {
        observe(&ctx, settings, &mut counters, scratch);
    }
    if settings.verdict == 0 {
        return XDP_PASS;
    }
    settings.verdict
}

/// Sees one frame and counts exactly one outcome for it.
#[inline(always)]
fn observe(ctx: &XdpContext, settings: &Settings, counters: &mut Counters, scratch: &mut Scratch) {
    let wire_len = wire_len(ctx);
    counters.bump(Counter::Received);
    counters.add(Counter::ReceivedBytes, u64::from(wire_len));
    if settings.abi_version != ABI_VERSION {
        counters.bump(Counter::LostAbiMismatch);
        return;
    }
    let frame = cursor(ctx);
    let outcome = parse(frame, &mut scratch.parsed);
    let class = scratch.parsed.class;
    if let Some(reason) = rules::left_out(settings, &scratch.parsed, class) {
        counters.bump(reason);
        return;
    }
    // SAFETY: the helper has no arguments and may be called from any program.
    let now_ns = unsafe { bpf_ktime_get_ns() };
    if let Err(skip) = outcome {
        counters.bump(skip.counter());
        // The loader sets the level before the verifier runs; when it is off, which is the
        // default, the verifier removes these instructions.
        debug!(ctx, "unparsed frame of {} bytes", wire_len);
    }
    note(class, counters);
    let mut flow = None;
    if in_table(class) {
        flow = flows::entry(&scratch.parsed, counters);
    }
    if let Some(stats) = &mut flow {
        let verdict = follow(ctx, settings, stats, scratch, wire_len, now_ns);
        if let Some(note) = verdict.note() {
            counters.bump(note);
        }
        if matches!(verdict, Verdict::Count) {
            counters.add(Counter::CountedBytes, u64::from(wire_len));
            return;
        }
        name(stats, &scratch.parsed, &scratch.work, &mut scratch.header);
    } else {
        nameless(&mut scratch.header);
    }
    let header = &mut scratch.header;
    header.time_ns = now_ns;
    header.wire_len = wire_len;
    header.data_len = wire_len.min(settings.snap_len);
    header.interface = ctx.ingress_ifindex() as u32;
    header.class = class as u8;
    let handed_up = emit::hand_up(ctx, header, settings, counters);
    if let Some(stats) = flow {
        let parsed = &scratch.parsed;
        let payload = payload_len(parsed, wire_len);
        settle(stats, parsed.direction(), payload, handed_up);
    }
}

/// Books a frame under its flow, says in the header where the flow stood, and decides.
#[inline(always)]
fn follow(
    ctx: &XdpContext,
    settings: &Settings,
    stats: &mut FlowStats,
    scratch: &mut Scratch,
    wire_len: u32,
    now_ns: u64,
) -> Verdict {
    let Scratch {
        parsed,
        header,
        work,
        identifiers,
        datagram,
    } = scratch;
    flows::book(stats, parsed, wire_len, now_ns, identifiers);
    describe(stats, parsed.direction(), header);
    let arrival = Arrival {
        frame: cursor(ctx),
        parsed,
        settings,
        wire_len,
        now_ns,
    };
    let mut maps = Maps {
        ctx,
        parsed,
        identifiers,
        datagram,
    };
    decide(&arrival, stats, &mut maps, work)
}

/// Says in the header which way a frame of a flow went, what its message does, and whether the flow
/// is inspected.
#[inline(always)]
fn name(stats: &FlowStats, parsed: &Parsed, work: &Work, header: &mut RecordHeader) {
    header.direction = parsed.direction() as u8;
    header.payload_offset = 0;
    if has_flow(parsed.class) {
        header.payload_offset = parsed.payload_offset;
    }
    if stats.track.state & TRACK_INSPECT != 0 {
        header.flags |= RECORD_INSPECT;
    }
    header.kind = work.message.kind;
    if work.message.kind == KIND_NONE {
        without_message(header);
        return;
    }
    header.operation = work.message.operation;
    header.tag = work.message.tag;
    header.protocol = work.message.protocol;
}

/// Clears what a frame without a flow says nothing about.
#[inline(always)]
fn nameless(header: &mut RecordHeader) {
    let zero = zero();
    header.payload_offset = zero as u16;
    header.direction = zero as u8;
    header.flow = zero;
    header.kind = zero as u8;
    header.flags = zero as u8;
    header.own_sequence = zero as u32;
    header.peer_sequence = zero as u32;
    header.open_handle = zero as u32;
    header.open_tag = zero as u32;
    header.open_ns = zero;
    without_message(header);
}

#[inline(always)]
fn without_message(header: &mut RecordHeader) {
    let zero = zero();
    header.operation = [zero; 2];
    header.tag = zero as u32;
    header.protocol = zero as u8;
}

/// Counters that say more about a frame than its place in the conservation sum.
#[inline(always)]
fn note(class: Class, counters: &mut Counters) {
    match class {
        Class::Fragment => counters.bump(Counter::Fragments),
        Class::OtLink => counters.bump(Counter::OtLink),
        Class::Unparsed
        | Class::OtherLink
        | Class::Arp
        | Class::OtherIp
        | Class::Tcp
        | Class::Udp => {}
    }
}

/// The scratch element of this CPU; always there, since the map has the one element.
#[inline(always)]
fn scratch() -> Option<&'static mut Scratch> {
    let scratch = maps::SCRATCH.get_ptr_mut(0)?;
    // SAFETY: non-null and valid for the run; nobody but this CPU touches its element and the
    // program is not re-entered on a CPU. The map starts out zeroed, which is a valid `Scratch`,
    // and nothing but whole fields is written to it.
    Some(unsafe { &mut *scratch })
}

/// Length of the frame over all its buffers.
#[inline(always)]
fn wire_len(ctx: &XdpContext) -> u32 {
    // SAFETY: the context is the one of this run.
    let len = unsafe { bpf_xdp_get_buff_len(ctx.as_ptr().cast()) };
    len as u32
}

#[inline(always)]
fn cursor(ctx: &XdpContext) -> Cursor<'_> {
    let (start, end) = (ctx.data() as *const u8, ctx.data_end() as *const u8);
    // SAFETY: the kernel keeps `data <= data_end` around the linear part of the frame, readable for
    // the run of the program, and the program never writes to it.
    unsafe { Cursor::from_raw(start, end) }
}

/// The verifier rejects a program that can reach this endless loop, so a panic cannot ship.
#[cfg(not(test))]
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Helpers such as `bpf_ktime_get_ns` are only open to programs under a GPL-compatible licence;
/// the MIT half of the dual licence is compatible.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
