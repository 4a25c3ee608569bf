//! Modbus over TCP: reads and their responses (MODBUS Application Protocol V1.1b3, 6.1 to 6.4;
//! Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3).
//!
//! Recognised: function codes 1 to 4 with a quantity the specification allows. Operation: unit
//! identifier, function code, first address and quantity; for a response unit identifier, function
//! code and byte count. Tag: transaction identifier. Limit: [`framing::MESSAGES`] messages in one segment.

use sensor_common::operation::{KIND_REQUEST, KIND_RESPONSE};

use super::{Message, Payload, Role, Shape, framing};

/// Bytes in front of what the length field counts.
const PREFIX: usize = 6;
/// A read request: prefix, unit identifier, function code, address, quantity.
const REQUEST: usize = PREFIX + 6;
/// The fixed part of a response to a read: prefix, unit identifier, function code, byte count.
const RESPONSE: usize = PREFIX + 3;
/// What the length field may say: unit identifier, function code, and a PDU of 253 bytes at most.
const LENGTHS: core::ops::RangeInclusive<usize> = 2..=254;
/// Coils that one request may ask for.
const MOST_BITS: u16 = 2000;
/// Registers that one request may ask for.
const MOST_REGISTERS: u16 = 125;

/// See [`super::classify`].
#[inline(always)]
pub fn classify(payload: &Payload<'_>, sender: Role, message: &mut Message) -> Shape {
    match framing::shape(payload, length) {
        Shape::One => {}
        other => return other,
    }
    let recognised = match sender {
        Role::Client => request(payload, message),
        Role::Server | Role::Either => response(payload, message),
    };
    if recognised { Shape::One } else { Shape::Whole }
}

/// Bytes of the message at `offset`.
#[inline(always)]
fn length(payload: &Payload<'_>, offset: usize) -> Option<usize> {
    let [_, _, 0, 0, high, low] = payload.read::<PREFIX>(offset)? else {
        return None;
    };
    let length = u16::from_be_bytes([high, low]) as usize;
    LENGTHS.contains(&length).then_some(PREFIX + length)
}

#[inline(always)]
fn request(payload: &Payload<'_>, message: &mut Message) -> bool {
    if payload.len() != REQUEST {
        return false;
    }
    let Some([t0, t1, _, _, _, _, unit, function, a0, a1, q0, q1]) = payload.read::<REQUEST>(0)
    else {
        return false;
    };
    let most = match function {
        1 | 2 => MOST_BITS,
        3 | 4 => MOST_REGISTERS,
        _ => return false,
    };
    let quantity = u16::from_be_bytes([q0, q1]);
    if quantity == 0 || quantity > most {
        return false;
    }
    message.kind = KIND_REQUEST;
    message.tag = u32::from(u16::from_be_bytes([t0, t1]));
    message.operation = [
        u64::from_be_bytes([0, 0, unit, function, a0, a1, q0, q1]),
        0,
    ];
    true
}

#[inline(always)]
fn response(payload: &Payload<'_>, message: &mut Message) -> bool {
    let Some([t0, t1, _, _, _, _, unit, function, bytes]) = payload.read::<RESPONSE>(0) else {
        return false;
    };
    // An exception has the high bit of its function code set and is none of these.
    if !matches!(function, 1..=4) || bytes == 0 || payload.len() != RESPONSE + bytes as usize {
        return false;
    }
    message.kind = KIND_RESPONSE;
    message.tag = u32::from(u16::from_be_bytes([t0, t1]));
    message.operation = [
        u64::from_be_bytes([0, 0, 0, 0, 0, unit, function, bytes]),
        0,
    ];
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Buffer;

    const READ: [u8; 12] = [0, 7, 0, 0, 0, 6, 1, 3, 0, 10, 0, 2];
    const ANSWER: [u8; 13] = [0, 7, 0, 0, 0, 7, 1, 3, 4, 1, 2, 3, 4];

    fn run(bytes: &[u8], sender: Role) -> (Shape, Message) {
        let mut message = Message::default();
        let mut buffer = Buffer::of(bytes);
        let payload = Payload::new(&mut buffer, bytes.len());
        (classify(&payload, sender, &mut message), message)
    }

    #[test]
    fn a_read_and_its_answer_share_the_tag() {
        let (shape, asked) = run(&READ, Role::Client);
        assert_eq!(
            (shape, asked.kind, asked.tag),
            (Shape::One, KIND_REQUEST, 7)
        );
        let (shape, answered) = run(&ANSWER, Role::Server);
        assert_eq!(
            (shape, answered.kind, answered.tag),
            (Shape::One, KIND_RESPONSE, 7)
        );
        assert_ne!(asked.operation, answered.operation);
    }

    #[test]
    fn what_is_asked_for_makes_the_operation() {
        let operation = |at: usize| {
            let mut other = READ;
            other[at] ^= 1;
            run(&other, Role::Client).1.operation
        };
        let first = run(&READ, Role::Client).1.operation;
        for at in [6, 9, 11] {
            assert_ne!(operation(at), first, "byte {at}");
        }
        assert_eq!(
            operation(1),
            first,
            "the transaction identifier is no part of it"
        );
    }

    #[test]
    fn writes_exceptions_and_quantities_out_of_range_are_not_recognised() {
        for (at, value) in [(7, 5), (7, 6), (7, 0x83), (11, 0), (10, 1)] {
            let mut other = READ;
            other[at] = value;
            let (shape, message) = run(&other, Role::Client);
            assert_eq!((shape, message.kind), (Shape::Whole, 0), "{other:?}");
        }
        let exception = [0, 7, 0, 0, 0, 3, 1, 0x83, 2];
        assert_eq!(run(&exception, Role::Server).0, Shape::Whole);
    }

    #[test]
    fn a_message_cut_at_any_length_is_partial() {
        for len in 1..READ.len() {
            assert_eq!(run(&READ[..len], Role::Client).0, Shape::Partial, "{len}");
        }
        for len in 1..ANSWER.len() {
            assert_eq!(run(&ANSWER[..len], Role::Server).0, Shape::Partial, "{len}");
        }
    }

    #[test]
    fn two_messages_are_whole_and_a_piece_behind_them_is_not() {
        let two = [READ, READ].concat();
        assert_eq!(run(&two, Role::Client).0, Shape::Whole);
        assert_eq!(run(&two[..20], Role::Client).0, Shape::Partial);
        let five = [READ; 5].concat();
        assert_eq!(run(&five, Role::Client).0, Shape::Partial);
    }
}
