//! Tunnels, one level: GRE with IP or Ethernet, ERSPAN types I to III, VXLAN.
//!
//! Data in: the packet that may carry a tunnel. Data out: the packet inside it, with the outer headers
//! beside it; or the packet as it came, when the header is none, is cut short or carries something
//! else. A tunnel whose inside cannot be followed stays a packet of its own, too, with the inner
//! anomalies, so that a made-up header hides nothing.
//!
//! Limits: GRE of version 0 without source routing; GRE checksums are not verified; tunnels in
//! tunnels are not opened, nor are fragments.

use sensor_common::ports::is_ot_ethertype;

use super::link::ethertype;
use super::transport::protocol;
use super::{Ip, Layer4, Link, Network, Packet, Udp, link};
use crate::dissect::cursor::{Cursor, Short};
use crate::frame::LinkType;

/// The headers that carry a tunnel.
#[derive(Clone, Copy, Debug)]
pub struct Outer {
    pub link: Link,
    pub ip: Ip,
    /// Source and destination port; zeros without a transport.
    pub ports: (u16, u16),
}

/// UDP destination ports of VXLAN: RFC 7348, 5, and the one Linux had before.
const VXLAN_PORTS: [u16; 2] = [4789, 8472];

/// GRE flags and version, the first two bytes (RFC 2784, 2.1; RFC 2890, 2; RFC 1701).
mod gre {
    pub(super) const CHECKSUM: u16 = 0x8000;
    pub(super) const ROUTING: u16 = 0x4000;
    pub(super) const KEY: u16 = 0x2000;
    pub(super) const SEQUENCE: u16 = 0x1000;
    pub(super) const VERSION: u16 = 0x0007;
}

/// Protocol types of GRE beside IP.
mod protocol_type {
    /// Transparent Ethernet bridging.
    pub(super) const BRIDGED: u16 = 0x6558;
    /// ERSPAN types I and II.
    pub(super) const ERSPAN: u16 = 0x88be;
    pub(super) const ERSPAN_III: u16 = 0x22eb;
}

/// What a tunnel header announces.
#[derive(Clone, Copy)]
enum Content {
    /// A frame with its Ethernet header.
    Ethernet,
    /// A packet of an ethertype, without a link header of its own.
    Ip(u16),
}

/// Puts the packet inside the tunnel that `packet` carries in its place, if it was understood.
pub(super) fn open(packet: &mut Packet<'_>) {
    let Some(inner) = inside(packet) else {
        return;
    };
    if is_understood(&inner) {
        *packet = inner;
    } else {
        packet.undecoded = inner.undecoded;
        packet.anomalies = packet.anomalies.union(inner.anomalies);
    }
}

/// The packet inside the tunnel that `outer` carries.
fn inside<'a>(outer: &Packet<'a>) -> Option<Packet<'a>> {
    let ip = *outer.ip().filter(|_| outer.undecoded.is_none())?;
    let found = match outer.layer4 {
        Layer4::Udp(udp) if VXLAN_PORTS.contains(&udp.destination_port) => vxlan(&udp),
        Layer4::Other(payload) if ip.protocol == protocol::GRE => gre(payload),
        Layer4::None
        | Layer4::Tcp(_)
        | Layer4::Udp(_)
        | Layer4::Sctp(_)
        | Layer4::Icmp(_)
        | Layer4::Icmpv6(_)
        | Layer4::Fragment(_)
        | Layer4::Other(_) => return None,
    };
    // A header that is cut short is none.
    let (content, c) = found.ok().flatten()?;
    let mut inner = Packet::empty();
    inner.cut = outer.cut;
    inner.outer = Some(Outer {
        link: outer.link,
        ip,
        ports: outer.ports(),
    });
    let wire_len = outer.payload_wire_len.saturating_sub(c.offset());
    match content {
        Content::Ethernet => link::layers(&mut inner, LinkType::Ethernet, c.rest(), wire_len),
        Content::Ip(ethertype) => {
            inner.link = outer.link;
            inner.link.ethertype = ethertype;
            inner.link_payload = c.rest();
            link::by_ethertype(&mut inner, ethertype, c.rest(), wire_len);
        }
    }
    Some(inner)
}

/// Whether an inner packet could be followed and is of a known kind. An ARP message counts as such
/// however much of it is there, as it does to the kernel program.
fn is_understood(inner: &Packet<'_>) -> bool {
    let ethertype = inner.link.ethertype;
    match inner.network {
        Network::Other => is_ot_ethertype(ethertype),
        Network::Ip(_) | Network::None => inner.undecoded.is_none() || ethertype == ethertype::ARP,
        Network::Arp(_) => true,
    }
}

/// RFC 7348, 5. Receivers look at the I flag and ignore the rest, so this does too.
fn vxlan<'a>(udp: &Udp<'a>) -> Result<Option<(Content, Cursor<'a>)>, Short> {
    let mut c = Cursor::new(udp.payload);
    let [flags, ..] = c.array::<8>()?;
    Ok((flags & 0x08 != 0).then_some((Content::Ethernet, c)))
}

fn gre(payload: &[u8]) -> Result<Option<(Content, Cursor<'_>)>, Short> {
    let mut c = Cursor::new(payload);
    let flags = c.u16_be()?;
    let kind = c.u16_be()?;
    if flags & (gre::VERSION | gre::ROUTING) != 0 {
        return Ok(None);
    }
    for field in [gre::CHECKSUM, gre::KEY, gre::SEQUENCE] {
        if flags & field != 0 {
            c.skip(4)?;
        }
    }
    match kind {
        ethertype::IPV4 | ethertype::IPV6 => return Ok(Some((Content::Ip(kind), c))),
        protocol_type::BRIDGED => {}
        // Type I has no header of its own, and no sequence number.
        protocol_type::ERSPAN if flags & gre::SEQUENCE == 0 => {}
        protocol_type::ERSPAN => {
            let [version, ..] = c.array::<8>()?;
            if version >> 4 != 1 {
                return Ok(None);
            }
        }
        protocol_type::ERSPAN_III => {
            let [version, _, _, _, _, _, _, _, _, _, frame_type, options] = c.array()?;
            // Frame type 0 is Ethernet.
            if version >> 4 != 2 || frame_type & 0x7c != 0 {
                return Ok(None);
            }
            // The O flag announces the platform specific subheader.
            if options & 1 != 0 {
                c.skip(8)?;
            }
        }
        _ => return Ok(None),
    }
    Ok(Some((Content::Ethernet, c)))
}
