//! Section `conversations`: who talks to whom, over which transport.

use std::collections::{BTreeMap, HashSet};
use std::net::{IpAddr, SocketAddr};

use sensor_protocols::decode::{Icmp, Layer4, Outer, Packet, Quoted, tcp_flags};

use super::report::{self, SynSource, TcpFlags};
use super::segments::Streams;

/// How many of the widest SYN sources are named.
const WIDEST: usize = 5;

/// IP protocol numbers of the transports with ports.
const TCP: u8 = 6;
const UDP: u8 = 17;
const SCTP: u8 = 132;

type Pair = (SocketAddr, SocketAddr);

/// Conversations seen.
#[derive(Default)]
pub(super) struct Conversations {
    tcp: HashSet<Pair>,
    udp: HashSet<Pair>,
    sctp: HashSet<Pair>,
    udp_streams: HashSet<Pair>,
    flags: Option<TcpFlags>,
    /// By source: targets of its SYNs.
    syns: BTreeMap<IpAddr, HashSet<(IpAddr, u16)>>,
}

/// Ports of a frame as the oracle reads them: those of a quoted packet count where an ICMP message
/// has none of its own; TCP comes before UDP, and of two UDP headers the outer one counts.
struct Ports {
    protocol: u8,
    source: u16,
    destination: u16,
    tcp_flags: Option<u8>,
}

fn ports(packet: &Packet<'_>) -> Option<Ports> {
    let (source, destination) = packet.ports();
    let own = |protocol, tcp_flags| {
        Some(Ports {
            protocol,
            source,
            destination,
            tcp_flags,
        })
    };
    match &packet.layer4 {
        Layer4::Tcp(tcp) => own(TCP, Some(tcp.flags)),
        _ if outer_datagram(packet).is_some() => {
            let (source, destination) = outer_datagram(packet)?.ports;
            Some(Ports {
                protocol: UDP,
                source,
                destination,
                tcp_flags: None,
            })
        }
        Layer4::Udp(_) => own(UDP, None),
        Layer4::Sctp(_) => own(SCTP, None),
        Layer4::Icmp(icmp) | Layer4::Icmpv6(icmp) => {
            let quoted = icmp.quoted?;
            let (source, destination) = quoted.ports?;
            Some(Ports {
                protocol: quoted.protocol,
                source,
                destination,
                tcp_flags: quoted.tcp_flags,
            })
        }
        Layer4::None | Layer4::Fragment(_) | Layer4::Other(_) => None,
    }
}

/// The UDP datagram that carries a tunnel.
fn outer_datagram(packet: &Packet<'_>) -> Option<Outer> {
    packet.outer.filter(|outer| outer.ip.protocol == UDP)
}

impl Conversations {
    pub(super) fn packet(&mut self, packet: &Packet<'_>, streams: &mut Streams) {
        // In a tunnel the oracle's conversations have the outer addresses, its streams do not.
        if let Some(outer) = outer_datagram(packet) {
            let (source, destination) = outer.ports;
            let source = SocketAddr::new(outer.ip.source, source);
            let destination = SocketAddr::new(outer.ip.destination, destination);
            self.udp_streams.insert(pair(source, destination));
        }
        let outer = packet.outer.as_ref().map(|outer| &outer.ip);
        let (Some(ip), Some(ports)) = (outer.or(packet.ip()), ports(packet)) else {
            return;
        };
        let pair = pair(
            SocketAddr::new(ip.source, ports.source),
            SocketAddr::new(ip.destination, ports.destination),
        );
        match ports.protocol {
            TCP => drop(self.tcp.insert(pair)),
            UDP => drop(self.udp.insert(pair)),
            _ => drop(self.sctp.insert(pair)),
        }
        match &packet.layer4 {
            Layer4::Udp(udp) if outer_datagram(packet).is_none() => {
                if let Some(ip) = packet.ip() {
                    let source = SocketAddr::new(ip.source, udp.source_port);
                    let destination = SocketAddr::new(ip.destination, udp.destination_port);
                    self.udp_streams.insert(self::pair(source, destination));
                }
            }
            Layer4::Icmp(icmp) | Layer4::Icmpv6(icmp) => self.quoted_stream(icmp, streams),
            Layer4::None
            | Layer4::Tcp(_)
            | Layer4::Udp(_)
            | Layer4::Sctp(_)
            | Layer4::Fragment(_)
            | Layer4::Other(_) => {}
        }
        if let Some(flags) = ports.tcp_flags {
            self.flags(flags, packet.retransmission);
            if flags & tcp_flags::SYN != 0 && flags & tcp_flags::ACK == 0 {
                let target = (ip.destination, ports.destination);
                self.syns.entry(ip.source).or_default().insert(target);
            }
        }
    }

    /// A quoted packet belongs to the stream between its own addresses.
    fn quoted_stream(&mut self, icmp: &Icmp<'_>, streams: &mut Streams) {
        let Some(Quoted {
            source,
            destination,
            protocol,
            ports: Some((source_port, destination_port)),
            tcp_flags,
        }) = icmp.quoted
        else {
            return;
        };
        let source = SocketAddr::new(source, source_port);
        let destination = SocketAddr::new(destination, destination_port);
        match (protocol, tcp_flags) {
            (UDP, _) => drop(self.udp_streams.insert(pair(source, destination))),
            (TCP, Some(_)) => streams.quoted(source, destination),
            _ => {}
        }
    }

    fn flags(&mut self, flags: u8, retransmission: bool) {
        let total = self.flags.get_or_insert_default();
        let set = |flag| flags & flag != 0;
        let (syn, ack) = (set(tcp_flags::SYN), set(tcp_flags::ACK));
        total.syn += u64::from(syn && !ack);
        total.syn_ack += u64::from(syn && ack);
        total.rst += u64::from(set(tcp_flags::RST));
        // NULL, FIN alone, and FIN + PSH + URG (XMAS).
        total.null_fin_or_xmas += u64::from(matches!(flags & 0x3f, 0x00 | 0x01 | 0x29));
        total.retransmissions += u64::from(retransmission);
    }

    pub(super) fn finish(self, streams: &Streams) -> report::Conversations {
        report::Conversations {
            tcp: self.tcp.len(),
            udp: self.udp.len(),
            sctp: self.sctp.len(),
            total: self.tcp.len() + self.udp.len() + self.sctp.len(),
            tcp_streams: streams.count(),
            udp_streams: self.udp_streams.len() as u64,
            tcp_flags: self.flags,
            widest_tcp_syn_sources: widest(self.syns),
        }
    }
}

fn pair(a: SocketAddr, b: SocketAddr) -> Pair {
    (a.min(b), a.max(b))
}

/// The sources with the most targets, most first, equal ones by the text of their address.
fn widest(syns: BTreeMap<IpAddr, HashSet<(IpAddr, u16)>>) -> Vec<SynSource> {
    let mut sources: Vec<SynSource> = syns
        .into_iter()
        .map(|(source, seen)| {
            let hosts: HashSet<IpAddr> = seen.iter().map(|(host, _)| *host).collect();
            let ports: HashSet<u16> = seen.iter().map(|(_, port)| *port).collect();
            SynSource {
                source: source.to_string(),
                distinct_targets: hosts.len(),
                distinct_ports: ports.len(),
                distinct_target_ports: seen.len(),
            }
        })
        .collect();
    sources.sort_by(|a, b| {
        let wider = b.distinct_target_ports.cmp(&a.distinct_target_ports);
        wider.then_with(|| a.source.cmp(&b.source))
    });
    sources.truncate(WIDEST);
    sources
}
