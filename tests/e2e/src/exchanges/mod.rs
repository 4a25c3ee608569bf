//! One conversation of each protocol whose messages the kernel program looks into, as frames.
//!
//! Data in: the number of a station, so that each test has a flow of its own, and a turn. Data out:
//! whole frames. Messages are those of the captures the protocols' own tests name, or laid out like
//! them. Limits: messages fit into one frame.
#![allow(clippy::missing_panics_doc, reason = "a mistake in a test")]

mod cyclic;

use sensor_common::operation::Aggregated;

use self::cyclic::{goose, iec104, profinet, sampled_values};
use crate::frames::{ethernet, ipv4, tcp, udp};

/// Offset of the TCP sequence number in these frames.
pub const SEQUENCE_AT: usize = 14 + 20 + 4;
const SERVER: [u8; 4] = [192, 0, 2, 2];
const CLIENT_PORT: u16 = 40000;

/// What carries the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Port of the server.
    Tcp(u16),
    /// Port of both sides.
    Udp(u16),
    /// Ethertype.
    Link(u16),
}

impl Carrier {
    /// Bytes in front of the payload.
    pub const fn head(self) -> usize {
        match self {
            Self::Tcp(_) => 54,
            Self::Udp(_) => 42,
            Self::Link(_) => 14,
        }
    }
}

/// A number in a message that counts up from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Offset in the message.
    pub at: usize,
    /// Two or four.
    pub width: usize,
    pub little_endian: bool,
    pub step: u32,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

/// A conversation.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub protocol: Aggregated,
    pub carrier: Carrier,
    /// What repeats, in this order.
    pub turns: Vec<(Side, Vec<u8>)>,
    pub count: Option<Count>,
    /// What is never withheld instead of the message of a turn: writes, refusals, bad values.
    pub loud: Vec<(&'static str, usize, Vec<u8>)>,
}

impl Exchange {
    /// The frame in which a side of `station` says `payload`; TCP starts at sequence number
    /// `sequence`.
    pub fn frame(&self, station: u16, side: Side, sequence: u32, payload: &[u8]) -> Vec<u8> {
        let [high, low] = station.to_be_bytes();
        let client = [10, 0, high, low];
        let ends = match side {
            Side::Client => (client, SERVER),
            Side::Server => (SERVER, client),
        };
        let ip = |protocol, header: Vec<u8>| {
            let packet = ipv4(ends.0, ends.1, protocol, header.len() + payload.len());
            [ethernet(0x0800), packet, header, payload.to_vec()].concat()
        };
        let mut frame = match self.carrier {
            Carrier::Tcp(port) => {
                let header = match side {
                    Side::Client => tcp(CLIENT_PORT, port),
                    Side::Server => tcp(port, CLIENT_PORT),
                };
                let mut frame = ip(6, header);
                frame[SEQUENCE_AT..SEQUENCE_AT + 4].copy_from_slice(&sequence.to_be_bytes());
                frame
            }
            Carrier::Udp(port) => ip(17, udp(port, port, payload.len())),
            Carrier::Link(ethertype) => [ethernet(ethertype), payload.to_vec()].concat(),
        };
        let [first, second] = match side {
            Side::Client => [high, low],
            Side::Server => [0xff, 0xff],
        };
        (frame[10], frame[11]) = (first, second);
        frame
    }

    /// The message of a turn in round `round`.
    pub fn message(&self, turn: usize, round: u32) -> Vec<u8> {
        let mut message = self.turns[turn].1.clone();
        let Some(count) = self.count else {
            return message;
        };
        let number = count.step.wrapping_mul(round);
        let field = &mut message[count.at..count.at + count.width];
        if count.little_endian {
            field.copy_from_slice(&number.to_le_bytes()[..count.width]);
        } else {
            field.copy_from_slice(&number.to_be_bytes()[4 - count.width..]);
        }
        message
    }
}

/// Bytes from hexadecimal digits; blanks do not count.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(pair[0] << 4 | pair[1]).expect("two digits"))
        .collect()
}

/// `text` with byte `at` set to `value`.
fn changed(text: &str, at: usize, value: u8) -> Vec<u8> {
    let mut bytes = hex(text);
    assert_ne!(bytes[at], value, "nothing changes");
    bytes[at] = value;
    bytes
}

/// A request and its response on TCP.
fn asked(
    protocol: Aggregated,
    port: u16,
    [request, response]: [&str; 2],
    loud: Vec<(&'static str, usize, Vec<u8>)>,
) -> Exchange {
    Exchange {
        protocol,
        carrier: Carrier::Tcp(port),
        turns: vec![(Side::Client, hex(request)), (Side::Server, hex(response))],
        count: None,
        loud,
    }
}

/// Every protocol, in the order of its number.
pub fn exchanges() -> Vec<Exchange> {
    vec![
        modbus(),
        s7comm(),
        dnp3(),
        ethernet_ip(),
        iec104(),
        bacnet(),
        opcua(),
        goose(),
        sampled_values(),
        profinet(),
    ]
}

fn modbus() -> Exchange {
    let read = "0001 0000 0006 01 03 0000 000a";
    let answer = "0001 0000 0017 01 03 14 0000000000000000000000000000000000000000";
    asked(
        Aggregated::Modbus,
        502,
        [read, answer],
        vec![
            ("write", 0, changed(read, 7, 6)),
            ("exception", 1, hex("0001 0000 0003 01 83 02")),
        ],
    )
}

fn s7comm() -> Exchange {
    let read = "0300001f02f080 32010000190000 0e0000 0401 120a10080001000083000080";
    let answer = "0300001d02f080 3203000019000002000800000401ff07000400000000";
    asked(
        Aggregated::S7comm,
        102,
        [read, answer],
        vec![
            ("write", 0, changed(read, 17, 5)),
            ("failed item", 1, changed(answer, 21, 0x0a)),
        ],
    )
}

fn dnp3() -> Exchange {
    let classes = [0xc1, 0xc2, 1, 60, 2, 6, 60, 1, 6];
    let values = [0xc1, 0xc2, 129, 0, 0, 1, 2, 0, 0, 2, 1, 1, 1];
    let events = [0xc1, 0xc2, 129, 0, 0, 2, 1, 0x17, 1, 0, 0x81];
    let operate = [
        0xc1, 0xc2, 5, 12, 1, 0x17, 1, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let from_master = |user: &[u8]| link_frame(0xc4, user);
    let from_outstation = |user: &[u8]| link_frame(0x44, user);
    Exchange {
        protocol: Aggregated::Dnp3,
        carrier: Carrier::Tcp(20000),
        turns: vec![
            (Side::Client, from_master(&classes)),
            (Side::Server, from_outstation(&values)),
        ],
        count: None,
        loud: vec![
            ("direct operate", 0, from_master(&operate)),
            ("event", 1, from_outstation(&events)),
        ],
    }
}

/// A DNP3 frame around user data (IEEE 1815, 9.2.4): a CRC behind the header and every 16 bytes.
fn link_frame(control: u8, user: &[u8]) -> Vec<u8> {
    let length = u8::try_from(user.len() + 5).expect("fits a frame");
    let header = [0x05, 0x64, length, control, 1, 0, 10, 0];
    let mut frame = Vec::new();
    for part in std::iter::once(&header[..]).chain(user.chunks(16)) {
        let mut crc = 0_u16;
        for byte in part {
            crc ^= u16::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 0 {
                    crc >> 1
                } else {
                    crc >> 1 ^ 0xa6bc
                };
            }
        }
        frame.extend_from_slice(part);
        frame.extend((!crc).to_le_bytes());
    }
    frame
}

fn ethernet_ip() -> Exchange {
    let read = "70002000 00010211 00000000 0000000000000000 00000000 0000000001000200 \
        a1000400010b7c00 b1000c00 8b07 0302208b2401 01000800";
    let answer = "70004800 00010211 00000000 0000000000000000 00000000 00000000 00000200 \
        a1000400 2800fe80 b1003400 8b07 83000000 0100 0800 0000 24000000 \
        474d542d30353a3030204561737465726e2054696d652028555320262043616e61646129";
    asked(
        Aggregated::EthernetIp,
        44818,
        [read, answer],
        vec![
            ("set attribute", 0, changed(read, 46, 4)),
            ("general status", 1, changed(answer, 48, 8)),
        ],
    )
}

fn bacnet() -> Exchange {
    let read = "810a001101040005010c0c00000001194d";
    let answer = "810a0021010030010c0c00000001194d3e750d0053656e736f725f34353331323f";
    Exchange {
        carrier: Carrier::Udp(47808),
        ..asked(
            Aggregated::Bacnet,
            47808,
            [read, answer],
            vec![
                ("write property", 0, changed(read, 9, 15)),
                ("error", 1, hex("810a000d0100 50010c 9101 9120")),
            ],
        )
    }
}

fn opcua() -> Exchange {
    let read = "4d5347467f0000000100000001000000050000000500000001007702 \
        040100a652a8f997e4a4d416f11fd1fbef7ed7 d6af004ba2d9d801 06000000 00000000 ffffffff 00000000 \
        000000 0000000000000000 00000000 01000000 \
        03010010000000426f6f6c65616e2e5661726961626c65 0d000000 ffffffff 0000ffffffff";
    let answer = "4d534746470000000100000001000000050000000500000001007a02 \
        1eb3004ba2d9d801 06000000 00000000 00 ffffffff 000000 01000000 05 0100 1eb3004ba2d9d801 \
        ffffffff";
    asked(
        Aggregated::OpcUa,
        4840,
        [read, answer],
        vec![
            ("write", 0, changed(read, 26, 0xa1)),
            ("bad result", 1, changed(answer, 43, 0x80)),
        ],
    )
}
