//! Builds frames for the tests, one header at a time.
//!
//! A builder panics when it is asked for what its header cannot hold: that is a mistake in a test.
#![allow(clippy::missing_panics_doc, reason = "said once for the whole module")]

use crate::tunnels;

/// Ethernet header: documentation MAC addresses and `ethertype`.
pub fn ethernet(ethertype: u16) -> Vec<u8> {
    let mut frame = vec![
        0x00, 0x00, 0x5e, 0x00, 0x53, 0x02, 0x00, 0x00, 0x5e, 0x00, 0x53, 0x01,
    ];
    frame.extend(ethertype.to_be_bytes());
    frame
}

/// An 802.1Q tag in front of what `ethertype` announces.
pub fn tag(identifier: u16, ethertype: u16) -> Vec<u8> {
    [identifier.to_be_bytes(), ethertype.to_be_bytes()].concat()
}

/// IPv4 header without options from `source` to `destination` for a payload of `payload` bytes.
pub fn ipv4(source: [u8; 4], destination: [u8; 4], protocol: u8, payload: usize) -> Vec<u8> {
    ipv4_options(source, destination, protocol, payload, &[])
}

/// IPv4 header with options, whose length must be a multiple of four up to forty.
pub fn ipv4_options(
    source: [u8; 4],
    destination: [u8; 4],
    protocol: u8,
    payload: usize,
    options: &[u8],
) -> Vec<u8> {
    let header = 20 + options.len();
    let words = u8::try_from(header / 4).expect("options fit the header");
    let total = u16::try_from(header + payload).expect("the payload fits the packet");
    let mut bytes = vec![0x40 | words, 0];
    bytes.extend(total.to_be_bytes());
    bytes.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
    bytes.extend(source);
    bytes.extend(destination);
    bytes.extend(options);
    let sum = checksum(&bytes);
    bytes.splice(10..12, sum.to_be_bytes());
    bytes
}

/// IPv6 header.
pub fn ipv6(source: [u8; 16], destination: [u8; 16], next: u8, payload: usize) -> Vec<u8> {
    let len = u16::try_from(payload).expect("the payload fits the packet");
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend(len.to_be_bytes());
    bytes.extend([next, 64]);
    bytes.extend(source);
    bytes.extend(destination);
    bytes
}

/// TCP header without options; flags ACK and PSH.
pub fn tcp(source: u16, destination: u16) -> Vec<u8> {
    tcp_flags(source, destination, 0x18)
}

/// TCP header without options.
pub fn tcp_flags(source: u16, destination: u16, flags: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(source.to_be_bytes());
    bytes.extend(destination.to_be_bytes());
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 0x20, 0, 0, 0, 0, 0]);
    bytes
}

/// UDP header for a payload of `payload` bytes.
pub fn udp(source: u16, destination: u16, payload: usize) -> Vec<u8> {
    let len = u16::try_from(8 + payload).expect("the payload fits the datagram");
    let mut bytes = Vec::new();
    bytes.extend(source.to_be_bytes());
    bytes.extend(destination.to_be_bytes());
    bytes.extend(len.to_be_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// A Modbus/TCP read of ten holding registers as a whole frame.
pub fn modbus_read(source: [u8; 4], source_port: u16, transaction: u16) -> Vec<u8> {
    let [high, low] = transaction.to_be_bytes();
    let message = [high, low, 0, 0, 0, 6, 1, 3, 0, 0, 0, 10];
    [
        ethernet(0x0800),
        ipv4(source, [192, 0, 2, 2], 6, 20 + message.len()),
        tcp(source_port, 502),
        message.to_vec(),
    ]
    .concat()
}

/// A named frame for each way through the kernel's parser.
pub fn parse_paths() -> Vec<(&'static str, Vec<u8>)> {
    [link_paths(), ipv4_paths(), ipv6_paths(), tunnels::paths()].concat()
}

const CLIENT: [u8; 4] = [192, 0, 2, 1];
const SERVER: [u8; 4] = [192, 0, 2, 2];

fn link_paths() -> Vec<(&'static str, Vec<u8>)> {
    let datagram = [ipv4(CLIENT, SERVER, 17, 8), udp(1, 2, 0)].concat();
    vec![
        ("arp", [ethernet(0x0806), vec![0; 28]].concat()),
        ("goose", [ethernet(0x88b8), vec![0; 40]].concat()),
        ("802.3", [ethernet(0x0026), vec![0x42; 40]].concat()),
        (
            "one tag",
            [ethernet(0x8100), tag(7, 0x0800), datagram.clone()].concat(),
        ),
        (
            "two tags",
            [ethernet(0x88a8), tag(9, 0x8100), tag(7, 0x0800), datagram].concat(),
        ),
        (
            "three tags",
            [
                ethernet(0x8100),
                tag(1, 0x8100),
                tag(2, 0x8100),
                tag(3, 0x0800),
            ]
            .concat(),
        ),
    ]
}

fn ipv4_paths() -> Vec<(&'static str, Vec<u8>)> {
    let mut fragment = ipv4(CLIENT, SERVER, 17, 8);
    fragment[6] = 0x20;
    let mut wrong_version = modbus_read(CLIENT, 40000, 1);
    wrong_version[14] = 0x55;
    let options = ipv4_options(CLIENT, SERVER, 6, 20, &[1; 40]);
    let echo = vec![8, 0, 0, 0, 0, 1, 0, 1];
    vec![
        ("tcp", modbus_read(CLIENT, 40000, 1)),
        (
            "ipv4 options",
            [ethernet(0x0800), options, tcp_flags(1, 2, 2)].concat(),
        ),
        (
            "ipv4 fragment",
            [ethernet(0x0800), fragment, udp(1, 2, 0)].concat(),
        ),
        (
            "icmp",
            [ethernet(0x0800), ipv4(CLIENT, SERVER, 1, 8), echo].concat(),
        ),
        ("ipv4 version 5", wrong_version),
    ]
}

fn ipv6_paths() -> Vec<(&'static str, Vec<u8>)> {
    let packet = |next, payload: Vec<u8>| {
        let header = ipv6([1; 16], [2; 16], next, payload.len());
        [ethernet(0x86dd), header, payload].concat()
    };
    let hop = [vec![6, 0], vec![0; 6]].concat();
    let fragment = vec![17, 0, 0, 9, 0, 0, 0, 1];
    vec![
        ("ipv6 udp", packet(17, udp(1, 2, 0))),
        ("ipv6 extension", packet(0, [hop, tcp(1, 2)].concat())),
        (
            "ipv6 fragment",
            packet(44, [fragment, udp(1, 2, 0)].concat()),
        ),
    ]
}

/// Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let sum = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low)))
        .sum::<u32>();
    let folded = (sum & 0xffff) + (sum >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    !u16::try_from(folded).unwrap_or(u16::MAX)
}
