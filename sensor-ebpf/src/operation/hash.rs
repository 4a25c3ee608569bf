//! Seeded 64-bit hash over addressed objects: SipHash-1-3 (Aumasson and Bernstein, 2012), whose
//! collisions nobody can prepare without the seed.
//!
//! Data in: whole words and ranges of a payload. Data out: 64 bits. Limits: a range is
//! [`LONGEST`] bytes at most; a longer one has no hash.

use super::{MOST, Payload};

/// Bytes of the longest range that is hashed.
pub const LONGEST: usize = 256;
/// Sets the second half of the key apart from the first; the agent gives one word of seed.
const SECOND: u64 = 0x9e37_79b9_7f4a_7c15;
/// Initial state (`SipHash`, 2.1: "somepseudorandomlygeneratedbytes").
const INITIAL: [u64; 4] = [
    0x736f_6d65_7073_6575,
    0x646f_7261_6e64_6f6d,
    0x6c79_6765_6e65_7261,
    0x7465_6462_7974_6573,
];

/// A hash under way.
#[derive(Clone, Copy)]
pub struct Hasher {
    state: [u64; 4],
}

impl Hasher {
    /// Starts a hash under `seed`.
    #[inline(always)]
    pub const fn new(seed: u64) -> Self {
        Self::keyed(seed, seed ^ SECOND)
    }

    #[inline(always)]
    const fn keyed(first: u64, second: u64) -> Self {
        let [a, b, c, d] = INITIAL;
        Self {
            state: [a ^ first, b ^ second, c ^ first, d ^ second],
        }
    }

    #[inline(always)]
    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.state;
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.state = [a, b, c, d];
    }

    /// Takes in one word.
    #[inline(always)]
    pub fn word(&mut self, word: u64) {
        self.state[3] ^= word;
        self.round();
        self.state[0] ^= word;
    }

    /// Takes in `len` bytes at `offset` of the payload and then their number. `None` when there are
    /// more than [`LONGEST`], or when they are not all there.
    #[inline(always)]
    pub fn bytes(&mut self, payload: &Payload<'_>, offset: usize, len: usize) -> Option<()> {
        self.few_bytes::<LONGEST>(payload, offset, len)
    }

    /// The same with another limit, for the sake of what the verifier walks.
    #[inline(always)]
    pub fn few_bytes<const LIMIT: usize>(
        &mut self,
        payload: &Payload<'_>,
        offset: usize,
        len: usize,
    ) -> Option<()> {
        if len > LIMIT || offset + len > payload.len().min(MOST) {
            return None;
        }
        let behind = payload.forget(offset + len / 8 * 8);
        let whole = payload.forget(len / 8);
        for index in 0..LIMIT / 8 {
            if index >= whole {
                break;
            }
            self.word(payload.word(offset + index * 8));
        }
        // The number of bytes stands in the highest byte of the last word (SipHash, 2.2).
        let rest = payload.word(behind) & ((1 << (len % 8 * 8)) - 1);
        self.word((len as u64) << 56 | rest);
        Some(())
    }

    /// The hash of all that was taken in.
    #[inline(always)]
    pub fn finish(mut self) -> u64 {
        self.state[2] ^= 0xff;
        for _ in 0..3 {
            self.round();
        }
        let [a, b, c, d] = self.state;
        a ^ b ^ c ^ d
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hasher as _;

    use super::*;
    use crate::operation::Buffer;

    fn hash(seed: u64, bytes: &[u8]) -> Option<u64> {
        let mut hasher = Hasher::new(seed);
        hasher.bytes(
            &Payload::new(&mut Buffer::of(bytes), bytes.len()),
            0,
            bytes.len(),
        )?;
        Some(hasher.finish())
    }

    #[test]
    fn it_is_siphash_1_3() {
        let bytes: Vec<u8> = (0..=255).collect();
        for len in 0..bytes.len() {
            // The standard library's hash is SipHash-1-3 under a key of zeros.
            let mut oracle = std::hash::DefaultHasher::new();
            oracle.write(&bytes[..len]);
            let mut hasher = Hasher::keyed(0, 0);
            assert!(
                hasher
                    .bytes(&Payload::new(&mut Buffer::of(&bytes), bytes.len()), 0, len)
                    .is_some()
            );
            assert_eq!(hasher.finish(), oracle.finish(), "{len} bytes");
        }
    }

    #[test]
    fn seed_and_every_byte_count() {
        let bytes = [7_u8; 29];
        let first = hash(1, &bytes);
        assert_ne!(hash(2, &bytes), first);
        assert_ne!(hash(1, &bytes[..28]), first);
        for at in 0..bytes.len() {
            let mut other = bytes;
            other[at] ^= 0x80;
            assert_ne!(hash(1, &other), first, "byte {at}");
        }
    }

    #[test]
    fn ranges_too_long_or_not_there_have_none() {
        assert!(hash(1, &[0; LONGEST]).is_some());
        assert_eq!(hash(1, &[0; LONGEST + 1]), None);
        let mut hasher = Hasher::new(1);
        assert_eq!(
            hasher.bytes(&Payload::new(&mut Buffer::of(&[0; 8]), 8), 1, 8),
            None
        );
    }
}
