//! What the tests of the protocols share.

use sensor_common::operation::{Aggregated, KIND_NONE};

use super::{Buffer, Message, Role, Shape, classify, payload::Payload};

pub(crate) const SEED: u64 = 0x0123_4567_89ab_cdef;

/// Bytes as a capture tool prints them; blanks do not count.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| u8::try_from(c.to_digit(16).expect("a hexadecimal digit")).expect("below 16"))
        .collect();
    assert!(digits.len().is_multiple_of(2), "half a byte");
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

pub(crate) fn run(protocol: Aggregated, bytes: &[u8], sender: Role) -> (Shape, Message) {
    let mut message = Message::default();
    let mut buffer = Buffer::of(bytes);
    let payload = Payload::new(&mut buffer, bytes.len());
    let shape = classify(protocol, &payload, sender, SEED, &mut message);
    assert_eq!(
        shape == Shape::One,
        message.kind != KIND_NONE,
        "the kind is set for exactly one recognised message"
    );
    (shape, message)
}

/// The message, which must be recognised as `kind`.
pub(crate) fn one(protocol: Aggregated, bytes: &[u8], sender: Role, kind: u8) -> Message {
    let (shape, message) = run(protocol, bytes, sender);
    assert_eq!((shape, message.kind), (Shape::One, kind), "{bytes:02x?}");
    message
}

/// The message with byte `at` set to `value` goes up.
pub(crate) fn not_with(protocol: Aggregated, bytes: &[u8], sender: Role, at: usize, value: u8) {
    let mut other = bytes.to_vec();
    assert_ne!(other[at], value, "nothing changes at {at}");
    other[at] = value;
    let shape = run(protocol, &other, sender).0;
    assert_ne!(shape, Shape::One, "byte {at} set to {value:#04x}");
}

/// Operation and tag after each bit of byte `at` was flipped, one after the other.
pub(crate) fn flipped(
    protocol: Aggregated,
    bytes: &[u8],
    sender: Role,
    at: usize,
) -> Vec<(Shape, Message)> {
    (0..8)
        .map(|bit| {
            let mut other = bytes.to_vec();
            other[at] ^= 1 << bit;
            run(protocol, &other, sender)
        })
        .collect()
}

/// Whatever changes at byte `at`, the message is another operation or none at all.
pub(crate) fn tells_apart(protocol: Aggregated, bytes: &[u8], sender: Role, at: usize) {
    let (shape, first) = run(protocol, bytes, sender);
    assert_eq!(shape, Shape::One);
    for (shape, other) in flipped(protocol, bytes, sender, at) {
        assert!(
            shape != Shape::One || other.operation != first.operation,
            "byte {at}"
        );
    }
}

/// Whatever changes at byte `at`, the operation stays the same.
pub(crate) fn leaves_alone(protocol: Aggregated, bytes: &[u8], sender: Role, at: usize) {
    let first = run(protocol, bytes, sender).1;
    for (shape, other) in flipped(protocol, bytes, sender, at) {
        assert_eq!(
            (shape, other.operation),
            (Shape::One, first.operation),
            "byte {at}"
        );
    }
}

/// No shorter piece of a message is recognised, neither with the length its headers claim nor cut.
pub(crate) fn cuts(protocol: Aggregated, bytes: &[u8], sender: Role) {
    assert_eq!(run(protocol, bytes, sender).0, Shape::One);
    for len in 0..bytes.len() {
        let shape = run(protocol, &bytes[..len], sender).0;
        assert_ne!(shape, Shape::One, "{len} of {} bytes", bytes.len());
    }
}

/// Noise, and the message with noise in it, for both roles: nothing panics, and what is recognised
/// has a kind.
pub(crate) fn noise(protocol: Aggregated, bytes: &[u8]) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        // Marsaglia's xorshift64.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..20_000 {
        let mut other = bytes.to_vec();
        for _ in 0..=next() % 4 {
            let at = usize::try_from(next()).expect("64 bits") % other.len();
            other[at] = next().to_le_bytes()[0];
        }
        let len = usize::try_from(next()).expect("64 bits") % (other.len() + 1);
        for sender in [Role::Client, Role::Server] {
            run(protocol, &other, sender);
            run(protocol, &other[..len], sender);
        }
        let noise: Vec<u8> = (0..len).map(|_| next().to_le_bytes()[3]).collect();
        run(protocol, &noise, Role::Client);
        run(protocol, &noise, Role::Server);
    }
}
