//! The map of the bench tool that makes one frame into a conversation: client and server in turn,
//! each with its own sequence number, both with a transaction identifier that counts up.
//!
//! No part of the interface between program and agent.

/// Bytes of a frame; shorter ones are filled up with link padding.
pub const FRAME: usize = 88;
/// Offset of the TCP sequence number behind Ethernet and IPv4 headers.
pub const SEQUENCE_AT: usize = 14 + 20 + 4;
/// Offset of the Modbus transaction identifier behind a TCP header without options.
pub const TRANSACTION_AT: usize = 14 + 20 + 20;

/// One side, 100 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Turn {
    pub frame: [u8; FRAME],
    /// Sequence number of the next frame.
    pub sequence: u32,
    /// Bytes by which it grows.
    pub payload: u32,
    /// Frames so far; its low half is the transaction identifier.
    pub said: u32,
}

/// Both sides, 204 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Dialogue {
    pub turns: [Turn; 2],
    /// Whose turn it is.
    pub next: u32,
}
