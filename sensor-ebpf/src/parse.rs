//! Frame to flow key: Ethernet, VLAN tags, IPv4, IPv6 with extension headers, TCP and UDP.

use sensor_common::flow::{Address, KIND_FRAGMENT, KIND_WHOLE};
use sensor_common::ports::is_ot_ethertype;
use sensor_common::record::Class;

use crate::cursor::Cursor;
use crate::headers::{
    ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, Ipv4, Ipv6, Tcp, Udp, is_vlan, protocol,
};
use crate::outcome::{Parsed, Skip};

/// Length of an Ethernet header without tags (IEEE 802.3, 3.1.1).
pub const ETHERNET_LEN: usize = 14;
/// Tags that are followed: customer and service tag.
pub const MAX_TAGS: usize = 2;
/// IPv6 extension headers that are followed; more than any known stack sends.
pub const MAX_EXTENSIONS: usize = 6;

/// Follows the headers of a frame and fills in what they say.
///
/// On a skip, what was read before stands in `parsed`; the flow key does not.
#[inline(always)]
pub fn parse(frame: Cursor<'_>, parsed: &mut Parsed) -> Result<Class, Skip> {
    let offset = link(frame, parsed)?;
    let transport = match parsed.ethertype {
        ETHERTYPE_IPV4 => ipv4(frame, offset, parsed)?,
        ETHERTYPE_IPV6 => ipv6(frame, offset, parsed)?,
        ETHERTYPE_ARP => return Ok(Class::Arp),
        other if is_ot_ethertype(other) => return Ok(Class::OtLink),
        _ => return Ok(Class::OtherLink),
    };
    flow(frame, transport, parsed)
}

/// Reads the link header and up to [`MAX_TAGS`] VLAN tags; gives the offset behind them.
#[inline(always)]
fn link(frame: Cursor<'_>, parsed: &mut Parsed) -> Result<usize, Skip> {
    let header = frame.read::<ETHERNET_LEN>(0).ok_or(Skip::Short)?;
    let [a, b, c, d, e, f, g, h, i, j, k, l, high, low] = header;
    parsed.destination_mac = [a, b, c, d, e, f];
    parsed.source_mac = [g, h, i, j, k, l];
    parsed.vlan = 0;
    let mut ethertype = u16::from_be_bytes([high, low]);
    let mut offset = ETHERNET_LEN;
    for _ in 0..MAX_TAGS {
        if !is_vlan(ethertype) {
            break;
        }
        let [control_high, control_low, high, low] =
            frame.read::<4>(offset).ok_or(Skip::Short)?;
        parsed.vlan = u16::from_be_bytes([control_high, control_low]) & 0x0fff;
        ethertype = u16::from_be_bytes([high, low]);
        offset += 4;
    }
    parsed.ethertype = ethertype;
    if is_vlan(ethertype) {
        return Err(Skip::TooDeep);
    }
    Ok(offset)
}

/// What the network header says about the transport header behind it.
struct Transport {
    protocol: u8,
    offset: usize,
    /// A fragment without transport header.
    fragment: bool,
}

#[inline(always)]
fn ipv4(frame: Cursor<'_>, offset: usize, parsed: &mut Parsed) -> Result<Transport, Skip> {
    let header = Ipv4(frame.read(offset).ok_or(Skip::Short)?);
    let header_len = header.header_len();
    // A total length of zero stands for "longer than 65535" in frames a driver put together.
    let total_len = header.total_len();
    if header.version() != 4 || header_len < 20 || (total_len != 0 && total_len < header_len) {
        return Err(Skip::Malformed);
    }
    parsed.source.address = Address::v4(header.source());
    parsed.destination.address = Address::v4(header.destination());
    Ok(Transport {
        protocol: header.protocol(),
        offset: offset + header_len,
        fragment: header.fragment_offset() != 0,
    })
}

#[inline(always)]
fn ipv6(frame: Cursor<'_>, offset: usize, parsed: &mut Parsed) -> Result<Transport, Skip> {
    let header = Ipv6(frame.read(offset).ok_or(Skip::Short)?);
    if header.version() != 6 {
        return Err(Skip::Malformed);
    }
    parsed.source.address = Address::v6(header.source());
    parsed.destination.address = Address::v6(header.destination());
    extensions(frame, header.next_header(), offset + 40)
}

/// Walks the IPv6 extension headers (RFC 8200, 4).
#[inline(always)]
fn extensions(frame: Cursor<'_>, first: u8, start: usize) -> Result<Transport, Skip> {
    let mut transport = Transport {
        protocol: first,
        offset: start,
        fragment: false,
    };
    for _ in 0..MAX_EXTENSIONS {
        // Unit of the header's length field in bytes; every header is eight bytes longer.
        let unit = match transport.protocol {
            protocol::HOP_BY_HOP
            | protocol::ROUTING
            | protocol::DESTINATION_OPTIONS
            | protocol::MOBILITY
            | protocol::HOST_IDENTITY
            | protocol::SHIM6 => 8,
            // RFC 4302, 2.2.
            protocol::AUTHENTICATION => 4,
            protocol::FRAGMENT => 0,
            _ => return Ok(transport),
        };
        let [next, length, high, low] =
            frame.read::<4>(transport.offset).ok_or(Skip::Short)?;
        transport.fragment = transport.protocol == protocol::FRAGMENT
            && u16::from_be_bytes([high, low]) & 0xfff8 != 0;
        transport.protocol = next;
        transport.offset += 8 + unit * length as usize;
        if transport.fragment {
            return Ok(transport);
        }
    }
    Err(Skip::TooDeep)
}

/// Reads the transport header and makes the flow key.
#[inline(always)]
fn flow(frame: Cursor<'_>, transport: Transport, parsed: &mut Parsed) -> Result<Class, Skip> {
    let Transport {
        protocol,
        offset,
        fragment,
    } = transport;
    parsed.source.port = 0;
    parsed.destination.port = 0;
    parsed.tcp_flags = 0;
    let mut payload = offset;
    let class = match protocol {
        _ if fragment => Class::Fragment,
        protocol::TCP => {
            let header = Tcp(frame.read(offset).ok_or(Skip::Short)?);
            if header.header_len() < 20 {
                return Err(Skip::Malformed);
            }
            parsed.source.port = header.source();
            parsed.destination.port = header.destination();
            parsed.tcp_flags = header.flags();
            payload += header.header_len();
            Class::Tcp
        }
        protocol::UDP => {
            let header = Udp(frame.read(offset).ok_or(Skip::Short)?);
            parsed.source.port = header.source();
            parsed.destination.port = header.destination();
            payload += Udp::LEN;
            Class::Udp
        }
        _ => Class::OtherIp,
    };
    // Far below 65536: the last header read starts within `MAX_OFFSET`.
    parsed.payload_offset = payload as u16;
    parsed.make_key(protocol, if fragment { KIND_FRAGMENT } else { KIND_WHOLE });
    Ok(class)
}
