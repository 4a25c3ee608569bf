//! The headers of nearly every frame, read in words at fixed places: Ethernet, perhaps one VLAN tag,
//! IPv4 without options, TCP or UDP.
//!
//! Data in and out as for [`crate::parse::parse`], which goes header by header through every other
//! frame and would come to the same for these, as a test holds it to. Limits: no tunnels, no fragments, no
//! header that is cut short or contradicts itself.

use sensor_common::flow::{Address, KIND_WHOLE};
use sensor_common::record::Class;

use crate::cursor::{Cursor, Window};
use crate::headers::{ETHERTYPE_IPV4, ETHERTYPE_VLAN, VXLAN_PORTS, protocol};
use crate::outcome::Parsed;
use crate::parse::ETHERNET_LEN;

/// IPv4 header without options, and the ports behind it.
const IP_AND_PORTS: usize = 28;
const IP_LEN: usize = 20;
const TCP_LEN: usize = 20;
const UDP_LEN: usize = 8;
const TAG_LEN: usize = 4;
/// Version 4, a header of five words (RFC 791, 3.1).
const PLAIN: u8 = 0x45;
/// "More fragments" and the offset, as they lie in memory.
const FRAGMENT: u16 = 0x3fff_u16.to_be();
const IPV4: u16 = ETHERTYPE_IPV4.to_be();
const VLAN: u16 = ETHERTYPE_VLAN.to_be();
/// The six bytes of a MAC address that stand first, and those that stand last in a word.
const FIRST: u64 = u64::from_ne_bytes([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]);

/// Fills in what the headers say and tells whether the frame is one of these; else nothing was done
/// that [`crate::parse::parse`] would not do over.
#[inline(always)]
pub fn parse(frame: Cursor<'_>, parsed: &mut Parsed) -> bool {
    let Some(link) = frame.window::<{ ETHERNET_LEN + TAG_LEN }>(0) else {
        return false;
    };
    if link.pair::<12>() == IPV4 {
        return network::<0>(frame, link, 0, parsed);
    }
    if link.pair::<12>() == VLAN && link.pair::<16>() == IPV4 {
        let identifier = u16::from_be(link.pair::<14>()) & 0x0fff;
        return network::<TAG_LEN>(frame, link, identifier, parsed);
    }
    false
}

/// Goes on behind `TAGS` bytes of tags.
#[inline(always)]
fn network<const TAGS: usize>(
    frame: Cursor<'_>,
    link: Window<'_, { ETHERNET_LEN + TAG_LEN }>,
    vlan: u16,
    parsed: &mut Parsed,
) -> bool {
    let start = ETHERNET_LEN + TAGS;
    let Some(ip) = frame.window::<IP_AND_PORTS>(start) else {
        return false;
    };
    let total = u16::from_be(ip.pair::<2>()) as usize;
    let end = start + total;
    if ip.byte::<0>() != PLAIN || ip.pair::<6>() & FRAGMENT != 0 || end > u16::MAX as usize {
        return false;
    }
    let number = ip.byte::<9>();
    let carried = match number {
        protocol::TCP => tcp(frame, start + IP_LEN, total, parsed),
        protocol::UDP => udp(ip, start + IP_LEN, total, parsed),
        _ => false,
    };
    if !carried {
        return false;
    }
    parsed.packet_end = parsed.packet_end.min(end as u16);
    parsed.destination_mac = (link.word::<0>() & FIRST).to_ne_bytes();
    parsed.source_mac = source_mac(link).to_ne_bytes();
    parsed.vlan = vlan;
    parsed.ethertype = ETHERTYPE_IPV4;
    parsed.protocol = number;
    parsed.kind = KIND_WHOLE;
    parsed.decapsulated = false;
    addresses(ip, vlan, number, parsed);
    true
}

#[inline(always)]
fn source_mac(link: Window<'_, { ETHERNET_LEN + TAG_LEN }>) -> u64 {
    link.word::<6>() & FIRST
}

/// The two ends and the key.
#[inline(always)]
fn addresses(ip: Window<'_, IP_AND_PORTS>, vlan: u16, number: u8, parsed: &mut Parsed) {
    let (source, destination) = (ip.half::<12>(), ip.half::<16>());
    let (from, to) = (ip.pair::<20>(), ip.pair::<22>());
    parsed.source.address = Address::v4(source.to_ne_bytes());
    parsed.source.port = u16::from_be(from);
    parsed.destination.address = Address::v4(destination.to_ne_bytes());
    parsed.destination.port = u16::from_be(to);
    parsed.direction = parsed.key.set_v4(
        [source, destination],
        [from.to_ne_bytes(), to.to_ne_bytes()],
        vlan,
        number,
    ) as u8;
}

#[inline(always)]
fn tcp(frame: Cursor<'_>, offset: usize, total: usize, parsed: &mut Parsed) -> bool {
    let Some(header) = frame.window::<TCP_LEN>(offset) else {
        return false;
    };
    if total < IP_LEN + TCP_LEN {
        return false;
    }
    let len = (header.byte::<12>() >> 4) as usize * 4;
    parsed.plain = len >= TCP_LEN;
    parsed.payload_offset = (offset + len.max(TCP_LEN)) as u16;
    parsed.packet_end = u16::MAX;
    parsed.sequence = u32::from_be(header.half::<4>());
    parsed.tcp_flags = header.byte::<13>();
    parsed.class = Class::Tcp;
    true
}

#[inline(always)]
fn udp(ip: Window<'_, IP_AND_PORTS>, offset: usize, total: usize, parsed: &mut Parsed) -> bool {
    let to = u16::from_be(ip.pair::<22>());
    let [assigned, old] = VXLAN_PORTS;
    if total < IP_LEN + UDP_LEN || to == assigned || to == old {
        return false;
    }
    let len = u16::from_be(ip.pair::<24>());
    let end = offset + len as usize;
    parsed.plain = true;
    parsed.payload_offset = (offset + UDP_LEN) as u16;
    // A length below that of the header claims nothing, nor does one beyond the packet.
    parsed.packet_end = u16::MAX;
    if len as usize >= UDP_LEN && end < u16::MAX as usize {
        parsed.packet_end = end as u16;
    }
    parsed.datagram_len = len;
    parsed.checksum = u16::from_be(ip.pair::<26>());
    parsed.tcp_flags = 0;
    parsed.class = Class::Udp;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::in_steps;

    const TAG: [u8; 4] = [0x81, 0, 0xa0, 7];

    fn ethernet(tags: &[u8]) -> Vec<u8> {
        [&[2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17], tags, &[8, 0]].concat()
    }

    fn packet(number: u8, transport: &[u8]) -> Vec<u8> {
        let total = u8::try_from(IP_LEN + transport.len()).expect("a short packet");
        let header = [0x45, 0, 0, total, 0, 1, 0x40, 0, 64, number, 0, 0];
        let addresses = [192, 0, 2, 9, 192, 0, 2, 1];
        [&header, &addresses[..], transport].concat()
    }

    fn segment() -> Vec<u8> {
        let header = [0x9c, 0x40, 0x01, 0xf6, 1, 2, 3, 4, 0, 0, 0, 9, 0x50, 0x18];
        [&header[..], &[0; 6], &[7; 12]].concat()
    }

    fn datagram() -> Vec<u8> {
        [&[0xba, 0xc1, 0xba, 0xc0, 0, 18, 5, 6][..], &[7; 10]].concat()
    }

    /// TCP and UDP, with and without a tag, and with link padding behind.
    fn frames() -> Vec<Vec<u8>> {
        let packets = [
            packet(protocol::TCP, &segment()),
            packet(protocol::UDP, &datagram()),
        ];
        let mut frames = Vec::new();
        for packet in packets {
            for tags in [&[][..], &TAG] {
                let frame = [ethernet(tags), packet.clone()].concat();
                frames.push([frame.clone(), vec![0; 6]].concat());
                frames.push(frame);
            }
        }
        frames
    }

    /// Whether the frame is one of these; if so, it comes to the same header by header.
    #[track_caller]
    fn is_taken(frame: &[u8]) -> bool {
        let (mut quick, mut steps) = (Parsed::default(), Parsed::default());
        if !parse(Cursor::new(frame), &mut quick) {
            return false;
        }
        assert_eq!(
            in_steps(Cursor::new(frame), &mut steps),
            Ok(()),
            "{frame:?}"
        );
        assert_eq!(quick, steps, "{frame:?}");
        true
    }

    #[test]
    fn ordinary_frames_are_taken() {
        for frame in frames() {
            assert!(is_taken(&frame));
        }
    }

    #[test]
    fn every_value_of_every_header_byte_comes_to_the_same() {
        let mut taken = 0;
        for frame in frames() {
            for at in 0..frame.len().min(58) {
                for value in 0..=255 {
                    let mut other = frame.clone();
                    other[at] = value;
                    taken += usize::from(is_taken(&other));
                }
            }
        }
        assert!(taken > 60_000, "{taken}");
    }

    #[test]
    fn pairs_of_changed_bytes_and_cut_frames_come_to_the_same() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).expect("below")
        };
        let frames = frames();
        let mut taken = 0;
        for _ in 0..200_000 {
            let mut frame = frames[random(frames.len())].clone();
            for _ in 0..2 {
                let at = random(frame.len());
                frame[at] = u8::try_from(random(256)).expect("a byte");
            }
            frame.truncate(frame.len() - random(frame.len()) * random(2));
            taken += usize::from(is_taken(&frame));
        }
        assert!(taken > 20_000, "{taken}");
    }

    #[test]
    fn what_an_earlier_frame_left_behind_does_not_show() {
        let frames = frames();
        for earlier in &frames {
            for frame in &frames {
                let mut parsed = Parsed::default();
                assert!(parse(Cursor::new(earlier), &mut parsed));
                assert!(parse(Cursor::new(frame), &mut parsed));
                let mut fresh = Parsed::default();
                assert!(parse(Cursor::new(frame), &mut fresh));
                if fresh.class as u8 == Class::Tcp as u8 {
                    // Fields of datagrams alone.
                    parsed.datagram_len = 0;
                    parsed.checksum = 0;
                } else {
                    parsed.sequence = 0;
                }
                assert_eq!(parsed, fresh);
            }
        }
    }

    #[test]
    fn tunnels_fragments_and_options_are_left_alone() {
        let frame = |at: usize, value: u8| {
            let mut frame = [ethernet(&[]), packet(protocol::UDP, &datagram())].concat();
            frame[at] = value;
            frame
        };
        assert!(!is_taken(&frame(14, 0x46)));
        assert!(!is_taken(&frame(20, 0x20)));
        assert!(!is_taken(&frame(21, 1)));
        for port in VXLAN_PORTS {
            let mut tunnel = frame(0, 0);
            tunnel[36..38].copy_from_slice(&port.to_be_bytes());
            assert!(!is_taken(&tunnel));
        }
    }
}
