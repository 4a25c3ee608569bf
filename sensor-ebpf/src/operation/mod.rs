//! Messages whose repeats may be counted: from payload bytes to an operation.
//!
//! One file per protocol. Data in: the payload of one frame. Data out: a [`Shape`], and for exactly
//! one recognised message what it does ([`Message`]). A message is recognised only when it reads,
//! or carries process values in a running sequence, and is well-formed as far as its fixed part
//! goes; whatever writes, controls, opens, closes, fails or is rare is left unrecognised, so that
//! its frame goes up. Limits: no more than [`MOST`] bytes of a payload are read.

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
mod payload;
pub mod profinet;
pub mod s7comm;
pub mod sampled_values;
pub mod sequence;
#[cfg(test)]
mod testing;

use sensor_common::operation::{Aggregated, KIND_NONE};

pub use self::payload::{Buffer, MOST, Payload};

/// How a payload is made up.
///
/// As wide as a register, for the reason [`crate::outcome::Skip`] gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u64)]
pub enum Shape {
    /// Exactly one message, recognised: the [`Message`] is filled in.
    One,
    /// Whole messages, but not exactly one that is recognised; they may ask or answer.
    #[default]
    Whole,
    /// Whole messages, none of which asks for anything or answers (an announcement, a message that
    /// only acknowledges): the frame goes up, and a request that waits goes on waiting.
    Aside,
    /// Whole messages, the last of which is a piece of something that goes on in the next payload: of
    /// a response, that is not over before another [`Shape::Whole`].
    Begun,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u64)]
pub enum Role {
    #[default]
    Client,
    Server,
    /// A datagram between two ports of the same protocol: only the message can tell.
    Either,
}

/// Takes a payload for a message of `protocol`. `seed` goes into hashes over addressed objects.
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
        Aggregated::Dnp3 => dnp3::classify(payload, seed, message),
        Aggregated::EthernetIp => ethernet_ip::classify(payload, sender, seed, message),
        Aggregated::Iec104 => iec104::classify(payload, sender, seed, message),
        Aggregated::Bacnet => bacnet::classify(payload, seed, message),
        Aggregated::OpcUa => opcua::classify(payload, sender, seed, message),
        Aggregated::Goose => goose::classify(payload, seed, message),
        Aggregated::SampledValues => sampled_values::classify(payload, seed, message),
        Aggregated::Profinet => profinet::classify(payload, message),
        Aggregated::None | Aggregated::Tcp => Shape::Whole,
    }
}
