//! Decoding: layers of frames written by hand, and no panic on any bytes whatever.

mod support;

use std::net::IpAddr;

use proptest::prelude::*;
use sensor_protocols::decode::{Layer4, LlcProtocol, Network, Packet, Undecoded, decode};
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::{Anomaly, Observation};
use sensor_protocols::time::Timestamp;
use support::frames::{address, ethernet, ipv4, udp};
use support::{Capture, Each};

fn frame(link: LinkType, data: &[u8]) -> Frame<'_> {
    Frame {
        time: Timestamp::ZERO,
        number: 1,
        link,
        wire_len: u32::try_from(data.len()).unwrap(),
        data,
        kernel: None,
    }
}

fn ether(data: &[u8]) -> Packet<'_> {
    decode(&frame(LinkType::Ethernet, data))
}

fn packet_udp(payload: &[u8]) -> Vec<u8> {
    ipv4(address(1), address(2), 17, 0, &udp(7, 9, payload))
}

/// An IPv6 packet from `fd00::1` to `fd00::2`.
fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
    packet.extend([next, 64]);
    for end in [1_u128, 2] {
        packet.extend((0xfd00_u128 << 112 | end).to_be_bytes());
    }
    packet.extend(payload);
    packet
}

fn udp_payload<'a>(packet: &Packet<'a>) -> &'a [u8] {
    let Layer4::Udp(udp) = packet.layer4 else {
        panic!("not UDP: {packet:?}");
    };
    udp.payload
}

#[test]
fn stacked_vlan_tags_are_all_reported_and_a_priority_tag_names_no_vlan() {
    let mut data = vec![0xa0, 10, 0x81, 0, 0, 20, 0x81, 0, 0xe0, 0, 8, 0];
    data.extend(packet_udp(b"hello"));
    let bytes = ethernet(0x88a8, &data);
    let packet = ether(&bytes);
    assert_eq!(packet.link.vlans.ids(), [10, 20, 0]);
    assert_eq!(packet.link.vlans.innermost(), Some(20));
    assert_eq!(packet.link.ethertype, 0x0800);
    assert_eq!(udp_payload(&packet), b"hello");
    assert_eq!(packet.endpoints().0.vlan, Some(20));
}

#[test]
fn more_tags_than_are_decoded_are_a_limit_not_a_loss() {
    let bytes = ethernet(0x8100, &[0, 1, 0x81, 0].repeat(6));
    let packet = ether(&bytes);
    assert_eq!(packet.link.vlans.ids(), [1; 4]);
    assert!(packet.anomalies.contains(Anomaly::LimitReached));
}

#[test]
fn link_padding_is_not_payload() {
    let mut bytes = ethernet(0x0800, &packet_udp(b"hi"));
    bytes.resize(60, 0xee);
    let packet = ether(&bytes);
    assert_eq!(udp_payload(&packet), b"hi");
    assert!(packet.anomalies.is_empty());
}

#[test]
fn ipv4_options_are_skipped() {
    let mut ip = packet_udp(b"data");
    ip[0] = 0x47;
    ip[3] += 8;
    ip.splice(20..20, [0x94, 4, 0, 0, 0, 0, 0, 0]);
    let bytes = ethernet(0x0800, &ip);
    let packet = ether(&bytes);
    assert_eq!(udp_payload(&packet), b"data");
    assert!(packet.anomalies.is_empty());
}

#[test]
fn lengths_that_contradict_are_anomalies_and_hide_nothing_below() {
    type Spoil = fn(&mut Vec<u8>);
    let cases: [(Spoil, Anomaly); 6] = [
        (|b| b[14] = 0x44, Anomaly::BadLength), // header of four words
        (|b| b[17] = 19, Anomaly::BadLength),   // total below header
        (|b| b[17] = 200, Anomaly::BadLength),  // total beyond frame
        (|b| b[14] = 0x65, Anomaly::BadVersion),
        (|b| b[39] = 4, Anomaly::BadLength), // UDP length below its header
        (|b| b.truncate(36), Anomaly::Truncated),
    ];
    for (spoil, anomaly) in cases {
        let mut bytes = ethernet(0x0800, &packet_udp(b"data"));
        spoil(&mut bytes);
        let packet = ether(&bytes);
        assert!(packet.anomalies.contains(anomaly), "{anomaly:?} {packet:?}");
        assert!(packet.link.macs.is_some());
    }
}

#[test]
fn padding_behind_a_length_field_is_no_header() {
    let snap = [0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0];
    for length in 0..=8 {
        let bytes = ethernet(length, &snap);
        let llc = ether(&bytes).link.llc.map(|llc| llc.protocol);
        let cdp = LlcProtocol::Snap {
            oui: 0x0c,
            protocol: 0x2000,
        };
        assert_eq!(llc, (length == 8).then_some(cdp), "{length}");
    }
    let of_bridges = ether(&ethernet(3, &[0x42, 0x42, 3, 0xaa])).link.llc;
    assert_eq!(of_bridges.unwrap().protocol, LlcProtocol::Sap(0x42));
    assert_eq!(ether(&ethernet(2, &[0x42, 0x42, 3])).link.llc, None);
}

#[test]
fn what_the_capture_cut_off_is_no_anomaly() {
    let bytes = ethernet(0x0800, &packet_udp(&[7; 100]));
    for kept in 0..bytes.len() {
        let packet = decode(&Frame {
            wire_len: u32::try_from(bytes.len()).unwrap(),
            ..frame(LinkType::Ethernet, &bytes[..kept])
        });
        assert!(packet.cut);
        assert!(packet.anomalies.is_empty(), "{kept}: {packet:?}");
        assert_eq!(packet.undecoded.is_some(), kept < 42, "{kept}");
    }
}

#[test]
fn ipv6_extension_headers_are_walked() {
    let mut payload = vec![60, 0, 0, 0, 0, 0, 0, 0]; // hop-by-hop, then destination options
    payload.extend([51, 0, 0, 0, 0, 0, 0, 0]); // then authentication
    payload.extend([44, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]); // AH of 16 bytes
    payload.extend([17, 0, 0, 0, 0, 0, 0, 9]); // atomic fragment
    payload.extend(udp(1, 2, b"six"));
    let bytes = ethernet(0x86dd, &ipv6(0, &payload));
    let packet = ether(&bytes);
    assert_eq!(udp_payload(&packet), b"six");
    let ip = packet.ip().unwrap();
    assert_eq!((ip.protocol, ip.fragment), (17, None));
    assert!(matches!(ip.source, IpAddr::V6(_)));
}

#[test]
fn a_chain_of_extension_headers_without_end_stops() {
    let bytes = ethernet(0x86dd, &ipv6(0, &[0; 800]));
    let packet = ether(&bytes);
    assert!(packet.anomalies.contains(Anomaly::LimitReached));
    assert_eq!(packet.undecoded, Some(Undecoded::Transport));
    let looping = ethernet(0x86dd, &ipv6(51, &[51, 0, 0, 0].repeat(3)));
    assert!(ether(&looping).anomalies.contains(Anomaly::Truncated));
}

#[test]
fn fragments_show_their_place() {
    let fragment = ipv4(address(1), address(2), 17, 0x20b9, &[1; 16]);
    let bytes = ethernet(0x0800, &fragment);
    let packet = ether(&bytes);
    let place = packet.ip().unwrap().fragment.unwrap();
    assert_eq!((place.offset, place.more, place.id), (1480, true, 7));
    assert!(matches!(packet.layer4, Layer4::Fragment(b) if b == [1; 16]));
    assert_eq!(packet.ports(), (0, 0));
}

#[test]
fn links_without_mac_addresses() {
    let ip = packet_udp(b"x");
    let loopback = |family: [u8; 4]| [family.to_vec(), ip.clone()].concat();
    let cooked = [vec![0; 14], vec![8, 0], ip.clone()].concat();
    let cooked2 = [vec![8, 0], vec![0; 18], ip.clone()].concat();
    let cooked_vlan = [vec![0; 14], vec![0x81, 0, 0, 5, 8, 0], ip.clone()].concat();
    for (link, bytes) in [
        (LinkType::Loopback, loopback([2, 0, 0, 0])),
        (LinkType::Loopback, loopback([0, 0, 0, 2])),
        (LinkType::RawIp, ip.clone()),
        (LinkType::LinuxCooked, cooked),
        (LinkType::LinuxCooked, cooked_vlan),
        (LinkType::LinuxCooked2, cooked2),
    ] {
        let packet = decode(&frame(link, &bytes));
        assert_eq!(udp_payload(&packet), b"x", "{link:?}");
        assert_eq!(packet.link.macs, None);
    }
    let other = decode(&frame(LinkType::Other(147), &ip));
    assert_eq!(other.undecoded, Some(Undecoded::LinkType(147)));
}

#[test]
fn tcp_ports_are_there_even_when_the_data_offset_is_wrong() {
    let mut tcp = vec![0; 24];
    tcp[1] = 80;
    tcp[3] = 90;
    for (words, options) in [(4_u8, 0), (15, 0), (6, 4)] {
        tcp[12] = words << 4;
        let bytes = ethernet(0x0800, &ipv4(address(1), address(2), 6, 0, &tcp));
        let packet = ether(&bytes);
        assert_eq!(packet.ports(), (80, 90));
        let bad = packet.anomalies.contains(Anomaly::BadLength);
        assert_eq!(bad, options == 0, "{words}");
        assert!(packet.tcp().unwrap().payload.is_empty());
    }
}

#[test]
fn icmp_errors_quote_the_packet_that_caused_them() {
    let quoted = packet_udp(&[]);
    let mut icmp = vec![3, 3, 0, 0, 0, 0, 0, 0];
    icmp.extend(&quoted);
    let bytes = ethernet(0x0800, &ipv4(address(9), address(1), 1, 0, &icmp));
    let packet = ether(&bytes);
    let Layer4::Icmp(icmp) = packet.layer4 else {
        panic!("not ICMP");
    };
    let quoted = icmp.quoted.unwrap();
    assert_eq!(quoted.ports, Some((7, 9)));
    assert_eq!(quoted.destination, IpAddr::from(address(2).to_be_bytes()));
}

#[test]
fn arp_of_other_types_keeps_its_opcode() {
    let mut arp = vec![0, 1, 8, 0, 6, 4, 0, 2];
    arp.extend([1, 2, 3, 4, 5, 6, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2]);
    let bytes = ethernet(0x0806, &arp);
    let Network::Arp(found) = ether(&bytes).network else {
        panic!("not ARP");
    };
    assert_eq!(found.opcode, 2);
    assert_eq!(found.addresses.unwrap().sender_ip.octets(), [10, 0, 0, 1]);
    let mut other = bytes.clone();
    other[18] = 8; // hardware addresses of eight bytes
    let Network::Arp(found) = ether(&other).network else {
        panic!("not ARP");
    };
    assert_eq!((found.opcode, found.addresses), (2, None));
}

const LINKS: [LinkType; 5] = [
    LinkType::Ethernet,
    LinkType::Loopback,
    LinkType::RawIp,
    LinkType::LinuxCooked,
    LinkType::LinuxCooked2,
];

/// Decodes and inspects the frames; returns how many observations they gave.
fn inspect<'a>(frames: impl IntoIterator<Item = Frame<'a>>) -> u64 {
    let mut inspector = Inspector::default();
    let mut count = 0;
    let mut sink = Each(|_: &Observation<'_>| count += 1);
    for frame in frames {
        inspector.frame(&frame, &mut sink);
    }
    inspector.finish(&mut sink);
    count
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn survives_any_bytes(
        link in prop::sample::select(LINKS.to_vec()),
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 1..8),
        longer in 0_u32..100,
    ) {
        inspect(frames.iter().map(|data| Frame {
            wire_len: u32::try_from(data.len()).unwrap() + longer,
            ..frame(link, data)
        }));
    }

    /// Random bytes rarely get past the first header: here the headers are right.
    #[test]
    fn survives_any_bytes_behind_good_headers(
        number in prop::sample::select(vec![1_u8, 6, 17, 58, 132, 0, 43, 44, 51, 60, 4, 47]),
        six in any::<bool>(),
        payload in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let bytes = if six {
            ethernet(0x86dd, &ipv6(number, &payload))
        } else {
            ethernet(0x0800, &ipv4(address(1), address(2), number, 0, &payload))
        };
        inspect([frame(LinkType::Ethernet, &bytes)]);
    }
}

/// The captures that are spoiled below, and how many frames of each.
fn sample() -> Vec<(Capture, usize)> {
    ["arp", "dns", "vlan", "malformed", "modbus", "scan"]
        .into_iter()
        .flat_map(support::captures)
        .map(|path| (Capture::read(&path), 60))
        .collect()
}

#[test]
fn survives_real_frames_cut_at_every_length() {
    for (capture, limit) in sample() {
        for frame in capture.frames().take(limit) {
            for len in 0..frame.data.len().min(400) {
                let data = &frame.data[..len];
                let wire_len = u32::try_from(len).unwrap();
                inspect([Frame {
                    data,
                    kernel: None,
                    wire_len,
                    ..frame
                }]);
                inspect([Frame { data, ..frame }]);
            }
        }
    }
}

#[test]
fn survives_bit_flips_in_real_captures() {
    for (capture, limit) in sample() {
        let frames: Vec<Frame<'_>> = capture.frames().take(limit).collect();
        for bit in 0..8 {
            let flipped: Vec<Vec<u8>> = frames
                .iter()
                .enumerate()
                .map(|(n, frame)| {
                    let mut data = frame.data.to_vec();
                    for at in (n % 13..data.len()).step_by(13 + bit) {
                        data[at] ^= 1 << bit;
                    }
                    data
                })
                .collect();
            let all = frames.iter().zip(&flipped);
            inspect(all.map(|(frame, data)| Frame { data, ..*frame }));
        }
    }
}
