//! Caps of the IT protocols over UDP and on the link: DHCP, NTP, SNMP, `NetBIOS` names, LLDP, CDP, STP, IGMP,
//! syslog, SSDP, TFTP.

/// Objects told of one message of these protocols; more show as `limit_reached`. The largest usual
/// ones are bulk responses of SNMP and membership reports of routers.
pub const IT_OBJECTS: usize = 64;

/// Octets told of one text: the longest that LLDP and SNMP allow (IEEE 802.1AB, 8.5; RFC 2579).
pub const IT_TEXT_BYTES: usize = 255;

/// Requests of these protocols waiting for their response on one flow. Clients have one or two open;
/// management stations that poll from one port a few dozen. The oldest makes room.
pub const IT_OPEN_REQUESTS: usize = 32;

/// Options, attributes and headers read of one message. A datagram can hold no more useful ones; what
/// follows shows as `limit_reached`.
pub const IT_ELEMENTS: usize = 256;

/// Arcs of an object identifier of SNMP (RFC 2578, 3.5: 128 at most).
pub const SNMP_ARCS: usize = 128;
