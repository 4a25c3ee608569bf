//! What the tests of small dissectors share: a message in, what was said of it as one line, out; truncation,
//! flipped bits and random bytes.

use crate::dissect::{Dissector, Input, Parsed, Role};
use crate::observation::{Object, Transport};
use crate::time::Timestamp;

/// Feeds one datagram or frame.
pub(crate) fn feed(
    dissector: &mut dyn Dissector,
    transport: Transport,
    sender: Role,
    frame: u64,
    bytes: &[u8],
    cut: bool,
) -> Vec<String> {
    let input = Input {
        time: Timestamp::from_nanos(frame * 1_000_000),
        frame,
        sender,
        transport,
        bytes,
        cut,
        last: false,
    };
    let mut all = Vec::new();
    let parsed = dissector.parse(&input, &mut |facts| {
        let objects: Vec<String> = facts.objects.iter().map(object).collect();
        all.push(format!(
            "{:?} {}{} {:?} [{}] {:?} {} req={:?} {:?} {} values",
            facts.direction,
            facts.operation.name,
            facts
                .operation
                .sub
                .map_or(String::new(), |sub| format!(".{sub}")),
            facts.operation.class,
            objects.join(" "),
            facts.outcome,
            identity(&facts.identity),
            facts.request.map(|request| request.frame),
            facts.anomalies,
            facts.values.len(),
        ));
    });
    if !bytes.is_empty() {
        assert_eq!(parsed, Parsed::Consumed(bytes.len()));
    }
    all
}

fn object(object: &Object<'_>) -> String {
    match object {
        Object::Id { kind, id } => format!("{kind}={id}"),
        Object::Name(name) => format!("{name:?}"),
        Object::Address(address) => address.to_string(),
        Object::Range { .. } | Object::Text { .. } => format!("{object:?}"),
    }
}

fn identity(identity: &crate::observation::Identity<'_>) -> String {
    let fields = [
        ("vendor", identity.vendor),
        ("model", identity.model),
        ("firmware", identity.firmware),
        ("serial", identity.serial),
        ("hostname", identity.hostname),
        ("software", identity.software),
    ];
    let told = fields
        .iter()
        .filter_map(|(name, text)| Some(format!("{name}={}", (*text)?)));
    told.collect::<Vec<_>>().join(",")
}

/// Every length of a message, every flipped bit, and random bytes: one message each, and nothing else.
pub(crate) fn hostile(
    mut create: impl FnMut() -> Box<dyn Dissector>,
    transport: Transport,
    whole: &[u8],
) {
    for len in 1..whole.len() {
        for cut in [false, true] {
            feed(
                create().as_mut(),
                transport,
                Role::Client,
                1,
                &whole[..len],
                cut,
            );
        }
    }
    for at in 0..whole.len() * 8 {
        let mut bytes = whole.to_vec();
        bytes[at / 8] ^= 1 << (at % 8);
        feed(create().as_mut(), transport, Role::Server, 1, &bytes, false);
    }
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..2_000_usize {
        let bytes: Vec<u8> = (0..=round % 200)
            .map(|at| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let random = state.to_le_bytes()[0];
                // Half of them start as a real message does.
                if round % 2 == 0 && at < 16 {
                    *whole.get(at).unwrap_or(&random)
                } else {
                    random
                }
            })
            .collect();
        feed(create().as_mut(), transport, Role::Client, 1, &bytes, false);
    }
}

/// Octets as hexadecimal digits.
pub(crate) fn digits(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, octet| {
        // Writing to a string does not fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// Octets from hexadecimal digits; blanks do not count.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .map(|b| u8::try_from(char::from(b).to_digit(16).unwrap()).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
