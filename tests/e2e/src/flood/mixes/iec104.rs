//! IEC 60870-5-104: an outstation that reports measured values, and a controlling station that
//! acknowledges each.

use sensor_ebpf::generator::{FORM_LITTLE, Field};

use super::super::step::{Conversation, counter};
use super::Mix;

const PORT: u16 = 2404;

/// U-format frames of IEC 60870-5-104, 5.3: STARTDT act and con.
const START: [u8; 6] = [0x68, 4, 0x07, 0, 0, 0];
const STARTED: [u8; 6] = [0x68, 4, 0x0b, 0, 0, 0];

/// I-format (5.1) with one short floating point number: type 13 (IEC 60870-5-101, 7.3.1.13), cause
/// of transmission 3 (spontaneous), common address 1, object 1001.
const VALUE: [u8; 20] = [
    0x68, 18, 0, 0, 0, 0, 13, 1, 3, 0, 1, 0, 0xe9, 0x03, 0, 0, 0, 0x48, 0x42, 0,
];

/// S-format (5.2).
const ACKNOWLEDGE: [u8; 6] = [0x68, 4, 1, 0, 0, 0];

pub(super) fn measured_values() -> Mix {
    Mix::tcp(
        "iec104",
        "spontaneous measured values, each acknowledged",
        PORT,
        Conversation::new()
            .handshake()
            .request(&START, &[])
            .response(&STARTED, &[]),
        |round| {
            round
                .response(&VALUE, &[number(2, 0), fraction(15)])
                .request(&ACKNOWLEDGE, &[number(4, 1)])
        },
    )
}

/// A send or receive sequence number: 15 bits above a zero bit, low byte first.
fn number(at: usize, offset: u32) -> Field {
    Field {
        mask: 0xfffe,
        form: FORM_LITTLE,
        ..counter(at, 2, offset * 2)
    }
}

/// The two low bytes of the number that is reported.
fn fraction(at: usize) -> Field {
    Field {
        form: FORM_LITTLE,
        ..counter(at, 11, 0)
    }
}
