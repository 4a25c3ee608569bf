//! Messages that are sent by themselves, each numbered: process values, announcements, samples.
//!
//! Data out: an [`Exchange`] of one turn. What is loud is numbered like the third round, in which the
//! tests say it.

use sensor_common::operation::Aggregated;

use super::{Carrier, Count, Exchange, Side, changed, hex};

/// A message that is sent again and again.
fn sent(
    protocol: Aggregated,
    carrier: Carrier,
    (side, text): (Side, &str),
    count: Count,
    loud: Vec<(&'static str, usize, Vec<u8>)>,
) -> Exchange {
    Exchange {
        protocol,
        carrier,
        turns: vec![(side, hex(text))],
        count: Some(count),
        loud,
    }
}

pub(super) fn iec104() -> Exchange {
    let value = "68100a0002000b8103000d913f9c00020000";
    let mut exchange = sent(
        Aggregated::Iec104,
        Carrier::Tcp(2404),
        (Side::Server, value),
        Count {
            at: 2,
            width: 2,
            little_endian: true,
            step: 2,
        },
        vec![
            ("invalid value", 0, changed(value, 17, 0x80)),
            ("negative confirmation", 0, changed(value, 8, 0x47)),
        ],
    );
    for (_, turn, message) in &mut exchange.loud {
        // Numbered like the third round, in which they are said.
        message[2..4].copy_from_slice(&[6, 0]);
        *turn = 0;
    }
    exchange
}

pub(super) fn goose() -> Exchange {
    let message = "2000 006c 0000 0000 6162 8003313131 81050000002710 8203323232 8303333333 \
        84084dd da51adbe76d00 85050000000001 86050000000001 870100 88050000000001 890100 \
        8a05 000000000a ab1e 830100830100830100830100830100830100830100830100830100830100";
    let count = Count {
        at: 52,
        width: 4,
        little_endian: false,
        step: 1,
    };
    let mut exchange = sent(
        Aggregated::Goose,
        Carrier::Link(0x88b8),
        (Side::Client, message),
        count,
        vec![
            ("new state", 0, changed(message, 48, 2)),
            ("changed value", 0, changed(message, 107, 1)),
            ("simulation", 0, changed(message, 4, 0x80)),
        ],
    );
    for (_, _, message) in &mut exchange.loud {
        message[count.at + 3] = 3;
    }
    exchange
}

pub(super) fn sampled_values() -> Exchange {
    let message = "4000 006a 0000 0000 6060 800101 a25b 3059 8008 7376494430303030 82020000 \
        830400000001 850100 8740 0000000000000000 000004c800000000 fffffb3800000000 \
        0000000000000000 00001f7d00000000 fffff04200000000 fffff04200000000 0000000000000000";
    let count = Count {
        at: 29,
        width: 2,
        little_endian: false,
        step: 1,
    };
    let mut exchange = sent(
        Aggregated::SampledValues,
        Carrier::Link(0x88ba),
        (Side::Client, message),
        count,
        vec![
            ("other synchronisation", 0, changed(message, 39, 1)),
            ("bad quality", 0, changed(message, 49, 1)),
            ("simulation", 0, changed(message, 4, 0x80)),
        ],
    );
    for (_, _, message) in &mut exchange.loud {
        message[count.at + 1] = 3;
    }
    exchange
}

pub(super) fn profinet() -> Exchange {
    let message = "c000 800000808080000000008000800000000000000000000000000000000000000000000000 \
        00000000 c6e0 35 00";
    let len = hex(message).len();
    let count = Count {
        at: len - 4,
        width: 2,
        little_endian: false,
        step: 32,
    };
    let mut exchange = sent(
        Aggregated::Profinet,
        Carrier::Link(0x8892),
        (Side::Client, message),
        count,
        vec![
            ("provider stops", 0, changed(message, len - 2, 0x25)),
            ("transfer status", 0, changed(message, len - 1, 1)),
        ],
    );
    for (_, _, message) in &mut exchange.loud {
        message[count.at..count.at + 2].copy_from_slice(&[0, 96]);
    }
    exchange
}
