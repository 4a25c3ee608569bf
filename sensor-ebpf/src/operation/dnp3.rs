//! DNP3 (IEEE 1815-2012): reads and their responses in one link frame.
//!
//! Recognised: one frame of user data, unconfirmed, with good CRCs (9.2.4), that is a whole
//! transport segment and a whole application fragment that asks for no confirmation (8.2, 4.2.2):
//! READ from a master, RESPONSE from an outstation. The objects of a request may be any; those of a
//! response only static ones of known size ([`object_bytes`]), so that events always go up, and its
//! internal indications report neither an error nor trouble ([`TROUBLE`]).
//! Operation: link addresses, length, function and internal indications; a hash of the requested
//! objects, or of the object headers of a response. Tag: application sequence number, and of a
//! request the transport octet above it; a response repeats the former
//! ([`sensor_common::operation::Aggregated::joining`]). So operation and tag together make the
//! request, byte by byte.
//!
//! Frames of the link layer alone, confirmations and unsolicited responses neither ask nor answer
//! ([`Shape::Aside`]); of a segment that is not the last of its fragment the rest is to come
//! ([`Shape::Begun`]).
//! Limits: [`USER_DATA`] bytes of user data in a request, [`HEADERS`] object headers in a response.

use core::cell::Cell;

use sensor_common::operation::{KIND_REQUEST, KIND_RESPONSE};

use super::dnp3_crc::{fits, step};
use super::hash::Hasher;
use super::{Message, Payload, Shape, framing};

/// Link header with its CRC (9.2.4.1).
const HEADER: usize = 10;
/// Where its control byte stands.
const CONTROL: usize = 3;
/// Bytes of user data in a full block, and with its CRC.
const BLOCK: usize = 16;
const BLOCK_CRC: usize = BLOCK + 2;
/// Blocks of the longest frame: 250 bytes of user data.
const BLOCKS: usize = 16;
/// What the length field counts besides user data: control and both addresses.
const COUNTED: usize = 5;
/// User data of a request that is hashed.
pub const USER_DATA: usize = 4 * BLOCK;
/// Object headers of a response that are followed.
pub const HEADERS: usize = 8;
/// Transport header, application control, function code (and internal indications).
const READ_HEAD: usize = 3;
const RESPONSE_HEAD: usize = 5;
/// Unconfirmed user data, PRM set, from the master (DIR set) and from the outstation (9.2.4.1.3).
const FROM_MASTER: u8 = 0xc4;
const FROM_OUTSTATION: u8 = 0x44;
/// PRM, and the function of a frame: unconfirmed user data, or confirmed with the bit below.
const PRIMARY_FUNCTION: u8 = 0x4f;
const USER_DATA_FUNCTION: u8 = 0x44;
const CONFIRMED_FUNCTION: u8 = 0x43;
/// FIR and FIN of the transport header (8.2.1) and of the application control (4.2.2.1), there
/// without CON and UNS.
const WHOLE_SEGMENT: u8 = 0xc0;
const LAST_SEGMENT: u8 = 0x80;
const WHOLE_FRAGMENT: u8 = 0xc0;
const CONFIRM: u8 = 0;
const READ: u8 = 1;
const RESPONSE: u8 = 129;
const UNSOLICITED: u8 = 130;
/// Of the internal indications (4.5) those that must be seen each time: restart and trouble of the
/// device in the first octet, all of the second one, which has the errors.
const TROUBLE: [u8; 2] = [0xc0, 0xff];

/// See [`super::classify`]. The direction bit says who sends, so that datagrams between equal ports
/// are no riddle.
#[inline(always)]
pub fn classify(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Shape {
    let standing = Cell::new(Shape::Aside);
    let shape = framing::shape(payload, |payload, offset| {
        let length = length(payload, offset)?;
        match stands(payload, offset) {
            Shape::Aside => {}
            other => standing.set(other),
        }
        Some(length)
    });
    match shape {
        Shape::One if recognise(payload, seed, message).is_some() => Shape::One,
        Shape::One | Shape::Whole => standing.get(),
        other => other,
    }
}

/// What the frame at `offset` has to do with a request that waits for its response.
#[inline(always)]
fn stands(payload: &Payload<'_>, offset: usize) -> Shape {
    let Some([control]) = payload.read::<1>(offset + CONTROL) else {
        return Shape::Whole;
    };
    let link = control & PRIMARY_FUNCTION;
    if link != USER_DATA_FUNCTION && link != CONFIRMED_FUNCTION {
        return Shape::Aside;
    }
    let Some([transport, _, function]) = payload.read::<READ_HEAD>(offset + HEADER) else {
        return Shape::Whole;
    };
    if transport & LAST_SEGMENT == 0 {
        return Shape::Begun;
    }
    let aside = matches!(
        (control, function),
        (FROM_MASTER, CONFIRM) | (FROM_OUTSTATION, UNSOLICITED)
    );
    if transport & WHOLE_SEGMENT == WHOLE_SEGMENT && aside {
        Shape::Aside
    } else {
        Shape::Whole
    }
}

/// Bytes of the link frame at `offset`.
#[inline(always)]
fn length(payload: &Payload<'_>, offset: usize) -> Option<usize> {
    let [0x05, 0x64, length] = payload.read::<3>(offset)? else {
        return None;
    };
    let user = (length as usize).checked_sub(COUNTED)?;
    Some(HEADER + user + 2 * user.div_ceil(BLOCK))
}

#[inline(always)]
fn recognise(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Option<()> {
    let [a, b, length, control, d0, d1, s0, s1, c0, c1] = payload.read::<HEADER>(0)?;
    let mut register = 0;
    for byte in [a, b, length, control, d0, d1, s0, s1] {
        register = step(register, byte);
    }
    let user = (length as usize).checked_sub(COUNTED)?;
    if !fits(register, c0, c1) {
        return None;
    }
    let [transport, application, function] = payload.read::<READ_HEAD>(HEADER)?;
    if transport & WHOLE_SEGMENT != WHOLE_SEGMENT || application & 0xf0 != WHOLE_FRAGMENT {
        return None;
    }
    let mut hasher = Hasher::new(seed);
    let (kind, [i0, i1]) = match (control, function) {
        (FROM_MASTER, READ) if user > READ_HEAD && user <= USER_DATA => (KIND_REQUEST, [0; 2]),
        (FROM_OUTSTATION, RESPONSE) => (KIND_RESPONSE, response(payload, user, &mut hasher)?),
        _ => return None,
    };
    blocks(payload, user, kind == KIND_REQUEST, &mut hasher)?;
    message.kind = kind;
    message.tag = u32::from(application & 0x0f);
    if kind == KIND_REQUEST {
        message.tag |= u32::from(transport) << 8;
    }
    message.operation = [
        u64::from_be_bytes([d0, d1, s0, s1, i0, i1, length, function]),
        hasher.finish(),
    ];
    Some(())
}

/// Checks the CRC of each block of user data; with `hash` takes in all but the sequence numbers of
/// the first block.
#[inline(always)]
fn blocks(payload: &Payload<'_>, user: usize, hash: bool, hasher: &mut Hasher) -> Option<()> {
    for index in 0..BLOCKS {
        if index * BLOCK >= user {
            return Some(());
        }
        let offset = HEADER + index * BLOCK_CRC;
        let [mut low, high] = block(payload, offset, user - index * BLOCK)?;
        if hash {
            if index == 0 {
                low &= !0xffff;
            }
            hasher.word(low);
            hasher.word(high);
        }
    }
    Some(())
}

/// The bytes of the block at `offset`, `left` or as many as fit, when their CRC is good.
#[inline(always)]
fn block(payload: &Payload<'_>, offset: usize, left: usize) -> Option<[u64; 2]> {
    let count = left.min(BLOCK);
    let [c0, c1] = payload.read::<2>(offset + count)?;
    let words = [payload.word(offset), payload.word(offset + 8)];
    let stop = payload.forget(count);
    let mut register = 0;
    for index in 0..BLOCK {
        if index >= stop {
            break;
        }
        let word = if index < 8 { words[0] } else { words[1] };
        register = step(register, (word >> (8 * (index % 8))) as u8);
    }
    let words = [
        words[0] & low_bytes(count),
        words[1] & low_bytes(count.saturating_sub(8)),
    ];
    fits(register, c0, c1).then_some(words)
}

/// A mask of the lowest `count` bytes, all eight when there are more.
#[inline(always)]
const fn low_bytes(count: usize) -> u64 {
    if count >= 8 {
        u64::MAX
    } else {
        (1 << (8 * count)) - 1
    }
}

/// Byte `at` of the user data, which has a CRC behind every [`BLOCK`] bytes.
#[inline(always)]
fn user_byte(payload: &Payload<'_>, at: usize) -> Option<u8> {
    let [byte] = payload.read::<1>(HEADER + at + 2 * (at / BLOCK))?;
    Some(byte)
}

/// Follows the object headers of a response to the end and takes them in; gives the internal
/// indications.
#[inline(always)]
fn response(payload: &Payload<'_>, user: usize, hasher: &mut Hasher) -> Option<[u8; 2]> {
    let [_, _, _, i0, i1] = payload.read::<RESPONSE_HEAD>(HEADER)?;
    if i0 & TROUBLE[0] != 0 || i1 & TROUBLE[1] != 0 {
        return None;
    }
    let mut at = RESPONSE_HEAD;
    for _ in 0..HEADERS {
        if at >= user {
            break;
        }
        let group = user_byte(payload, at)?;
        let variation = user_byte(payload, at + 1)?;
        let qualifier = user_byte(payload, at + 2)?;
        let first = u16::from(user_byte(payload, at + 3)?);
        let second = u16::from(user_byte(payload, at + 4)?);
        at += 5;
        // Start and stop of the range in one byte each, or in two (4.2.2.7.2).
        let (start, stop) = match qualifier {
            0x00 => (first, second),
            0x01 => {
                let third = u16::from(user_byte(payload, at)?);
                let fourth = u16::from(user_byte(payload, at + 1)?);
                at += 2;
                (second << 8 | first, fourth << 8 | third)
            }
            _ => return None,
        };
        let objects = stop.checked_sub(start)? as usize + 1;
        at = payload.forget(at + object_bytes(group, variation, objects)?);
        if at > user {
            return None;
        }
        let [b0, b1] = start.to_be_bytes();
        let [e0, e1] = stop.to_be_bytes();
        hasher.word(u64::from_be_bytes([
            0, group, variation, qualifier, b0, b1, e0, e1,
        ]));
    }
    (at == user).then_some([i0, i1])
}

/// Bytes of so many static objects of a group and variation (annex A).
#[inline(always)]
fn object_bytes(group: u8, variation: u8, objects: usize) -> Option<usize> {
    let each = match (group, variation) {
        (1 | 10, 1) => return Some(objects.div_ceil(8)),
        (3, 1) => return Some(objects.div_ceil(4)),
        (1 | 3 | 10, 2) => 1,
        (20, 6) | (21, 10) | (30, 4) => 2,
        (20 | 21 | 30 | 40, 2) => 3,
        (20, 5) | (21, 9) | (30, 3) => 4,
        (20 | 21 | 30 | 40, 1) | (30, 5) | (40, 3) => 5,
        (21 | 30, 6) | (40, 4) => 9,
        (21, 5) => 11,
        _ => return None,
    };
    Some(objects * each)
}

#[cfg(test)]
mod tests {
    use sensor_common::operation::Aggregated::Dnp3;

    use super::*;
    use crate::operation::Role;
    use crate::operation::testing::{cuts, hex, noise, not_with, one, run};

    /// dnp3/iti_full_exchange.pcap, frame 13: all classes.
    const POLL: &str = "056414c40a0001008fedc3c2013c02063c03063c04063c0106429e";
    /// dnp3/iti_full_exchange.pcap, frame 7: indications, that the device restarted, and no more.
    const RESTARTED: &str = "05640a4401000a006e25c1c0818000b5d0";
    /// dnp3/iti_full_exchange.pcap, frame 12: without indications.
    const NOTHING: &str = "05640a4401000a006e25c2c1810000786c";
    /// dnp3/zeek_link_only.pcap, frames 1 and 2: the outstation tests the link.
    const LINK: [&str; 2] = ["05640549640001007e5f", "0564058b01006400a097"];
    /// dnp3/iti_full_exchange.pcap, frame 16: unsolicited and confirmed events.
    const EVENTS: &str = "05641a4401000a00af5d840200000000020000000002000000003be20200000000f3b9";
    /// dnp3/opendnp3_conformance_8.9.2.2.pcap, frame 26.
    const CLASSES: &str = "056414c400040100e9b6c0c1013c02063c03063c04063c01067a6f";

    /// A frame around user data, with the CRCs it needs.
    fn frame(control: u8, user: &[u8]) -> Vec<u8> {
        let length = u8::try_from(user.len() + COUNTED).expect("fits a frame");
        let header = [0x05, 0x64, length, control, 1, 0, 10, 0];
        let mut frame = Vec::new();
        for part in core::iter::once(&header[..]).chain(user.chunks(BLOCK)) {
            let register = part.iter().fold(0, |crc, byte| step(crc, *byte));
            frame.extend_from_slice(part);
            frame.extend((!register).to_le_bytes());
        }
        frame
    }

    /// Three binary inputs, five analogue inputs of 32 bits and a counter.
    fn values() -> Vec<u8> {
        let mut user = vec![0xc1, 0xc2, 129, 0, 0, 1, 2, 0, 0, 2, 1, 1, 1];
        user.extend([30, 1, 1, 0, 0, 4, 0]);
        user.extend([7; 25]);
        user.extend([20, 5, 0, 9, 9, 1, 2, 3, 4]);
        user
    }

    #[test]
    fn polls_and_responses_are_recognised() {
        let poll = one(Dnp3, &hex(POLL), Role::Client, KIND_REQUEST);
        let other = one(Dnp3, &hex(CLASSES), Role::Client, KIND_REQUEST);
        assert_eq!((poll.tag, other.tag), (0xc302, 0xc001));
        let joining = Dnp3.joining();
        assert_eq!((poll.tag & joining, other.tag & joining), (2, 1));
        assert_ne!(poll.operation[0], other.operation[0], "the addresses count");
        assert_eq!(
            poll.operation[1], other.operation[1],
            "and so do the objects"
        );
        let nothing = one(Dnp3, &hex(NOTHING), Role::Server, KIND_RESPONSE);
        let answer = one(
            Dnp3,
            &frame(FROM_OUTSTATION, &values()),
            Role::Server,
            KIND_RESPONSE,
        );
        assert_eq!((nothing.tag, answer.tag), (1, 2));
        assert_ne!(nothing.operation, answer.operation);
    }

    #[test]
    fn a_bad_crc_is_never_recognised() {
        let answer = frame(FROM_OUTSTATION, &values());
        for bytes in [hex(POLL), hex(NOTHING), answer] {
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut other = bytes.clone();
                    other[at] ^= 1 << bit;
                    assert_ne!(run(Dnp3, &other, Role::Client).0, Shape::One, "{at}");
                }
            }
        }
    }

    #[test]
    fn objects_and_indications_make_the_operation_and_values_do_not() {
        let user = values();
        let operation = |control, user: &[u8]| {
            let (shape, message) = run(Dnp3, &frame(control, user), Role::Client);
            (shape, message.operation)
        };
        let first = operation(FROM_OUTSTATION, &user);
        assert_eq!(first.0, Shape::One);
        for at in [10, 11, 20, 44, 50, 53] {
            let mut other = user.clone();
            other[at] ^= 1;
            assert_eq!(operation(FROM_OUTSTATION, &other), first, "value at {at}");
        }
        for at in [3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 18, 45, 46, 47, 48, 49] {
            let mut other = user.clone();
            other[at] ^= 1;
            assert_ne!(operation(FROM_OUTSTATION, &other), first, "header at {at}");
        }
        let mut waiting = user.clone();
        waiting[3] = 0x0e;
        let waiting = operation(FROM_OUTSTATION, &waiting);
        assert_eq!(waiting.0, Shape::One, "events wait");
        assert_ne!(waiting, first);
        let request = [
            0xc0, 0xc1, 1, 60, 2, 6, 60, 3, 6, 30, 0, 6, 20, 0, 6, 1, 0, 6, 40, 0, 6,
        ];
        let first = operation(FROM_MASTER, &request);
        assert_eq!(first.0, Shape::One);
        for at in 3..request.len() {
            let mut other = request;
            other[at] ^= 0x10;
            assert_ne!(operation(FROM_MASTER, &other), first, "object at {at}");
        }
        let mut next = request;
        (next[0], next[1]) = (0xc5, 0xce);
        assert_eq!(operation(FROM_MASTER, &next), first, "sequence numbers");
    }

    #[test]
    fn whatever_is_not_a_plain_read_goes_up() {
        let shape = |control, user: &[u8]| run(Dnp3, &frame(control, user), Role::Client).0;
        let poll = [0xc0, 0xc1, 1, 60, 1, 6];
        assert_eq!(shape(FROM_MASTER, &poll), Shape::One);
        for (at, value, expected) in [
            (0, 0x41, Shape::Begun),
            (0, 0x01, Shape::Begun),
            (0, 0x81, Shape::Whole),
            (1, 0x81, Shape::Whole),
            (1, 0xe1, Shape::Whole),
            (1, 0xd1, Shape::Whole),
        ] {
            let mut other = poll;
            other[at] = value;
            assert_eq!(shape(FROM_MASTER, &other), expected, "{at} {value:#x}");
        }
        for function in (0..=255).filter(|function| *function != 1) {
            let mut other = poll;
            other[2] = function;
            let expected = if function == CONFIRM {
                Shape::Aside
            } else {
                Shape::Whole
            };
            assert_eq!(shape(FROM_MASTER, &other), expected, "{function}");
        }
        for control in (0..=255_u8).filter(|control| *control != FROM_MASTER) {
            // Functions 3 and 4 of primary frames bring user data.
            let expected = match control & 0x4f {
                0x43 | 0x44 => Shape::Whole,
                _ => Shape::Aside,
            };
            assert_eq!(shape(control, &poll), expected, "{control:#x}");
        }
        assert_eq!(run(Dnp3, &hex(EVENTS), Role::Server).0, Shape::Whole);
        let mut unsolicited = values();
        unsolicited[2] = 130;
        assert_eq!(shape(FROM_OUTSTATION, &unsolicited), Shape::Aside);
        let mut event = values();
        event[5] = 2;
        assert_eq!(shape(FROM_OUTSTATION, &event), Shape::Whole);
        let longest = [&poll[..], &[0; USER_DATA - 5]].concat();
        assert_eq!(shape(FROM_MASTER, &longest), Shape::Whole);
    }

    #[test]
    fn trouble_and_errors_go_up() {
        assert_eq!(run(Dnp3, &hex(RESTARTED), Role::Server).0, Shape::Whole);
        let shape = |first, second| {
            let response = [0xc1, 0xc2, 129, first, second];
            run(Dnp3, &frame(FROM_OUTSTATION, &response), Role::Server).0
        };
        for bit in 0..8 {
            let expected = if bit < 6 { Shape::One } else { Shape::Whole };
            assert_eq!(shape(1 << bit, 0), expected, "IIN1.{bit}");
            assert_eq!(shape(0, 1 << bit), Shape::Whole, "IIN2.{bit}");
        }
    }

    #[test]
    fn what_neither_asks_nor_answers_stands_aside() {
        let shape = |parts: &[&[u8]]| run(Dnp3, &parts.concat(), Role::Server).0;
        let [asked, told] = LINK.map(hex);
        assert_eq!(shape(&[&asked]), Shape::Aside);
        assert_eq!(shape(&[&told, &asked]), Shape::Aside);
        let part = |transport| frame(FROM_OUTSTATION, &[transport, 0xc2, 130, 0, 0]);
        let unsolicited = part(0xc0);
        assert_eq!(shape(&[&told, &unsolicited]), Shape::Aside);
        for (parts, expected) in [
            ([&unsolicited, &part(0x41)], Shape::Begun),
            ([&part(0x41), &part(0x82)], Shape::Whole),
            ([&part(0x41), &told], Shape::Begun),
            ([&hex(NOTHING), &unsolicited], Shape::Whole),
        ] {
            assert_eq!(shape(&[parts[0], parts[1]]), expected, "{parts:02x?}");
        }
    }

    #[test]
    fn the_longest_response_is_checked_to_the_end() {
        let mut user = vec![0xc1, 0xc2, 129, 0, 0, 1, 2, 0, 0, 239];
        user.extend([1; 240]);
        let mut answer = frame(FROM_OUTSTATION, &user);
        assert_eq!(answer.len(), 292);
        one(Dnp3, &answer, Role::Server, KIND_RESPONSE);
        answer[285] ^= 1;
        assert_eq!(run(Dnp3, &answer, Role::Server).0, Shape::Whole);
    }

    #[test]
    fn cuts_noise_and_two_frames() {
        let answer = frame(FROM_OUTSTATION, &values());
        for bytes in [hex(POLL), hex(NOTHING), answer] {
            cuts(Dnp3, &bytes, Role::Client);
            noise(Dnp3, &bytes);
            let two = [bytes.clone(), bytes.clone()].concat();
            assert_eq!(run(Dnp3, &two, Role::Client).0, Shape::Whole);
            let piece = &two[..bytes.len() + 4];
            assert_eq!(run(Dnp3, piece, Role::Client).0, Shape::Partial);
        }
        not_with(Dnp3, &hex(POLL), Role::Client, 8, 0);
    }
}
