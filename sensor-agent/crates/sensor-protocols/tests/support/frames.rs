//! Frames made by hand, for what no capture shows.

use std::net::Ipv4Addr;

use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::time::Timestamp;

/// An Ethernet frame with the given ethertype.
pub fn ethernet(ethertype: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    frame.extend(ethertype.to_be_bytes());
    frame.extend(payload);
    frame
}

/// An IPv4 packet without options; `fragment` holds flags and offset as they stand in the header.
pub fn ipv4(source: u32, destination: u32, protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let total = u16::try_from(20 + payload.len()).unwrap();
    let mut packet = vec![0x45, 0];
    packet.extend(total.to_be_bytes());
    packet.extend([0, 7]);
    packet.extend(fragment.to_be_bytes());
    packet.extend([64, protocol, 0, 0]);
    packet.extend(source.to_be_bytes());
    packet.extend(destination.to_be_bytes());
    packet.extend(payload);
    packet
}

/// A UDP datagram.
pub fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap();
    let mut datagram = Vec::new();
    for field in [source, destination, length, 0] {
        datagram.extend(field.to_be_bytes());
    }
    datagram.extend(payload);
    datagram
}

/// The two ends used in tests: 10.0.0.1 and 10.0.0.2.
pub fn address(end: u8) -> u32 {
    Ipv4Addr::new(10, 0, 0, end).to_bits()
}

/// One TCP segment between [`address`] 1 and 2.
#[derive(Clone, Debug)]
pub struct Segment {
    /// 1 or 2.
    pub from: u8,
    pub ports: (u16, u16),
    pub sequence: u32,
    pub acknowledgement: u32,
    pub flags: u8,
    pub payload: Vec<u8>,
}

impl Segment {
    /// The segment as an Ethernet frame.
    pub fn frame(&self) -> Vec<u8> {
        let mut tcp = Vec::new();
        tcp.extend(self.ports.0.to_be_bytes());
        tcp.extend(self.ports.1.to_be_bytes());
        tcp.extend(self.sequence.to_be_bytes());
        tcp.extend(self.acknowledgement.to_be_bytes());
        tcp.extend([0x50, self.flags, 0x20, 0, 0, 0, 0, 0]);
        tcp.extend(&self.payload);
        let (source, destination) = (address(self.from), address(3 - self.from));
        ethernet(0x0800, &ipv4(source, destination, 6, 0, &tcp))
    }
}

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const PSH_ACK: u8 = 0x18;
pub const ACK: u8 = 0x10;

/// A connection that writes its own segments.
#[derive(Clone, Debug)]
pub struct Connection {
    pub client_port: u16,
    pub server_port: u16,
    /// Next sequence number of client and server.
    pub next: [u32; 2],
}

impl Connection {
    pub fn new(client_port: u16, server_port: u16, isn: [u32; 2]) -> Self {
        Self {
            client_port,
            server_port,
            next: isn,
        }
    }

    /// The next segment of the client (`from` 1) or the server (2).
    pub fn send(&mut self, from: u8, flags: u8, payload: &[u8]) -> Segment {
        let own = usize::from(from - 1);
        let segment = Segment {
            from,
            ports: if from == 1 {
                (self.client_port, self.server_port)
            } else {
                (self.server_port, self.client_port)
            },
            sequence: self.next[own],
            acknowledgement: if flags & ACK == 0 {
                0
            } else {
                self.next[1 - own]
            },
            flags,
            payload: payload.to_vec(),
        };
        let length = u32::try_from(payload.len()).unwrap() + u32::from(flags & (SYN | FIN) != 0);
        self.next[own] = self.next[own].wrapping_add(length);
        segment
    }

    /// The three segments that open a connection.
    pub fn handshake(&mut self) -> Vec<Segment> {
        vec![
            self.send(1, SYN, &[]),
            self.send(2, SYN | ACK, &[]),
            self.send(1, ACK, &[]),
        ]
    }
}

/// Frames from bytes, a millisecond apart, numbered from 1.
pub fn numbered(frames: &[Vec<u8>]) -> Vec<Frame<'_>> {
    spaced(frames, 1_000_000)
}

/// Frames from bytes, `nanos` apart, numbered from 1.
pub fn spaced(frames: &[Vec<u8>], nanos: u64) -> Vec<Frame<'_>> {
    frames
        .iter()
        .zip(1_u64..)
        .map(|(data, number)| Frame {
            time: Timestamp::from_nanos(1_000_000_000 + number * nanos),
            number,
            link: LinkType::Ethernet,
            wire_len: u32::try_from(data.len()).unwrap(),
            data,
            kernel: None,
        })
        .collect()
}

/// A DNS query for `name`, type A.
pub fn dns_query(id: u16, name: &str) -> Vec<u8> {
    let mut message = id.to_be_bytes().to_vec();
    message.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).unwrap());
        message.extend(label.bytes());
    }
    message.extend([0, 0, 1, 0, 1]);
    message
}

/// The answer to [`dns_query`], with one address.
pub fn dns_answer(id: u16, name: &str, address: [u8; 4]) -> Vec<u8> {
    let mut message = dns_query(id, name);
    message[2..4].copy_from_slice(&[0x81, 0x80]);
    message[7] = 1;
    message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
    message.extend(address);
    message
}

/// A DNS message as it goes over TCP.
pub fn dns_over_tcp(message: &[u8]) -> Vec<u8> {
    let mut bytes = u16::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(message);
    bytes
}

/// A Modbus/TCP request to read 10 holding registers.
pub fn modbus_read(transaction: u16) -> Vec<u8> {
    let mut adu = transaction.to_be_bytes().to_vec();
    adu.extend([0, 0, 0, 6, 1, 3, 0, 100, 0, 10]);
    adu
}
