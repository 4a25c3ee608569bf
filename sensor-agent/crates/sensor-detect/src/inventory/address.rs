//! Whose an address is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// What an address stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// One station of the site.
    Internal,
    /// One station elsewhere.
    Internet,
    /// Multicast and broadcast.
    Group,
    /// No station at all: unspecified, reserved.
    Nobody,
}

/// Classification of addresses by the configured subnets.
#[derive(Clone, Debug, Default)]
pub struct AddressBook {
    internal: Vec<IpNet>,
    ot: Vec<IpNet>,
}

impl AddressBook {
    /// `internal` are public networks of the site, `ot` the networks of the plant.
    pub fn new(internal: Vec<IpNet>, ot: Vec<IpNet>) -> Self {
        Self { internal, ot }
    }

    pub fn kind(&self, address: IpAddr) -> AddressKind {
        let kind = match address {
            IpAddr::V4(v4) => v4_kind(v4),
            IpAddr::V6(v6) => v6_kind(v6),
        };
        let listed = || {
            self.internal
                .iter()
                .chain(&self.ot)
                .any(|net| net.contains(&address))
        };
        if kind == AddressKind::Internet && listed() {
            AddressKind::Internal
        } else {
            kind
        }
    }

    pub fn is_internet(&self, address: IpAddr) -> bool {
        self.kind(address) == AddressKind::Internet
    }

    /// Whether the address stands in an OT subnet.
    pub fn is_ot(&self, address: IpAddr) -> bool {
        self.ot.iter().any(|net| net.contains(&address))
    }

    /// Whether OT subnets are known at all.
    pub fn knows_ot(&self) -> bool {
        !self.ot.is_empty()
    }
}

/// By the IANA special-purpose registry (RFC 6890). The documentation networks count as Internet:
/// they stand for public addresses wherever they are used.
fn v4_kind(address: Ipv4Addr) -> AddressKind {
    let [first, second, ..] = address.octets();
    if address.is_multicast() || address.is_broadcast() {
        AddressKind::Group
    } else if first == 0 || first >= 240 {
        AddressKind::Nobody
    } else if address.is_private()
        || address.is_link_local()
        || address.is_loopback()
        || first == 100 && second & 0xc0 == 64
    {
        AddressKind::Internal
    } else {
        AddressKind::Internet
    }
}

fn v6_kind(address: Ipv6Addr) -> AddressKind {
    if let Some(v4) = address.to_ipv4_mapped() {
        return v4_kind(v4);
    }
    if address.is_multicast() {
        AddressKind::Group
    } else if address.is_unspecified() {
        AddressKind::Nobody
    } else if address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
    {
        AddressKind::Internal
    } else {
        AddressKind::Internet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(address: &str) -> AddressKind {
        AddressBook::default().kind(address.parse().unwrap())
    }

    #[test]
    fn private_addresses_are_of_the_site_and_public_ones_are_not() {
        for internal in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "127.0.0.1",
            "100.64.0.1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(kind(internal), AddressKind::Internal, "{internal}");
        }
        for internet in [
            "8.8.8.8",
            "203.0.113.5",
            "100.128.0.1",
            "172.32.0.1",
            "2001:db8::1",
        ] {
            assert_eq!(kind(internet), AddressKind::Internet, "{internet}");
        }
    }

    #[test]
    fn groups_and_reserved_addresses_are_nobody_in_particular() {
        assert_eq!(kind("239.1.1.1"), AddressKind::Group);
        assert_eq!(kind("255.255.255.255"), AddressKind::Group);
        assert_eq!(kind("ff02::1"), AddressKind::Group);
        assert_eq!(kind("0.0.0.0"), AddressKind::Nobody);
        assert_eq!(kind("240.0.0.1"), AddressKind::Nobody);
    }

    #[test]
    fn a_configured_public_network_belongs_to_the_site() {
        let book = AddressBook::new(
            vec!["141.81.0.0/24".parse().unwrap()],
            vec!["141.82.0.0/24".parse().unwrap()],
        );
        assert_eq!(
            book.kind("141.81.0.10".parse().unwrap()),
            AddressKind::Internal
        );
        assert_eq!(
            book.kind("141.82.0.10".parse().unwrap()),
            AddressKind::Internal
        );
        assert!(book.is_internet("141.83.0.10".parse().unwrap()));
        assert!(book.is_ot("141.82.0.10".parse().unwrap()));
    }
}
