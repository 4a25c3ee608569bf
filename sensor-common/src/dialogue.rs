//! The map of the bench tool that makes one frame into a conversation: the sides in turn, each with
//! its own TCP sequence number, and with a number in the message that counts up.
//!
//! No part of the interface between program and agent.

/// Bytes of a frame at most; a power of two.
pub const FRAME: usize = 256;

/// One side, 276 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Turn {
    pub frame: [u8; FRAME],
    /// TCP sequence number of the next frame.
    pub sequence: u32,
    /// Bytes by which it grows.
    pub payload: u32,
    /// Number in the next message, and by how much it grows.
    pub count: u32,
    pub step: u32,
    /// Always zero.
    pub reserved: u32,
}

/// All sides, 584 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Dialogue {
    pub turns: [Turn; 2],
    /// Whose turn it is.
    pub next: u32,
    /// One when there are two sides, zero when there is one.
    pub alternates: u32,
    /// Bytes of every frame, 1 to [`FRAME`].
    pub len: u32,
    /// Offset of the TCP sequence number in the frame, zero without one.
    pub sequence_at: u32,
    /// Offset of the number in the message, zero without one, and whether it has four bytes instead
    /// of two, and the lowest byte first.
    pub count_at: u32,
    pub wide: u32,
    pub little_endian: u32,
    /// Always zero.
    pub reserved: u32,
}
