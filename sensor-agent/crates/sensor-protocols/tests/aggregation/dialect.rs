//! The protocols of the tests: their messages, and what the kernel program takes them for.

use sensor_protocols::aggregation::{Aggregated, KIND_REQUEST, KIND_RESPONSE, Message};
use sensor_protocols::observation::Protocol;

/// One protocol. Messages are made from a transaction and a pick of a few operations.
#[derive(Debug)]
pub(crate) struct Dialect {
    pub(crate) port: u16,
    /// Whose dissector has the flow, and whose observations it gives.
    pub(crate) spoken: Protocol,
    pub(crate) observed: Protocol,
    /// What opens a connection, by sender.
    pub(crate) opening: fn() -> Vec<(u8, Vec<u8>)>,
    pub(crate) read: fn(u16, u8) -> Vec<u8>,
    /// What answers it, with values that differ each time.
    pub(crate) values: fn(u16, u8) -> Vec<u8>,
    /// Where the latter tells the length of its values, and what one byte is there.
    pub(crate) length: usize,
    pub(crate) one: u8,
    pub(crate) refused: fn(u16, u8) -> Vec<u8>,
    /// A write and what answers it.
    pub(crate) write: fn(u16, u8) -> [Vec<u8>; 2],
    /// Whether bytes are one whole message.
    pub(crate) is_whole: fn(&[u8]) -> bool,
    /// Reads and their answers; whether the client sent the bytes.
    pub(crate) classify: fn(&[u8], bool) -> Option<Message>,
}

pub(crate) const MODBUS: Dialect = Dialect {
    port: 502,
    spoken: Protocol::Modbus,
    observed: Protocol::Modbus,
    opening: Vec::new,
    read: modbus::read,
    values: modbus::values,
    length: 8,
    one: 1,
    refused: |transaction, _| modbus::adu(transaction, &[0x83, 2]),
    write: |transaction, pick| {
        let write = modbus::adu(transaction, &[6, 0, pick, 0, 9]);
        [write.clone(), write]
    },
    is_whole: |bytes| bytes.len() >= 8 && bytes.len() == 6 + usize::from(bytes[5]),
    classify: modbus::classify,
};

pub(crate) mod modbus {
    use super::*;

    pub(super) fn adu(transaction: u16, pdu: &[u8]) -> Vec<u8> {
        let mut message = transaction.to_be_bytes().to_vec();
        message.extend([0, 0, 0, u8::try_from(1 + pdu.len()).unwrap(), 1]);
        message.extend(pdu);
        message
    }

    /// A request to read a few registers.
    pub(crate) fn read(transaction: u16, pick: u8) -> Vec<u8> {
        adu(transaction, &[3, 0, pick * 10, 0, 1 + pick / 2])
    }

    pub(crate) fn values(transaction: u16, pick: u8) -> Vec<u8> {
        let [_, low] = transaction.to_be_bytes();
        let bytes = 2 * (1 + pick / 2);
        let mut pdu = vec![3, bytes];
        pdu.extend((0..bytes).map(|n| low.wrapping_add(n)));
        adu(transaction, &pdu)
    }

    pub(super) fn classify(payload: &[u8], client: bool) -> Option<Message> {
        let [t0, t1, 0, 0, 0, length, unit, function @ 1..=4, rest @ ..] = payload else {
            return None;
        };
        if payload.len() != 6 + usize::from(*length) {
            return None;
        }
        let (kind, operation) = match (client, rest) {
            (true, [a, b, c, d]) => (
                KIND_REQUEST,
                u64::from_be_bytes([0, 0, *unit, *function, *a, *b, *c, *d]),
            ),
            (false, [count, data @ ..]) if data.len() == usize::from(*count) => (
                KIND_RESPONSE,
                u64::from_be_bytes([0, 0, 0, 0, 0, *unit, *function, *count]),
            ),
            _ => return None,
        };
        Some(Message {
            protocol: Aggregated::Modbus,
            kind,
            operation: [operation, 0],
            tag: u32::from(u16::from_be_bytes([*t0, *t1])),
        })
    }
}

pub(crate) static S7COMM: Dialect = Dialect {
    port: 102,
    spoken: Protocol::Cotp,
    observed: Protocol::S7comm,
    opening: s7comm::opening,
    read: |reference, pick| s7comm::job(reference, &s7comm::item(4, pick), &[]),
    values: s7comm::values,
    length: 24,
    one: 8,
    // No such object.
    refused: |reference, _| s7comm::answer(reference, &[4, 1], &[0x0a, 0, 0, 0]),
    write: |reference, pick| {
        let value = [&[0, 4, 0, 16 * (1 + pick / 2)][..], &[7; 4]].concat();
        let value = &value[..4 + 2 * usize::from(1 + pick / 2)];
        [
            s7comm::job(reference, &s7comm::item(5, pick), value),
            s7comm::answer(reference, &[5, 1], &[0xff]),
        ]
    },
    is_whole: |bytes| bytes.len() >= 7 && bytes.len() == usize::from(bytes[3]),
    classify: s7comm::classify,
};

mod s7comm {
    use super::*;

    fn packet(unit: &[u8]) -> Vec<u8> {
        let length = u8::try_from(7 + unit.len()).unwrap();
        [&[3, 0, 0, length, 2, 0xf0, 0x80], unit].concat()
    }

    fn pdu(head: [u8; 2], reference: u16, parts: [&[u8]; 2], error: &[u8]) -> Vec<u8> {
        let mut unit = vec![head[0], head[1], 0, 0];
        unit.extend(reference.to_be_bytes());
        for part in parts {
            unit.extend(u16::try_from(part.len()).unwrap().to_be_bytes());
        }
        unit.extend(error);
        packet(&[&unit, parts[0], parts[1]].concat())
    }

    pub(super) fn job(reference: u16, parameter: &[u8], data: &[u8]) -> Vec<u8> {
        pdu([0x32, 1], reference, [parameter, data], &[])
    }

    pub(super) fn answer(reference: u16, parameter: &[u8], data: &[u8]) -> Vec<u8> {
        pdu([0x32, 3], reference, [parameter, data], &[0, 0])
    }

    pub(super) fn opening() -> Vec<(u8, Vec<u8>)> {
        let setup = [0xf0, 0, 0, 1, 0, 1, 1, 0xe0];
        let connect = |code, references: [u8; 4]| {
            let mut tpdu = vec![3, 0, 0, 22, 17, code];
            tpdu.extend(references);
            tpdu.extend([0, 0xc0, 1, 0x0a, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2]);
            tpdu
        };
        vec![
            (1, connect(0xe0, [0, 0, 0, 1])),
            (2, connect(0xd0, [0, 1, 0, 2])),
            (1, job(0, &setup, &[])),
            (2, answer(0, &setup, &[])),
        ]
    }

    /// Function and one item: octets of a data block.
    pub(super) fn item(function: u8, pick: u8) -> Vec<u8> {
        let octets = 2 * (1 + pick / 2);
        vec![
            function, 1, 0x12, 0x0a, 0x10, 2, 0, octets, 0, pick, 0x84, 0, 0, 0x10,
        ]
    }

    pub(super) fn values(reference: u16, pick: u8) -> Vec<u8> {
        let [_, low] = reference.to_be_bytes();
        let octets = 2 * (1 + pick / 2);
        let mut data = vec![0xff, 4, 0, 8 * octets];
        data.extend((0..octets).map(|n| low.wrapping_add(n)));
        answer(reference, &[4, 1], &data)
    }

    pub(super) fn classify(payload: &[u8], client: bool) -> Option<Message> {
        let [
            3,
            0,
            0,
            length,
            2,
            0xf0,
            0x80,
            0x32,
            rosctr,
            0,
            0,
            r0,
            r1,
            rest @ ..,
        ] = payload
        else {
            return None;
        };
        if payload.len() != usize::from(*length) {
            return None;
        }
        let (kind, operation) = match (client, rosctr, rest) {
            (true, 1, [0, 14, 0, 0, 4, 1, 0x12, 0x0a, 0x10, _, _, octets, _, db, ..]) => (
                KIND_REQUEST,
                u64::from_be_bytes([0, 0, 0, 0, 0, 1, *octets, *db]),
            ),
            (false, 3, [0, 2, 0, data, 0, 0, 4, 1, 0xff, 4, 0, bits, values @ ..])
                if values.len() * 8 == usize::from(*bits)
                    && values.len() + 4 == usize::from(*data) =>
            {
                (
                    KIND_RESPONSE,
                    u64::from_be_bytes([0, 0, 0, 0, 0, 0, 3, *bits]),
                )
            }
            _ => return None,
        };
        Some(Message {
            protocol: Aggregated::S7comm,
            kind,
            operation: [operation, 0],
            tag: u32::from(u16::from_be_bytes([*r0, *r1])),
        })
    }
}
