//! Messages whose repeats may be counted: from payload bytes to an operation.
//!
//! One file per protocol. Data in: the payload of one frame. Data out: a [`Shape`], and for exactly
//! one recognised message what it does ([`Message`]). A message is recognised only when it reads,
//! or carries process values in a running sequence, and is well-formed as far as its fixed part
//! goes; whatever writes, controls, opens, closes, fails or is rare is left unrecognised, so that
//! its frame goes up. Limits: no more than [`crate::cursor::MAX_OFFSET`] bytes of a frame are read.

pub mod bacnet;
mod ber;
pub mod dnp3;
mod dnp3_crc;
pub mod ethernet_ip;
mod framing;
pub mod goose;
pub mod hash;
pub mod iec104;
pub mod modbus;
pub mod opcua;
pub mod profinet;
pub mod s7comm;
pub mod sampled_values;
pub mod sequence;
#[cfg(test)]
mod testing;

use core::cell::Cell;
use core::hint::black_box;

use sensor_common::operation::{Aggregated, KIND_NONE};

use crate::cursor::Cursor;

/// The payload of a frame above its last header the parser follows.
#[derive(Clone, Copy)]
pub struct Payload<'a> {
    frame: Cursor<'a>,
    start: usize,
    len: usize,
    at: &'a Cell<usize>,
}

impl<'a> Payload<'a> {
    /// The `len` bytes at `start` of `frame`, as the headers claim; reading finds out what is there.
    ///
    /// Every offset passes through `at`, which in the kernel must lie in a map: there the verifier
    /// forgets which way through the loops an offset came, and need not look at what follows once
    /// for each way.
    #[inline(always)]
    pub const fn new(frame: Cursor<'a>, start: usize, len: usize, at: &'a Cell<usize>) -> Self {
        Self {
            frame,
            start,
            len,
            at,
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

    /// Copies `N` bytes at `offset` of the payload; `None` when payload or frame end before.
    #[inline(always)]
    pub fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.at.set(offset);
        let offset = black_box(self.at).get();
        if offset + N > self.len {
            return None;
        }
        self.frame.read(self.start + offset)
    }
}

/// How a payload is made up.
///
/// As wide as a register, for the reason [`crate::outcome::Skip`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Shape {
    /// Exactly one message, recognised: the [`Message`] is filled in.
    One,
    /// Whole messages, but not exactly one that is recognised; they may ask or answer.
    Whole,
    /// Whole messages, none of which asks for anything or answers (an announcement, a message that
    /// only acknowledges): the frame goes up, and a request that waits goes on waiting.
    Aside,
    /// The payload does not start or does not end at the border of a message, or contradicts
    /// itself: on TCP reassembly is needed from here on.
    Partial,
}

/// What a recognised message does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Message {
    /// See [`sensor_common::operation::OperationKey::operation`].
    pub operation: [u64; 2],
    /// Joins request and response, or numbers a sequence.
    pub tag: u32,
    /// One of the `KIND_` values of [`sensor_common::operation`].
    pub kind: u8,
    /// [`Aggregated`] as a number.
    pub protocol: u8,
    /// Bits of a cyclic tag that count; the sequence starts again at zero behind them. Zero for
    /// all 32.
    pub sequence_bits: u8,
    /// What a cyclic tag grows by from one message to the next, or [`STEP_OWN`].
    pub step: u8,
}

/// Value of [`Message::step`]: the sender has a step of its own, the same each time.
pub const STEP_OWN: u8 = 0;

/// Who sent a message, told by the port the protocol is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Role {
    Client,
    Server,
}

/// Takes a payload for a message of `protocol`. `seed` goes into hashes over addressed objects.
///
/// Only what the verifier is known to accept within the budget of `tests/verifier` is looked into.
/// Messages of the other protocols are whole, so that their frames go up.
#[inline(always)]
pub fn classify(
    protocol: Aggregated,
    payload: &Payload<'_>,
    sender: Role,
    seed: u64,
    message: &mut Message,
) -> Shape {
    message.kind = KIND_NONE;
    message.protocol = protocol as u8;
    message.sequence_bits = 0;
    message.step = STEP_OWN;
    match protocol {
        Aggregated::Modbus => modbus::classify(payload, sender, message),
        Aggregated::S7comm => s7comm::classify(payload, sender, seed, message),
        Aggregated::Profinet => profinet::classify(payload, message),
        Aggregated::Dnp3
        | Aggregated::EthernetIp
        | Aggregated::Iec104
        | Aggregated::Bacnet
        | Aggregated::OpcUa
        | Aggregated::Goose
        | Aggregated::SampledValues
        | Aggregated::None
        | Aggregated::Tcp => Shape::Whole,
    }
}
