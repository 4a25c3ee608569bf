//! Publishers on the link layer: GOOSE and Sampled Values (IEC 61850-8-1, 61850-9-2), PROFINET RT.

use sensor_ebpf::generator::{FORM_LETTERS, Field};

use super::super::step::{Conversation, FieldExt, counter};
use super::Mix;

/// Bytes in front of the APPID: two addresses, an 802.1Q tag, the ethertype.
const APPID: usize = 18;
/// Bytes in front of the APDU: APPID, length, two reserved words.
const APDU: usize = APPID + 8;

/// A status message of a device, repeated: stNum stays, sqNum counts (IEC 61850-8-1, 18.1.2.5).
pub(super) fn goose() -> Mix {
    let name = b"IED_AAAA/LLN0$GO$gcb01";
    let values = [
        element(0x83, &[1]),
        element(0x84, &[3, 0x40]),
        element(0x85, &[0, 42]),
    ]
    .concat();
    let head = [
        element(0x80, name),
        element(0x81, &[0x07, 0xd0]),
        element(0x82, b"IED_AAAA/LLN0$dsTrip"),
        element(0x83, b"IED_AAAA_gcb01"),
        element(0x84, &[0x68, 0, 0, 0, 0, 0, 0, 0x0a]),
        element(0x85, &[1]),
    ]
    .concat();
    // The encoding of fixed length (IEC 61850-8-1, annex A.3): a zero byte and four of the number.
    let counts = element(0x86, &[0; 5]);
    let tail = [
        element(0x87, &[0]),
        element(0x88, &[1]),
        element(0x89, &[0]),
        element(0x8a, &[3]),
        element(0xab, &values),
    ]
    .concat();
    let body = [head.clone(), counts, tail].concat();
    let apdu = element(0x61, &body);
    let start = APDU + apdu.len() - body.len();
    let number = start + head.len() + 3;
    let mut fields = vec![group()];
    fields.push(counter(number, 1, 0).high());
    fields.push(counter(number + 2, 1, 0));
    fields.extend(letters(start + 2 + 4));
    let frame = tagged([1, 0x0c, 0xcd, 1, 0, 0], 0x88b8, 0x0001, &apdu);
    Mix::link(
        "goose",
        "GOOSE publishers; sqNum counts, stNum stays",
        Conversation::new().publish(&frame, &fields),
    )
}

/// A merging unit at 80 samples a cycle of 50 Hz: smpCnt counts from 0 to 3999 (UCA 9-2 LE, 7).
pub(super) fn sampled_values() -> Mix {
    let id = b"MU_AAAA_01";
    let mut data = vec![0; 64];
    for (index, value) in data.chunks_mut(8).enumerate() {
        value[3] = u8::try_from(index * 9).unwrap_or_default();
    }
    let head = element(0x80, id);
    let rest = [
        element(0x83, &[0, 0, 0, 1]),
        element(0x85, &[2]),
        element(0x87, &data),
    ]
    .concat();
    let asdu = element(0x30, &[head.clone(), element(0x82, &[0, 0]), rest].concat());
    let list = element(0xa2, &asdu);
    let count = element(0x80, &[1]);
    let apdu = element(0x60, &[count.clone(), list].concat());
    // Each of the four sequences is short: a tag and one byte of length.
    let asdu_start = APDU + 2 + count.len() + 2 + 2;
    let sample = asdu_start + head.len() + 2;
    let first_value = sample + 2 + 6 + 3 + 2;
    let mut fields = vec![group()];
    fields.push(Field {
        modulo: 4000,
        ..counter(sample, 1, 0)
    });
    fields.push(counter(first_value + 2, 13, 0));
    fields.extend(letters(asdu_start + 2 + 3));
    let frame = tagged([1, 0x0c, 0xcd, 4, 0, 0], 0x88ba, 0x4000, &apdu);
    Mix::link(
        "sv",
        "Sampled Values; smpCnt counts from 0 to 3999",
        Conversation::new().publish(&frame, &fields),
    )
}

/// Cyclic input data of a device in real-time class 1 (IEC 61158-6-10, 4.7): 40 bytes, the cycle
/// counter in steps of 31.25 microseconds, one frame each millisecond.
pub(super) fn profinet() -> Mix {
    let mut data = [0; 40];
    for (byte, value) in data.iter_mut().zip(0x10..) {
        *byte = value;
    }
    let frame = [
        vec![0x02, 0, 0x0a, 0x08, 0, 1, 0, 0, 0, 0, 0, 0, 0x88, 0x92],
        vec![0x80, 0],
        data.to_vec(),
        // Cycle counter, data status (primary, valid, run, no problem), transfer status.
        vec![0, 0, 0x35, 0],
    ]
    .concat();
    let identifier = counter(14, 1, 0x8000).of_flow();
    let fields = [identifier, counter(18, 5, 0), counter(56, 32, 0)];
    Mix::link(
        "profinet-rt",
        "cyclic PROFINET data; the cycle counter counts",
        Conversation::new().publish(&frame, &fields),
    )
}

/// The group address of a publisher, of which there are 512 (IEC 61850-8-1, annex B).
fn group() -> Field {
    Field {
        mask: 0x01ff,
        ..counter(4, 1, 0).of_flow()
    }
}

/// Four letters at `at` for sixteen bits of the publisher's number.
fn letters(at: usize) -> [Field; 2] {
    let low = Field {
        form: FORM_LETTERS,
        ..counter(at + 2, 1, 0).of_flow()
    };
    let high = Field {
        at: low.at - 2,
        shift: 8,
        ..low
    };
    [high, low]
}

/// A frame with priority tag 4 (IEC 61850-8-1, annex C), APPID, length and reserved words.
fn tagged(destination: [u8; 6], ethertype: u16, appid: u16, apdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + apdu.len()).expect("a short message");
    [
        &destination,
        &[0; 6][..],
        &[0x81, 0, 0x80, 0],
        &ethertype.to_be_bytes(),
        &appid.to_be_bytes(),
        &length.to_be_bytes(),
        &[0; 4],
        apdu,
    ]
    .concat()
}

/// Tag, length, content (ITU-T X.690, 8.1).
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = u8::try_from(content.len()).expect("a short element");
    let mut bytes = vec![tag];
    if len >= 128 {
        bytes.push(0x81);
    }
    bytes.push(len);
    bytes.extend(content);
    bytes
}
