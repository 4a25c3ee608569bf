//! Link layers: Ethernet with stacked VLAN tags and an HSR tag, loopback, raw IP, Linux cooked
//! captures; the PRP redundancy control trailer.

use super::{Link, Llc, LlcProtocol, Macs, Network, Packet, Undecoded, net};
use crate::addr::MacAddr;
use crate::dissect::cursor::{Cursor, Short};
use crate::frame::{Frame, LinkType};
use crate::observation::Anomaly;

/// Ethertypes that decoding itself acts on.
pub(super) mod ethertype {
    pub(in super::super) const IPV4: u16 = 0x0800;
    pub(in super::super) const ARP: u16 = 0x0806;
    pub(in super::super) const IPV6: u16 = 0x86dd;
    /// Tags that stand in front of another ethertype: 802.1Q, 802.1ad and two older numbers.
    pub(super) const TAGS: [u16; 4] = [0x8100, 0x88a8, 0x9100, 0x9200];
    /// High-availability Seamless Redundancy tag (IEC 62439-3, 5.6).
    pub(super) const HSR: u16 = 0x892f;
    /// Smaller values are the length field of IEEE 802.3.
    pub(super) const FIRST: u16 = 0x0600;
}

/// Decodes a frame without looking into tunnels.
pub(super) fn decode<'a>(frame: &Frame<'a>) -> Packet<'a> {
    let mut packet = Packet::empty();
    let on_wire = usize::try_from(frame.wire_len).unwrap_or(usize::MAX);
    packet.cut = frame.data.len() < on_wire;
    layers(&mut packet, frame.link, frame.data, on_wire);
    packet
}

/// Decodes the layers of a frame of `on_wire` bytes, of which `data` was captured.
pub(super) fn layers<'a>(packet: &mut Packet<'a>, link: LinkType, data: &'a [u8], on_wire: usize) {
    let mut c = Cursor::new(data);
    let read = match link {
        LinkType::Ethernet => ethernet(&mut c, packet),
        LinkType::Loopback => loopback(&mut c),
        LinkType::RawIp => Ok(Next::Ip),
        LinkType::LinuxCooked => cooked(&mut c, packet),
        LinkType::LinuxCooked2 => cooked2(&mut c, packet),
        LinkType::Other(number) => {
            packet.undecoded = Some(Undecoded::LinkType(number));
            return;
        }
    };
    let rest = c.rest();
    let wire_len = on_wire.saturating_sub(c.offset()).max(rest.len());
    packet.link_payload = rest;
    match read {
        Err(_) => packet.stop(Undecoded::Link, Anomaly::Truncated),
        Ok(Next::Ip) => net::ip(packet, rest, wire_len),
        Ok(Next::Ethertype(ethertype)) => {
            packet.link.ethertype = ethertype;
            by_ethertype(packet, ethertype, rest, wire_len);
        }
        Ok(Next::Length(length)) => {
            packet.link.llc = llc(rest, length).filter(|_| link == LinkType::Ethernet);
            packet.network = Network::Other;
        }
        Ok(Next::Unknown) => packet.network = Network::Other,
    }
    let whole = rest.len() == wire_len;
    if matches!(packet.network, Network::Other) && link == LinkType::Ethernet && whole {
        packet.link_payload = without_trailer(rest);
    }
}

/// What is behind the tags, without a PRP redundancy control trailer (IEC 62439-3, 4.1.9): sequence
/// number, LAN identifier 0xA or 0xB with the size of what is behind the tags, trailer included, and
/// a suffix. Only if both size and suffix fit is it one.
fn without_trailer(payload: &[u8]) -> &[u8] {
    let Some((before, [_, _, lan_size, size, 0x88, 0xfb])) = payload.split_last_chunk() else {
        return payload;
    };
    let size = usize::from(u16::from_be_bytes([lan_size & 0x0f, *size]));
    let is_lan = matches!(lan_size >> 4, 0xa | 0xb);
    if is_lan && size == payload.len() {
        before
    } else {
        payload
    }
}

/// IEEE 802.2 and 802: destination and source access point, control; then organisation and protocol
/// where both access points are that of the subnetwork access protocol. `None` when it ends early: padding
/// is no header.
fn llc(data: &[u8], length: u16) -> Option<Llc> {
    const SNAP: u8 = 0xaa;
    let mut c = Cursor::new(data.get(..usize::from(length)).unwrap_or(data));
    let [destination, source, _control] = c.array().ok()?;
    let protocol = if destination == SNAP && source == SNAP {
        LlcProtocol::Snap {
            oui: c.u24_be().ok()?,
            protocol: c.u16_be().ok()?,
        }
    } else {
        LlcProtocol::Sap(destination)
    };
    Some(Llc { length, protocol })
}

/// What follows the link header.
enum Next {
    Ethertype(u16),
    /// Length of client data (IEEE 802.3, 3.2.6).
    Length(u16),
    /// IP of the version in its first four bits.
    Ip,
    Unknown,
}

/// Decodes the packet that `ethertype` announces.
pub(super) fn by_ethertype<'a>(
    packet: &mut Packet<'a>,
    ethertype: u16,
    rest: &'a [u8],
    wire_len: usize,
) {
    match ethertype {
        ethertype::IPV4 => expect_version(packet, 4, rest, wire_len),
        ethertype::IPV6 => expect_version(packet, 6, rest, wire_len),
        ethertype::ARP => net::arp(packet, rest),
        _ => packet.network = Network::Other,
    }
}

fn expect_version<'a>(packet: &mut Packet<'a>, version: u8, rest: &'a [u8], wire_len: usize) {
    match rest.first().map(|b| b >> 4) {
        Some(found) if found != version => packet.stop(Undecoded::Network, Anomaly::BadVersion),
        _ if version == 4 => net::ipv4(packet, rest, wire_len),
        _ => net::ipv6(packet, rest, wire_len),
    }
}

/// IEEE 802.3 and 802.1Q. The identifiers of all tags are kept; the one after the last that fits
/// ends decoding. One HSR tag among them is skipped.
fn ethernet(c: &mut Cursor<'_>, packet: &mut Packet<'_>) -> Result<Next, Short> {
    let destination = MacAddr(c.array()?);
    let source = MacAddr(c.array()?);
    packet.link = Link {
        macs: Some(Macs {
            source,
            destination,
        }),
        ..Link::default()
    };
    let ethertype = c.u16_be()?;
    tags(c, packet, ethertype)
}

fn tags(c: &mut Cursor<'_>, packet: &mut Packet<'_>, mut ethertype: u16) -> Result<Next, Short> {
    let mut redundant = false;
    loop {
        if ethertype == ethertype::HSR && !redundant {
            c.skip(4)?; // path identifier, size, sequence number
            ethertype = c.u16_be()?;
            redundant = true;
            continue;
        }
        if !ethertype::TAGS.contains(&ethertype) {
            break;
        }
        let id = c.u16_be()? & 0x0fff;
        if !packet.link.vlans.push(id) {
            packet.anomalies.insert(Anomaly::LimitReached);
            return Ok(Next::Unknown);
        }
        ethertype = c.u16_be()?;
    }
    if ethertype < ethertype::FIRST {
        return Ok(Next::Length(ethertype));
    }
    Ok(Next::Ethertype(ethertype))
}

/// `LINKTYPE_NULL`: the address family in the byte order of the machine that wrote the file.
fn loopback(c: &mut Cursor<'_>) -> Result<Next, Short> {
    let family: [u8; 4] = c.array()?;
    let value = u32::from_be_bytes(family).min(u32::from_le_bytes(family));
    Ok(match value {
        // AF_INET everywhere; AF_INET6 of Linux, NetBSD/OpenBSD, FreeBSD, macOS.
        2 | 10 | 24 | 28 | 30 => Next::Ip,
        _ => Next::Unknown,
    })
}

/// `LINKTYPE_LINUX_SLL`: packet type, ARPHRD type, address length and address, protocol.
fn cooked(c: &mut Cursor<'_>, packet: &mut Packet<'_>) -> Result<Next, Short> {
    c.skip(14)?;
    let ethertype = c.u16_be()?;
    tags(c, packet, ethertype)
}

/// `LINKTYPE_LINUX_SLL2`: protocol first, then interface, types and address.
fn cooked2(c: &mut Cursor<'_>, packet: &mut Packet<'_>) -> Result<Next, Short> {
    let ethertype = c.u16_be()?;
    c.skip(18)?;
    tags(c, packet, ethertype)
}
