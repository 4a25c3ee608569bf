//! S7 communication over ISO on TCP: reads of variables and their answers. No public standard; laid
//! out as the captures and their dissector show it, inside TPKT (RFC 1006, 6) and the data TPDU of
//! COTP class 0 (ISO/IEC 8073, 13.7).
//!
//! Recognised: job "read variable" (function 0x04) with one to [`ITEMS`] items of the any-pointer
//! syntax, and its answer when neither it nor one of its items fails. Operation: the number of
//! items and a hash of their addresses; for an answer the number, and a hash of type and length of
//! each. Tag: PDU reference. Other messages on the port, those of MMS among them, are whole.

use sensor_common::operation::{KIND_REQUEST, KIND_RESPONSE};

use super::hash::Hasher;
use super::{Message, Payload, Role, Shape, framing};

/// Items of a message that are followed.
pub const ITEMS: usize = 4;
/// TPKT header.
const TPKT: usize = 4;
/// A data TPDU of class 0 behind its TPKT header.
const COTP: usize = 3;
/// Where the S7 header begins.
const S7: usize = TPKT + COTP;
/// S7 header of a job; that of an answer has error class and code behind.
const JOB: usize = 10;
const ANSWER: usize = JOB + 2;
/// Function and number of items.
const PARAMETER: usize = 2;
/// An item of the any-pointer syntax.
const ITEM: usize = 12;
/// Return code, transport size and length of a value.
const VALUE: usize = 4;
/// A data TPDU and the bit that says the message ends here.
const DATA_TPDU: u8 = 0xf0;
const END_OF_MESSAGE: u8 = 0x80;
/// Identifier of the protocol, and what a message is.
const PROTOCOL: u8 = 0x32;
const ROSCTR_JOB: u8 = 1;
const ROSCTR_ACK_DATA: u8 = 3;
const READ: u8 = 0x04;
const SUCCESS: u8 = 0xff;

/// See [`super::classify`].
#[inline(always)]
pub fn classify(payload: &Payload<'_>, sender: Role, seed: u64, message: &mut Message) -> Shape {
    match framing::shape(payload, length) {
        Shape::One => {}
        other => return other,
    }
    let recognised = match sender {
        Role::Client => request(payload, seed, message),
        Role::Server | Role::Either => response(payload, seed, message),
    };
    match recognised {
        Some(()) => Shape::One,
        None => Shape::Whole,
    }
}

/// Bytes of the TPKT packet at `offset`. A data TPDU that does not end its message has none: what
/// comes next belongs to it.
#[inline(always)]
fn length(payload: &Payload<'_>, offset: usize) -> Option<usize> {
    let [3, 0, high, low, indicator, kind, number] = payload.read::<S7>(offset)? else {
        return None;
    };
    if kind == DATA_TPDU && (indicator != 2 || number & END_OF_MESSAGE == 0) {
        return None;
    }
    let length = u16::from_be_bytes([high, low]) as usize;
    (length >= S7).then_some(length)
}

#[inline(always)]
fn request(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Option<()> {
    let [_, _, _, _, _, DATA_TPDU, END_OF_MESSAGE] = payload.read::<S7>(0)? else {
        return None;
    };
    let [
        PROTOCOL,
        ROSCTR_JOB,
        0,
        0,
        r0,
        r1,
        p0,
        p1,
        0,
        0,
        READ,
        items,
    ] = payload.read::<{ JOB + PARAMETER }>(S7)?
    else {
        return None;
    };
    let count = items as usize;
    let parameters = PARAMETER + count * ITEM;
    if !(1..=ITEMS).contains(&count)
        || u16::from_be_bytes([p0, p1]) as usize != parameters
        || payload.len() != S7 + JOB + parameters
    {
        return None;
    }
    let mut hasher = Hasher::new(seed);
    for item in 0..ITEMS {
        if item >= count {
            break;
        }
        let [0x12, 0x0a, 0x10, a, b, c, d, e, f, g, h, i] =
            payload.read::<ITEM>(S7 + JOB + PARAMETER + item * ITEM)?
        else {
            return None;
        };
        hasher.word(u64::from_be_bytes([a, b, c, d, e, f, g, h]));
        hasher.word(u64::from(i));
    }
    message.kind = KIND_REQUEST;
    message.tag = u32::from(u16::from_be_bytes([r0, r1]));
    message.operation = [operation(ROSCTR_JOB, items, 0), hasher.finish()];
    Some(())
}

#[inline(always)]
fn response(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Option<()> {
    let [_, _, _, _, _, DATA_TPDU, END_OF_MESSAGE] = payload.read::<S7>(0)? else {
        return None;
    };
    let [
        PROTOCOL,
        ROSCTR_ACK_DATA,
        0,
        0,
        r0,
        r1,
        0,
        2,
        d0,
        d1,
        0,
        0,
        READ,
        items,
    ] = payload.read::<{ ANSWER + PARAMETER }>(S7)?
    else {
        return None;
    };
    let count = items as usize;
    let data = u16::from_be_bytes([d0, d1]);
    if !(1..=ITEMS).contains(&count) || payload.len() != S7 + ANSWER + PARAMETER + data as usize {
        return None;
    }
    let mut hasher = Hasher::new(seed);
    let mut offset = S7 + ANSWER + PARAMETER;
    for item in 0..ITEMS {
        if item >= count {
            break;
        }
        // A value of odd length has a byte of padding behind, except for the last.
        offset += offset_padding(offset);
        let [SUCCESS, size, l0, l1] = payload.read::<VALUE>(offset)? else {
            return None;
        };
        let bytes = value_bytes(size, u16::from_be_bytes([l0, l1]))?;
        hasher.word(u64::from_be_bytes([0, 0, 0, 0, 0, size, l0, l1]));
        offset = payload.forget(offset + VALUE + bytes);
    }
    if offset != payload.len() {
        return None;
    }
    message.kind = KIND_RESPONSE;
    message.tag = u32::from(u16::from_be_bytes([r0, r1]));
    message.operation = [operation(ROSCTR_ACK_DATA, items, data), hasher.finish()];
    Some(())
}

/// Values begin at an even distance from the first.
#[inline(always)]
const fn offset_padding(offset: usize) -> usize {
    (offset - (S7 + ANSWER + PARAMETER)) % 2
}

/// Bytes of a value by its transport size: some tell their length in bits.
#[inline(always)]
fn value_bytes(size: u8, length: u16) -> Option<usize> {
    let length = length as usize;
    match size {
        3..=5 => Some(length.div_ceil(8)),
        6 | 7 | 9 => Some(length),
        _ => None,
    }
}

#[inline(always)]
const fn operation(rosctr: u8, items: u8, data: u16) -> u64 {
    let [d0, d1] = data.to_be_bytes();
    u64::from_be_bytes([0, 0, 0, rosctr, READ, items, d0, d1])
}

#[cfg(test)]
mod tests {
    use sensor_common::operation::Aggregated::S7comm;

    use super::*;
    use crate::operation::testing::{
        cuts, hex, leaves_alone, noise, not_with, one, run, tells_apart,
    };

    /// s7comm/icsnpp_snap7.pcap, frames 51 and 52: four bytes of the memory bits.
    const QUESTION: &str = "0300001f02f080 32010000190000 0e0000 0401 120a10080001000083000080";
    const REPLY: &str = "0300001d02f080 3203000019000002000800000401ff07000400000000";
    /// s7comm/icsnpp_snap7.pcap, frames 55 and 56: five items, the values being cut to two.
    const FIVE: &str = "0300004f02f080320100001b00003e00000405120a10020010000083000000120a10020010\
        000081000000120a10020010000082000000120a101d000800001d000000120a101c000800001c000000";
    const TWO: &str = "0300003102f080320100001b0000 1a00000402120a10020010000083000000120a10020010\
        000081000000";
    const TWO_REPLY: &str =
        "0300002102f080320300001b000002 000d00000402 ff040018acde0000ff04000800";

    fn bytes(text: &str) -> Vec<u8> {
        let mut bytes = hex(text);
        let len = u16::try_from(bytes.len()).expect("short").to_be_bytes();
        bytes[2..4].copy_from_slice(&len);
        bytes
    }

    #[test]
    fn a_read_and_its_answer_share_the_reference() {
        for (question, reply) in [(QUESTION, REPLY), (TWO, TWO_REPLY)] {
            let asked = one(S7comm, &bytes(question), Role::Client, KIND_REQUEST);
            let answered = one(S7comm, &bytes(reply), Role::Server, KIND_RESPONSE);
            assert_eq!(asked.tag, answered.tag);
            assert_ne!(asked.operation, answered.operation);
        }
    }

    #[test]
    fn every_byte_of_an_address_makes_the_operation() {
        for text in [QUESTION, TWO] {
            let question = bytes(text);
            for at in 17..question.len() {
                tells_apart(S7comm, &question, Role::Client, at);
            }
            leaves_alone(S7comm, &question, Role::Client, 11);
            leaves_alone(S7comm, &question, Role::Client, 12);
        }
    }

    #[test]
    fn values_do_not_make_the_operation_and_their_lengths_do() {
        let reply = bytes(REPLY);
        leaves_alone(S7comm, &reply, Role::Server, reply.len() - 1);
        let reply = bytes(TWO_REPLY);
        for at in 20..25 {
            tells_apart(S7comm, &reply, Role::Server, at);
        }
    }

    #[test]
    fn failures_writes_and_unknown_addresses_are_not_recognised() {
        let reply = bytes(REPLY);
        for (at, value) in [(17, 0x85), (18, 4), (19, 5), (21, 0x0a), (22, 1), (8, 2)] {
            not_with(S7comm, &reply, Role::Server, at, value);
        }
        let question = bytes(QUESTION);
        for (at, value) in [
            (17, 5),
            (17, 0x29),
            (21, 0xb2),
            (8, 7),
            (7, 0x72),
            (5, 0xe0),
        ] {
            not_with(S7comm, &question, Role::Client, at, value);
        }
        assert_eq!(run(S7comm, &bytes(FIVE), Role::Client).0, Shape::Whole);
        assert_eq!(run(S7comm, &question, Role::Server).0, Shape::Whole);
        assert_eq!(run(S7comm, &reply, Role::Client).0, Shape::Whole);
        // s7comm/iti_wincc_s400_production.pcapng, frame 24: symbolic addresses.
        let symbolic = hex(
            "0300002602f080320100000d000015000004011211b00302004a006c04004c019402\
            0051003c",
        );
        assert_eq!(run(S7comm, &symbolic, Role::Client).0, Shape::Whole);
    }

    #[test]
    fn a_message_in_pieces_is_partial() {
        let mut question = bytes(QUESTION);
        question[6] = 0;
        assert_eq!(run(S7comm, &question, Role::Client).0, Shape::Partial);
        let two = [bytes(QUESTION), bytes(QUESTION)].concat();
        assert_eq!(run(S7comm, &two, Role::Client).0, Shape::Whole);
        for len in 1..31 {
            let piece = &bytes(QUESTION)[..len];
            assert_eq!(run(S7comm, piece, Role::Client).0, Shape::Partial);
        }
    }

    #[test]
    fn cuts_and_noise() {
        for (text, sender) in [
            (QUESTION, Role::Client),
            (TWO, Role::Client),
            (REPLY, Role::Server),
            (TWO_REPLY, Role::Server),
        ] {
            cuts(S7comm, &bytes(text), sender);
            noise(S7comm, &bytes(text));
        }
    }
}
