//! The binary interface (ABI) between the kernel program (`sensor-ebpf`) and the agent.
//!
//! Both sides use these types and the same accessors. Rules, proven by const asserts in [`abi`]:
//!
//! - `repr(C)`, explicit padding that constructors set to zero, size and offsets asserted;
//! - addresses and ports stand as they stand on the wire (big endian byte arrays);
//! - times are `u64` nanoseconds of the kernel's monotonic clock and end in `_ns`;
//! - no `bool`, `Option`, `usize` or enum with data crosses the border;
//! - [`ABI_VERSION`] travels in [`settings::Settings`]; a program of another version counts frames
//!   as `lost_abi_mismatch` and touches nothing else.
//!
//! Limits: everything is `no_std` without allocation; map capacities are in [`maps`].
#![no_std]
#![cfg_attr(not(feature = "user"), forbid(unsafe_code))]
#![allow(
    clippy::inline_always,
    reason = "in the kernel program a call costs a stack frame, of which there are few"
)]

#[cfg(test)]
extern crate std;

pub mod abi;
pub mod counter;
pub mod dialogue;
pub mod flow;
pub mod maps;
pub mod operation;
pub mod ports;
pub mod record;
pub mod rule;
pub mod settings;
#[cfg(feature = "user")]
pub mod user;

/// Version of every layout in this crate. Raise it with any change of size, offset or meaning.
pub const ABI_VERSION: u32 = 3;
