//! OPC UA binary over TCP (OPC 10000-6, 5.2, 6.7 and 7.1; services of OPC 10000-4, 5.11.2): reads
//! and their responses.
//!
//! Recognised: one final chunk that holds a whole `ReadRequest` or a `ReadResponse` of good result,
//! plain to read to its last byte; what is signed or encrypted does not come out so. Every value of
//! a response must be good and of a built-in type of known size. Operation: secure channel, length
//! and number of values; a hash of diagnostics asked for and of all behind the request header, or
//! of encoding and type of each value. Tag: request identifier. Chunks that a message continues
//! behind are partial. Limits: [`hash::LONGEST`] bytes behind the request header, [`STRING`] bytes
//! of a token or audit entry, [`VALUES`] values of a response.

use sensor_common::operation::{KIND_REQUEST, KIND_RESPONSE};

use super::hash::{self, Hasher};
use super::{Message, Payload, Role, Shape, framing};

/// Values of a response that are followed.
pub const VALUES: usize = 16;
/// Bytes of the strings in a header that are skipped.
pub const STRING: usize = 128;
/// Message type, chunk type, length (part 6, 7.1.2.2).
const HEADER: usize = 8;
/// With secure channel, token, sequence number and request identifier (part 6, 6.7.2).
const CHUNK: usize = HEADER + 16;
/// Type of what is encoded: a four-byte node identifier of namespace zero.
const TYPE: usize = 4;
const READ_REQUEST: [u8; TYPE] = [1, 0, 0x77, 0x02];
const READ_RESPONSE: [u8; TYPE] = [1, 0, 0x7a, 0x02];
const PUBLISH_REQUEST: [u8; TYPE] = [1, 0, 0x3a, 0x03];
const PUBLISH_RESPONSE: [u8; TYPE] = [1, 0, 0x3d, 0x03];
const NULL: u32 = u32::MAX;
/// Fields of a `DataValue` (part 6, 5.2.2.17).
const HAS_VALUE: u8 = 0x01;
const HAS_STATUS: u8 = 0x02;
const SOURCE_TIME: u8 = 0x04;
const SERVER_TIME: u8 = 0x08;
const SOURCE_PICOSECONDS: u8 = 0x10;
const SERVER_PICOSECONDS: u8 = 0x20;
const FIELDS: u8 = 0x3f;
/// Fields of a `Variant` (part 6, 5.2.2.16).
const ARRAY: u8 = 0x80;

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
        None if is_publish(payload) => Shape::Aside,
        None => Shape::Whole,
    }
}

/// Whether the chunk is about subscriptions: requests that wait at the server until there is
/// something to say, while others are answered.
#[inline(always)]
fn is_publish(payload: &Payload<'_>) -> bool {
    chunk(payload, PUBLISH_REQUEST).is_some() || chunk(payload, PUBLISH_RESPONSE).is_some()
}

/// Bytes of the message at `offset`. A chunk that is not the last has none: what comes next belongs
/// to it.
#[inline(always)]
fn length(payload: &Payload<'_>, offset: usize) -> Option<usize> {
    let [a, b, c, chunk, l0, l1, l2, l3] = payload.read::<HEADER>(offset)?;
    let known = matches!(
        &[a, b, c],
        b"MSG" | b"OPN" | b"CLO" | b"HEL" | b"ACK" | b"ERR" | b"RHE"
    );
    if !known || !matches!(chunk, b'F' | b'A') {
        return None;
    }
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    (HEADER..=u16::MAX as usize)
        .contains(&length)
        .then_some(length)
}

/// Secure channel and request identifier of a final chunk that holds `kind`.
#[inline(always)]
fn chunk(payload: &Payload<'_>, kind: [u8; TYPE]) -> Option<(u32, u32)> {
    if payload.read::<4>(0)? != *b"MSGF" || payload.read::<TYPE>(CHUNK)? != kind {
        return None;
    }
    Some((number(payload, HEADER)?, number(payload, CHUNK - 4)?))
}

#[inline(always)]
fn number(payload: &Payload<'_>, offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(payload.read(offset)?))
}

/// Bytes of the string at `offset`, its length included.
#[inline(always)]
fn string(payload: &Payload<'_>, offset: usize) -> Option<usize> {
    let length = number(payload, offset)?;
    if length == NULL {
        return Some(4);
    }
    let length = length as usize;
    (length <= STRING).then_some(payload.forget(4 + length))
}

/// Bytes of the node identifier at `offset` (part 6, 5.2.2.9).
#[inline(always)]
fn node(payload: &Payload<'_>, offset: usize) -> Option<usize> {
    let [encoding] = payload.read::<1>(offset)?;
    match encoding {
        0 => Some(2),
        1 => Some(4),
        2 => Some(7),
        3 | 5 => Some(3 + string(payload, offset + 3)?),
        4 => Some(19),
        _ => None,
    }
}

/// Whether the extension object at `offset` is none: null identifier, no body.
#[inline(always)]
fn nothing(payload: &Payload<'_>, offset: usize) -> Option<()> {
    (payload.read::<3>(offset)? == [0; 3]).then_some(())
}

#[inline(always)]
fn request(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Option<()> {
    let (channel, tag) = chunk(payload, READ_REQUEST)?;
    // Request header (part 4, 7.33): token, time and handle, diagnostics, audit entry, timeout,
    // additional header.
    let mut offset = CHUNK + TYPE;
    offset = payload.forget(offset + node(payload, offset)? + 12);
    let diagnostics = number(payload, offset)?;
    offset += 4;
    offset = payload.forget(offset + string(payload, offset)? + 4);
    nothing(payload, offset)?;
    offset += 3;
    // Maximum age, time stamps, number of nodes.
    let nodes = number(payload, offset + 12)?;
    if nodes == 0 || nodes > VALUES as u32 {
        return None;
    }
    let mut hasher = Hasher::new(seed);
    hasher.word(u64::from(diagnostics));
    hasher.bytes(payload, offset, payload.len().checked_sub(offset)?)?;
    message.kind = KIND_REQUEST;
    message.tag = tag;
    message.operation = [operation(channel, payload.len(), nodes), hasher.finish()];
    Some(())
}

#[inline(always)]
fn response(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Option<()> {
    let (channel, tag) = chunk(payload, READ_RESPONSE)?;
    // Response header (part 4, 7.34): time and handle, result, diagnostics, strings of them,
    // additional header.
    let mut offset = CHUNK + TYPE + 12;
    let [0, 0, 0, 0, 0] = payload.read::<5>(offset)? else {
        return None;
    };
    offset += 5;
    empty(payload, offset)?;
    nothing(payload, offset + 4)?;
    let values = number(payload, offset + 7)?;
    if values == 0 || values > VALUES as u32 {
        return None;
    }
    let stop = payload.forget(values as usize);
    offset += 11;
    let mut hasher = Hasher::new(seed);
    for index in 0..VALUES {
        if index >= stop {
            break;
        }
        offset = payload.forget(offset + value(payload, offset, &mut hasher)?);
    }
    empty(payload, offset)?;
    if payload.len() != offset + 4 {
        return None;
    }
    message.kind = KIND_RESPONSE;
    message.tag = tag;
    message.operation = [operation(channel, payload.len(), values), hasher.finish()];
    Some(())
}

#[inline(always)]
const fn operation(channel: u32, length: usize, values: u32) -> u64 {
    (channel as u64) << 32 | (length as u64 & 0xffff) << 8 | values as u64
}

/// Whether the array at `offset` is null or has no element.
#[inline(always)]
fn empty(payload: &Payload<'_>, offset: usize) -> Option<()> {
    matches!(number(payload, offset)?, 0 | NULL).then_some(())
}

/// Bytes of the `DataValue` at `offset`, which must be good; takes in how it is encoded.
#[inline(always)]
fn value(payload: &Payload<'_>, offset: usize, hasher: &mut Hasher) -> Option<usize> {
    let [fields, encoding] = payload.read::<2>(offset)?;
    if fields & !FIELDS != 0 || fields & HAS_VALUE == 0 {
        return None;
    }
    let mut length = payload.forget(2 + variant(payload, offset + 2, encoding)?);
    if fields & HAS_STATUS != 0 {
        if number(payload, offset + length)? != 0 {
            return None;
        }
        length += 4;
    }
    for (field, bytes) in [
        (SOURCE_TIME, 8),
        (SOURCE_PICOSECONDS, 2),
        (SERVER_TIME, 8),
        (SERVER_PICOSECONDS, 2),
    ] {
        if fields & field != 0 {
            length += bytes;
        }
    }
    hasher.word(u64::from_be_bytes([0, 0, 0, 0, 0, 0, fields, encoding]));
    Some(length)
}

/// Bytes of the contents of a `Variant` behind its encoding byte: built-in types of a fixed size,
/// alone or as an array, and strings (part 6, 5.1.2).
#[inline(always)]
fn variant(payload: &Payload<'_>, offset: usize, encoding: u8) -> Option<usize> {
    let each = match encoding & !ARRAY {
        1..=3 => 1,
        4 | 5 => 2,
        6 | 7 | 10 => 4,
        8 | 9 | 11 | 13 => 8,
        12 if encoding & ARRAY == 0 => return string(payload, offset),
        _ => return None,
    };
    if encoding & ARRAY == 0 {
        return Some(each);
    }
    let elements = number(payload, offset)? as usize;
    (elements <= hash::LONGEST).then_some(4 + elements * each)
}

#[cfg(test)]
mod tests {
    use sensor_common::operation::Aggregated::OpcUa;

    use super::*;
    use crate::operation::testing::{
        cuts, hex, leaves_alone, noise, not_with, one, run, tells_apart,
    };

    /// opcua/icsnpp_read_service_test_data.pcap, frames 25, 27 and 31; the token is a GUID.
    const READ: &str = "4d5347467f0000000100000001000000050000000500000001007702 \
        040100a652a8f997e4a4d416f11fd1fbef7ed7 d6af004ba2d9d801 06000000 00000000 ffffffff 00000000 \
        000000 0000000000000000 00000000 01000000 \
        03010010000000426f6f6c65616e2e5661726961626c65 0d000000 ffffffff 0000ffffffff";
    const ONE_VALUE: &str = "4d534746470000000100000001000000050000000500000001007a02 \
        1eb3004ba2d9d801 06000000 00000000 00 ffffffff 000000 01000000 05 0100 1eb3004ba2d9d801 \
        ffffffff";
    const AN_ARRAY: &str = "4d5347464c0000000100000001000000060000000600000001007a02 \
        52bb004ba2d9d801 07000000 00000000 00 ffffffff 000000 01000000 05 8102000000 0001 \
        52bb004ba2d9d801 ffffffff";
    /// opcua/icsnpp_client_server_minimal.pcap, frame 87: the value is bad.
    const BAD_VALUE: &str = "4d5347464100000006000000060000000a0000001400000001007a02 \
        50843ef375cad501 15000000 00000000 00 ffffffff 000000 01000000 02 00003480 ffffffff";
    /// Two values: a double and a string, with a status and both times.
    const TWO_VALUES: &str = "4d5347460000000001000000010000000600000006000000 01007a02 \
        52bb004ba2d9d801 07000000 00000000 00 00000000 000000 02000000 \
        0f 0b 000000000000f03f 00000000 52bb004ba2d9d801 52bb004ba2d9d801 \
        01 0c 0400000074616e6b ffffffff";

    fn bytes(text: &str) -> Vec<u8> {
        let mut bytes = hex(text);
        bytes[4] = u8::try_from(bytes.len()).expect("short");
        bytes
    }

    #[test]
    fn reads_and_responses_share_the_request_identifier() {
        let asked = one(OpcUa, &bytes(READ), Role::Client, KIND_REQUEST);
        let answered = one(OpcUa, &bytes(ONE_VALUE), Role::Server, KIND_RESPONSE);
        assert_eq!((asked.tag, answered.tag), (5, 5));
        for text in [AN_ARRAY, TWO_VALUES] {
            one(OpcUa, &bytes(text), Role::Server, KIND_RESPONSE);
        }
    }

    #[test]
    fn nodes_and_channel_make_the_operation_and_the_header_does_not() {
        let read = bytes(READ);
        // Channel, diagnostics, all behind the header.
        for at in (8..12).chain(59..63).chain(74..read.len()) {
            tells_apart(OpcUa, &read, Role::Client, at);
        }
        // Token of the channel, sequence and request number, session, time and handle, timeout.
        for at in (12..24).chain(29..59).chain(67..71) {
            leaves_alone(OpcUa, &read, Role::Client, at);
        }
        let two = bytes(TWO_VALUES);
        for at in [56, 57, 86, 87, 88] {
            tells_apart(OpcUa, &two, Role::Server, at);
        }
    }

    #[test]
    fn failures_chunks_and_other_services_go_up() {
        let read = bytes(READ);
        for (at, value) in [(24, 0), (25, 1), (26, 0x78), (27, 3), (28, 9)] {
            not_with(OpcUa, &read, Role::Client, at, value);
        }
        let one_value = bytes(ONE_VALUE);
        for at in 40..45 {
            not_with(OpcUa, &one_value, Role::Server, at, 0x80);
        }
        assert_eq!(run(OpcUa, &bytes(BAD_VALUE), Role::Server).0, Shape::Whole);
        let two = bytes(TWO_VALUES);
        for at in 66..70 {
            not_with(OpcUa, &two, Role::Server, at, 0x80);
        }
        let chunk = |kind: u8| {
            let mut other = read.clone();
            other[3] = kind;
            run(OpcUa, &other, Role::Client).0
        };
        assert_eq!((chunk(b'C'), chunk(b'A')), (Shape::Partial, Shape::Whole));
        let mut hello = read.clone();
        hello[..3].copy_from_slice(b"HEL");
        assert_eq!(run(OpcUa, &hello, Role::Client).0, Shape::Whole);
        assert_eq!(run(OpcUa, &read, Role::Server).0, Shape::Whole);
    }

    #[test]
    fn subscriptions_stand_aside() {
        for (kind, sender) in [(0x3a, Role::Client), (0x3d, Role::Server)] {
            let mut publish = bytes(READ);
            (publish[26], publish[27]) = (kind, 3);
            assert_eq!(run(OpcUa, &publish, sender).0, Shape::Aside);
        }
    }

    #[test]
    fn a_signature_behind_a_response_goes_up() {
        let signed = [hex(ONE_VALUE), vec![0x5a; 20]].concat();
        let mut signed = signed;
        signed[4] += 20;
        assert_eq!(run(OpcUa, &signed, Role::Server).0, Shape::Whole);
    }

    #[test]
    fn every_form_of_session_token_is_skipped() {
        let read = bytes(READ);
        for token in [
            "0007",
            "01000700",
            "02000007000000",
            "03000004000000 41424344",
            "050000ffffffff",
        ] {
            let mut other = [&read[..28], &hex(token), &read[47..]].concat();
            other[4] = u8::try_from(other.len()).expect("short");
            let message = one(OpcUa, &other, Role::Client, KIND_REQUEST);
            let first = one(OpcUa, &read, Role::Client, KIND_REQUEST);
            assert_eq!(message.operation[1], first.operation[1], "{token}");
        }
    }

    #[test]
    fn cuts_noise_and_two_messages() {
        for (text, sender) in [
            (READ, Role::Client),
            (ONE_VALUE, Role::Server),
            (AN_ARRAY, Role::Server),
            (TWO_VALUES, Role::Server),
        ] {
            let bytes = bytes(text);
            cuts(OpcUa, &bytes, sender);
            noise(OpcUa, &bytes);
            let two = [bytes.clone(), bytes.clone()].concat();
            assert_eq!(run(OpcUa, &two, sender).0, Shape::Whole);
            assert_eq!(
                run(OpcUa, &two[..bytes.len() + 3], sender).0,
                Shape::Partial
            );
        }
    }
}
