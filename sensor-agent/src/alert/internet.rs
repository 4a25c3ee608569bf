//! Which addresses are on the Internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Whether an address is reached over the Internet: a global unicast address that is not in one of
/// the site's own public subnets.
pub fn is_internet(address: IpAddr, internal: &[IpNet]) -> bool {
    let public = match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    };
    public && !internal.iter().any(|net| net.contains(&address))
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    // RFC 6598: addresses behind a carrier's translator.
    let shared = a == 100 && b & 0xc0 == 64;
    // RFC 1122, 3.2.1.3 (a) and RFC 1112, section 4.
    let special = a == 0 || a >= 240;
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || shared
        || special)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    !(ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || ip.is_unique_local()
        || ip.is_unicast_link_local())
}
