//! ARP, IPv4 and IPv6 with a bounded walk over extension headers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Arp, ArpAddresses, Fragment, Ip, Layer4, Network, Packet, Undecoded, transport};
use crate::addr::MacAddr;
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::Anomaly;

/// Extension headers of IPv6 (RFC 8200, 4) and the authentication header (RFC 4302).
mod extension {
    pub(super) const HOP_BY_HOP: u8 = 0;
    pub(super) const ROUTING: u8 = 43;
    pub(super) const FRAGMENT: u8 = 44;
    pub(super) const AUTHENTICATION: u8 = 51;
    pub(super) const NO_NEXT: u8 = 59;
    pub(super) const DESTINATION: u8 = 60;
    pub(super) const MOBILITY: u8 = 135;
    pub(super) const HIP: u8 = 139;
    pub(super) const SHIM6: u8 = 140;
}

/// Decodes an IP packet whose version is in its first four bits. `wire_len` is the length of
/// `data` on the wire.
pub(super) fn ip<'a>(packet: &mut Packet<'a>, data: &'a [u8], wire_len: usize) {
    match data.first().map(|b| b >> 4) {
        Some(4) => ipv4(packet, data, wire_len),
        Some(6) => ipv6(packet, data, wire_len),
        Some(_) => packet.stop(Undecoded::Network, Anomaly::BadVersion),
        None => packet.stop(Undecoded::Network, Anomaly::Truncated),
    }
}

/// Largest IP packet of an Ethernet frame (IEEE 802.3: 1500 octets of client data).
const ETHERNET_MTU: usize = 1500;

/// Least length of an authentication header: its fixed fields (RFC 4302, 2).
const AUTHENTICATION_LEAST: usize = 12;

/// Fixed part of an IPv4 header, as read.
struct Header4 {
    ip: Ip,
    header_len: usize,
    total_len: usize,
}

/// RFC 791, 3.1: the 20 fixed bytes.
fn header4(c: &mut Cursor<'_>) -> Result<Header4, Short> {
    let [version_length, _service] = c.array()?;
    let total_len = usize::from(c.u16_be()?);
    let id = c.u16_be()?;
    let flags_offset = c.u16_be()?;
    let [ttl, protocol] = c.array()?;
    c.skip(2)?; // checksum
    let source = IpAddr::V4(Ipv4Addr::from(c.array::<4>()?));
    let destination = IpAddr::V4(Ipv4Addr::from(c.array::<4>()?));
    let more = flags_offset & 0x2000 != 0;
    let offset = u32::from(flags_offset & 0x1fff) << 3;
    Ok(Header4 {
        ip: Ip {
            source,
            destination,
            protocol,
            ttl,
            fragment: (more || offset != 0).then_some(Fragment {
                id: u32::from(id),
                offset,
                more,
            }),
        },
        header_len: usize::from(version_length & 0x0f).saturating_mul(4),
        total_len,
    })
}

pub(super) fn ipv4<'a>(packet: &mut Packet<'a>, data: &'a [u8], wire_len: usize) {
    let mut c = Cursor::new(data);
    let Ok(header) = header4(&mut c) else {
        return packet.stop(Undecoded::Network, Anomaly::Truncated);
    };
    packet.network = Network::Ip(header.ip);
    let Some(options) = header.header_len.checked_sub(20) else {
        return packet.stop(Undecoded::Network, Anomaly::BadLength);
    };
    // Segmentation offload leaves a total length of 0 in captures made on the sender, but only in
    // packets that have to be segmented.
    let total_len = match header.total_len {
        0 => wire_len,
        claimed => claimed,
    };
    if header.total_len == 0 && wire_len <= ETHERNET_MTU {
        packet.anomalies.insert(Anomaly::BadLength);
    }
    let Some(payload_len) = total_len.checked_sub(header.header_len) else {
        return packet.stop(Undecoded::Network, Anomaly::BadLength);
    };
    if total_len > wire_len {
        packet.anomalies.insert(Anomaly::BadLength);
    }
    if c.skip(options).is_err() {
        return packet.stop(Undecoded::Network, Anomaly::Truncated);
    }
    // What lies behind the total length is padding of the link, not payload.
    let rest = c.rest();
    let payload = rest.get(..payload_len.min(rest.len())).unwrap_or_default();
    let on_wire = payload_len.min(wire_len.saturating_sub(header.header_len));
    walk_upper_layers(packet, header.ip, payload, on_wire);
}

/// RFC 8200, 3. Returns the header and the payload length it states.
fn header6(c: &mut Cursor<'_>) -> Result<(Ip, usize), Short> {
    c.skip(4)?; // version, traffic class, flow label
    let payload_len = usize::from(c.u16_be()?);
    let [protocol, ttl] = c.array()?;
    let source = IpAddr::V6(Ipv6Addr::from(c.array::<16>()?));
    let destination = IpAddr::V6(Ipv6Addr::from(c.array::<16>()?));
    let ip = Ip {
        source,
        destination,
        protocol,
        ttl,
        fragment: None,
    };
    Ok((ip, payload_len))
}

pub(super) fn ipv6<'a>(packet: &mut Packet<'a>, data: &'a [u8], wire_len: usize) {
    let mut c = Cursor::new(data);
    let Ok((ip, claimed)) = header6(&mut c) else {
        return packet.stop(Undecoded::Network, Anomaly::Truncated);
    };
    packet.network = Network::Ip(ip);
    let on_wire = wire_len.saturating_sub(40);
    // Payload length 0 announces a jumbogram (RFC 2675) or segmentation offload.
    let payload_len = if claimed == 0 { on_wire } else { claimed };
    if payload_len > on_wire {
        packet.anomalies.insert(Anomaly::BadLength);
    }
    let rest = c.rest();
    let payload = rest.get(..payload_len.min(rest.len())).unwrap_or_default();
    walk_upper_layers(packet, ip, payload, payload_len.min(on_wire));
}

/// One extension header: what follows it, its length, and its fragment field if it is one.
struct Extension {
    next: u8,
    len: usize,
    fragment: Option<Fragment>,
}

fn extension(number: u8, data: &[u8]) -> Result<Option<Extension>, Short> {
    let mut c = Cursor::new(data);
    let simple = |len| {
        move |next| Extension {
            next,
            len,
            fragment: None,
        }
    };
    Ok(Some(match number {
        extension::HOP_BY_HOP
        | extension::ROUTING
        | extension::DESTINATION
        | extension::MOBILITY
        | extension::HIP
        | extension::SHIM6 => {
            let [next, units] = c.array()?;
            simple(usize::from(units).saturating_add(1).saturating_mul(8))(next)
        }
        // Length in four-byte words, minus two (RFC 4302, 2.2).
        extension::AUTHENTICATION => {
            let [next, words] = c.array()?;
            simple(usize::from(words).saturating_add(2).saturating_mul(4))(next)
        }
        extension::FRAGMENT => {
            let [next, _reserved] = c.array()?;
            let offset_more = c.u16_be()?;
            let id = c.u32_be()?;
            Extension {
                next,
                len: 8,
                fragment: Some(Fragment {
                    id,
                    offset: u32::from(offset_more & 0xfff8),
                    more: offset_more & 1 != 0,
                }),
            }
        }
        _ => return Ok(None),
    }))
}

/// Walks extension headers from `ip.protocol` on and decodes the transport behind them.
/// The protocol and fragment fields of the packet's IP header are set to what was found.
pub(super) fn walk_upper_layers<'a>(
    packet: &mut Packet<'a>,
    mut ip: Ip,
    payload: &'a [u8],
    wire_len: usize,
) {
    let mut c = Cursor::new(payload);
    let mut behind = ip.fragment.is_none();
    for _ in 0..limits::IPV6_EXTENSIONS {
        if !behind {
            break;
        }
        let found = match extension(ip.protocol, c.rest()) {
            Ok(Some(found)) => found,
            Ok(None) => break,
            Err(_) => return packet.stop(Undecoded::Transport, Anomaly::Truncated),
        };
        if c.skip(found.len).is_err() {
            return packet.stop(Undecoded::Transport, Anomaly::Truncated);
        }
        if ip.protocol == extension::AUTHENTICATION && found.len < AUTHENTICATION_LEAST {
            packet.anomalies.insert(Anomaly::BadLength);
        }
        ip.protocol = found.next;
        // A fragment header with offset 0 and nothing to follow is a whole datagram (RFC 6946).
        if let Some(fragment) = found.fragment
            && (fragment.more || fragment.offset != 0)
        {
            ip.fragment = Some(fragment);
            behind = false;
        }
    }
    packet.network = Network::Ip(ip);
    finish_walk(packet, ip, c.rest(), wire_len.saturating_sub(c.offset()));
}

fn finish_walk<'a>(packet: &mut Packet<'a>, ip: Ip, payload: &'a [u8], wire_len: usize) {
    if ip.fragment.is_some() {
        packet.layer4 = Layer4::Fragment(payload);
        return;
    }
    match extension(ip.protocol, payload) {
        Ok(Some(_)) => packet.stop(Undecoded::Transport, Anomaly::LimitReached),
        _ if ip.protocol == extension::NO_NEXT => packet.layer4 = Layer4::Other(payload),
        _ => transport::decode(packet, ip.protocol, payload, wire_len),
    }
}

/// The IP header quoted in an ICMP error message, and what follows it.
pub(super) fn quoted_header(data: &[u8]) -> Option<(Ip, &[u8])> {
    let mut c = Cursor::new(data);
    match data.first()? >> 4 {
        4 => {
            let header = header4(&mut c).ok()?;
            c.skip(header.header_len.checked_sub(20)?).ok()?;
            Some((header.ip, c.rest()))
        }
        6 => {
            let (ip, _) = header6(&mut c).ok()?;
            Some((ip, c.rest()))
        }
        _ => None,
    }
}

/// RFC 826. Only IPv4 over Ethernet has its addresses read; other types keep their opcode.
pub(super) fn arp(packet: &mut Packet<'_>, data: &[u8]) {
    match Arp::read(data) {
        Ok(arp) => packet.network = Network::Arp(arp),
        Err(_) => packet.stop(Undecoded::Network, Anomaly::Truncated),
    }
}

impl Arp {
    /// Reads the message at the front of `data`.
    pub(crate) fn read(data: &[u8]) -> Result<Self, Short> {
        let mut c = Cursor::new(data);
        let hardware = c.u16_be()?;
        let protocol = c.u16_be()?;
        let lengths: [u8; 2] = c.array()?;
        let opcode = c.u16_be()?;
        if (hardware, protocol, lengths) != (1, 0x0800, [6, 4]) {
            return Ok(Self {
                opcode,
                addresses: None,
            });
        }
        let sender_mac = MacAddr(c.array()?);
        let sender_ip = Ipv4Addr::from(c.array::<4>()?);
        let target_mac = MacAddr(c.array()?);
        let target_ip = Ipv4Addr::from(c.array::<4>()?);
        Ok(Self {
            opcode,
            addresses: Some(ArpAddresses {
                sender_mac,
                sender_ip,
                target_mac,
                target_ip,
            }),
        })
    }
}
