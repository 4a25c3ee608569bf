//! The payload of one frame, copied to where it can be read without packet pointers.
//!
//! The verifier follows a packet pointer only through comparisons it knows, which the compiler is
//! free to turn into others. Of a map value it wants nothing but an offset that is masked. Data in:
//! the first [`MOST`] bytes of a payload and how many there are. Limits: what is behind them cannot
//! be read.

use core::cell::Cell;
use core::hint::black_box;

/// Bytes of a payload that can be read; a power of two.
pub const MOST: usize = 512;
/// Longest run of bytes that is read at once.
const LONGEST_READ: usize = 64;

/// Where a payload lies; in the kernel, in a per-CPU map.
#[repr(C, align(8))]
pub struct Buffer {
    at: usize,
    bytes: [u8; MOST + LONGEST_READ],
}

impl Buffer {
    /// Room for the first [`MOST`] bytes of a payload, and some that are of no meaning.
    #[inline(always)]
    pub const fn room(&mut self) -> &mut [u8; MOST + LONGEST_READ] {
        &mut self.bytes
    }

    /// A buffer that holds `payload`, or as much of it as there is room for; for tests on the host.
    #[cfg(not(target_arch = "bpf"))]
    pub fn of(payload: &[u8]) -> Self {
        let mut buffer = Self {
            at: 0,
            bytes: [0xee; MOST + LONGEST_READ],
        };
        let len = payload.len().min(MOST);
        buffer.room()[..len].copy_from_slice(&payload[..len]);
        buffer
    }
}

/// The payload of a frame above its last header the parser follows.
#[derive(Clone, Copy)]
pub struct Payload<'a> {
    at: &'a Cell<usize>,
    bytes: &'a [u8; MOST + LONGEST_READ],
    len: usize,
}

impl<'a> Payload<'a> {
    /// A payload of `len` bytes, the first [`MOST`] of which lie in `buffer`.
    #[inline(always)]
    pub const fn new(buffer: &'a mut Buffer, len: usize) -> Self {
        Self {
            at: Cell::from_mut(&mut buffer.at),
            bytes: &buffer.bytes,
            len,
        }
    }

    #[inline(always)]
    pub const fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Copies `N` bytes at `offset`; `None` when the payload ends before, or beyond [`MOST`].
    #[inline(always)]
    pub fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        let offset = self.forget(offset);
        let bytes = self.at(offset);
        // Behind a place the compiler does not see through: else it would read only where it is
        // used, and have a pointer in the place of bytes where it is not.
        black_box(offset + N <= self.len && offset + N <= MOST).then_some(bytes)
    }

    /// The eight bytes at `offset`; what is not there is of no meaning.
    #[inline(always)]
    pub(super) fn word(&self, offset: usize) -> u64 {
        u64::from_le_bytes(self.at(self.forget(offset)))
    }

    /// Passes a number through the buffer, which in the kernel lies in a map: there the verifier
    /// forgets what it knows of it, which differs by the way through branches and loops, and need
    /// not look at what follows once for each way. The compiler forgets too, so that the mask stays.
    #[inline(always)]
    pub(super) fn forget(&self, number: usize) -> usize {
        self.at.set(number);
        black_box(self.at).get()
    }

    #[inline(always)]
    fn at<const N: usize>(&self, offset: usize) -> [u8; N] {
        const { assert!(N <= LONGEST_READ) };
        let start = offset & (MOST - 1);
        core::array::from_fn(|index| self.bytes[start + index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_end_exactly_at_the_end_of_the_payload() {
        let mut buffer = Buffer::of(&[1, 2, 3, 4, 5]);
        let payload = Payload::new(&mut buffer, 5);
        assert_eq!(payload.read(3), Some([4, 5]));
        assert_eq!(payload.read::<2>(4), None);
        assert_eq!(payload.read::<1>(5), None);
        assert_eq!(payload.read::<1>(MOST), None);
        assert_eq!((payload.len(), payload.is_empty()), (5, false));
    }

    #[test]
    fn nothing_is_read_behind_what_was_copied() {
        let bytes = [7; MOST + 8];
        let mut buffer = Buffer::of(&bytes);
        let payload = Payload::new(&mut buffer, bytes.len());
        assert_eq!(payload.read(MOST - 4), Some([7; 4]));
        assert_eq!(payload.read::<4>(MOST - 3), None);
    }
}
