//! Programs of the tests and benches; the agent never loads them.
#![no_std]
#![no_main]

mod generate;
mod relay;

use aya_ebpf::bindings::xdp_action::{XDP_PASS, XDP_TX};
use aya_ebpf::macros::xdp;
use aya_ebpf::programs::XdpContext;

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

#[cfg(not(test))]
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
