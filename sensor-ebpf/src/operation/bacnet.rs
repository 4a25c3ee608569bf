//! BACnet/IP (ASHRAE 135, annex J): reads of properties and their acknowledgments.
//!
//! Recognised: one `Original-Unicast-NPDU` (J.2.11) that holds an unsegmented Confirmed-Request
//! (20.1.2) or `ComplexACK` (20.1.5) of the services `ReadProperty` and `ReadPropertyMultiple` (15.5,
//! 15.7); in the acknowledgment of the latter no property may carry an error. Operation: network
//! control (6.2.2), service and length, and a hash of the network addresses and of the objects and
//! properties asked for; for an acknowledgment of the object and property it begins with. Tag:
//! invoke identifier. All else is whole: errors, rejects, aborts, segments, broadcasts, network
//! messages. Limits: [`super::hash::LONGEST`] bytes of a request, [`TAGS`] tags of an acknowledgment.

use sensor_common::operation::{KIND_REQUEST, KIND_RESPONSE};

use super::hash::Hasher;
use super::{Message, Payload, Shape};

/// Tags of an acknowledgment that are followed.
pub const TAGS: usize = 64;
/// Type, function and length of a BVLC header.
const BVLC: usize = 4;
const ORIGINAL_UNICAST: u8 = 0x0a;
const ORIGINAL_BROADCAST: u8 = 0x0b;
/// Version and control of an NPDU.
const NPDU: usize = 2;
const VERSION: u8 = 1;
/// Control bits: network message, destination, source; two are reserved.
const NETWORK_MESSAGE: u8 = 0x80;
const RESERVED: u8 = 0x50;
const DESTINATION: u8 = 0x20;
const SOURCE: u8 = 0x08;
/// Network number and length of an address, and the longest address.
const ADDRESS: usize = 3;
const LONGEST_ADDRESS: usize = 7;
/// A Confirmed-Request without segments up to its service; a `ComplexACK`.
const REQUEST: usize = 4;
const ACK: usize = 3;
const PDU_REQUEST: u8 = 0x00;
const PDU_COMPLEX_ACK: u8 = 0x30;
/// The same of an Unconfirmed-Request, without its reserved bits.
const PDU_UNCONFIRMED: u8 = 1;
/// "Segmented response accepted", which a request may or may not say.
const ACCEPTS_SEGMENTS: u8 = 0x02;
const READ_PROPERTY: u8 = 12;
const READ_PROPERTY_MULTIPLE: u8 = 14;
/// Tags (20.2.1): context 0 with an object identifier, contexts 1 and 2 with numbers of one or two
/// bytes, context 3 opening.
const OBJECT: u8 = 0x0c;
const PROPERTY: u8 = 0x19;
const LONG_PROPERTY: u8 = 0x1a;
const INDEX: u8 = 0x29;
const OPENING_VALUE: u8 = 0x3e;
/// Context 5 opening: an error instead of a value (21, `ReadAccessResult`).
const OPENING_ERROR: u8 = 0x5e;
/// Length/value/type of a tag byte: class bit, and the values with a meaning of their own.
const CONTEXT: u8 = 0x08;
const EXTENDED_LENGTH: u8 = 5;
const OPENING: u8 = 6;
const CLOSING: u8 = 7;
const BOOLEAN: u8 = 1;

/// See [`super::classify`]. What a message is says who sends, so that datagrams between equal ports
/// are no riddle.
#[inline(always)]
pub fn classify(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Shape {
    match recognise(payload, seed, message) {
        Some(()) => Shape::One,
        None if is_announcement(payload) => Shape::Aside,
        None => Shape::Whole,
    }
}

/// Whether the message is no unicast of this kind, or an Unconfirmed-Request (20.1.3): nobody
/// answers it under an invoke identifier.
#[inline(always)]
fn is_announcement(payload: &Payload<'_>) -> bool {
    let Some([0x81, function, _, _, _, control]) = payload.read::<{ BVLC + NPDU }>(0) else {
        return false;
    };
    if function == ORIGINAL_BROADCAST || control & NETWORK_MESSAGE != 0 {
        return true;
    }
    let Some([first]) = addresses(payload, control).and_then(|start| payload.read::<1>(start))
    else {
        return false;
    };
    first >> 4 == PDU_UNCONFIRMED
}

#[inline(always)]
fn recognise(payload: &Payload<'_>, seed: u64, message: &mut Message) -> Option<()> {
    let [0x81, ORIGINAL_UNICAST, high, low, VERSION, control] =
        payload.read::<{ BVLC + NPDU }>(0)?
    else {
        return None;
    };
    if u16::from_be_bytes([high, low]) as usize != payload.len()
        || control & (NETWORK_MESSAGE | RESERVED) != 0
    {
        return None;
    }
    let mut hasher = Hasher::new(seed);
    let start = addresses(payload, control)?;
    hasher.bytes(payload, BVLC, start - BVLC)?;
    let [first, second, third] = payload.read::<ACK>(start)?;
    let (kind, invoke, service) = match first {
        PDU_COMPLEX_ACK => {
            acknowledgment(payload, start + ACK, third, &mut hasher)?;
            (KIND_RESPONSE, second, third)
        }
        _ if first & !ACCEPTS_SEGMENTS == PDU_REQUEST => {
            let [service] = payload.read::<1>(start + ACK)?;
            request(payload, start + REQUEST, service, &mut hasher)?;
            (KIND_REQUEST, third, service)
        }
        _ => return None,
    };
    message.kind = kind;
    message.tag = u32::from(invoke);
    message.operation = [
        u64::from_be_bytes([0, 0, 0, control, first, service, high, low]),
        hasher.finish(),
    ];
    Some(())
}

/// Where the APDU begins: behind the addresses and the hop count that the control byte names.
#[inline(always)]
fn addresses(payload: &Payload<'_>, control: u8) -> Option<usize> {
    let mut offset = BVLC + NPDU;
    for bit in [DESTINATION, SOURCE] {
        if control & bit != 0 {
            let [_, _, length] = payload.read::<ADDRESS>(offset)?;
            // A destination without address is a broadcast on its network.
            if length == 0 || length as usize > LONGEST_ADDRESS {
                return None;
            }
            offset = payload.forget(offset + ADDRESS + length as usize);
        }
    }
    if control & DESTINATION != 0 {
        offset += 1;
    }
    Some(offset)
}

/// Takes in what is asked for: objects, properties and indices.
#[inline(always)]
fn request(payload: &Payload<'_>, offset: usize, service: u8, hasher: &mut Hasher) -> Option<()> {
    let [OBJECT] = payload.read::<1>(offset)? else {
        return None;
    };
    match service {
        READ_PROPERTY | READ_PROPERTY_MULTIPLE => {
            hasher.bytes(payload, offset, payload.len() - offset)
        }
        _ => None,
    }
}

/// Takes in the object and the property an acknowledgment begins with.
#[inline(always)]
fn acknowledgment(
    payload: &Payload<'_>,
    offset: usize,
    service: u8,
    hasher: &mut Hasher,
) -> Option<()> {
    let [OBJECT, _, _, _, _, tag] = payload.read::<6>(offset)? else {
        return None;
    };
    match service {
        READ_PROPERTY => {
            let mut end = match tag {
                PROPERTY => offset + 7,
                LONG_PROPERTY => offset + 8,
                _ => return None,
            };
            let [mut next] = payload.read::<1>(end)?;
            if next == INDEX {
                end += 2;
                [next] = payload.read::<1>(end)?;
            }
            if next != OPENING_VALUE {
                return None;
            }
            hasher.bytes(payload, offset, end - offset)
        }
        READ_PROPERTY_MULTIPLE => {
            hasher.bytes(payload, offset, 6)?;
            without_errors(payload, offset)
        }
        _ => None,
    }
}

/// Follows the tags of an acknowledgment to its end; `None` when one of them opens an error.
#[inline(always)]
fn without_errors(payload: &Payload<'_>, start: usize) -> Option<()> {
    let mut offset = start;
    for _ in 0..TAGS {
        offset = payload.forget(offset);
        if offset == payload.len() {
            return Some(());
        }
        let [tag] = payload.read::<1>(offset)?;
        // Tag numbers above 14 stand in a byte of their own, which no property read uses.
        if tag == OPENING_ERROR || tag >> 4 == 0x0f {
            return None;
        }
        offset += 1;
        let value = tag & 7;
        let context = tag & CONTEXT != 0;
        if context && (value == OPENING || value == CLOSING) || !context && tag >> 4 == BOOLEAN {
            continue;
        }
        if value > EXTENDED_LENGTH {
            return None;
        }
        let mut length = value;
        if value == EXTENDED_LENGTH {
            [length] = payload.read::<1>(offset)?;
            // Above 253 the length itself takes more bytes.
            if length > 253 {
                return None;
            }
            offset += 1;
        }
        offset += length as usize;
    }
    None
}

#[cfg(test)]
mod tests {
    use sensor_common::operation::Aggregated::Bacnet;

    use super::*;
    use crate::operation::Role;
    use crate::operation::testing::{
        cuts, hex, leaves_alone, noise, not_with, one, run, tells_apart,
    };

    /// bacnet/icsnpp_bacnet_example.pcap, frames 1 and 2.
    const READ: &str = "810a001101040005010c0c00000001194d";
    const READ_ACK: &str = "810a0021010030010c0c00000001194d3e750d0053656e736f725f34353331323f";
    /// bacnet/icsnpp_error_reject_abort.pcap, frame 14.
    const MULTIPLE: &str = "810a001901040005010e0c020000651e09790946091c094c1f";
    /// An answer to it: the object's type, name, and whether it is out of service.
    const MULTIPLE_ACK: &str = "810a00000100 30010e 0c02000065 1e 2979 4e 9108 4f \
        2946 4e 750600 74616e6b31 4f 291c 4e 11 4f 294c 2901 4e 2107 4f 1f";
    /// A request that a router passes on: destination and source, hop count.
    const ROUTED: &str = "810a0000012c 0005 01 0a 0007 06 c0a80001bac0 ff 0005010c0c00000001194d";

    fn bytes(text: &str) -> Vec<u8> {
        let mut bytes = hex(text);
        bytes[3] = u8::try_from(bytes.len()).expect("short");
        bytes
    }

    #[test]
    fn reads_and_acknowledgments_share_the_invoke_identifier() {
        for (question, answer) in [(READ, READ_ACK), (MULTIPLE, MULTIPLE_ACK)] {
            let asked = one(Bacnet, &bytes(question), Role::Client, KIND_REQUEST);
            let answered = one(Bacnet, &bytes(answer), Role::Client, KIND_RESPONSE);
            assert_eq!((asked.tag, answered.tag), (1, 1));
        }
        one(Bacnet, &bytes(ROUTED), Role::Server, KIND_REQUEST);
    }

    #[test]
    fn objects_and_addresses_make_the_operation() {
        for text in [READ, MULTIPLE] {
            let question = bytes(text);
            for at in (5..7).chain(9..question.len()) {
                tells_apart(Bacnet, &question, Role::Client, at);
            }
            leaves_alone(Bacnet, &question, Role::Client, 8);
        }
        let routed = bytes(ROUTED);
        for at in (6..10).chain(10..20) {
            tells_apart(Bacnet, &routed, Role::Client, at);
        }
        let answer = bytes(READ_ACK);
        for at in 8..17 {
            tells_apart(Bacnet, &answer, Role::Client, at);
        }
        leaves_alone(Bacnet, &answer, Role::Client, answer.len() - 2);
    }

    #[test]
    fn errors_writes_segments_and_network_messages_go_up() {
        let question = bytes(READ);
        for (at, value) in [
            (0, 0x82),
            (1, 4),
            (1, 11),
            (2, 1),
            (4, 2),
            (5, 0x84),
            (6, 8),
            (6, 4),
        ] {
            not_with(Bacnet, &question, Role::Client, at, value);
        }
        for service in (0..=255).filter(|service| *service != 12 && *service != 14) {
            not_with(Bacnet, &question, Role::Client, 9, service);
        }
        let answer = bytes(READ_ACK);
        for first in [0x38, 0x34, 0x20, 0x40, 0x50, 0x60, 0x70] {
            not_with(Bacnet, &answer, Role::Client, 6, first);
        }
        // One property of several that cannot be read.
        let failed = bytes("810a0000010030010e0c020000651e29794e91084f29465e910291205f1f");
        assert_eq!(run(Bacnet, &failed, Role::Client).0, Shape::Whole);
        let broadcast = "810a0000012c ffff 00 0007 0101 ff 0005010c0c00000001194d";
        let error = "810a00000100 50010c 9102 911f";
        for text in [broadcast, error] {
            assert_eq!(run(Bacnet, &bytes(text), Role::Client).0, Shape::Whole);
        }
    }

    #[test]
    fn announcements_stand_aside() {
        // bacnet/icsnpp_bacnet_example.pcap has them of both kinds: Who-Is, and I-Am by unicast.
        for text in [
            "810b000c 0120ffff00ff1008",
            "810a0000 01 00 1000c4020000012205c49103220104",
        ] {
            assert_eq!(run(Bacnet, &bytes(text), Role::Client).0, Shape::Aside);
        }
    }

    #[test]
    fn more_tags_than_are_followed_go_up() {
        let many = |values: usize| {
            let mut text = String::from("810a0000010030010e0c020000651e29794e");
            text.push_str(&"2101".repeat(values));
            text.push_str("4f1f");
            run(Bacnet, &bytes(&text), Role::Client).0
        };
        assert_eq!((many(57), many(58)), (Shape::One, Shape::Whole));
    }

    #[test]
    fn cuts_and_noise() {
        for text in [READ, READ_ACK, MULTIPLE, MULTIPLE_ACK, ROUTED] {
            cuts(Bacnet, &bytes(text), Role::Client);
            noise(Bacnet, &bytes(text));
        }
    }
}
