//! TCP, UDP, SCTP, ICMP and `ICMPv6` headers.

use super::checksum;
use super::{Icmp, Layer4, Network, Packet, Quoted, Sctp, Tcp, Udp, Undecoded};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::Anomaly;

/// Flag bits of a TCP header (RFC 9293, 3.1).
pub mod tcp_flags {
    pub const FIN: u8 = 0x01;
    pub const SYN: u8 = 0x02;
    pub const RST: u8 = 0x04;
    pub const PSH: u8 = 0x08;
    pub const ACK: u8 = 0x10;
    pub const URG: u8 = 0x20;
}

/// Numbers of the IANA protocol registry that are decoded.
pub(super) mod protocol {
    pub(in super::super) const ICMP: u8 = 1;
    pub(in super::super) const TCP: u8 = 6;
    pub(in super::super) const UDP: u8 = 17;
    pub(in super::super) const GRE: u8 = 47;
    pub(in super::super) const ICMPV6: u8 = 58;
    pub(in super::super) const SCTP: u8 = 132;
}

/// Decodes the transport header at the front of `data`, which is `wire_len` bytes long on the
/// wire (more than `data.len()` when the capture was cut).
pub(super) fn decode<'a>(packet: &mut Packet<'a>, number: u8, data: &'a [u8], wire_len: usize) {
    packet.payload_wire_len = wire_len;
    let layer = match number {
        protocol::TCP => tcp(packet, data, wire_len),
        protocol::UDP => udp(packet, data, wire_len),
        protocol::SCTP => sctp(packet, data),
        protocol::ICMP => read_icmp(data, false).map(Layer4::Icmp),
        protocol::ICMPV6 => read_icmp(data, true).map(Layer4::Icmpv6),
        _ => Ok(Layer4::Other(data)),
    };
    packet.layer4 = layer.unwrap_or_else(|_| {
        packet.stop(Undecoded::Transport, Anomaly::Truncated);
        Layer4::Other(data)
    });
}

/// RFC 9293, 3.1. A data offset below five words or beyond the segment is [`Anomaly::BadLength`];
/// the ports are reported all the same and the payload is taken to be empty.
fn tcp<'a>(packet: &mut Packet<'_>, data: &'a [u8], wire_len: usize) -> Result<Layer4<'a>, Short> {
    let mut c = Cursor::new(data);
    let source_port = c.u16_be()?;
    let destination_port = c.u16_be()?;
    let sequence = c.u32_be()?;
    let acknowledgement = c.u32_be()?;
    let [offset_bits, flags] = c.array()?;
    let window = c.u16_be()?;
    c.skip(4)?; // checksum and urgent pointer
    let header_len = usize::from(offset_bits >> 4).saturating_mul(4);
    let options = header_len.checked_sub(20);
    let payload = match options.filter(|_| header_len <= wire_len) {
        None => {
            packet.anomalies.insert(Anomaly::BadLength);
            &[]
        }
        // Options cut by the capture: there is no payload to see.
        Some(options) if c.skip(options).is_err() => &[],
        Some(_) => c.rest(),
    };
    let bad = packet.anomalies.contains(Anomaly::BadLength);
    let payload_len = if bad {
        payload.len()
    } else {
        wire_len.saturating_sub(header_len)
    };
    Ok(Layer4::Tcp(Tcp {
        source_port,
        destination_port,
        sequence,
        acknowledgement,
        flags,
        window,
        payload,
        payload_len: u32::try_from(payload_len).unwrap_or(u32::MAX),
    }))
}

/// RFC 768. Length 0 means "to the end of the IP payload" (jumbograms, RFC 2675). The ports of a
/// header that is cut short are reported all the same.
fn udp<'a>(packet: &mut Packet<'_>, data: &'a [u8], wire_len: usize) -> Result<Layer4<'a>, Short> {
    let mut c = Cursor::new(data);
    let mut udp = Udp {
        source_port: c.u16_be()?,
        destination_port: c.u16_be()?,
        payload: &[],
        cut: false,
    };
    let (Ok(length), Ok(stored)) = (c.u16_be(), c.u16_be()) else {
        packet.stop(Undecoded::Transport, Anomaly::Truncated);
        return Ok(Layer4::Udp(udp));
    };
    let length = usize::from(length);
    let on_wire = wire_len.saturating_sub(8);
    let claimed = match length {
        0 => on_wire,
        _ => length.checked_sub(8).unwrap_or_else(|| {
            packet.anomalies.insert(Anomaly::BadLength);
            on_wire
        }),
    };
    if claimed > on_wire {
        packet.anomalies.insert(Anomaly::BadLength);
    }
    let rest = c.rest();
    udp.payload = rest.get(..claimed.min(rest.len())).unwrap_or_default();
    packet.payload_wire_len = claimed.min(on_wire);
    udp.cut = udp.payload.len() < packet.payload_wire_len;
    // 0 means that the sender made no checksum (RFC 768).
    if stored != 0
        && let Network::Ip(ip) = packet.network
        && let Some(datagram) = data.get(..claimed.saturating_add(8))
        && !checksum::udp_fits(ip.source, ip.destination, datagram, stored)
    {
        packet.anomalies.insert(Anomaly::BadChecksum);
    }
    Ok(Layer4::Udp(udp))
}

/// RFC 9260, 3.1: the common header. Its ports are reported even when the rest is cut short.
fn sctp<'a>(packet: &mut Packet<'_>, data: &'a [u8]) -> Result<Layer4<'a>, Short> {
    let mut c = Cursor::new(data);
    let source_port = c.u16_be()?;
    let destination_port = c.u16_be()?;
    // Verification tag and checksum.
    if c.skip(8).is_err() {
        packet.stop(Undecoded::Transport, Anomaly::Truncated);
        c.take_rest();
    }
    Ok(Layer4::Sctp(Sctp {
        source_port,
        destination_port,
        payload: c.rest(),
    }))
}

/// RFC 792 and RFC 4443: type, code, checksum, four bytes by type, then the body.
pub(crate) fn read_icmp(data: &[u8], v6: bool) -> Result<Icmp<'_>, Short> {
    let mut c = Cursor::new(data);
    let kind = c.u8()?;
    let code = c.u8()?;
    c.skip(2)?; // checksum
    let rest = c.u32_be()?;
    let quotes = if v6 {
        (1..=4).contains(&kind)
    } else {
        matches!(kind, 3 | 4 | 5 | 11 | 12)
    };
    Ok(Icmp {
        kind,
        code,
        rest,
        message: data,
        quoted: quotes.then(|| quoted(c.rest())).flatten(),
    })
}

/// Reads the head of the packet that an ICMP error message quotes.
fn quoted(data: &[u8]) -> Option<Quoted> {
    let (ip, upper) = super::net::quoted_header(data)?;
    let has_ports = matches!(ip.protocol, protocol::TCP | protocol::UDP | protocol::SCTP);
    let mut c = Cursor::new(upper);
    let ports = match (has_ports, c.u16_be(), c.u16_be()) {
        (true, Ok(source), Ok(destination)) => Some((source, destination)),
        _ => None,
    };
    let tcp_flags = (ip.protocol == protocol::TCP && upper.len() >= 20)
        .then(|| upper.get(13).copied())
        .flatten();
    Some(Quoted {
        source: ip.source,
        destination: ip.destination,
        protocol: ip.protocol,
        ports,
        tcp_flags,
    })
}
