//! Tunnels and redundancy tags: a frame inside is decoded as it is on its own, and whatever is no
//! tunnel stays what it was.

mod support;

use sensor_protocols::counters::Counter;
use sensor_protocols::decode::{Layer4, Packet, Undecoded, decode};
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::{Anomaly, Observation};
use sensor_protocols::time::Timestamp;
use support::frames::{PSH_ACK, Segment, address, ethernet, ipv4, modbus_read, udp};
use support::{Capture, Each};

type Wrap = fn(&[u8]) -> Vec<u8>;

/// Everything an Ethernet frame may come in.
const WRAPS: [(&str, Wrap); 8] = [
    ("hsr", hsr),
    ("gre", |frame| gre(0, 0x6558, &[], frame)),
    ("gre with all fields", |frame| {
        gre(0xb000, 0x6558, &[0; 12], frame)
    }),
    ("erspan I", |frame| gre(0, 0x88be, &[], frame)),
    ("erspan II", |frame| gre(0x1000, 0x88be, &ERSPAN_II, frame)),
    ("erspan III", |frame| {
        gre(0x1000, 0x22eb, &erspan_iii(0, 0), frame)
    }),
    ("erspan III with subheader", |frame| {
        let header = [erspan_iii(0, 1), vec![0; 8]].concat();
        gre(0x1000, 0x22eb, &header, frame)
    }),
    ("vxlan", |frame| vxlan(4789, 8, frame)),
];

/// Sequence number and header of ERSPAN type II.
const ERSPAN_II: [u8; 12] = [0, 0, 0, 1, 0x10, 7, 0, 0, 0, 0, 0, 0];

/// Sequence number and header of ERSPAN type III.
fn erspan_iii(frame_type: u8, options: u8) -> Vec<u8> {
    vec![
        0,
        0,
        0,
        1,
        0x20,
        7,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        frame_type << 2,
        options,
    ]
}

fn gre(flags: u16, kind: u16, fields: &[u8], inside: &[u8]) -> Vec<u8> {
    let header = [flags.to_be_bytes(), kind.to_be_bytes()].concat();
    let payload = [&header, fields, inside].concat();
    ethernet(0x0800, &ipv4(address(8), address(9), 47, 0, &payload))
}

fn vxlan(port: u16, flags: u8, inside: &[u8]) -> Vec<u8> {
    let payload = [&[flags, 0, 0, 0, 0, 0, 42, 0], inside].concat();
    let datagram = udp(50_000, port, &payload);
    ethernet(0x0800, &ipv4(address(8), address(9), 17, 0, &datagram))
}

fn hsr(frame: &[u8]) -> Vec<u8> {
    let (macs, rest) = frame.split_at(12);
    [macs, &[0x89, 0x2f, 0x10, 0x40, 0, 1], rest].concat()
}

/// A PRP redundancy control trailer for an untagged frame.
fn prp(frame: &[u8], lan: u16, surplus: usize) -> Vec<u8> {
    let size = u16::try_from(frame.len() - 14 + 6 + surplus).unwrap();
    let size = (lan << 12 | size).to_be_bytes();
    [frame, &[0, 1], &size, &[0x88, 0xfb]].concat()
}

fn whole(data: &[u8]) -> Frame<'_> {
    Frame {
        time: Timestamp::ZERO,
        number: 1,
        link: LinkType::Ethernet,
        wire_len: u32::try_from(data.len()).unwrap(),
        kernel: None,
        data,
    }
}

fn ether(data: &[u8]) -> Packet<'_> {
    decode(&whole(data))
}

/// A Modbus request in a frame of its own, with MAC addresses unlike those around it.
fn poll() -> Vec<u8> {
    let mut frame = Segment {
        from: 1,
        ports: (40_000, 502),
        sequence: 7,
        acknowledgement: 9,
        flags: PSH_ACK,
        payload: modbus_read(3),
    }
    .frame();
    frame[5] = 0x77;
    frame[11] = 0x88;
    frame
}

#[test]
fn the_inner_frame_is_what_counts() {
    let poll = poll();
    let bare = ether(&poll);
    for (name, wrap) in WRAPS {
        let bytes = wrap(&poll);
        let packet = ether(&bytes);
        assert_eq!(packet.endpoints(), bare.endpoints(), "{name}");
        assert_eq!(packet.payload(), bare.payload(), "{name}");
        assert_eq!(packet.anomalies, bare.anomalies, "{name}");
        assert_eq!(packet.outer.is_some(), name != "hsr", "{name}");
    }
}

#[test]
fn the_inner_vlan_counts_and_the_outer_one_is_kept_beside_it() {
    let poll = poll();
    let inner = [&poll[..12], &[0x81, 0, 0, 20], &poll[12..]].concat();
    let bare = vxlan(8472, 8, &inner);
    let outer = [&bare[..12], &[0x81, 0, 0, 10], &bare[12..]].concat();
    let packet = ether(&outer);
    assert_eq!(packet.link.vlans.ids(), [20]);
    assert_eq!(packet.outer.unwrap().link.vlans.ids(), [10]);
    assert_eq!(packet.outer.unwrap().ip.protocol, 17);
}

#[test]
fn ip_in_gre_keeps_the_link_it_came_over() {
    let poll = poll();
    let bytes = gre(0, 0x0800, &[], &poll[14..]);
    let packet = ether(&bytes);
    assert_eq!(packet.ports(), (40_000, 502));
    assert_eq!(packet.link.macs, ether(&bytes[..34]).link.macs);
    assert_eq!(packet.link.ethertype, 0x0800);
}

#[test]
fn what_is_no_tunnel_stays_what_it_was() {
    let poll = poll();
    let other_version = [0, 0, 0, 1, 0x20, 7, 0, 0, 0, 0, 0, 0];
    for (name, bytes) in [
        ("version 1", gre(1, 0x6558, &[], &poll)),
        ("source routing", gre(0x4000, 0x6558, &[0; 4], &poll)),
        ("ppp", gre(0, 0x880b, &[], &poll)),
        (
            "erspan II version",
            gre(0x1000, 0x88be, &other_version, &poll),
        ),
        (
            "erspan III frame type",
            gre(0x1000, 0x22eb, &erspan_iii(2, 0), &poll),
        ),
        ("no I flag", vxlan(4789, 0, &poll)),
        ("another port", vxlan(4790, 8, &poll)),
        (
            "unknown ethertype",
            vxlan(4789, 8, &ethernet(0x9999, &[0; 40])),
        ),
        ("802.3", gre(0, 0x6558, &[], &ethernet(0x0026, &[0; 40]))),
        ("gre cut short", gre(0x2000, 0x6558, &[0; 3], &[])),
        (
            "vxlan cut short",
            ethernet(
                0x0800,
                &ipv4(address(8), address(9), 17, 0, &udp(1, 4789, &[8; 7])),
            ),
        ),
    ] {
        let packet = ether(&bytes);
        assert!(packet.outer.is_none(), "{name}");
        assert_eq!(packet.undecoded, None, "{name}");
        assert!(packet.anomalies.is_empty(), "{name}: {packet:?}");
        let source = packet.ip().unwrap().source;
        assert_eq!(source.to_string(), "10.0.0.8", "{name}");
    }
}

#[test]
fn a_tunnel_whose_inside_cannot_be_followed_keeps_its_flow_and_tells() {
    let mut wrong = poll();
    wrong[14] = 0x55;
    let whole = poll();
    for (bytes, undecoded, anomaly) in [
        (
            gre(0, 0x88be, &[], &wrong),
            Undecoded::Network,
            Anomaly::BadVersion,
        ),
        (
            gre(0, 0x86dd, &[], &whole[14..]),
            Undecoded::Network,
            Anomaly::BadVersion,
        ),
        (
            vxlan(4789, 8, &whole[..13]),
            Undecoded::Link,
            Anomaly::Truncated,
        ),
        (
            vxlan(4789, 8, &whole[..40]),
            Undecoded::Transport,
            Anomaly::Truncated,
        ),
    ] {
        let packet = ether(&bytes);
        assert!(packet.outer.is_none());
        assert_eq!(packet.ip().unwrap().source.to_string(), "10.0.0.8");
        assert_eq!(packet.undecoded, Some(undecoded));
        assert!(packet.anomalies.contains(anomaly), "{packet:?}");
    }
}

#[test]
fn one_tunnel_is_opened_and_no_fragment_of_one() {
    let twice = vxlan(4789, 8, &gre(0, 0x6558, &[], &poll()));
    let packet = ether(&twice);
    assert_eq!(packet.ip().unwrap().protocol, 47);
    assert!(matches!(packet.layer4, Layer4::Other(_)));
    let mut fragment = vxlan(4789, 8, &poll());
    fragment[20] |= 0x20;
    assert!(matches!(ether(&fragment).layer4, Layer4::Fragment(_)));
}

/// Bytes behind the outer packet are link padding, not part of what is inside.
#[test]
fn the_outer_packet_bounds_what_is_inside() {
    let poll = poll();
    let mut bytes = vxlan(4789, 8, &poll[..poll.len() - 4]);
    bytes.extend([0xee; 20]);
    let packet = ether(&bytes);
    assert_eq!(packet.payload(), &modbus_read(3)[..8]);
    assert!(packet.anomalies.contains(Anomaly::BadLength));
}

#[test]
fn what_the_capture_cut_off_is_no_anomaly_inside_either() {
    for (name, wrap) in WRAPS {
        let bytes = wrap(&poll());
        for kept in 0..bytes.len() {
            let packet = decode(&Frame {
                data: &bytes[..kept],
                ..whole(&bytes)
            });
            assert!(packet.anomalies.is_empty(), "{name} {kept}: {packet:?}");
        }
    }
}

#[test]
fn a_redundancy_trailer_is_no_payload() {
    for ethertype in [0x88b8, 0x88ba, 0x8892] {
        let goose = ethernet(ethertype, &[7; 46]);
        for lan in [0xa, 0xb] {
            assert_eq!(ether(&prp(&goose, lan, 0)).payload(), [7; 46]);
        }
        let tagged = [&goose[..12], &[0x81, 0, 0xa0, 0], &goose[12..]].concat();
        let mut trailed = prp(&goose, 0xa, 0);
        trailed.splice(..60, tagged);
        assert_eq!(ether(&trailed).payload(), [7; 46], "size without the tag");
        // In a tunnel as well.
        assert_eq!(
            ether(&vxlan(4789, 8, &prp(&goose, 0xa, 0))).payload(),
            [7; 46]
        );
    }
}

#[test]
fn what_only_looks_like_a_trailer_is_payload() {
    let goose = ethernet(0x88b8, &[7; 46]);
    let mut other_suffix = prp(&goose, 0xa, 0);
    *other_suffix.last_mut().unwrap() = 0xfc;
    for bytes in [prp(&goose, 0xa, 1), prp(&goose, 0xc, 0), other_suffix] {
        assert_eq!(ether(&bytes).payload().len(), 52);
    }
    let trailed = prp(&goose, 0xa, 0);
    let cut = decode(&Frame {
        wire_len: u32::try_from(trailed.len() + 10).unwrap(),
        ..whole(&trailed)
    });
    assert_eq!(cut.payload().len(), 52, "the end is not there to see");
}

#[test]
fn supervision_frames_and_a_second_tag_stay_frames_of_the_link() {
    assert_eq!(ether(&ethernet(0x88fb, &[0; 46])).link.ethertype, 0x88fb);
    let twice = hsr(&hsr(&poll()));
    assert_eq!(ether(&twice).link.ethertype, 0x892f);
    let short = ether(&twice[..17]).undecoded;
    assert_eq!(short, Some(Undecoded::Link));
}

#[test]
fn frames_in_tunnels_are_counted() {
    let mut inspector = Inspector::default();
    let mut sink = Each(|_: &Observation<'_>| {});
    for bytes in [poll(), vxlan(4789, 8, &poll()), vxlan(4789, 0, &poll())] {
        inspector.frame(&whole(&bytes), &mut sink);
    }
    assert_eq!(inspector.counters().get(Counter::Decapsulated), 1);
}

/// All observations, without what tells one run from another: flow identifiers and byte counts.
fn observations(frames: &[Frame<'_>]) -> Vec<String> {
    let mut all = Vec::new();
    let mut sink = Each(|o: &Observation<'_>| {
        let same = Observation {
            flow: 0,
            bytes: 0,
            ..o.clone()
        };
        all.push(format!("{same:?}"));
    });
    let mut inspector = Inspector::default();
    for frame in frames {
        inspector.frame(frame, &mut sink);
    }
    inspector.finish(&mut sink);
    all
}

#[test]
fn modbus_captures_say_the_same_inside_every_tunnel() {
    let mut modbus = 0;
    for path in support::captures("modbus") {
        let capture = Capture::read(&path);
        // Where a capture was cut, the inner frame ends where the outer one does.
        let frames: Vec<Frame<'_>> = capture
            .frames()
            .filter(|frame| frame.data.len() > 14 && understood(frame))
            .collect();
        let bare = observations(&frames);
        modbus += bare
            .iter()
            .filter(|o| o.contains("protocol: Modbus"))
            .count();
        for (name, wrap) in WRAPS {
            let wrapped: Vec<Vec<u8>> = frames.iter().map(|frame| wrap(frame.data)).collect();
            let inside: Vec<Frame<'_>> = frames
                .iter()
                .zip(&wrapped)
                .map(|(frame, data)| {
                    let added = u32::try_from(data.len() - frame.data.len()).unwrap();
                    Frame {
                        data,
                        wire_len: frame.wire_len + added,
                        ..*frame
                    }
                })
                .collect();
            assert_eq!(observations(&inside), bare, "{} in {name}", path.display());
        }
    }
    assert!(modbus > 1000, "only {modbus} observations of Modbus");
}

/// Frames of unknown kinds, and those that cannot be followed, stay flows of their tunnel.
fn understood(frame: &Frame<'_>) -> bool {
    let packet = decode(frame);
    let known = packet.ip().is_some() || packet.link.ethertype == 0x0806;
    known && packet.undecoded.is_none()
}
