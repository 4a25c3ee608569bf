//! The maps the aggregation looks into, and the checksum of datagrams.

use core::ptr;

use aya_ebpf::EbpfContext;
use aya_ebpf::helpers::{bpf_csum_diff, bpf_xdp_load_bytes};
use aya_ebpf::programs::XdpContext;
use sensor_common::operation::{OperationKey, OperationStats};
use sensor_ebpf::aggregate::Site;
use sensor_ebpf::checksum;
use sensor_ebpf::outcome::Parsed;

use crate::flows::Identifiers;
use crate::maps::{FORGIVEN, OPERATIONS};

/// Longest datagram whose checksum is verified, a power of two; longer ones go up.
const DATAGRAM: usize = 2048;

/// A datagram, filled up to whole words.
#[repr(C, align(8))]
pub(crate) struct Datagram([u8; DATAGRAM + 8]);

/// One frame's way to the maps.
pub(crate) struct Maps<'a> {
    pub(crate) ctx: &'a XdpContext,
    pub(crate) parsed: &'a Parsed,
    pub(crate) identifiers: &'a mut Identifiers,
    pub(crate) datagram: &'a mut Datagram,
}

impl Site for Maps<'_> {
    #[inline(always)]
    fn granted(&mut self, key: &OperationKey) -> Option<&mut OperationStats> {
        let stats = OPERATIONS.get_ptr_mut(key)?;
        if checksum::has_any(self.parsed) && !fits(self.ctx, self.parsed, self.datagram) {
            return None;
        }
        // SAFETY: the pointer comes from a look-up of this run and is valid until the program
        // returns, even if the agent removes the entry meanwhile (the memory is preallocated). A
        // flow's direction is counted by the core that receives it, so words are not torn.
        Some(unsafe { &mut *stats })
    }

    #[inline(always)]
    fn is_forgiven(&mut self, flow: u64) -> bool {
        FORGIVEN.get_ptr(flow).is_some()
    }

    #[inline(always)]
    fn fresh_flow(&mut self) -> u64 {
        self.identifiers.fresh()
    }
}

/// Whether the checksum of the datagram fits, which takes a copy of it.
#[inline(always)]
fn fits(ctx: &XdpContext, parsed: &Parsed, datagram: &mut Datagram) -> bool {
    let len = parsed.datagram_len as usize;
    if len == 0 || len > DATAGRAM {
        return false;
    }
    // Keeps the length between 1 and the room in a form the verifier can follow.
    let len = ((len as u32 - 1) & (DATAGRAM as u32 - 1)) + 1;
    let bytes = datagram.0.as_mut_ptr();
    let offset = u32::from(parsed.payload_offset).wrapping_sub(8);
    // SAFETY: `ctx` is the context of this run and `bytes` has room for more than `len` bytes.
    let copied = unsafe { bpf_xdp_load_bytes(ctx.as_ptr().cast(), offset, bytes.cast(), len) };
    if copied != 0 {
        return false;
    }
    let end = bytes.wrapping_add(len as usize).cast::<[u8; 4]>();
    // SAFETY: `len` is at most `DATAGRAM`, and there are eight bytes behind that.
    unsafe { ptr::write_unaligned(end, [0; 4]) };
    let words = (len + 3) & !3;
    // SAFETY: nothing is taken away, so nothing is read there; `words` bytes lie in the buffer.
    let sum = unsafe { bpf_csum_diff(ptr::null_mut(), 0, bytes.cast(), words, 0) };
    u32::try_from(sum).is_ok_and(|sum| checksum::fits(parsed, sum))
}
