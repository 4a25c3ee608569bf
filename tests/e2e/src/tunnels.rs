//! Wraps frames into tunnels, for the tests.
//!
//! A builder panics when it is asked for what its header cannot hold: that is a mistake in a test.
#![allow(clippy::missing_panics_doc, reason = "said once for the whole module")]

use crate::frames::{ethernet, ipv4, ipv6, modbus_read, tag, udp};

/// Ends of the outer packets; no frame of the tests has them inside.
const NEAR: [u8; 4] = [198, 51, 100, 1];
const FAR: [u8; 4] = [198, 51, 100, 2];

/// Puts a whole Ethernet frame into something.
pub type Wrap = fn(&[u8]) -> Vec<u8>;

/// Every tunnel that takes an Ethernet frame, by name.
pub const TUNNELS: &[(&str, Wrap)] = &[
    ("gre bridging", |frame| gre(0x0000, 0x6558, &[], frame)),
    ("gre bridging, all fields", |frame| {
        gre(0xb000, 0x6558, &[0; 12], frame)
    }),
    ("gre over ipv6", |frame| {
        let payload = [vec![0x20, 0, 0x65, 0x58, 0, 0, 0, 7], frame.to_vec()].concat();
        let header = ipv6([1; 16], [2; 16], 47, payload.len());
        [ethernet(0x86dd), header, payload].concat()
    }),
    ("erspan I", |frame| gre(0x0000, 0x88be, &[], frame)),
    ("erspan II", |frame| {
        gre(0x1000, 0x88be, &erspan_ii(), frame)
    }),
    ("erspan III", |frame| {
        gre(0x1000, 0x22eb, &erspan_iii(0), frame)
    }),
    ("erspan III with subheader", |frame| {
        let header = [erspan_iii(1), vec![0x18; 8]].concat();
        gre(0x1000, 0x22eb, &header, frame)
    }),
    ("vxlan", |frame| vxlan(4789, 0x08, frame)),
    ("vxlan on the old port", |frame| vxlan(8472, 0x08, frame)),
    ("vxlan in a tagged frame", |frame| {
        let bare = vxlan(4789, 0x08, frame);
        [ethernet(0x8100), tag(77, 0x0800), bare[14..].to_vec()].concat()
    }),
];

/// Sequence number and ERSPAN type II header: version 1.
fn erspan_ii() -> Vec<u8> {
    vec![0, 0, 0, 1, 0x10, 7, 0, 0, 0, 0, 0, 0]
}

/// Sequence number and ERSPAN type III header: version 2, frame type Ethernet.
fn erspan_iii(options: u8) -> Vec<u8> {
    vec![0, 0, 0, 1, 0x20, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, options]
}

/// GRE over IPv4: flags and version, protocol type, what these announce, what is inside.
pub fn gre(flags: u16, kind: u16, fields: &[u8], inside: &[u8]) -> Vec<u8> {
    let header = ipv4(NEAR, FAR, 47, 4 + fields.len() + inside.len());
    let flags = [flags.to_be_bytes(), kind.to_be_bytes()].concat();
    [
        ethernet(0x0800),
        header,
        flags,
        fields.to_vec(),
        inside.to_vec(),
    ]
    .concat()
}

/// VXLAN over IPv4.
pub fn vxlan(port: u16, flags: u8, inside: &[u8]) -> Vec<u8> {
    let payload = [vec![flags, 0, 0, 0, 0, 0, 42, 0], inside.to_vec()].concat();
    [
        ethernet(0x0800),
        ipv4(NEAR, FAR, 17, 8 + payload.len()),
        udp(50000, port, payload.len()),
        payload,
    ]
    .concat()
}

/// An Ethernet frame with an HSR tag in front of its ethertype (IEC 62439-3, 5.6).
pub fn hsr(frame: &[u8]) -> Vec<u8> {
    let size = u16::try_from(frame.len() - 8).expect("the frame fits the tag") & 0x0fff;
    let (macs, rest) = frame.split_at(12);
    let tag = [[0x89, 0x2f], size.to_be_bytes(), [0, 1]].concat();
    [macs.to_vec(), tag, rest.to_vec()].concat()
}

/// An untagged frame with a PRP redundancy control trailer (IEC 62439-3, 4.1.9) that claims
/// `surplus` bytes more than there are.
pub fn prp(frame: &[u8], surplus: u16) -> Vec<u8> {
    let size = u16::try_from(frame.len() - 14 + 6).expect("the frame fits the trailer") + surplus;
    let [high, low] = (0xa000 | size & 0x0fff).to_be_bytes();
    [frame.to_vec(), vec![0, 1, high, low, 0x88, 0xfb]].concat()
}

/// A named frame for each way through the parser that tunnels and redundancy tags make.
pub(crate) fn paths() -> Vec<(&'static str, Vec<u8>)> {
    let poll = modbus_read([192, 0, 2, 1], 40000, 1);
    let goose = [ethernet(0x88b8), vec![0; 40]].concat();
    let mut paths: Vec<(&'static str, Vec<u8>)> = TUNNELS
        .iter()
        .map(|(name, wrap)| (*name, wrap(&poll)))
        .collect();
    paths.extend([
        ("hsr", hsr(&poll)),
        ("goose with trailer", prp(&goose, 0)),
        ("goose in vxlan", vxlan(4789, 8, &prp(&goose, 0))),
        ("hsr in gre", gre(0, 0x6558, &[], &hsr(&poll))),
        ("ipv4 in gre", gre(0, 0x0800, &[], &poll[14..])),
        (
            "another version of ip in gre",
            gre(0, 0x86dd, &[], &poll[14..]),
        ),
        ("gre version 1", gre(1, 0x6558, &[], &poll)),
        ("gre of unknown content", gre(0, 0x880b, &[], &poll)),
        (
            "erspan II of another version",
            gre(0x1000, 0x88be, &[0; 12], &poll),
        ),
        ("vxlan without flag", vxlan(4789, 0, &poll)),
        (
            "supervision frame in vxlan",
            vxlan(4789, 8, &ethernet(0x88fb)),
        ),
        ("vxlan in vxlan", vxlan(4789, 8, &vxlan(4789, 8, &poll))),
        (
            "wrong version in erspan",
            gre(0, 0x88be, &[], &wrong_version()),
        ),
        ("three tags in vxlan", vxlan(4789, 8, &three_tags())),
        ("fragment of vxlan", fragment(&vxlan(4789, 8, &poll))),
        ("fragment in vxlan", vxlan(4789, 8, &fragment(&poll))),
        ("too far in", too_far_in(&poll)),
    ]);
    paths
}

fn wrong_version() -> Vec<u8> {
    let mut frame = modbus_read([192, 0, 2, 1], 40000, 1);
    frame[14] = 0x55;
    frame
}

fn three_tags() -> Vec<u8> {
    let tags = [tag(1, 0x8100), tag(2, 0x8100), tag(3, 0x0800)].concat();
    [ethernet(0x8100), tags].concat()
}

/// Sets the flag "more fragments" of an untagged IPv4 frame.
fn fragment(frame: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    frame[20] |= 0x20;
    frame
}

/// A frame in GRE behind so many bytes of options that its headers lie too far into the frame.
pub fn too_far_in(frame: &[u8]) -> Vec<u8> {
    let options = [vec![47, 56], vec![0; 454]].concat();
    let payload = [options, vec![0, 0, 0x65, 0x58], frame.to_vec()].concat();
    let header = ipv6([1; 16], [2; 16], 60, payload.len());
    [ethernet(0x86dd), header, payload].concat()
}
