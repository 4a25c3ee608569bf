//! The only code that touches packet bytes: bounds-checked copies out of a frame.
//!
//! Behind a variable offset the verifier only accepts one bounds check in front of one contiguous
//! access, so every header is read whole, as `[u8; N]`, and taken apart afterwards.

use core::hint::black_box;
use core::marker::PhantomData;
use core::ptr;

/// Headers are followed this far into a frame. The verifier needs a bound on variable offsets; 511
/// leaves room for the longest chain of headers the parser follows.
pub const MAX_OFFSET: usize = 511;

/// Trailers are read this far into a frame; no Ethernet frame with a trailer is longer than the
/// 4095 bytes its size field counts, and what stands in front of it.
pub const MAX_TRAILER_OFFSET: usize = 4095 + MAX_OFFSET;

/// The directly readable bytes of one frame.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    start: *const u8,
    end: *const u8,
    frame: PhantomData<&'a [u8]>,
}

impl<'a> Cursor<'a> {
    /// A cursor over a frame in ordinary memory.
    pub fn new(frame: &'a [u8]) -> Self {
        let range = frame.as_ptr_range();
        Self {
            start: range.start,
            end: range.end,
            frame: PhantomData,
        }
    }

    /// A cursor over the bytes from `start` up to `end`.
    ///
    /// # Safety
    ///
    /// Both must point into, or one past, the same allocation, which stays readable and unwritten
    /// for `'a`; `start <= end`.
    #[inline(always)]
    pub const unsafe fn from_raw(start: *const u8, end: *const u8) -> Self {
        Self {
            start,
            end,
            frame: PhantomData,
        }
    }

    /// Number of bytes.
    ///
    /// Hidden from the compiler, which would else turn `start + (end - start)` into `end`, from
    /// where the verifier allows no reading.
    #[inline(always)]
    pub fn len(&self) -> usize {
        black_box(self.end.addr().wrapping_sub(self.start.addr()))
    }

    /// Whether there are no bytes at all.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Copies `N` bytes at `offset`; `None` when the frame ends before, or beyond [`MAX_OFFSET`].
    #[inline(always)]
    pub fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.read_up_to::<N, MAX_OFFSET>(offset)
    }

    /// Copies the last `N` bytes before `end`, like [`Cursor::read`] up to [`MAX_TRAILER_OFFSET`].
    #[inline(always)]
    pub fn read_trailer<const N: usize>(&self, end: usize) -> Option<[u8; N]> {
        // Hidden from the compiler, which would else check `end` and read at another address than
        // the one the verifier saw checked.
        let offset = black_box(end.checked_sub(N)?);
        self.read_up_to::<N, MAX_TRAILER_OFFSET>(offset)
    }

    /// The `N` bytes at `offset`, at most [`MAX_OFFSET`]; `None` when the frame ends before.
    #[inline(always)]
    pub fn window<const N: usize>(&self, offset: usize) -> Option<Window<'a, N>> {
        if offset > MAX_OFFSET {
            return None;
        }
        let start = self.start.wrapping_add(offset);
        if start.wrapping_add(N) > self.end {
            return None;
        }
        Some(Window {
            start,
            frame: PhantomData,
        })
    }

    #[inline(always)]
    fn read_up_to<const N: usize, const MAX: usize>(&self, offset: usize) -> Option<[u8; N]> {
        if offset > MAX {
            return None;
        }
        let from = self.start.wrapping_add(offset);
        if from.wrapping_add(N) > self.end {
            return None;
        }
        // SAFETY: `from` is at most `MAX` past `start`, so the addition cannot wrap, and
        // `from + N <= end`: all `N` bytes lie inside the frame. Bytes need no alignment and every
        // bit pattern is a valid `[u8; N]`.
        Some(unsafe { ptr::read_unaligned(from.cast::<[u8; N]>()) })
    }
}

/// `N` bytes that are known to be there, read in words at fixed places. Words are as they lie in memory.
#[derive(Clone, Copy)]
pub struct Window<'a, const N: usize> {
    start: *const u8,
    frame: PhantomData<&'a [u8]>,
}

impl<const N: usize> Window<'_, N> {
    #[inline(always)]
    fn at<T, const AT: usize>(&self) -> *const T {
        const { assert!(AT + size_of::<T>() <= N) };
        self.start.wrapping_add(AT).cast()
    }

    #[inline(always)]
    pub fn byte<const AT: usize>(&self) -> u8 {
        // SAFETY: inside the `N` bytes that [`Cursor::window`] found there; bytes need no alignment.
        unsafe { self.at::<u8, AT>().read() }
    }

    #[inline(always)]
    pub fn pair<const AT: usize>(&self) -> u16 {
        // SAFETY: as for `byte`; read as unaligned.
        unsafe { self.at::<u16, AT>().read_unaligned() }
    }

    #[inline(always)]
    pub fn half<const AT: usize>(&self) -> u32 {
        // SAFETY: inside the `N` bytes that [`Cursor::window`] found there, which `at` asserts; read as unaligned.
        unsafe { self.at::<u32, AT>().read_unaligned() }
    }

    #[inline(always)]
    pub fn word<const AT: usize>(&self) -> u64 {
        // SAFETY: inside the `N` bytes that [`Cursor::window`] found there, which `at` asserts; read as unaligned.
        unsafe { self.at::<u64, AT>().read_unaligned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_end_exactly_at_the_end_of_the_frame() {
        let frame = [1, 2, 3, 4, 5];
        let cursor = Cursor::new(&frame);
        assert_eq!(cursor.read::<2>(3), Some([4, 5]));
        assert_eq!(cursor.read::<2>(4), None);
        assert_eq!(cursor.read::<1>(5), None);
        assert_eq!(cursor.read::<0>(5), Some([]));
        assert_eq!(Cursor::new(&[]).read::<1>(0), None);
    }

    #[test]
    fn a_window_is_there_in_full_or_not_at_all() {
        let frame = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        let cursor = Cursor::new(&frame);
        let window = cursor.window::<8>(1).expect("eight bytes");
        assert_eq!(window.word::<0>().to_ne_bytes(), [2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(window.half::<4>().to_ne_bytes(), [6, 7, 8, 9]);
        assert_eq!(window.pair::<6>().to_ne_bytes(), [8, 9]);
        assert_eq!(window.byte::<7>(), 9);
        assert!(cursor.window::<8>(2).is_none());
        let long = [0; MAX_OFFSET + 10];
        assert!(Cursor::new(&long).window::<4>(MAX_OFFSET).is_some());
        assert!(Cursor::new(&long).window::<4>(MAX_OFFSET + 1).is_none());
    }

    #[test]
    fn nothing_is_read_beyond_the_largest_offset() {
        let frame = [7; MAX_OFFSET + 10];
        let cursor = Cursor::new(&frame);
        assert_eq!(cursor.read::<4>(MAX_OFFSET), Some([7; 4]));
        assert_eq!(cursor.read::<4>(MAX_OFFSET + 1), None);
    }

    #[test]
    fn trailers_are_read_further_on() {
        let frame = [7; MAX_TRAILER_OFFSET + 10];
        let cursor = Cursor::new(&frame);
        assert_eq!(cursor.len(), frame.len());
        let last = MAX_TRAILER_OFFSET + 4;
        assert_eq!(cursor.read_trailer::<4>(last), Some([7; 4]));
        assert_eq!(cursor.read_trailer::<4>(last + 1), None);
        assert_eq!(cursor.read_trailer::<4>(3), None);
        assert_eq!(Cursor::new(&frame[..9]).read_trailer::<4>(10), None);
        assert!(Cursor::new(&[]).is_empty());
    }
}
