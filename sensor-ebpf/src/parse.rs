//! Frame to flow key: Ethernet, VLAN and HSR tags, IPv4, IPv6, extension headers, TCP, UDP and SCTP,
//! and the same once more inside a tunnel.
//!
//! Decides like the user-space decoder on the same bytes, which a test holds it to: link padding is
//! no part of a packet, every fragment of a datagram counts as one, the innermost VLAN that is not
//! zero names the flow. What is inside a tunnel counts if it can be followed; otherwise the tunnel
//! is a flow like any other.

use core::hint::black_box;

use sensor_common::flow::{Address, KIND_FRAGMENT, KIND_WHOLE};
use sensor_common::ports::is_ot_ethertype;
use sensor_common::record::Class;

use crate::cursor::{Cursor, MAX_OFFSET};
use crate::headers::{
    ETHERTYPE_ARP, ETHERTYPE_HSR, ETHERTYPE_IPV4, ETHERTYPE_IPV6, Ipv4, Ipv6, PRP_SUFFIX, Ports,
    Tcp, is_vlan, protocol,
};
use crate::outcome::{Parsed, Skip};
use crate::quick;
use crate::tunnel::{self, Content};

/// Length of an Ethernet header without tags (IEEE 802.3, 3.1.1).
pub const ETHERNET_LEN: usize = 14;
/// VLAN tags that are followed: customer and service tag.
pub const MAX_TAGS: usize = 2;
/// Extension headers that are followed; more than any known stack sends.
pub const MAX_EXTENSIONS: usize = 8;

/// Follows the headers of a frame and fills in what they say.
///
/// On a skip, what was read before stands in `parsed`; a flow key only if the class has a flow: then
/// it is the flow of the tunnel whose inside could not be followed.
#[inline(always)]
pub fn parse(frame: Cursor<'_>, parsed: &mut Parsed) -> Result<(), Skip> {
    if quick::parse(frame, parsed) {
        return Ok(());
    }
    in_steps(frame, parsed)
}

/// As [`parse`], header by header: whatever [`quick::parse`] leaves alone. The kernel program calls both by
/// itself, each with pointers of its own.
#[inline(always)]
pub fn in_steps(frame: Cursor<'_>, parsed: &mut Parsed) -> Result<(), Skip> {
    parsed.packet_end = u16::MAX;
    parsed.decapsulated = false;
    parsed.class = Class::Unparsed;
    link(frame, 0, parsed)?;
    network(frame, forget(parsed))?;
    if tunnel::is_carried(parsed) {
        return decapsulate(frame, parsed);
    }
    Ok(())
}

/// Follows what is in a tunnel. Whatever cannot be followed, or is of no known kind, leaves the flow
/// of the tunnel in its place, so that a made-up header hides nothing.
#[inline(always)]
fn decapsulate(frame: Cursor<'_>, parsed: &mut Parsed) -> Result<(), Skip> {
    let parsed = forget(parsed);
    parsed.keep_outer();
    let outcome = inside_tunnel(frame, parsed);
    if outcome.is_ok() && parsed.class as u8 != Class::OtherLink as u8 {
        parsed.decapsulated = true;
    } else {
        parsed.back_to_outer();
    }
    outcome
}

#[inline(always)]
fn inside_tunnel(frame: Cursor<'_>, parsed: &mut Parsed) -> Result<(), Skip> {
    parsed.class = Class::OtherLink;
    match tunnel::open(frame, parsed)? {
        Content::Unknown => return Ok(()),
        Content::Ethernet => {
            let parsed = forget(parsed);
            link(frame, parsed.payload_offset as usize, parsed)?;
        }
        Content::Ip => {}
    }
    network(frame, forget(parsed))
}

/// Makes compiler and verifier forget what the fields hold. Where they are known, the verifier walks
/// everything behind once for each way that leads here.
#[inline(always)]
fn forget(parsed: &mut Parsed) -> &mut Parsed {
    black_box(parsed)
}

/// Follows what `ethertype` announces at the payload offset.
#[inline(always)]
fn network(frame: Cursor<'_>, parsed: &mut Parsed) -> Result<(), Skip> {
    let start = parsed.payload_offset as usize;
    let behind = match parsed.ethertype {
        ETHERTYPE_IPV4 => ipv4(frame, start, parsed)?,
        ETHERTYPE_IPV6 => ipv6(frame, start, parsed)?,
        other => {
            parsed.class = link_class(other);
            if parsed.class as u8 == Class::OtLink as u8 {
                without_trailer(frame, start, parsed);
                // Behind a place the compiler does not see through, both ways have two bytes. It would
                // else join them with a pointer in their place where there are none.
                parsed.make_link_key(black_box(frame.read(start).unwrap_or_default()));
            }
            return Ok(());
        }
    };
    let transport = extensions(frame, behind, parsed)?;
    flow(frame, transport, parsed)
}

/// Sets the end of a frame without IP: in front of a PRP redundancy control trailer, if there is one
/// (IEC 62439-3, 4.1.9: sequence number, LAN and size, suffix). The size counts what is behind the
/// tags, the trailer included.
#[inline(always)]
fn without_trailer(frame: Cursor<'_>, start: usize, parsed: &mut Parsed) {
    let end = frame.len().min(parsed.packet_end as usize);
    parsed.packet_end = clamp(end);
    if end < start + PRP_TRAILER_LEN {
        return;
    }
    let Some([_, _, lan_size, size, high, low]) = frame.read_trailer::<PRP_TRAILER_LEN>(end) else {
        return;
    };
    let size = u16::from_be_bytes([lan_size & 0x0f, size]) as usize;
    let is_lan = lan_size >> 4 == 0xa || lan_size >> 4 == 0xb;
    if is_lan && size == end - start && u16::from_be_bytes([high, low]) == PRP_SUFFIX {
        parsed.packet_end = clamp(end - PRP_TRAILER_LEN);
    }
}

/// Length of a PRP redundancy control trailer.
const PRP_TRAILER_LEN: usize = 6;

#[inline(always)]
fn link_class(ethertype: u16) -> Class {
    match ethertype {
        ETHERTYPE_ARP => Class::Arp,
        other if is_ot_ethertype(other) => Class::OtLink,
        _ => Class::OtherLink,
    }
}

/// Reads the link header at `start`, up to [`MAX_TAGS`] VLAN tags and one HSR tag; the payload
/// offset is behind them.
#[inline(always)]
fn link(frame: Cursor<'_>, start: usize, parsed: &mut Parsed) -> Result<(), Skip> {
    parsed.vlan = 0;
    let header = inside::<ETHERNET_LEN>(frame, start, parsed)?;
    let [a, b, c, d, e, f, g, h, i, j, k, l, high, low] = header;
    parsed.destination_mac = [a, b, c, d, e, f, 0, 0];
    parsed.source_mac = [g, h, i, j, k, l, 0, 0];
    let mut ethertype = u16::from_be_bytes([high, low]);
    let mut offset = start + ETHERNET_LEN;
    let mut tags = 0;
    let mut redundant = false;
    for _ in 0..=MAX_TAGS {
        if is_vlan(ethertype) && tags < MAX_TAGS {
            let [control_high, control_low, high, low] = inside::<4>(frame, offset, parsed)?;
            // Identifier zero is a priority tag, which names no VLAN (IEEE 802.1Q, table 9-2).
            let identifier = u16::from_be_bytes([control_high, control_low]) & 0x0fff;
            if identifier != 0 {
                parsed.vlan = identifier;
            }
            ethertype = u16::from_be_bytes([high, low]);
            offset += 4;
            tags += 1;
        } else if ethertype == ETHERTYPE_HSR && !redundant {
            // Path and size, sequence number, ethertype (IEC 62439-3, 5.6).
            let [_, _, _, _, high, low] = inside::<6>(frame, offset, parsed)?;
            ethertype = u16::from_be_bytes([high, low]);
            offset += 6;
            redundant = true;
        } else {
            break;
        }
    }
    parsed.ethertype = ethertype;
    parsed.payload_offset = clamp(offset);
    if is_vlan(ethertype) {
        return Err(Skip::TooDeep);
    }
    Ok(())
}

/// Why an IP header that is not there in full cannot be followed: a wrong version comes first.
#[inline(always)]
fn cut_header(
    frame: Cursor<'_>,
    offset: usize,
    parsed: &Parsed,
    version: u8,
    reason: Skip,
) -> Skip {
    match inside::<1>(frame, offset, parsed) {
        Ok([first]) if first >> 4 != version => Skip::Malformed,
        _ => reason,
    }
}

#[inline(always)]
fn ipv4(frame: Cursor<'_>, offset: usize, parsed: &mut Parsed) -> Result<usize, Skip> {
    let header = match inside(frame, offset, parsed) {
        Ok(bytes) => Ipv4(bytes),
        Err(reason) => return Err(cut_header(frame, offset, parsed, 4, reason)),
    };
    let header_len = header.header_len();
    // A total length of zero stands for "longer than 65535" in frames a driver put together.
    let total_len = header.total_len();
    if header.version() != 4 || header_len < 20 || (total_len != 0 && total_len < header_len) {
        return Err(Skip::Malformed);
    }
    parsed.source.address = Address::v4(header.source());
    parsed.destination.address = Address::v4(header.destination());
    parsed.protocol = header.protocol();
    parsed.kind = kind(header.is_fragment());
    parsed.plain = header_len == 20;
    end_packet(parsed, offset, total_len);
    Ok(offset + header_len)
}

#[inline(always)]
fn ipv6(frame: Cursor<'_>, offset: usize, parsed: &mut Parsed) -> Result<usize, Skip> {
    let header = match inside(frame, offset, parsed) {
        Ok(bytes) => Ipv6(bytes),
        Err(reason) => return Err(cut_header(frame, offset, parsed, 6, reason)),
    };
    if header.version() != 6 {
        return Err(Skip::Malformed);
    }
    parsed.source.address = Address::v6(header.source());
    parsed.destination.address = Address::v6(header.destination());
    parsed.protocol = header.next_header();
    parsed.kind = KIND_WHOLE;
    parsed.plain = true;
    end_packet(parsed, offset + 40, header.payload_len());
    Ok(offset + 40)
}

#[inline(always)]
const fn kind(fragment: bool) -> u8 {
    if fragment { KIND_FRAGMENT } else { KIND_WHOLE }
}

/// Ends the packet behind `len` bytes at `offset`, never later than what it is in; a length of zero
/// claims nothing.
#[inline(always)]
fn end_packet(parsed: &mut Parsed, offset: usize, len: usize) {
    let end = clamp(offset + len);
    if len != 0 && end < parsed.packet_end {
        parsed.packet_end = end;
    }
}

/// An offset as it is kept; beyond 65535 nothing is ever read.
#[inline(always)]
pub(crate) fn clamp(offset: usize) -> u16 {
    u16::try_from(offset).unwrap_or(u16::MAX)
}

/// Copies a header that must lie inside both frame and packet.
#[inline(always)]
pub(crate) fn inside<const N: usize>(
    frame: Cursor<'_>,
    offset: usize,
    parsed: &Parsed,
) -> Result<[u8; N], Skip> {
    if offset + N > parsed.packet_end as usize {
        return Err(Skip::Short);
    }
    match frame.read(offset) {
        Some(bytes) => Ok(bytes),
        // There, and yet too far into the frame.
        None if offset > MAX_OFFSET && offset + N <= frame.len() => Err(Skip::TooDeep),
        None => Err(Skip::Short),
    }
}

/// Walks the extension headers (RFC 8200, 4; RFC 4302) and gives the offset behind them.
#[inline(always)]
fn extensions(frame: Cursor<'_>, start: usize, parsed: &mut Parsed) -> Result<usize, Skip> {
    let mut offset = start;
    for _ in 0..MAX_EXTENSIONS {
        let number = parsed.protocol;
        if parsed.kind == KIND_FRAGMENT || !is_extension(number) {
            return Ok(offset);
        }
        let [next, length, high, low, ..] = inside::<8>(frame, offset, parsed)?;
        parsed.protocol = next;
        parsed.plain = false;
        // Every header is eight bytes longer than its length field says, in a unit of its own.
        offset += 8 + (length as usize) * length_unit(number);
        if number == protocol::FRAGMENT {
            // Offset and the "more" bit; both zero is a datagram in one piece (RFC 6946).
            parsed.kind = kind(u16::from_be_bytes([high, low]) & 0xfff9 != 0);
        }
    }
    if parsed.kind == KIND_FRAGMENT || !is_extension(parsed.protocol) {
        return Ok(offset);
    }
    Err(Skip::TooDeep)
}

#[inline(always)]
const fn is_extension(number: u8) -> bool {
    matches!(
        number,
        protocol::HOP_BY_HOP
            | protocol::ROUTING
            | protocol::FRAGMENT
            | protocol::AUTHENTICATION
            | protocol::DESTINATION_OPTIONS
            | protocol::MOBILITY
            | protocol::HOST_IDENTITY
            | protocol::SHIM6
    )
}

/// Bytes for each unit of an extension header's length field.
#[inline(always)]
const fn length_unit(number: u8) -> usize {
    match number {
        protocol::FRAGMENT => 0,
        // RFC 4302, 2.2.
        protocol::AUTHENTICATION => 4,
        _ => 8,
    }
}

/// Reads the transport header and makes the flow key.
#[inline(always)]
fn flow(frame: Cursor<'_>, offset: usize, parsed: &mut Parsed) -> Result<(), Skip> {
    parsed.source.port = 0;
    parsed.destination.port = 0;
    parsed.tcp_flags = 0;
    let mut payload = offset;
    let class = if parsed.kind == KIND_FRAGMENT {
        let [] = inside(frame, offset, parsed)?;
        Class::Fragment
    } else {
        match parsed.protocol {
            protocol::TCP => {
                let header = Tcp(inside(frame, offset, parsed)?);
                parsed.source.port = header.source();
                parsed.destination.port = header.destination();
                parsed.tcp_flags = header.flags();
                parsed.sequence = header.sequence();
                parsed.plain &= header.header_len() >= 20;
                // A header that claims to be shorter than its fixed part still has its ports.
                payload += header.header_len().max(20);
                Class::Tcp
            }
            protocol::UDP => {
                let header = Ports(inside(frame, offset, parsed)?);
                parsed.source.port = header.source();
                parsed.destination.port = header.destination();
                parsed.datagram_len = header.datagram_len();
                parsed.checksum = header.checksum();
                // A length below that of the header claims nothing.
                if header.datagram_len() >= 8 {
                    end_packet(parsed, offset, header.datagram_len() as usize);
                }
                payload += 8;
                Class::Udp
            }
            protocol::SCTP => {
                let _: [u8; 12] = inside(frame, offset, parsed)?;
                let header = Ports(inside(frame, offset, parsed)?);
                parsed.source.port = header.source();
                parsed.destination.port = header.destination();
                payload += 12;
                Class::OtherIp
            }
            protocol::ICMP | protocol::ICMPV6 => {
                let _: [u8; 8] = inside(frame, offset, parsed)?;
                payload += 8;
                Class::OtherIp
            }
            _ => {
                let [] = inside(frame, offset, parsed)?;
                Class::OtherIp
            }
        }
    };
    parsed.payload_offset = clamp(payload);
    parsed.make_key();
    parsed.class = class;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sensor_common::flow::{Direction, End, FlowKey};

    use super::*;

    const CLIENT: [u8; 4] = [192, 0, 2, 1];
    const SERVER: [u8; 4] = [192, 0, 2, 2];

    fn run(frame: &[u8]) -> (Result<Class, Skip>, Parsed) {
        let mut parsed = Parsed::default();
        let outcome = parse(Cursor::new(frame), &mut parsed);
        (outcome.map(|()| parsed.class), parsed)
    }

    fn ethernet(ethertype: u16) -> Vec<u8> {
        let mut bytes = vec![2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1];
        bytes.extend(ethertype.to_be_bytes());
        bytes
    }

    fn tag(control: u16, ethertype: u16) -> Vec<u8> {
        [control.to_be_bytes(), ethertype.to_be_bytes()].concat()
    }

    fn ipv4(first: u8, fragment: u16, protocol: u8, options: &[u8]) -> Vec<u8> {
        let [high, low] = fragment.to_be_bytes();
        let mut bytes = vec![first, 0, 0, 100, 0, 0, high, low, 64, protocol, 0, 0];
        bytes.extend(CLIENT);
        bytes.extend(SERVER);
        bytes.extend(options);
        bytes
    }

    fn ipv6(next: u8) -> Vec<u8> {
        let mut bytes = vec![0x60, 0, 0, 0, 0, 0, next, 64];
        bytes.extend([0xfe; 16]);
        bytes.extend([0xfd; 16]);
        bytes
    }

    fn tcp(words: u8, flags: u8) -> Vec<u8> {
        let mut bytes = vec![
            0x9c,
            0x40,
            0x01,
            0xf6,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            1,
            words << 4,
            flags,
        ];
        bytes.resize(usize::from(words).max(5) * 4, 0);
        bytes
    }

    fn udp() -> Vec<u8> {
        vec![0xba, 0xc0, 0xba, 0xc0, 0, 8, 0, 0]
    }

    /// Every shorter frame is a skip for want of bytes, and nothing else changes on the way.
    fn short_before(frame: &[u8], needed: usize) {
        for len in 0..needed {
            assert_eq!(run(&frame[..len]).0, Err(Skip::Short), "{len} bytes");
        }
        let whole = run(frame);
        for len in needed..frame.len() {
            let cut = run(&frame[..len]);
            assert_eq!(cut.0, whole.0, "{len} bytes");
            assert_eq!(cut.1.key, whole.1.key, "{len} bytes");
        }
    }

    #[test]
    fn tcp_over_ipv4() {
        let frame = [
            ethernet(0x0800),
            ipv4(0x45, 0x4000, 6, &[]),
            tcp(6, 0x12),
            vec![9; 12],
        ]
        .concat();
        let (outcome, parsed) = run(&frame);
        assert_eq!(outcome, Ok(Class::Tcp));
        let (key, direction) = FlowKey::new(
            End::new(Address::v4(CLIENT), 40000),
            End::new(Address::v4(SERVER), 502),
            0,
            6,
            KIND_WHOLE,
        );
        assert_eq!((parsed.key, parsed.direction()), (key, direction));
        assert_eq!(parsed.tcp_flags, 0x12);
        assert_eq!(parsed.payload_offset, 14 + 20 + 24);
        assert_eq!(parsed.source_mac, [1, 1, 1, 1, 1, 1, 0, 0]);
        short_before(&frame, 14 + 20 + 20);
    }

    #[test]
    fn two_tags_are_followed_and_the_inner_one_counts() {
        let frame = [
            ethernet(0x88a8),
            tag(0x2064, 0x8100),
            tag(0xe007, 0x0800),
            ipv4(0x45, 0, 17, &[]),
            udp(),
        ]
        .concat();
        let (outcome, parsed) = run(&frame);
        assert_eq!(outcome, Ok(Class::Udp));
        assert_eq!((parsed.vlan, parsed.key.vlan()), (7, 7));
        assert_eq!(parsed.source.port, 47808);
        short_before(&frame, 22 + 20 + 8);
    }

    #[test]
    fn a_third_tag_is_too_deep() {
        let frame = [
            ethernet(0x8100),
            tag(1, 0x8100),
            tag(2, 0x8100),
            tag(3, 0x0800),
        ]
        .concat();
        assert_eq!(run(&frame).0, Err(Skip::TooDeep));
    }

    #[test]
    fn ipv4_options_move_the_transport_header() {
        let frame = [ethernet(0x0800), ipv4(0x4f, 0, 17, &[1; 40]), udp()].concat();
        let (outcome, parsed) = run(&frame);
        assert_eq!(outcome, Ok(Class::Udp));
        assert_eq!(parsed.payload_offset, 14 + 60 + 8);
        short_before(&frame, 14 + 60 + 8);
    }

    #[test]
    fn every_fragment_counts_under_one_key_without_ports() {
        let keys: Vec<FlowKey> = [0x2000, 0x2001, 0x0002]
            .into_iter()
            .map(|bits| {
                let frame = [ethernet(0x0800), ipv4(0x45, bits, 17, &[]), udp()].concat();
                let (outcome, parsed) = run(&frame);
                assert_eq!(outcome, Ok(Class::Fragment), "{bits:#x}");
                parsed.key
            })
            .collect();
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!((keys[0].low().port, keys[0].kind()), (0, KIND_FRAGMENT));
    }

    #[test]
    fn link_padding_is_no_transport_header() {
        let mut frame = [ethernet(0x0800), ipv4(0x45, 0, 6, &[]), tcp(5, 2)].concat();
        frame[17] = 39;
        assert_eq!(run(&frame).0, Err(Skip::Short));
        frame[17] = 40;
        assert_eq!(run(&frame).0, Ok(Class::Tcp));
        frame[17] = 0;
        assert_eq!(run(&frame).0, Ok(Class::Tcp));
    }

    #[test]
    fn a_tcp_header_below_its_minimum_still_has_its_ports() {
        let frame = [ethernet(0x0800), ipv4(0x45, 0, 6, &[]), tcp(4, 0)].concat();
        let (outcome, parsed) = run(&frame);
        assert_eq!(outcome, Ok(Class::Tcp));
        assert_eq!((parsed.destination.port, parsed.payload_offset), (502, 54));
    }

    #[test]
    fn ipv4_headers_that_contradict_themselves_are_malformed() {
        for first in [0x55, 0x44, 0x40] {
            let frame = [ethernet(0x0800), ipv4(first, 0, 17, &[]), udp()].concat();
            assert_eq!(run(&frame).0, Err(Skip::Malformed), "{first:#x}");
        }
        let mut short_total = [ethernet(0x0800), ipv4(0x45, 0, 17, &[]), udp()].concat();
        short_total[17] = 19;
        assert_eq!(run(&short_total).0, Err(Skip::Malformed));
    }

    #[test]
    fn extension_headers_are_walked_to_the_transport() {
        let hop = [vec![44, 0], vec![0; 6]].concat();
        let whole_fragment = vec![51, 0, 0, 0, 0, 0, 0, 1];
        let authentication = [vec![60, 4], vec![0; 22]].concat();
        let options = [vec![6, 1], vec![0; 14]].concat();
        let frame = [
            ethernet(0x86dd),
            ipv6(0),
            hop,
            whole_fragment,
            authentication,
            options,
            tcp(5, 2),
        ]
        .concat();
        let (outcome, parsed) = run(&frame);
        assert_eq!(outcome, Ok(Class::Tcp));
        assert_eq!(parsed.key.protocol(), 6);
        assert_eq!(parsed.source.address.bytes(), [0xfe; 16]);
        assert_eq!(usize::from(parsed.payload_offset), frame.len());
        short_before(&frame, frame.len());
    }

    #[test]
    fn a_later_ipv6_fragment_keeps_its_protocol() {
        let fragment = vec![17, 0, 0, 8, 0, 0, 0, 1];
        let (outcome, parsed) = run(&[ethernet(0x86dd), ipv6(44), fragment, udp()].concat());
        assert_eq!(outcome, Ok(Class::Fragment));
        assert_eq!(
            (parsed.key.protocol(), parsed.key.kind()),
            (17, KIND_FRAGMENT)
        );
    }

    #[test]
    fn a_chain_of_extension_headers_without_end_is_too_deep() {
        let hop = [vec![0, 0], vec![0; 6]].concat();
        let frame = [ethernet(0x86dd), ipv6(0), hop.repeat(MAX_EXTENSIONS), udp()].concat();
        assert_eq!(run(&frame).0, Err(Skip::TooDeep));
    }

    #[test]
    fn other_protocols_have_a_flow_without_ports() {
        let echo = vec![8, 0, 0, 0, 0, 1, 0, 1];
        let (outcome, parsed) = run(&[ethernet(0x0800), ipv4(0x45, 0, 1, &[]), echo].concat());
        assert_eq!(outcome, Ok(Class::OtherIp));
        assert_eq!(parsed.direction() as u8, Direction::LowToHigh as u8);
        assert_eq!((parsed.key.protocol(), parsed.source.port), (1, 0));
    }

    #[test]
    fn link_layer_protocols_are_told_apart() {
        for (ethertype, class) in [
            (0x0806, Class::Arp),
            (0x8892, Class::OtLink),
            (0x88b8, Class::OtLink),
            (0x88f7, Class::OtLink),
            (0x0026, Class::OtherLink),
            (0x88fb, Class::OtherLink),
        ] {
            assert_eq!(run(&ethernet(ethertype)).0, Ok(class), "{ethertype:#06x}");
        }
    }

    fn hsr(ethertype: u16) -> Vec<u8> {
        let [high, low] = ethertype.to_be_bytes();
        vec![0x10, 0x40, 0, 1, high, low]
    }

    #[test]
    fn one_redundancy_tag_is_followed_before_and_behind_vlan_tags() {
        let datagram = [ipv4(0x45, 0, 17, &[]), udp()].concat();
        for links in [
            [ethernet(0x892f), hsr(0x8100), tag(7, 0x0800)].concat(),
            [ethernet(0x8100), tag(7, 0x892f), hsr(0x0800)].concat(),
        ] {
            let frame = [links, datagram.clone()].concat();
            let (outcome, parsed) = run(&frame);
            assert_eq!((outcome, parsed.vlan), (Ok(Class::Udp), 7));
            assert!(!parsed.decapsulated);
            short_before(&frame, frame.len());
        }
        let twice = [ethernet(0x892f), hsr(0x892f), hsr(0x0800)].concat();
        assert_eq!(run(&twice).0, Ok(Class::OtherLink));
    }

    /// A frame of GOOSE with a trailer that claims `surplus` bytes more than there are.
    fn with_trailer(lan: u8, surplus: u8) -> Vec<u8> {
        let trailer = vec![0, 1, lan << 4, 46 + 6 + surplus, 0x88, 0xfb];
        [ethernet(0x88b8), vec![7; 46], trailer].concat()
    }

    #[test]
    fn a_redundancy_trailer_is_behind_the_end() {
        for lan in [0xa, 0xb] {
            let (outcome, parsed) = run(&with_trailer(lan, 0));
            assert_eq!(outcome, Ok(Class::OtLink));
            assert_eq!((parsed.payload_offset, parsed.packet_end()), (14, 60));
        }
        let mut tagged = with_trailer(0xa, 0);
        tagged.splice(12..12, [0x81, 0, 0xa0, 0]);
        assert_eq!(run(&tagged).1.packet_end(), 64, "size without the tag");
    }

    #[test]
    fn what_only_looks_like_a_trailer_is_not_behind_the_end() {
        let mut suffix = with_trailer(0xa, 0);
        suffix[65] = 0xfc;
        for frame in [with_trailer(0xa, 1), with_trailer(0xc, 0), suffix] {
            assert_eq!(run(&frame).1.packet_end(), 66);
        }
        let short = [ethernet(0x88b8), vec![0, 0xa0, 6, 0x88, 0xfb]].concat();
        assert_eq!(run(&short).1.packet_end(), 19);
        assert_eq!(run(&ethernet(0x88b8)).1.packet_end(), 14);
    }

    #[test]
    fn what_an_earlier_frame_left_behind_does_not_show() {
        let mut parsed = Parsed::default();
        let tagged = [
            ethernet(0x8100),
            tag(9, 0x0800),
            ipv4(0x45, 0, 6, &[]),
            tcp(5, 0x3f),
        ]
        .concat();
        assert_eq!(parse(Cursor::new(&tagged), &mut parsed), Ok(()));
        let plain = [ethernet(0x0800), ipv4(0x45, 0, 47, &[]), vec![8, 0]].concat();
        assert_eq!(parse(Cursor::new(&plain), &mut parsed), Ok(()));
        let fresh = run(&plain).1;
        assert_eq!(
            (parsed.key, parsed.vlan, parsed.tcp_flags),
            (fresh.key, 0, 0)
        );
        assert_eq!((parsed.source.port, parsed.destination.port), (0, 0));
    }
}
