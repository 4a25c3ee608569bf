//! Tunnel headers, one level: GRE with IP or Ethernet, ERSPAN types I to III, VXLAN.
//!
//! Data in: the cursor and the flow that carries the tunnel. Data out: where the inner packet starts
//! (payload offset), where it ends (packet end) and its ethertype, in the same fields. Limits: GRE of
//! version 0 without source routing; a header that is none, is cut short or carries something else
//! is no tunnel. Checksums are not verified.

use sensor_common::record::Class;

use crate::cursor::Cursor;
use crate::headers::{
    ETHERTYPE_BRIDGED, ETHERTYPE_ERSPAN, ETHERTYPE_ERSPAN_III, ETHERTYPE_IPV4, ETHERTYPE_IPV6,
    VXLAN_PORTS, protocol,
};
use crate::outcome::{Parsed, Skip};
use crate::parse::{clamp, inside};

/// What a tunnel holds. As wide as a register, see [`Skip`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Content {
    /// No tunnel, or nothing that is followed.
    Unknown,
    /// A frame with its Ethernet header.
    Ethernet,
    /// A packet of the ethertype set, without a link header of its own.
    Ip,
}

/// GRE flags and version, the first two bytes (RFC 2784, 2.1; RFC 2890, 2; RFC 1701).
mod gre {
    pub(super) const CHECKSUM: u16 = 0x8000;
    pub(super) const ROUTING: u16 = 0x4000;
    pub(super) const KEY: u16 = 0x2000;
    pub(super) const SEQUENCE: u16 = 0x1000;
    pub(super) const VERSION: u16 = 0x0007;
}

/// Whether a flow is one that tunnels are carried by.
#[inline(always)]
pub(crate) fn is_carried(parsed: &Parsed) -> bool {
    let [assigned, old] = VXLAN_PORTS;
    match parsed.class {
        Class::Udp => parsed.destination.port == assigned || parsed.destination.port == old,
        Class::OtherIp => parsed.protocol == protocol::GRE,
        Class::Unparsed
        | Class::OtherLink
        | Class::Arp
        | Class::OtLink
        | Class::Tcp
        | Class::Fragment => false,
    }
}

/// Reads the tunnel header at the payload offset. `Err` only when it is too far into the frame.
#[inline(always)]
pub(crate) fn open(frame: Cursor<'_>, parsed: &mut Parsed) -> Result<Content, Skip> {
    let content = if parsed.protocol == protocol::UDP {
        vxlan(frame, parsed)
    } else {
        gre(frame, parsed)
    };
    match content {
        // A tunnel header that is cut short is none.
        Err(Skip::Short) => Ok(Content::Unknown),
        other => other,
    }
}

/// RFC 7348, 5. Receivers look at the I flag and ignore the rest, so this does too.
#[inline(always)]
fn vxlan(frame: Cursor<'_>, parsed: &mut Parsed) -> Result<Content, Skip> {
    let start = parsed.payload_offset as usize;
    let [flags, ..] = inside::<8>(frame, start, parsed)?;
    if flags & 0x08 == 0 {
        return Ok(Content::Unknown);
    }
    parsed.payload_offset = clamp(start + 8);
    Ok(Content::Ethernet)
}

#[inline(always)]
fn gre(frame: Cursor<'_>, parsed: &mut Parsed) -> Result<Content, Skip> {
    let start = parsed.payload_offset as usize;
    let [high, low, type_high, type_low] = inside::<4>(frame, start, parsed)?;
    let flags = u16::from_be_bytes([high, low]);
    if flags & (gre::VERSION | gre::ROUTING) != 0 {
        return Ok(Content::Unknown);
    }
    let mut behind = start + 4;
    for field in [gre::CHECKSUM, gre::KEY, gre::SEQUENCE] {
        if flags & field != 0 {
            behind += 4;
        }
    }
    let sequence = flags & gre::SEQUENCE != 0;
    let kind = u16::from_be_bytes([type_high, type_low]);
    match kind {
        ETHERTYPE_IPV4 | ETHERTYPE_IPV6 => {
            let [] = inside(frame, behind, parsed)?;
            parsed.ethertype = kind;
            parsed.payload_offset = clamp(behind);
            return Ok(Content::Ip);
        }
        ETHERTYPE_BRIDGED => {}
        // Type I has no header of its own, and no sequence number.
        ETHERTYPE_ERSPAN if !sequence => {}
        ETHERTYPE_ERSPAN => {
            let [version, ..] = inside::<8>(frame, behind, parsed)?;
            if version >> 4 != 1 {
                return Ok(Content::Unknown);
            }
            behind += 8;
        }
        ETHERTYPE_ERSPAN_III => {
            let header = inside::<12>(frame, behind, parsed)?;
            let [version, _, _, _, _, _, _, _, _, _, frame_type, options] = header;
            // Frame type 0 is Ethernet.
            if version >> 4 != 2 || frame_type & 0x7c != 0 {
                return Ok(Content::Unknown);
            }
            // The O flag announces the platform specific subheader.
            behind += if options & 1 != 0 { 20 } else { 12 };
        }
        _ => return Ok(Content::Unknown),
    }
    let [] = inside(frame, behind, parsed)?;
    parsed.payload_offset = clamp(behind);
    Ok(Content::Ethernet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;
    use sensor_common::flow::{FlowKey, KIND_WHOLE};

    const ETHERNET: [u8; 14] = [2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 8, 0];
    const INNER_SOURCE: [u8; 4] = [192, 0, 2, 1];
    const OUTER_SOURCE: [u8; 4] = [198, 51, 100, 1];

    fn run(frame: &[u8]) -> (Result<(), Skip>, Parsed) {
        let mut parsed = Parsed::default();
        let outcome = parse(Cursor::new(frame), &mut parsed);
        (outcome, parsed)
    }

    fn ipv4(source: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
        let mut bytes = vec![0x45, 0, high, low, 0, 0, 0x40, 0, 64, protocol, 0, 0];
        bytes.extend(source);
        bytes.extend([source[0], source[1], source[2], 9]);
        bytes.extend(payload);
        bytes
    }

    fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(8 + payload.len()).unwrap();
        let mut bytes = vec![0xc3, 0x50];
        bytes.extend(port.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(payload);
        bytes
    }

    /// A datagram of BACnet in a frame of VLAN 5, with MAC addresses of its own.
    fn inner() -> Vec<u8> {
        let datagram = ipv4(INNER_SOURCE, 17, &udp(47808, &[0x81; 10]));
        let link = [3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 0x81, 0, 0, 5, 8, 0];
        [link.to_vec(), datagram].concat()
    }

    fn carried(protocol: u8, payload: &[u8]) -> Vec<u8> {
        [ETHERNET.to_vec(), ipv4(OUTER_SOURCE, protocol, payload)].concat()
    }

    fn gre(flags: u16, kind: u16, fields: &[u8], inside: &[u8]) -> Vec<u8> {
        let header = [flags.to_be_bytes(), kind.to_be_bytes()].concat();
        carried(protocol::GRE, &[&header, fields, inside].concat())
    }

    fn vxlan(port: u16, flags: u8, inside: &[u8]) -> Vec<u8> {
        let payload = [&[flags, 0, 0, 0, 0, 0, 42, 0], inside].concat();
        carried(protocol::UDP, &udp(port, &payload))
    }

    fn erspan_iii(frame_type: u8, options: u8) -> Vec<u8> {
        let mut header = vec![0, 0, 0, 1, 0x20];
        header.resize(14, 0);
        header.extend([frame_type << 2, options]);
        header
    }

    const ERSPAN_II: [u8; 12] = [0, 0, 0, 1, 0x10, 7, 0, 0, 0, 0, 0, 0];

    /// The flow is the inner one, from where its frame is whole; before, it is the outer one.
    #[track_caller]
    fn is_opened(frame: &[u8], header: usize) {
        let bare = run(&inner()).1;
        let (outcome, parsed) = run(frame);
        assert_eq!(outcome, Ok(()));
        assert!(parsed.decapsulated);
        assert_eq!((parsed.key, parsed.class), (bare.key, Class::Udp));
        assert_eq!(
            (parsed.vlan, parsed.source_mac),
            (5, [4, 4, 4, 4, 4, 4, 0, 0])
        );
        let payload = usize::from(parsed.payload_offset)..usize::from(parsed.packet_end());
        assert_eq!(&frame[payload], [0x81; 10]);
        let outer = run(&carried(frame[23], &frame[34..header])).1;
        for len in header..frame.len() - 10 {
            let (outcome, parsed) = run(&frame[..len]);
            assert_eq!(outcome, Err(Skip::Short), "{len} bytes");
            is_outer(&parsed, outer.key);
        }
        assert!(run(&frame[..frame.len() - 10]).0.is_ok());
    }

    #[track_caller]
    fn is_outer(parsed: &Parsed, key: FlowKey) {
        assert!(!parsed.decapsulated);
        assert_eq!(parsed.key, key);
        assert_eq!(
            (parsed.vlan, parsed.source_mac),
            (0, [1, 1, 1, 1, 1, 1, 0, 0])
        );
        assert!(matches!(parsed.class, Class::Udp | Class::OtherIp));
        assert_eq!(parsed.source.address.as_v4(), Some(OUTER_SOURCE));
    }

    /// The frame is a flow of its own, as if nobody knew of tunnels.
    #[track_caller]
    fn is_no_tunnel(frame: &[u8]) {
        let (outcome, parsed) = run(frame);
        assert_eq!(outcome, Ok(()));
        is_outer(&parsed, parsed.key);
        assert_eq!(
            (parsed.key.protocol(), parsed.key.kind()),
            (frame[23], KIND_WHOLE)
        );
        let behind = if parsed.class == Class::Udp { 42 } else { 34 };
        assert_eq!(parsed.payload_offset, behind);
        assert_eq!(usize::from(parsed.packet_end()), frame.len());
    }

    #[test]
    fn gre_with_an_ethernet_frame() {
        is_opened(&gre(0, 0x6558, &[], &inner()), 38);
        is_opened(&gre(0x2000, 0x6558, &[0; 4], &inner()), 42);
        is_opened(&gre(0xb000, 0x6558, &[0; 12], &inner()), 50);
    }

    #[test]
    fn gre_with_a_packet_keeps_the_link() {
        let packet = ipv4(INNER_SOURCE, 17, &udp(47808, &[1]));
        let (outcome, parsed) = run(&gre(0, 0x0800, &[], &packet));
        assert_eq!(outcome, Ok(()));
        assert!(parsed.decapsulated);
        assert_eq!(parsed.source.address.as_v4(), Some(INNER_SOURCE));
        assert_eq!(
            (parsed.ethertype, parsed.source_mac),
            (0x0800, [1, 1, 1, 1, 1, 1, 0, 0])
        );
        let (outcome, parsed) = run(&gre(0, 0x86dd, &[], &packet));
        assert_eq!(outcome, Err(Skip::Malformed));
        is_outer(&parsed, parsed.key);
    }

    #[test]
    fn erspan_of_all_types() {
        is_opened(&gre(0, 0x88be, &[], &inner()), 38);
        is_opened(&gre(0x1000, 0x88be, &ERSPAN_II, &inner()), 50);
        is_opened(&gre(0x1000, 0x22eb, &erspan_iii(0, 0), &inner()), 54);
        let with_subheader = [erspan_iii(0, 1), vec![9; 8]].concat();
        is_opened(&gre(0x1000, 0x22eb, &with_subheader, &inner()), 62);
    }

    #[test]
    fn vxlan_on_both_ports() {
        is_opened(&vxlan(4789, 0x08, &inner()), 50);
        is_opened(&vxlan(8472, 0xff, &inner()), 50);
    }

    #[test]
    fn headers_of_another_kind_are_no_tunnel() {
        is_no_tunnel(&gre(0x0001, 0x6558, &[], &inner()));
        is_no_tunnel(&gre(0x4000, 0x6558, &[0; 4], &inner()));
        is_no_tunnel(&gre(0, 0x880b, &[], &inner()));
        is_no_tunnel(&gre(0x1000, 0x88be, &[0; 12], &inner()));
        is_no_tunnel(&gre(0x1000, 0x22eb, &erspan_iii(2, 0), &inner()));
        is_no_tunnel(&gre(0x1000, 0x22eb, &[0; 16], &inner()));
        is_no_tunnel(&vxlan(4789, 0xf7, &inner()));
        is_no_tunnel(&vxlan(4788, 0x08, &inner()));
    }

    #[test]
    fn tunnel_headers_cut_short_are_no_tunnel() {
        for (frame, header) in [
            (gre(0xb000, 0x0800, &[0; 12], &[]), 16),
            (gre(0x1000, 0x88be, &ERSPAN_II, &[]), 16),
            (gre(0x1000, 0x22eb, &erspan_iii(0, 1), &[0; 8]), 28),
        ] {
            for len in 0..header {
                is_no_tunnel(&carried(protocol::GRE, &frame[34..34 + len]));
            }
        }
        for len in 0..8 {
            is_no_tunnel(&carried(protocol::UDP, &udp(4789, &vec![8; len])));
        }
    }

    #[test]
    fn content_of_no_known_kind_is_no_tunnel() {
        let mut supervision = inner();
        supervision[16..18].copy_from_slice(&[0x88, 0xfb]);
        is_no_tunnel(&vxlan(4789, 8, &supervision));
        let mut goose = supervision;
        goose[17] = 0xb8;
        let (outcome, parsed) = run(&vxlan(4789, 8, &goose));
        assert_eq!((outcome, parsed.class), (Ok(()), Class::OtLink));
        assert!(parsed.decapsulated);
    }

    #[test]
    fn one_level_is_opened() {
        let (outcome, parsed) = run(&vxlan(4789, 8, &gre(0, 0x6558, &[], &inner())));
        assert_eq!((outcome, parsed.key.protocol()), (Ok(()), protocol::GRE));
    }

    #[test]
    fn a_fragment_of_a_tunnel_is_not_opened() {
        let mut frame = vxlan(4789, 8, &inner());
        frame[20] = 0x20;
        let (outcome, parsed) = run(&frame);
        assert_eq!((outcome, parsed.class), (Ok(()), Class::Fragment));
        assert!(!parsed.decapsulated);
    }

    #[test]
    fn what_is_inside_ends_with_the_packet_that_carries_it() {
        let mut frame = vxlan(4789, 8, &inner()[..30]);
        frame.extend([0; 40]);
        assert_eq!(run(&frame).0, Err(Skip::Short));
        // The UDP length bounds it, too.
        let mut frame = vxlan(4789, 8, &inner());
        frame[38..40].copy_from_slice(&[0, 30]);
        assert_eq!(run(&frame).0, Err(Skip::Short));
    }

    #[test]
    fn inner_headers_too_far_in_are_told_from_missing_ones() {
        let options = [vec![60, 29], vec![0; 238]].concat();
        let last = [vec![47, 26], vec![0; 214]].concat();
        let payload = [options, last, vec![0, 0, 0x65, 0x58], inner()].concat();
        let mut frame = ETHERNET.to_vec();
        frame[12..14].copy_from_slice(&[0x86, 0xdd]);
        frame.extend([0x60, 0, 0, 0, 0, 0, 60, 64]);
        frame.extend([7; 32]);
        frame.extend(payload);
        let (outcome, parsed) = run(&frame);
        assert_eq!(outcome, Err(Skip::TooDeep));
        assert_eq!((parsed.class, parsed.key.protocol()), (Class::OtherIp, 47));
        assert_eq!(run(&frame[..513]).0, Ok(()), "no tunnel header");
    }
}
