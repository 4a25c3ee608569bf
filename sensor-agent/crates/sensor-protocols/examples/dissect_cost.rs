//! What a request and its response cost in the dissector alone, in nanoseconds a message.
//!
//! `cargo run --release -p sensor-protocols --example dissect_cost`

use std::hint::black_box;
use std::time::Instant;

use sensor_protocols::dissect::registry::REGISTRY;
use sensor_protocols::dissect::{Input, MessageFacts, Parsed, Role};
use sensor_protocols::observation::{Protocol, Transport};
use sensor_protocols::time::Timestamp;

/// Exchanges measured.
const ROUNDS: u64 = 3_000_000;

/// An exchange: name, protocol of its dissector, request, response, and where their number stands.
type Exchange = (&'static str, Protocol, &'static [u8], &'static [u8], usize);

/// Read of ten holding registers, and of 20 octets of a data block.
const EXCHANGES: &[Exchange] = &[
    (
        "modbus read holding registers",
        Protocol::Modbus,
        b"\x00\x00\x00\x00\x00\x06\x01\x03\x00\x00\x00\x0a",
        b"\x00\x00\x00\x00\x00\x17\x01\x03\x14\
          \x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a",
        0,
    ),
    (
        "s7comm read variable",
        Protocol::Cotp,
        b"\x03\x00\x00\x1f\x02\xf0\x80\x32\x01\x00\x00\x00\x00\x00\x0e\x00\x00\x04\x01\
          \x12\x0a\x10\x02\x00\x14\x00\x01\x84\x00\x00\x00",
        b"\x03\x00\x00\x2d\x02\xf0\x80\x32\x03\x00\x00\x00\x00\x00\x02\x00\x18\x00\x00\x04\x01\
          \xff\x04\x00\xa0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a",
        11,
    ),
];

fn main() {
    for (name, protocol, request, response, number) in EXCHANGES {
        let entry = REGISTRY
            .iter()
            .find(|entry| entry.protocol == *protocol)
            .expect("a row of the registry");
        let mut dissector = (entry.create)();
        let (mut request, mut response) = (request.to_vec(), response.to_vec());
        let mut paired = 0_u64;
        let start = Instant::now();
        for round in 0..ROUNDS {
            let id = u16::try_from(round % 60_000)
                .unwrap_or_default()
                .to_be_bytes();
            for (message, sender) in [(&mut request, Role::Client), (&mut response, Role::Server)] {
                message[*number..*number + 2].copy_from_slice(&id);
                let input = Input {
                    time: Timestamp::from_nanos(round * 1_000_000),
                    frame: round,
                    sender,
                    transport: Transport::Tcp,
                    bytes: message,
                    cut: false,
                    last: false,
                };
                let parsed = dissector.parse(&input, &mut |facts: &MessageFacts<'_>| {
                    paired += u64::from(facts.request.is_some() && facts.anomalies.is_empty());
                    black_box(facts);
                });
                assert_eq!(parsed, Parsed::Consumed(message.len()), "{name}");
            }
        }
        let spent = start.elapsed();
        assert_eq!(paired, ROUNDS, "{name}: each response answers its request");
        let messages = 2 * u128::from(ROUNDS);
        let tenths = spent.as_nanos() * 10 / messages;
        println!("{name}: {}.{} ns a message", tenths / 10, tenths % 10);
    }
}
