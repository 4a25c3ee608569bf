//! What is told of quoted packets where the oracle's view is another one.

use super::ours;

/// RFC 792 lets ICMP quote eight octets behind the IP header. The oracle takes the TCP header that
/// ends there for malformed.
#[test]
fn a_quoted_header_cut_by_icmp_is_no_fault() {
    let facts = ours("crafted/icmp_quotes.pcap");
    assert_eq!(facts["conversations"]["tcp"], 1, "the ports are read");
    assert!(facts.get("modbus").is_none());
}

/// The oracle also counts the echo request that an `ICMPv6` error quotes behind an authentication
/// header. The sensor reads the header right behind the quoted IPv6 header only.
#[test]
fn a_quoted_message_behind_an_authentication_header() {
    let facts = ours("malformed/zeek_ipv6_zero_len_ah.pcap");
    assert_eq!(facts["icmpv6"]["types"]["4"], 1, "the error itself");
}
