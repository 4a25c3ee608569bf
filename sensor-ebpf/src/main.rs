//! Stage 1: every frame of an interface, seen before the network stack.
//!
//! Data in: the frame in the driver's buffer, the settings and rules the agent wrote. Data out:
//! per-CPU counters, flow table, frames in the ring. Limits: the program never changes a frame;
//! every path ends in the configured verdict, so that an error can never drop one by accident.
//!
//! `telltale` follows the headers. For a payload that may be a known message it goes on in the
//! program of the protocol ([`classifiers`]), each of which is verified by itself; both end in
//! [`conclude`].
#![no_std]
#![no_main]
#![feature(asm_experimental_arch)]

mod classifiers;
mod conclude;
mod count;
mod emit;
mod flows;
mod maps;
mod operations;
mod rules;

use core::hint::black_box;
use core::ptr::with_exposed_provenance;

use aya_ebpf::EbpfContext;
use aya_ebpf::bindings::xdp_action::XDP_PASS;
use aya_ebpf::helpers::{bpf_ktime_get_ns, bpf_xdp_get_buff_len};
use aya_ebpf::macros::xdp;
use aya_ebpf::programs::XdpContext;
use aya_log_ebpf::debug;
use sensor_common::ABI_VERSION;
use sensor_common::counter::Counter;
use sensor_common::operation::Aggregated;
use sensor_common::settings::Settings;
use sensor_ebpf::aggregate::{Arrival, prepare};
use sensor_ebpf::cursor::Cursor;
use sensor_ebpf::outcome::{Parsed, Skip, in_table};
use sensor_ebpf::parse::in_steps;
use sensor_ebpf::quick;

use crate::conclude::conclude;
use crate::count::Counters;
use crate::maps::{PORT_PROTOCOLS, Scratch};

/// What every program works with.
pub(crate) struct Here {
    pub(crate) settings: &'static Settings,
    pub(crate) counters: Counters,
    pub(crate) scratch: &'static mut Scratch,
}

impl Here {
    /// The elements of this CPU; always there, since each map has the one element.
    #[inline(always)]
    pub(crate) fn look_up() -> Option<Self> {
        let settings = maps::SETTINGS.get(0)?;
        let counters = Counters::here()?;
        let scratch = maps::SCRATCH.get_ptr_mut(0)?;
        Some(Self {
            settings,
            counters,
            // SAFETY: non-null and valid for the run; nobody but this CPU touches its element and
            // the program is not re-entered on a CPU. The map starts out zeroed, which is a valid
            // `Scratch`, and nothing but whole fields is written to it.
            scratch: unsafe { &mut *scratch },
        })
    }

    /// What the program answers.
    #[inline(always)]
    pub(crate) const fn verdict(&self) -> u32 {
        if self.settings.verdict == 0 {
            return XDP_PASS;
        }
        self.settings.verdict
    }
}

// Inlined into the entry point: as a function of its own it costs ten nanoseconds a frame.
#[xdp(frags)]
#[inline(always)]
fn telltale(ctx: XdpContext) -> u32 {
    let Some(mut here) = Here::look_up() else {
        return XDP_PASS;
    };
    observe(&ctx, &mut here);
    here.verdict()
}

/// Sees one frame and counts exactly one outcome for it.
#[inline(always)]
fn observe(ctx: &XdpContext, here: &mut Here) {
    let wire_len = wire_len(ctx);
    here.counters.bump(Counter::Received);
    here.counters
        .add(Counter::ReceivedBytes, u64::from(wire_len));
    if here.settings.abi_version != ABI_VERSION {
        here.counters.bump(Counter::LostAbiMismatch);
        return;
    }
    let outcome = follow_headers(ctx, &mut here.scratch.parsed);
    let class = here.scratch.parsed.class;
    if let Some(reason) = rules::left_out(here.settings, &here.scratch.parsed, class) {
        here.counters.bump(reason);
        return;
    }
    // SAFETY: the helper has no arguments and may be called from any program.
    let now_ns = unsafe { bpf_ktime_get_ns() };
    let header = &mut here.scratch.header;
    header.time_ns = now_ns;
    header.wire_len = wire_len;
    header.class = class as u8;
    if let Err(skip) = outcome {
        here.counters.bump(skip.counter());
        // The loader sets the level before the verifier runs; when it is off, which is the
        // default, the verifier removes these instructions.
        debug!(ctx, "unparsed frame of {} bytes", wire_len);
    }
    if in_table(class) {
        go_on(ctx, here);
    }
    conclude(ctx, here);
}

/// As `sensor_ebpf::parse::parse`. Pointers into the frame are asked for again in between: what the verifier
/// knows of those that were compared differs by where [`quick::parse`] gave up, and it would walk all
/// of [`in_steps`] once for each.
#[inline(always)]
fn follow_headers(ctx: &XdpContext, parsed: &mut Parsed) -> Result<(), Skip> {
    if quick::parse(cursor(ctx), parsed) {
        return Ok(());
    }
    in_steps(cursor(black_box(ctx)), parsed)
}

/// Goes on in the program of the protocol, if the payload may be a message of one.
#[inline(always)]
fn go_on(ctx: &XdpContext, here: &mut Here) {
    let Scratch {
        parsed,
        header,
        work,
        ..
    } = &mut *here.scratch;
    let arrival = Arrival {
        parsed,
        settings: here.settings,
        wire_len: header.wire_len,
        now_ns: header.time_ns,
    };
    let ports = |index| PORT_PROTOCOLS.get(index).copied().unwrap_or(0);
    let protocol = prepare(&arrival, ports, work);
    if protocol == Aggregated::None as u32 {
        return;
    }
    classifiers::call(ctx, protocol);
    // Nobody looks into this protocol.
    here.scratch.work.protocol = Aggregated::None as u32;
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
    // The kernel gives the ends of the frame as numbers.
    let (start, end) = (
        with_exposed_provenance(ctx.data()),
        with_exposed_provenance(ctx.data_end()),
    );
    // SAFETY: the kernel keeps `data <= data_end` around the linear part of the frame, one piece of
    // memory, readable for the run of the program, and the program never writes to it.
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
