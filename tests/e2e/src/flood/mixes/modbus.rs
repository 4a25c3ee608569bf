//! Modbus/TCP: cyclic reads, reads with a few writes, and connections that are only opened.

use sensor_ebpf::generator::Field;

use super::super::step::{Conversation, FieldExt, counter};
use super::Mix;

const PORT: u16 = 502;

/// Exchanges of a round of `modbus-mixed`: the last one writes.
const EXCHANGES: u32 = 100;

/// The reads that take turns: function code, first address, how many.
const READS: [(u8, u16, u16); 8] = [
    (3, 0, 10),
    (4, 100, 4),
    (3, 200, 32),
    (1, 0, 16),
    (3, 300, 2),
    (2, 16, 8),
    (4, 0, 20),
    (3, 40, 1),
];

pub(super) fn polls() -> Mix {
    Mix::tcp(
        "modbus-polls",
        "cyclic reads of ten holding registers",
        PORT,
        Conversation::new().handshake(),
        |round| read(round, (3, 0, 10), 0, 1),
    )
}

pub(super) fn mixed() -> Mix {
    Mix::tcp(
        "modbus-mixed",
        "eight different reads in turn; every hundredth exchange writes a register",
        PORT,
        Conversation::new().handshake(),
        |round| {
            let reads = READS.iter().cycle().zip(0..EXCHANGES - 1);
            let round = reads.fold(round, |round, (what, exchange)| {
                read(round, *what, exchange, EXCHANGES)
            });
            write(round, 40, EXCHANGES - 1, EXCHANGES)
        },
    )
}

pub(super) fn new_flows() -> Mix {
    Mix {
        round: Vec::new(),
        name: "new-flows",
        about: "connections that are opened and say nothing",
        flows: 1 << 20,
        ..polls()
    }
}

/// The transaction identifier: round times exchanges of a round, plus the exchange.
fn transaction(exchange: u32, exchanges: u32) -> Field {
    counter(0, exchanges, exchange)
}

/// MODBUS Application Protocol 1.1b3, 6.1 to 6.4; MBAP header as of the TCP/IP guide, 3.1.3.
fn read(
    round: Conversation,
    (function, address, quantity): (u8, u16, u16),
    exchange: u32,
    exchanges: u32,
) -> Conversation {
    let [address_high, address_low] = address.to_be_bytes();
    let [quantity_high, quantity_low] = quantity.to_be_bytes();
    let body = [address_high, address_low, quantity_high, quantity_low];
    let request = message(function, &body);
    let bits = function < 3;
    let bytes = if bits {
        quantity.div_ceil(8)
    } else {
        quantity * 2
    };
    let mut values = vec![u8::try_from(bytes).expect("a readable quantity")];
    values.extend((0..bytes).map(|n| u8::try_from(n % 200).unwrap_or_default()));
    let response = message(function, &values);
    let id = transaction(exchange, exchanges);
    let mut changing = vec![id];
    if bytes >= 2 {
        changing.push(counter(9, 3, 0)); // the first register, or the first sixteen coils
    }
    round
        .request(&request, &[id])
        .response(&response, &changing)
}

/// 6.6, Write Single Register: the response repeats the request.
fn write(round: Conversation, address: u16, exchange: u32, exchanges: u32) -> Conversation {
    let [high, low] = address.to_be_bytes();
    let both = message(6, &[high, low, 0, 0]);
    let value = counter(10, 7, 0);
    let fields = [transaction(exchange, exchanges), value.moved(0)];
    round.request(&both, &fields).response(&both, &fields)
}

/// MBAP header for unit 1, function code, body; the transaction identifier is zero.
fn message(function: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).expect("a short message");
    let [high, low] = length.to_be_bytes();
    [&[0, 0, 0, 0, high, low, 1, function], body].concat()
}
