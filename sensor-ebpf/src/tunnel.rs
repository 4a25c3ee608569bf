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
