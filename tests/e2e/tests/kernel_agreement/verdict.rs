//! What the kernel's parser and the user-space decoder make of a frame, in the same terms.

use std::net::IpAddr;

use sensor_common::flow::{Address, Direction, End, FlowKey, KIND_FRAGMENT, KIND_WHOLE};
use sensor_common::ports::is_ot_ethertype;
use sensor_common::record::Class;
use sensor_ebpf::cursor::Cursor;
use sensor_ebpf::outcome::{Parsed, Skip, has_flow};
use sensor_ebpf::parse::{ETHERNET_LEN, MAX_TAGS, parse};
use sensor_protocols::decode::{Layer4, Network, Packet, Undecoded, decode, decode_outer};
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::observation::Anomaly;
use sensor_protocols::time::Timestamp;

/// What either side makes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Flow(Booked),
    /// Class and length of the payload where a trailer may follow it.
    Link(Class, Option<usize>),
    /// Headers that cannot be followed; inside a tunnel, whose flow it still is.
    Skipped(Skip, Option<Booked>),
}

/// The flow that a frame belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Booked {
    key: FlowKey,
    direction: Direction,
    class: Class,
    tcp_flags: u8,
}

pub(crate) fn kernel(bytes: &[u8]) -> Verdict {
    let mut parsed = Parsed::default();
    let outcome = parse(Cursor::new(bytes), &mut parsed);
    let booked = has_flow(parsed.class).then_some(Booked {
        key: parsed.key,
        direction: parsed.direction(),
        class: parsed.class,
        tcp_flags: parsed.tcp_flags,
    });
    match (outcome, booked) {
        (Err(skip), booked) => Verdict::Skipped(skip, booked),
        (Ok(()), Some(booked)) => Verdict::Flow(booked),
        (Ok(()), None) => {
            let payload = (parsed.class == Class::OtLink).then(|| kernel_payload(bytes).len());
            Verdict::Link(parsed.class, payload)
        }
    }
}

/// The payload as the kernel program sees it.
fn kernel_payload(bytes: &[u8]) -> &[u8] {
    let mut parsed = Parsed::default();
    if parse(Cursor::new(bytes), &mut parsed).is_err() {
        return &[];
    }
    let end = usize::from(parsed.packet_end()).min(bytes.len());
    bytes
        .get(usize::from(parsed.payload_offset)..end)
        .unwrap_or_default()
}

pub(crate) fn whole(bytes: &[u8]) -> Frame<'_> {
    Frame {
        time: Timestamp::ZERO,
        number: 1,
        link: LinkType::Ethernet,
        wire_len: u32::try_from(bytes.len()).expect("frames are short"),
        data: bytes,
        kernel: None,
    }
}

pub(crate) fn user(bytes: &[u8]) -> Verdict {
    // The decoder follows more tags than the kernel, which hands such frames up unparsed, whether
    // the next tag is there in full or not.
    if announces_too_many_tags(bytes) {
        return Verdict::Skipped(Skip::TooDeep, None);
    }
    let packet = decode(&whole(bytes));
    if packet.link.ethertype == 0x0806 {
        // The kernel does not look into ARP, so an ARP message cut short is ARP to it.
        return Verdict::Link(Class::Arp, None);
    }
    if packet.undecoded.is_some() {
        let carrier = decode_outer(&whole(bytes));
        let booked = carrier.undecoded.is_none().then(|| booked(&packet));
        return Verdict::Skipped(reason(&packet), booked);
    }
    match packet.network {
        Network::Ip(_) => Verdict::Flow(booked(&packet)),
        Network::None | Network::Other | Network::Arp(_) => {
            if is_ot_ethertype(packet.link.ethertype) {
                Verdict::Link(Class::OtLink, Some(packet.payload().len()))
            } else {
                Verdict::Link(Class::OtherLink, None)
            }
        }
    }
}

/// Whether there is an ethertype of a VLAN tag behind as many as the kernel follows.
fn announces_too_many_tags(bytes: &[u8]) -> bool {
    let (mut at, mut tags, mut redundant) = (ETHERNET_LEN - 2, 0, false);
    while let Some(ethertype) = bytes.get(at..at + 2) {
        match ethertype {
            [0x89, 0x2f] if !redundant => {
                redundant = true;
                at += 6;
            }
            [0x81 | 0x91 | 0x92, 0x00] | [0x88, 0xa8] if tags == MAX_TAGS => return true,
            [0x81 | 0x91 | 0x92, 0x00] | [0x88, 0xa8] => {
                tags += 1;
                at += 4;
            }
            _ => return false,
        }
    }
    false
}

/// Both sides on one frame; what both take for a flow has the same payload, too.
pub(crate) fn agree(bytes: &[u8]) -> (Verdict, Verdict) {
    let (kernel, user) = (kernel(bytes), user(bytes));
    let packet = decode(&whole(bytes));
    let payload = packet.payload();
    let transport = matches!(packet.layer4, Layer4::Tcp(_) | Layer4::Udp(_));
    if let (Verdict::Flow(_), Verdict::Flow(_)) = (kernel, user)
        && transport
        && !payload.is_empty()
    {
        assert_eq!(kernel_payload(bytes), payload, "{bytes:02x?}");
    }
    (kernel, user)
}

fn reason(packet: &Packet<'_>) -> Skip {
    let has = |anomaly| packet.anomalies.contains(anomaly);
    if has(Anomaly::LimitReached) {
        return Skip::TooDeep;
    }
    let in_ip_header = packet.undecoded == Some(Undecoded::Network);
    if in_ip_header
        && (has(Anomaly::BadVersion) || has(Anomaly::BadLength))
        && !has(Anomaly::Truncated)
    {
        return Skip::Malformed;
    }
    Skip::Short
}

pub(crate) fn booked(packet: &Packet<'_>) -> Booked {
    let ip = packet.ip().expect("the caller saw an IP header");
    let (source_port, destination_port) = packet.ports();
    let (class, kind, tcp_flags) = match &packet.layer4 {
        Layer4::Tcp(tcp) => (Class::Tcp, KIND_WHOLE, tcp.flags),
        Layer4::Udp(_) => (Class::Udp, KIND_WHOLE, 0),
        Layer4::Fragment(_) => (Class::Fragment, KIND_FRAGMENT, 0),
        Layer4::None | Layer4::Sctp(_) | Layer4::Icmp(_) | Layer4::Icmpv6(_) | Layer4::Other(_) => {
            (Class::OtherIp, KIND_WHOLE, 0)
        }
    };
    let (key, direction) = FlowKey::new(
        End::new(address(ip.source), source_port),
        End::new(address(ip.destination), destination_port),
        packet.link.vlans.innermost().unwrap_or(0),
        ip.protocol,
        kind,
    );
    Booked {
        key,
        direction,
        class,
        tcp_flags,
    }
}

fn address(ip: IpAddr) -> Address {
    match ip {
        IpAddr::V4(v4) => Address::v4(v4.octets()),
        IpAddr::V6(v6) => Address::v6(v6.octets()),
    }
}
