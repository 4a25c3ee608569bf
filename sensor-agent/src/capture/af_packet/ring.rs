//! The ring shared with the kernel. One of the two files of this folder with `unsafe`.
//!
//! Who owns a block is decided by its status word alone: while it says `USER`, the kernel leaves the
//! block alone and we may read it; while it says `KERNEL`, the kernel fills it and we read nothing
//! but the status word. The word is read with acquire and written with release order.

use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use super::socket::PacketSocket;
use super::sys;

/// Size of a block: the largest frame fits (segmentation offload joins up to 64 KiB), and a block
/// fills within milliseconds under load.
pub(super) const BLOCK_BYTES: u32 = 256 << 10;

/// Fewer make the kernel wait for us.
const FEWEST_BLOCKS: u32 = 4;

/// Offset of `block_status` in `tpacket_block_desc`.
const STATUS: usize = 8;

/// The block is ours.
const USER: u32 = 1;
const KERNEL: u32 = 0;

/// The mapped ring and our place in it.
pub(super) struct Ring {
    start: NonNull<u8>,
    blocks: usize,
    /// The block we read, or wait for.
    at: usize,
}

// SAFETY: the mapping belongs to this value alone and to no thread; moving the value moves the only
// way to reach it. It is not `Sync`, so no two threads read a block at once.
unsafe impl Send for Ring {}

impl Ring {
    /// Asks the kernel for a ring of about `bytes` and maps it.
    pub(super) fn new(socket: &PacketSocket, bytes: u64) -> io::Result<Self> {
        let blocks = u32::try_from(bytes / u64::from(BLOCK_BYTES))
            .unwrap_or(u32::MAX)
            .max(FEWEST_BLOCKS);
        socket.make_ring(BLOCK_BYTES, blocks)?;
        let blocks = blocks as usize;
        Ok(Self {
            start: sys::map(socket.fd(), blocks * BLOCK_BYTES as usize)?,
            blocks,
            at: 0,
        })
    }

    /// The block at our place, when the kernel has filled it.
    pub(super) fn current(&self) -> Option<&[u8]> {
        if self.status().load(Ordering::Acquire) & USER == 0 {
            return None;
        }
        let block = self.block();
        // SAFETY: `block` points at BLOCK_BYTES mapped, initialised bytes (the kernel zeroes the
        // ring). The status word said that the block is ours, so the kernel writes none of it until
        // `release`, which takes `&mut self` and hence outlives no slice given out here.
        Some(unsafe { std::slice::from_raw_parts(block.as_ptr(), BLOCK_BYTES as usize) })
    }

    /// Gives the block back to the kernel and goes on to the next.
    pub(super) fn release(&mut self) {
        self.status().store(KERNEL, Ordering::Release);
        self.at = (self.at + 1) % self.blocks;
    }

    fn block(&self) -> NonNull<u8> {
        // SAFETY: `at` is below `blocks`, so the offset stays within the one mapping of
        // `blocks * BLOCK_BYTES` bytes, which is far smaller than `isize::MAX`.
        unsafe { self.start.add(self.at * BLOCK_BYTES as usize) }
    }

    fn status(&self) -> &AtomicU32 {
        // SAFETY: the word lies within the block, as `block` argues, since a block is larger than
        // its header.
        let word = unsafe { self.block().add(STATUS) };
        // SAFETY: the mapping lives as long as `self`; blocks start on pages, so the word is aligned
        // to four bytes; kernel and we reach it as one machine word only, which is what an atomic
        // needs. A shared slice of the block is alive at most next to a shared atomic.
        unsafe { AtomicU32::from_ptr(word.as_ptr().cast()) }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        sys::unmap(self.start, self.blocks * BLOCK_BYTES as usize);
    }
}
