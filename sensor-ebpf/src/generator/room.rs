//! The only code of the generator that touches packet bytes: bounds-checked writes into a frame.

use core::marker::PhantomData;
use core::ptr;

use super::ROOM;

/// The writable bytes of one frame.
pub struct Room<'a> {
    start: *mut u8,
    end: *mut u8,
    frame: PhantomData<&'a mut [u8]>,
}

impl<'a> Room<'a> {
    /// Room over ordinary memory.
    pub fn new(frame: &'a mut [u8]) -> Self {
        let range = frame.as_mut_ptr_range();
        Self {
            start: range.start,
            end: range.end,
            frame: PhantomData,
        }
    }

    /// Room from `start` up to `end`.
    ///
    /// # Safety
    ///
    /// Both must point into, or one past, the same allocation, which nobody else reads or writes
    /// for `'a`; `start <= end`.
    #[inline(always)]
    pub const unsafe fn from_raw(start: *mut u8, end: *mut u8) -> Self {
        Self {
            start,
            end,
            frame: PhantomData,
        }
    }

    /// Writes the first `N` bytes of `bytes` at the start; `None` when the frame is shorter.
    #[inline(always)]
    pub fn fill<const N: usize>(&mut self, bytes: &[u8; ROOM]) -> Option<()> {
        const { assert!(N <= ROOM) };
        if self.start.wrapping_add(N) > self.end {
            return None;
        }
        // SAFETY: `start + N <= end`, so that all `N` bytes lie inside the frame, which is ours
        // alone; `bytes` holds at least `N` and is another allocation.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.start, N) };
        Some(())
    }

    /// Writes `bytes` at `offset`; `None` when the frame ends before, or beyond [`ROOM`].
    #[inline(always)]
    pub fn write<const N: usize>(&mut self, offset: usize, bytes: [u8; N]) -> Option<()> {
        if offset >= ROOM {
            return None;
        }
        let to = self.start.wrapping_add(offset);
        if to.wrapping_add(N) > self.end {
            return None;
        }
        // SAFETY: `to` is less than `ROOM` past `start`, so the addition cannot wrap, and
        // `to + N <= end`: all `N` bytes lie inside the frame. Bytes need no alignment.
        unsafe { ptr::write_unaligned(to.cast::<[u8; N]>(), bytes) };
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_end_exactly_at_the_end_of_the_frame() {
        let mut frame = [0; 5];
        let mut room = Room::new(&mut frame);
        assert_eq!(room.write(3, [1, 2]), Some(()));
        assert_eq!(room.write(4, [1, 2]), None);
        assert_eq!(room.write(ROOM, [0; 0]), None);
        assert_eq!(room.fill::<6>(&[7; ROOM]), None);
        assert_eq!(frame, [0, 0, 0, 1, 2]);
        assert_eq!(Room::new(&mut frame).fill::<2>(&[7; ROOM]), Some(()));
        assert_eq!(frame, [7, 7, 0, 1, 2]);
    }
}
