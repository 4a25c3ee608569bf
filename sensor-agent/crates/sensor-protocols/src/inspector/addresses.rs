//! Source addresses that no sender may use.

use std::net::IpAddr;

use crate::decode::{Ip, Layer4, Packet};

/// Whether the packet's source is impossible on a wire: a group or broadcast address, loopback, or
/// unspecified where no protocol allows it. Loopback is fine in captures of a loopback interface,
/// which have no MAC addresses or, on Linux, only zeros in their place.
pub(super) fn illegal_source(packet: &Packet<'_>) -> bool {
    let on_wire = packet
        .link
        .macs
        .is_some_and(|m| !(m.source.is_zero() && m.destination.is_zero()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
    use crate::frame::{Frame, LinkType};
    use crate::time::Timestamp;

    /// An Ethernet frame from `mac` with an IPv4 header from `ip`, protocol 254.
    fn illegal(mac: [u8; 6], ip: [u8; 4]) -> bool {
        let mut data = vec![0; 6];
        data.extend(mac);
        data.extend([8, 0, 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 254, 0, 0]);
        data.extend(ip);
        data.extend([10, 0, 0, 2]);
        illegal_source(&decode(&Frame {
            time: Timestamp::ZERO,
            number: 1,
            link: LinkType::Ethernet,
            wire_len: 34,
            data: &data,
            kernel: None,
        }))
    }

    #[test]
    fn hosts_are_legal_and_groups_are_not() {
        let host = [2, 0, 0, 0, 0, 1];
        assert!(!illegal(host, [10, 0, 0, 1]));
        assert!(illegal(host, [239, 1, 2, 3]));
        assert!(illegal(host, [255; 4]));
        assert!(illegal(host, [0; 4]));
        assert!(illegal([3, 0, 0, 0, 0, 1], [10, 0, 0, 1]), "group MAC");
    }

    #[test]
    fn loopback_is_legal_only_off_the_wire() {
        assert!(illegal([2, 0, 0, 0, 0, 1], [127, 0, 0, 1]));
        assert!(!illegal([0; 6], [127, 0, 0, 1]));
    }
}
