//! Stage 3a: one frame in, its layers out, as a view that borrows from the frame.
//!
//! Decoding never fails. What departs from a specification becomes an
//! [`Anomaly`] in [`Packet::anomalies`], and decoding stops at the
//! layer where the bytes stop making sense; everything above that point is still reported.
//!
//! Limits: [`crate::limits::VLAN_TAGS`] stacked tags, [`crate::limits::IPV6_EXTENSIONS`] extension
//! headers, one HSR tag, one tunnel (GRE, ERSPAN, VXLAN). A tunnel inside a tunnel, one of unknown
//! content, and fragments of one are reported by their own headers, see [`Layer4::Other`].

#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "tests stop at the first surprise, and that is their job"
    )
)]

mod checksum;
mod link;
mod link_layer;
mod net;
mod transport;
mod tunnel;

use std::net::{IpAddr, Ipv4Addr};

use crate::addr::{Endpoint, MacAddr};
use crate::frame::Frame;
use crate::observation::{Anomaly, AnomalySet, Transport};

pub use link_layer::{Link, Llc, LlcProtocol, Macs, Vlans};
pub(crate) use transport::read_icmp;
pub use transport::tcp_flags;
pub use tunnel::Outer;

/// The layers of one frame.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    pub link: Link,
    pub network: Network,
    pub layer4: Layer4<'a>,
    /// The bytes behind the link header and its tags, link padding included; without a PRP trailer
    /// where nothing else tells where the payload ends.
    pub link_payload: &'a [u8],
    /// What carries the frame, when it came in a tunnel: everything else is about what is inside.
    pub outer: Option<Outer>,
    /// The capture holds less than was on the wire.
    pub cut: bool,
    /// Departures from a specification up to the transport layer.
    pub anomalies: AnomalySet,
    /// Why decoding ended before the transport layer; `None` when it did not. With all layers there
    /// it is about the inside of a tunnel that could not be followed.
    pub undecoded: Option<Undecoded>,
    /// Flow this packet belongs to, 0 when it has none. Set by the inspector.
    pub flow: u64,
    /// A TCP segment that brings nothing new (set by the inspector, see
    /// [`crate::flow`] for what counts).
    pub retransmission: bool,
    /// Length on the wire of the payload of UDP or of a protocol that is not decoded.
    payload_wire_len: usize,
}

/// The network layer.
#[derive(Clone, Copy, Debug)]
pub enum Network {
    /// Nothing decoded above the link.
    None,
    Ip(Ip),
    Arp(Arp),
    /// Another ethertype, see [`Packet::link_payload`].
    Other,
}

/// An IP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ip {
    pub source: IpAddr,
    pub destination: IpAddr,
    /// Protocol number of what follows, extension headers walked.
    pub protocol: u8,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// Set on every fragment of a datagram that was split.
    pub fragment: Option<Fragment>,
}

/// Place of a fragment in its datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    pub id: u32,
    /// Offset of this fragment's payload in the datagram, in bytes.
    pub offset: u32,
    /// More fragments follow.
    pub more: bool,
}

/// An ARP message for IPv4 over Ethernet (RFC 826).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    pub opcode: u16,
    /// Addresses; `None` when the message is for other hardware or protocol types.
    pub addresses: Option<ArpAddresses>,
}

/// Addresses of an ARP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpAddresses {
    pub sender_mac: MacAddr,
    pub sender_ip: Ipv4Addr,
    pub target_mac: MacAddr,
    pub target_ip: Ipv4Addr,
}

/// What IP carries. Payloads end where the IP header says, so link padding is never part of them.
#[derive(Clone, Copy, Debug)]
pub enum Layer4<'a> {
    /// No IP, or its header was not readable.
    None,
    Tcp(Tcp<'a>),
    Udp(Udp<'a>),
    Sctp(Sctp<'a>),
    Icmp(Icmp<'a>),
    Icmpv6(Icmp<'a>),
    /// A fragment of a datagram that is not complete: the fragment's payload.
    Fragment(&'a [u8]),
    /// Another protocol number, or a header cut short: the bytes behind the IP header.
    Other(&'a [u8]),
}

/// A TCP segment.
#[derive(Clone, Copy, Debug)]
pub struct Tcp<'a> {
    pub source_port: u16,
    pub destination_port: u16,
    pub sequence: u32,
    pub acknowledgement: u32,
    /// The eight flag bits CWR … FIN; see [`tcp_flags`].
    pub flags: u8,
    pub window: u16,
    pub payload: &'a [u8],
    /// Length of the payload on the wire; more than `payload.len()` when the capture was cut.
    pub payload_len: u32,
}

/// A UDP datagram.
#[derive(Clone, Copy, Debug)]
pub struct Udp<'a> {
    pub source_port: u16,
    pub destination_port: u16,
    pub payload: &'a [u8],
    /// The capture was cut: the end of the payload is missing.
    pub cut: bool,
}

/// An SCTP packet: ports only, chunks are not opened.
#[derive(Clone, Copy, Debug)]
pub struct Sctp<'a> {
    pub source_port: u16,
    pub destination_port: u16,
    pub payload: &'a [u8],
}

/// An ICMP or `ICMPv6` message.
#[derive(Clone, Copy, Debug)]
pub struct Icmp<'a> {
    pub kind: u8,
    pub code: u8,
    /// The four bytes after the checksum: identifier and sequence, pointer, MTU, gateway.
    pub rest: u32,
    /// The whole message, header included.
    pub message: &'a [u8],
    /// For error messages: the head of the packet that caused the error.
    pub quoted: Option<Quoted>,
}

/// The packet quoted inside an ICMP error message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: u8,
    /// Source and destination port when the protocol has ports and they are there.
    pub ports: Option<(u16, u16)>,
    /// Flags of a quoted TCP header that is there in full.
    pub tcp_flags: Option<u8>,
}

/// Why decoding stopped early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Undecoded {
    /// A link type that is not known to the decoder (number of the LINKTYPE registry).
    LinkType(u16),
    /// The link header is not complete.
    Link,
    /// The IP or ARP header is not complete or contradicts itself.
    Network,
    /// The header of TCP, UDP, SCTP, ICMP or an extension header is not complete.
    Transport,
}

/// Decodes one frame, and what is in it if it carries a tunnel.
pub fn decode<'a>(frame: &Frame<'a>) -> Packet<'a> {
    let mut packet = decode_outer(frame);
    tunnel::open(&mut packet);
    packet
}

/// Decodes one frame without looking into tunnels.
pub fn decode_outer<'a>(frame: &Frame<'a>) -> Packet<'a> {
    link::decode(frame)
}

/// Decodes what a reassembled IP datagram carries and puts it in place of the fragment.
/// `payload` is the datagram behind its IP header, `protocol` the number of what it starts with.
pub fn decode_reassembled<'a>(packet: &Packet<'_>, ip: Ip, payload: &'a [u8]) -> Packet<'a> {
    let mut whole = Packet {
        link: packet.link,
        network: Network::Ip(ip),
        layer4: Layer4::None,
        outer: packet.outer,
        cut: packet.cut,
        anomalies: packet.anomalies,
        ..Packet::empty()
    };
    let datagram = Ip {
        fragment: None,
        ..ip
    };
    net::walk_upper_layers(&mut whole, datagram, payload, payload.len());
    // The frame stays known as the fragment that it was.
    if let Network::Ip(found) = &mut whole.network {
        found.fragment = ip.fragment;
    }
    whole
}

impl<'a> Packet<'a> {
    pub(crate) fn empty() -> Self {
        Self {
            link: Link::default(),
            network: Network::None,
            layer4: Layer4::None,
            link_payload: &[],
            outer: None,
            cut: false,
            anomalies: AnomalySet::EMPTY,
            undecoded: None,
            flow: 0,
            retransmission: false,
            payload_wire_len: 0,
        }
    }

    /// Ends decoding. Bytes that the capture cut off are not missing from the packet.
    pub(crate) fn stop(&mut self, at: Undecoded, anomaly: Anomaly) {
        self.undecoded = Some(at);
        if !(self.cut && anomaly == Anomaly::Truncated) {
            self.anomalies.insert(anomaly);
        }
    }

    /// The outermost IP header, inside a tunnel if there is one.
    pub const fn ip(&self) -> Option<&Ip> {
        match &self.network {
            Network::Ip(ip) => Some(ip),
            Network::None | Network::Arp(_) | Network::Other => None,
        }
    }

    /// The TCP segment.
    pub const fn tcp(&self) -> Option<&Tcp<'a>> {
        if let Layer4::Tcp(tcp) = &self.layer4 {
            Some(tcp)
        } else {
            None
        }
    }

    /// Source and destination port; zeros when the transport has none.
    pub const fn ports(&self) -> (u16, u16) {
        match &self.layer4 {
            Layer4::Tcp(t) => (t.source_port, t.destination_port),
            Layer4::Udp(u) => (u.source_port, u.destination_port),
            Layer4::Sctp(s) => (s.source_port, s.destination_port),
            Layer4::None
            | Layer4::Icmp(_)
            | Layer4::Icmpv6(_)
            | Layer4::Fragment(_)
            | Layer4::Other(_) => (0, 0),
        }
    }

    /// What carries the payload.
    pub const fn transport(&self) -> Transport {
        match (&self.layer4, &self.network) {
            (Layer4::Tcp(_), _) => Transport::Tcp,
            (Layer4::Udp(_), _) => Transport::Udp,
            (Layer4::Sctp(_), _) => Transport::Sctp,
            (_, Network::Ip(_)) => Transport::Ip,
            (_, Network::None | Network::Arp(_) | Network::Other) => Transport::Link,
        }
    }

    /// The bytes that a dissector of the uppermost decoded layer is offered.
    pub fn payload(&self) -> &'a [u8] {
        match &self.layer4 {
            Layer4::Tcp(tcp) => tcp.payload,
            Layer4::Udp(udp) => udp.payload,
            Layer4::Sctp(sctp) => sctp.payload,
            Layer4::Icmp(icmp) | Layer4::Icmpv6(icmp) => icmp.message,
            Layer4::Fragment(bytes) | Layer4::Other(bytes) => bytes,
            Layer4::None => match self.network {
                Network::Arp(_) | Network::Other => self.client_data(),
                Network::None | Network::Ip(_) => &[],
            },
        }
    }

    /// What is behind the link header, without the padding that an 802.3 length field tells.
    fn client_data(&self) -> &'a [u8] {
        let length = self.link.llc.map_or(usize::MAX, |llc| llc.length.into());
        self.link_payload.get(..length).unwrap_or(self.link_payload)
    }

    /// The two ends as they stand on the wire, sender first.
    pub fn endpoints(&self) -> (Endpoint, Endpoint) {
        let vlan = self.link.vlans.innermost();
        let (source_port, destination_port) = self.ports();
        let (mut source, mut destination) = (MacAddr::ZERO, MacAddr::ZERO);
        if let Some(macs) = self.link.macs {
            (source, destination) = (macs.source, macs.destination);
        }
        let ip = self.ip();
        let end = |mac, ip, port| Endpoint {
            mac,
            ip,
            port,
            vlan,
        };
        (
            end(source, ip.map(|ip| ip.source), source_port),
            end(destination, ip.map(|ip| ip.destination), destination_port),
        )
    }
}
