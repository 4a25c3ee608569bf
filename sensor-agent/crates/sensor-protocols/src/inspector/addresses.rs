//! Source addresses that no sender may use.

use std::net::IpAddr;

use crate::decode::{Ip, Layer4, Packet};

/// Whether the packet's source is impossible on a wire: a group or broadcast address, loopback, or
/// unspecified where no protocol allows it. Loopback is fine in captures of a loopback interface,
/// which have no MAC addresses.
pub(super) fn illegal_source(packet: &Packet<'_>) -> bool {
    let on_wire = packet.link.macs.is_some();
    if packet.link.macs.is_some_and(|m| m.source.is_group()) {
        return true;
    }
    packet.ip().is_some_and(|ip| {
        is_group(ip.source)
            || (on_wire && ip.source.is_loopback())
            || (ip.source.is_unspecified() && !may_be_unspecified(packet, ip))
    })
}

fn is_group(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_multicast(),
    }
}

/// Hosts without an address yet: DHCP and BOOTP clients (RFC 2131, 4.1), duplicate address
/// detection (RFC 4862, 5.4.2), listener reports (RFC 3376, 4.2.13; RFC 3590).
fn may_be_unspecified(packet: &Packet<'_>, ip: &Ip) -> bool {
    const IGMP: u8 = 2;
    match packet.layer4 {
        Layer4::Udp(udp) => udp.source_port == 68 && udp.destination_port == 67,
        // Router and neighbour solicitation, listener reports version 1 and 2.
        Layer4::Icmpv6(icmp) => matches!(icmp.kind, 133 | 135 | 131 | 132 | 143),
        Layer4::Other(_) => ip.protocol == IGMP,
        Layer4::None | Layer4::Tcp(_) | Layer4::Sctp(_) | Layer4::Icmp(_) | Layer4::Fragment(_) => {
            false
        }
    }
}
