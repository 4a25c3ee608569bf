//! Headers as plain values, taken apart from the bytes [`crate::cursor::Cursor`] copied.

/// Ethertype of IPv4 (RFC 894).
pub const ETHERTYPE_IPV4: u16 = 0x0800;
/// Ethertype of ARP (RFC 826).
pub const ETHERTYPE_ARP: u16 = 0x0806;
/// Ethertype of IPv6 (RFC 2464).
pub const ETHERTYPE_IPV6: u16 = 0x86dd;
/// Customer VLAN tag (IEEE 802.1Q, 9.5).
pub const ETHERTYPE_VLAN: u16 = 0x8100;
/// Service VLAN tag (IEEE 802.1ad).
pub const ETHERTYPE_SERVICE_VLAN: u16 = 0x88a8;
/// Service tags of switches older than 802.1ad.
pub const ETHERTYPE_OLD_SERVICE_VLANS: [u16; 2] = [0x9100, 0x9200];

/// High-availability Seamless Redundancy tag (IEC 62439-3, 5.6).
pub const ETHERTYPE_HSR: u16 = 0x892f;
/// Suffix of the PRP redundancy control trailer (IEC 62439-3, 4.1.9).
pub const PRP_SUFFIX: u16 = 0x88fb;
/// An Ethernet frame inside GRE (RFC 1701: transparent Ethernet bridging).
pub const ETHERTYPE_BRIDGED: u16 = 0x6558;
/// ERSPAN types I and II as GRE protocol type.
pub const ETHERTYPE_ERSPAN: u16 = 0x88be;
/// ERSPAN type III as GRE protocol type.
pub const ETHERTYPE_ERSPAN_III: u16 = 0x22eb;
/// UDP destination ports of VXLAN: RFC 7348, 5, and the one Linux had before.
pub const VXLAN_PORTS: [u16; 2] = [4789, 8472];

/// IP protocol numbers (IANA).
pub mod protocol {
    pub const HOP_BY_HOP: u8 = 0;
    pub const ICMP: u8 = 1;
    pub const TCP: u8 = 6;
    pub const UDP: u8 = 17;
    pub const ROUTING: u8 = 43;
    pub const FRAGMENT: u8 = 44;
    pub const GRE: u8 = 47;
    pub const AUTHENTICATION: u8 = 51;
    pub const ICMPV6: u8 = 58;
    pub const DESTINATION_OPTIONS: u8 = 60;
    pub const SCTP: u8 = 132;
    pub const MOBILITY: u8 = 135;
    pub const HOST_IDENTITY: u8 = 139;
    pub const SHIM6: u8 = 140;
}

/// Whether an ethertype announces a VLAN tag.
#[inline(always)]
pub const fn is_vlan(ethertype: u16) -> bool {
    let [first_old, second_old] = ETHERTYPE_OLD_SERVICE_VLANS;
    ethertype == ETHERTYPE_VLAN
        || ethertype == ETHERTYPE_SERVICE_VLAN
        || ethertype == first_old
        || ethertype == second_old
}

/// IPv4 header without options (RFC 791, 3.1).
#[derive(Clone, Copy)]
pub struct Ipv4(pub [u8; 20]);

impl Ipv4 {
    pub const fn version(&self) -> u8 {
        self.0[0] >> 4
    }

    /// Header length in bytes, 0 to 60.
    pub const fn header_len(&self) -> usize {
        ((self.0[0] & 0x0f) as usize) << 2
    }

    pub const fn total_len(&self) -> usize {
        u16::from_be_bytes([self.0[2], self.0[3]]) as usize
    }

    /// Whether this is one of several fragments: an offset, or more to follow.
    pub const fn is_fragment(&self) -> bool {
        u16::from_be_bytes([self.0[6], self.0[7]]) & 0x3fff != 0
    }

    pub const fn protocol(&self) -> u8 {
        self.0[9]
    }

    pub const fn source(&self) -> [u8; 4] {
        [self.0[12], self.0[13], self.0[14], self.0[15]]
    }

    pub const fn destination(&self) -> [u8; 4] {
        [self.0[16], self.0[17], self.0[18], self.0[19]]
    }
}

/// IPv6 header (RFC 8200, 3).
#[derive(Clone, Copy)]
pub struct Ipv6(pub [u8; 40]);

impl Ipv6 {
    pub const fn version(&self) -> u8 {
        self.0[0] >> 4
    }

    /// Length behind this header, zero for jumbograms.
    pub const fn payload_len(&self) -> usize {
        u16::from_be_bytes([self.0[4], self.0[5]]) as usize
    }

    pub const fn next_header(&self) -> u8 {
        self.0[6]
    }

    #[inline(always)]
    pub fn source(&self) -> [u8; 16] {
        sixteen(&self.0, 8)
    }

    #[inline(always)]
    pub fn destination(&self) -> [u8; 16] {
        sixteen(&self.0, 24)
    }
}

/// The sixteen bytes at `at`, which must be 8 or 24.
#[inline(always)]
fn sixteen(header: &[u8; 40], at: usize) -> [u8; 16] {
    core::array::from_fn(|index| header[at + index])
}

/// TCP header without options (RFC 9293, 3.1).
#[derive(Clone, Copy)]
pub struct Tcp(pub [u8; 20]);

impl Tcp {
    pub const fn source(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    pub const fn destination(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }

    pub const fn sequence(&self) -> u32 {
        u32::from_be_bytes([self.0[4], self.0[5], self.0[6], self.0[7]])
    }

    /// Header length in bytes, 0 to 60.
    pub const fn header_len(&self) -> usize {
        ((self.0[12] >> 4) as usize) << 2
    }

    /// CWR, ECE, URG, ACK, PSH, RST, SYN, FIN from the high bit down.
    pub const fn flags(&self) -> u8 {
        self.0[13]
    }
}

/// The ports at the front of UDP (RFC 768) and SCTP (RFC 9260, 3.1) headers.
#[derive(Clone, Copy)]
pub struct Ports(pub [u8; 8]);

impl Ports {
    pub const fn source(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    pub const fn destination(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }

    /// Length of a UDP datagram, header included; no field of SCTP.
    pub const fn datagram_len(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }

    /// Checksum of a UDP datagram, zero when it has none.
    pub const fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.0[6], self.0[7]])
    }
}
