//! EtherNet/IP as a dialect: reads of attributes on a connection, and outside of any.

use sensor_protocols::aggregation::{Aggregated, KIND_REQUEST, KIND_RESPONSE, Message};
use sensor_protocols::observation::Protocol;

use crate::dialect::Dialect;

const GET_ATTRIBUTE_SINGLE: u8 = 0x0e;
const SET_ATTRIBUTE_SINGLE: u8 = 0x10;
const REPLY: u8 = 0x80;
const SESSION: [u8; 4] = [0x13, 2, 5, 0];
/// Identifiers of the two directions of the connection.
const IDENTIFIERS: [[u8; 4]; 2] = [[1, 0, 4, 0xa1], [2, 0, 8, 0xb2]];
/// Encapsulation header, interface handle, timeout, number of items.
const PACKET: usize = 32;

pub(crate) static CONNECTED: Dialect = Dialect {
    port: 44_818,
    spoken: Protocol::Enip,
    observed: Protocol::Cip,
    opening,
    read: |count, pick| connected(0, count, &read(pick)),
    values: |count, pick| connected(1, count, &values(count, pick)),
    // Of the data item.
    length: 42,
    one: 1,
    refused: |count, _| connected(1, count, &refused()),
    write: |count, pick| {
        let [write, written] = write(pick);
        [connected(0, count, &write), connected(1, count, &written)]
    },
    is_whole,
    classify,
};

pub(crate) static UNCONNECTED: Dialect = Dialect {
    port: 44_818,
    spoken: Protocol::Enip,
    observed: Protocol::Cip,
    opening,
    read: |context, pick| unconnected(context, &read(pick)),
    values: |context, pick| unconnected(context, &values(context, pick)),
    // Of the data item.
    length: 38,
    one: 1,
    refused: |context, _| unconnected(context, &refused()),
    write: |context, pick| write(pick).map(|cip| unconnected(context, &cip)),
    is_whole,
    classify,
};

fn command(code: u8, session: [u8; 4], context: u16, data: &[u8]) -> Vec<u8> {
    let mut message = vec![code, 0];
    message.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
    message.extend(session);
    message.extend([0; 4]);
    message.extend(context.to_le_bytes());
    message.extend([0, 0, b't', b'e', b's', b't']);
    message.extend([0; 4]);
    message.extend(data);
    message
}

/// Interface handle, timeout, and two items.
fn packet(address: &[u8], kind: u8, data: &[u8]) -> Vec<u8> {
    let mut packet = vec![0, 0, 0, 0, 10, 0, 2, 0];
    packet.extend(address);
    packet.extend([kind, 0]);
    packet.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
    packet.extend(data);
    packet
}

fn opening() -> Vec<(u8, Vec<u8>)> {
    let version = [1, 0, 0, 0];
    vec![
        (1, command(0x65, [0; 4], 0, &version)),
        (2, command(0x65, SESSION, 0, &version)),
    ]
}

fn connected(from: usize, count: u16, cip: &[u8]) -> Vec<u8> {
    let address = [&[0xa1, 0, 4, 0], &IDENTIFIERS[from][..]].concat();
    let data = [&count.to_le_bytes(), cip].concat();
    command(0x70, SESSION, 0, &packet(&address, 0xb1, &data))
}

fn unconnected(context: u16, cip: &[u8]) -> Vec<u8> {
    command(0x6f, SESSION, context, &packet(&[0; 4], 0xb2, cip))
}

/// Data of an assembly.
fn path(pick: u8) -> [u8; 7] {
    [3, 0x20, 4, 0x24, 100 + pick, 0x30, 3]
}

fn read(pick: u8) -> Vec<u8> {
    [&[GET_ATTRIBUTE_SINGLE], &path(pick)[..]].concat()
}

fn values(transaction: u16, pick: u8) -> Vec<u8> {
    let [_, low] = transaction.to_be_bytes();
    let mut cip = vec![GET_ATTRIBUTE_SINGLE | REPLY, 0, 0, 0];
    cip.extend((0..2 * (1 + pick / 2)).map(|n| low.wrapping_add(n)));
    cip
}

/// No such object.
fn refused() -> Vec<u8> {
    vec![GET_ATTRIBUTE_SINGLE | REPLY, 0, 5, 0]
}

fn write(pick: u8) -> [Vec<u8>; 2] {
    [
        [&[SET_ATTRIBUTE_SINGLE], &path(pick)[..], &[7, 7]].concat(),
        vec![SET_ATTRIBUTE_SINGLE | REPLY, 0, 0, 0],
    ]
}

fn is_whole(bytes: &[u8]) -> bool {
    bytes.len() >= 24 && bytes.len() == 24 + usize::from(bytes[2])
}

fn classify(payload: &[u8], client: bool) -> Option<Message> {
    if !is_whole(payload) || payload.len() < PACKET {
        return None;
    }
    let (encapsulation, items) = payload.split_at(PACKET);
    let (tag, length, cip) = match (encapsulation[0], items) {
        (0x6f, [0, 0, 0, 0, 0xb2, 0, length, 0, cip @ ..]) => {
            (&encapsulation[12..14], usize::from(*length), cip)
        }
        (0x70, [0xa1, 0, 4, 0, _, _, _, _, 0xb1, 0, length, 0, data @ ..]) => {
            let (count, cip) = data.split_at_checked(2)?;
            (count, usize::from(*length).checked_sub(2)?, cip)
        }
        _ => return None,
    };
    if cip.len() != length {
        return None;
    }
    let (kind, operation) = match (client, cip) {
        (
            true,
            [
                GET_ATTRIBUTE_SINGLE,
                3,
                0x20,
                class,
                0x24,
                instance,
                0x30,
                attribute,
            ],
        ) => (
            KIND_REQUEST,
            u64::from_be_bytes([0, 0, 0, 0, 1, *class, *instance, *attribute]),
        ),
        (false, [0x8e, 0, 0, 0, values @ ..]) => (KIND_RESPONSE, u64::try_from(values.len()).ok()?),
        _ => return None,
    };
    Some(Message {
        protocol: Aggregated::EthernetIp,
        kind,
        operation: [operation, 0],
        tag: u32::from(u16::from_le_bytes([tag[0], tag[1]])),
    })
}
