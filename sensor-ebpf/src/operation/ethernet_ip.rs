//! EtherNet/IP (CIP volume 2, 2-3 and 2-6): reads of attributes and tags over TCP, implicit data
//! over UDP.
//!
//! Recognised on TCP: one encapsulated `SendRRData` or `SendUnitData` with an address item and a
//! data item that holds one unbundled service: `Get_Attribute_All`, `Get_Attribute_List`,
//! `Get_Attribute_Single` of a class other than the connection manager (CIP volume 1, A-4), or the
//! `Read Tag` services of symbols (Logix 5000 Data Access, publication 1756-PM020), and replies of
//! general status zero. Operation: command, timeout, service, length, and a hash of session,
//! connection, path and request data. Tag: the sequence count of the connection, or of an
//! unconnected message the first half of the sender context. What is left of the context is in the
//! hash, so that operation and tag together make the request, byte by byte.
//!
//! Recognised on UDP: one packet of the connected format with sequenced address and data.
//! Operation: connection and length. Tag: encapsulation sequence number. All else is whole: other
//! services, bundled ones and those routed through `Unconnected_Send` among them.

use sensor_common::operation::{KIND_CYCLIC, KIND_REQUEST, KIND_RESPONSE};

use super::hash::Hasher;
use super::{Message, Payload, Role, Shape, framing};

/// Encapsulation header (2-3.1).
const HEADER: usize = 24;
/// Interface handle, timeout and the number of items in front of them (2-4.7).
const COMMAND: usize = 8;
/// Type and length of an item (2-6.1).
const ITEM: usize = 4;
const SEND_RR_DATA: u16 = 0x006f;
const SEND_UNIT_DATA: u16 = 0x0070;
/// Commands that may stand at the beginning of a message (2-3.2).
const COMMANDS: [u16; 9] = [0x00, 0x01, 0x04, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70];
const NULL_ADDRESS: u16 = 0x0000;
const CONNECTED_ADDRESS: u16 = 0x00a1;
const SEQUENCED_ADDRESS: u16 = 0x8002;
const UNCONNECTED_DATA: u16 = 0x00b2;
const CONNECTED_DATA: u16 = 0x00b1;
/// Item count, sequenced address item, header of the data item.
const IMPLICIT: usize = 2 + ITEM + 8 + ITEM;
const REPLY: u8 = 0x80;
const GET_ATTRIBUTE_ALL: u8 = 0x01;
const GET_ATTRIBUTE_LIST: u8 = 0x03;
const GET_ATTRIBUTE_SINGLE: u8 = 0x0e;
const READ_TAG: u8 = 0x4c;
const READ_TAG_FRAGMENTED: u8 = 0x52;
/// Segments a path may begin with (CIP volume 1, C-1.4): class in 8 or 16 bits, symbol.
const CLASS_8: u8 = 0x20;
const CLASS_16: u8 = 0x21;
const SYMBOL: u8 = 0x91;
const CLASS_CONNECTION_MANAGER: u16 = 0x06;
const CLASS_SYMBOL: u16 = 0x6b;

/// The message an encapsulated command carries.
#[derive(Clone, Copy)]
struct Carried {
    command: u16,
    session: u32,
    connection: u32,
    timeout: [u8; 2],
    /// What of the sender context is not the tag.
    context: u64,
    tag: u32,
    /// Where the CIP message begins; it ends with the payload.
    start: usize,
}

/// See [`super::classify`]. Implicit data has an item count where the encapsulation has a command,
/// and no command has the number two.
#[inline(always)]
pub fn classify(payload: &Payload<'_>, sender: Role, seed: u64, message: &mut Message) -> Shape {
    if matches!(payload.read::<2>(0), Some([2, 0])) {
        return match implicit(payload, message) {
            Some(()) => Shape::One,
            None => Shape::Partial,
        };
    }
    match framing::shape(payload, length) {
        Shape::One => {}
        other => return other,
    }
    match explicit(payload, sender, seed, message) {
        Some(()) => Shape::One,
        None => Shape::Whole,
    }
}

/// Bytes of the encapsulated message at `offset`.
#[inline(always)]
fn length(payload: &Payload<'_>, offset: usize) -> Option<usize> {
    let [c0, c1, l0, l1] = payload.read::<4>(offset)?;
    let command = u16::from_le_bytes([c0, c1]);
    if !COMMANDS.contains(&command) {
        return None;
    }
    Some(HEADER + u16::from_le_bytes([l0, l1]) as usize)
}

#[inline(always)]
fn implicit(payload: &Payload<'_>, message: &mut Message) -> Option<()> {
    let [
        2,
        0,
        t0,
        t1,
        8,
        0,
        i0,
        i1,
        i2,
        i3,
        n0,
        n1,
        n2,
        n3,
        d0,
        d1,
        l0,
        l1,
    ] = payload.read::<IMPLICIT>(0)?
    else {
        return None;
    };
    let length = u16::from_le_bytes([l0, l1]) as usize;
    if u16::from_le_bytes([t0, t1]) != SEQUENCED_ADDRESS
        || u16::from_le_bytes([d0, d1]) != CONNECTED_DATA
        || payload.len() != IMPLICIT + length
    {
        return None;
    }
    // Behind the sequence count of class 1 the bit "run" of the header that an originator may put
    // in front of its data (volume 1, 3-6.1); of data without that header it is one bit.
    let run = if length >= 6 {
        let [first] = payload.read::<1>(IMPLICIT + 2)?;
        first & 1
    } else {
        0
    };
    message.kind = KIND_CYCLIC;
    message.step = 1;
    message.tag = u32::from_le_bytes([n0, n1, n2, n3]);
    message.operation = [
        u64::from(u32::from_le_bytes([i0, i1, i2, i3])) << 32 | length as u64,
        u64::from(run),
    ];
    Some(())
}

#[inline(always)]
fn explicit(payload: &Payload<'_>, sender: Role, seed: u64, message: &mut Message) -> Option<()> {
    let carried = carried(payload)?;
    let (kind, service, hash) = match sender {
        Role::Client => request(payload, &carried, seed)?,
        Role::Server | Role::Either => reply(payload, &carried, seed)?,
    };
    let length = (payload.len() - carried.start) as u16;
    let [c0, c1] = carried.command.to_be_bytes();
    let [l0, l1] = length.to_be_bytes();
    let [t0, t1] = carried.timeout;
    message.kind = kind;
    message.tag = carried.tag;
    let what = u64::from_be_bytes([0, t0, t1, c0, c1, service, l0, l1]);
    message.operation = [what, hash];
    Some(())
}

/// Takes the encapsulation apart: status, options and interface handle zero, two items that fill
/// it, as the command wants them.
#[inline(always)]
fn carried(payload: &Payload<'_>) -> Option<Carried> {
    let [c0, c1, _, _, s0, s1, s2, s3, 0, 0, 0, 0] = payload.read::<12>(0)? else {
        return None;
    };
    let context = u64::from_le_bytes(payload.read::<8>(12)?);
    let [0, 0, 0, 0] = payload.read::<4>(20)? else {
        return None;
    };
    let [0, 0, 0, 0, t0, t1, 2, 0] = payload.read::<COMMAND>(HEADER)? else {
        return None;
    };
    let command = u16::from_le_bytes([c0, c1]);
    let session = u32::from_le_bytes([s0, s1, s2, s3]);
    let address = HEADER + COMMAND;
    let (kind, length) = item(payload, address)?;
    let (connection, data) = match (command, kind, length) {
        (SEND_RR_DATA, NULL_ADDRESS, 0) => (0, address + ITEM),
        (SEND_UNIT_DATA, CONNECTED_ADDRESS, 4) => {
            let connection = payload.read::<4>(address + ITEM)?;
            (u32::from_le_bytes(connection), address + ITEM + 4)
        }
        _ => return None,
    };
    let (kind, length) = item(payload, data)?;
    let start = data + ITEM;
    if payload.len() != start + length {
        return None;
    }
    match (command, kind) {
        (SEND_RR_DATA, UNCONNECTED_DATA) => Some(Carried {
            command,
            session,
            connection,
            timeout: [t0, t1],
            context: context >> 32,
            tag: context as u32,
            start,
        }),
        (SEND_UNIT_DATA, CONNECTED_DATA) => Some(Carried {
            command,
            session,
            connection,
            timeout: [t0, t1],
            context,
            tag: u32::from(u16::from_le_bytes(payload.read(start)?)),
            start: start + 2,
        }),
        _ => None,
    }
}

/// Type and length of the item at `offset`.
#[inline(always)]
fn item(payload: &Payload<'_>, offset: usize) -> Option<(u16, usize)> {
    let [t0, t1, l0, l1] = payload.read::<ITEM>(offset)?;
    Some((
        u16::from_le_bytes([t0, t1]),
        u16::from_le_bytes([l0, l1]) as usize,
    ))
}

/// A hash that has taken in session, connection and context.
#[inline(always)]
fn hasher(carried: &Carried, seed: u64) -> Hasher {
    let mut hasher = Hasher::new(seed);
    hasher.word(u64::from(carried.session) << 32 | u64::from(carried.connection));
    hasher.word(carried.context);
    hasher
}

#[inline(always)]
fn request(payload: &Payload<'_>, carried: &Carried, seed: u64) -> Option<(u8, u8, u64)> {
    let start = carried.start;
    let [service, words, segment, first] = payload.read::<4>(start)?;
    let path = words as usize * 2;
    let data = (payload.len() - start).checked_sub(2 + path)?;
    if path < 2 {
        return None;
    }
    let class = match segment {
        CLASS_8 => u16::from(first),
        CLASS_16 if path >= 4 => u16::from_le_bytes(payload.read(start + 4)?),
        SYMBOL => CLASS_SYMBOL,
        _ => return None,
    };
    let known = match service {
        GET_ATTRIBUTE_ALL | GET_ATTRIBUTE_SINGLE => data == 0 && segment != SYMBOL,
        GET_ATTRIBUTE_LIST => data >= 4 && data % 2 == 0 && segment != SYMBOL,
        READ_TAG => data == 2 && class == CLASS_SYMBOL,
        READ_TAG_FRAGMENTED => data == 6 && class == CLASS_SYMBOL,
        _ => false,
    };
    if !known || class == CLASS_CONNECTION_MANAGER {
        return None;
    }
    let mut hasher = hasher(carried, seed);
    hasher.bytes(payload, start, payload.len() - start)?;
    Some((KIND_REQUEST, service, hasher.finish()))
}

#[inline(always)]
fn reply(payload: &Payload<'_>, carried: &Carried, seed: u64) -> Option<(u8, u8, u64)> {
    let start = carried.start;
    // Reserved, general status, words of additional status.
    let [service, 0, 0, 0, t0, t1] = payload.read::<6>(start)? else {
        return None;
    };
    let first = match service ^ REPLY {
        GET_ATTRIBUTE_ALL | GET_ATTRIBUTE_SINGLE => 0,
        // Every attribute has a status of its own, in front of a value of unknown length: only one
        // attribute can be told to be good.
        GET_ATTRIBUTE_LIST => {
            let [a0, a1, 0, 0] = payload.read::<4>(start + 6)? else {
                return None;
            };
            if u16::from_le_bytes([t0, t1]) != 1 {
                return None;
            }
            u16::from_le_bytes([a0, a1])
        }
        READ_TAG | READ_TAG_FRAGMENTED => u16::from_le_bytes([t0, t1]),
        _ => return None,
    };
    let mut hasher = hasher(carried, seed);
    hasher.word(u64::from(first));
    Some((KIND_RESPONSE, service, hasher.finish()))
}

#[cfg(test)]
mod tests {
    use sensor_common::operation::Aggregated::EthernetIp;

    use super::*;
    use crate::operation::testing::{
        cuts, hex, leaves_alone, noise, not_with, one, run, tells_apart,
    };

    /// enip/icsnpp_enip_cip_example.pcap, frame 10: attribute 8 of a class.
    const LIST: &str = "70002000 00010211 00000000 0000000000000000 00000000 0000000001000200 \
        a1000400010b7c00 b1000c00 8b07 0302208b2401 01000800";
    /// enip/icsnpp_enip_cip_example.pcap, frame 11: its reply, of one attribute.
    const LIST_REPLY: &str = "70004800 00010211 00000000 0000000000000000 00000000 00000000 00000200 \
        a1000400 2800fe80 b1003400 8b07 83000000 0100 0800 0000 24000000 \
        474d542d30353a3030204561737465726e2054696d652028555320262043616e61646129";
    /// enip/iti_plant1_enip.pcap, frame 29: a read through the connection manager.
    const ROUTED: &str = "6f00260000050213000000006ac0be0000000000000000000000000014000200 \
        00000000b200160052022006240107e90800010220ac2401010001000100";
    /// enip/iti_plant1_enip.pcap, frame 31: the reply to it.
    const ROUTED_REPLY: &str = "6f00340000050213000000006ac0be0000000000000000000000000014000200 \
        00000000b200240081000000e8000100e302b2a4c1d1afa40000e803020000009453d33d01000100e2fc2030";
    /// enip/iti_plant1_enip.pcap, frame 53: one read in a bundle.
    const BUNDLE: &str = "70002c000001021000000000a4a893000000000000000000000000000a000200 \
        a100040001038b00b100180072ec0a0220022401010004004c02207224009c6707000900";

    /// Two bytes of a tag with four letters, without a connection.
    fn tag(service: u8, data: &[u8]) -> Vec<u8> {
        let mut bytes = hex(
            "6f000000 01020304 00000000 0807060504030201 00000000 000000000a000200 \
            00000000 b2000000",
        );
        bytes.extend([service, 3, 0x91, 4, b't', b'a', b'n', b'k']);
        bytes.extend(data);
        lengths(bytes)
    }

    /// With the lengths of encapsulation and data item set right.
    fn lengths(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes[2] = u8::try_from(bytes.len() - 24).expect("short");
        bytes[38] = u8::try_from(bytes.len() - 40).expect("short");
        bytes
    }

    fn implicit_data() -> Vec<u8> {
        hex("0200 0280 0800 11223344 78563412 b100 0a00 0100 01000000 aabbccdd")
    }

    #[test]
    fn reads_and_replies_are_recognised() {
        let asked = one(EthernetIp, &hex(LIST), Role::Client, KIND_REQUEST);
        let answered = one(EthernetIp, &hex(LIST_REPLY), Role::Server, KIND_RESPONSE);
        assert_eq!((asked.tag, answered.tag), (0x078b, 0x078b));
        one(EthernetIp, &hex(ROUTED_REPLY), Role::Server, KIND_RESPONSE);
        for read in [tag(0x4c, &[1, 0]), tag(0x52, &[1, 0, 0, 0, 0, 0])] {
            let message = one(EthernetIp, &read, Role::Client, KIND_REQUEST);
            assert_eq!(message.tag, 0x0506_0708);
        }
    }

    #[test]
    fn all_but_the_tag_makes_the_operation() {
        let list = hex(LIST);
        let operation = (4..8).chain(12..20).chain(28..30).chain(36..40);
        for at in operation.chain(46..list.len()) {
            tells_apart(EthernetIp, &list, Role::Client, at);
        }
        for at in 44..46 {
            leaves_alone(EthernetIp, &list, Role::Client, at);
        }
        let read = tag(0x4c, &[1, 0]);
        for at in (4..8).chain(16..20).chain(28..30).chain(44..read.len()) {
            tells_apart(EthernetIp, &read, Role::Client, at);
        }
        for at in 12..16 {
            leaves_alone(EthernetIp, &read, Role::Client, at);
        }
        let reply = hex(LIST_REPLY);
        for at in (46..54).chain(4..8).chain(36..40) {
            tells_apart(EthernetIp, &reply, Role::Server, at);
        }
        leaves_alone(EthernetIp, &reply, Role::Server, 58);
    }

    #[test]
    fn failures_and_other_services_go_up() {
        let list = hex(LIST);
        for service in (0..=255).filter(|service| ![1, 3, 0x0e].contains(service)) {
            let mut other = list.clone();
            other[46] = service;
            assert_eq!(
                run(EthernetIp, &other, Role::Client).0,
                Shape::Whole,
                "{service:#x}"
            );
        }
        // Encapsulation status, options, interface handle, items, class of the connection manager.
        for (at, value) in [
            (8, 1),
            (20, 1),
            (24, 1),
            (30, 3),
            (32, 0),
            (40, 0xb2),
            (49, 6),
        ] {
            not_with(EthernetIp, &list, Role::Client, at, value);
        }
        let reply = hex(LIST_REPLY);
        for (at, value) in [
            (8, 1),
            (46, 0x84),
            (47, 1),
            (48, 6),
            (49, 1),
            (50, 2),
            (54, 1),
        ] {
            not_with(EthernetIp, &reply, Role::Server, at, value);
        }
        for text in [ROUTED, BUNDLE] {
            assert_eq!(run(EthernetIp, &hex(text), Role::Client).0, Shape::Whole);
        }
        assert_eq!(
            run(EthernetIp, &tag(0x4d, &[1, 0]), Role::Client).0,
            Shape::Whole
        );
    }

    #[test]
    fn implicit_data_is_a_sequence() {
        let data = implicit_data();
        let message = one(EthernetIp, &data, Role::Client, KIND_CYCLIC);
        assert_eq!((message.tag, message.step), (0x1234_5678, 1));
        for at in (6..10).chain([16]) {
            tells_apart(EthernetIp, &data, Role::Client, at);
        }
        let mut idle = data.clone();
        idle[20] = 0;
        let idle = one(EthernetIp, &idle, Role::Client, KIND_CYCLIC);
        assert_ne!(idle.operation, message.operation);
        for at in (21..data.len()).chain(18..20) {
            leaves_alone(EthernetIp, &data, Role::Client, at);
        }
        for (at, value) in [(0, 3), (2, 0), (4, 7), (14, 0xb2), (16, 9)] {
            not_with(EthernetIp, &data, Role::Client, at, value);
        }
        cuts(EthernetIp, &data, Role::Client);
        noise(EthernetIp, &data);
    }

    #[test]
    fn cuts_noise_and_two_messages() {
        for (bytes, sender) in [
            (hex(LIST), Role::Client),
            (hex(LIST_REPLY), Role::Server),
            (tag(0x52, &[1, 0, 0, 0, 0, 0]), Role::Client),
        ] {
            cuts(EthernetIp, &bytes, sender);
            noise(EthernetIp, &bytes);
            let two = [bytes.clone(), bytes.clone()].concat();
            assert_eq!(run(EthernetIp, &two, sender).0, Shape::Whole);
            let piece = &two[..bytes.len() + 9];
            assert_eq!(run(EthernetIp, piece, sender).0, Shape::Partial);
        }
    }
}
