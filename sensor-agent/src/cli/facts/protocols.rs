//! Section `protocol_packets`: frames by protocol, of the protocols that are decoded or dissected.

use std::collections::BTreeMap;

use sensor_protocols::decode::{Layer4, Link, Network, Outer, Packet, Quoted};
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::observation::Transport;

use super::booking::Row;
use super::report::{ProtocolPackets, count};

/// Lowest ethertype; smaller values are the length of an 802.3 frame.
const FIRST_ETHERTYPE: u16 = 0x0600;

/// OT protocols of the schema, but for the headers of [`Protocols::shown`]. Those that no dissector
/// names do not occur.
const OT: &[&str] = &[
    "modbus",
    "dnp3",
    "tpkt",
    "cotp",
    "s7comm",
    "enip",
    "cip",
    "cipio",
    "cipcm",
    "cippccc",
    "cipsafety",
    "bvlc",
    "bacnet",
    "bacapp",
    "iec60870_104",
    "iec60870_asdu",
    "opcua",
    "mms",
    "goose",
    "r-goose",
    "sv",
    "pn_dcp",
    "pn_rt",
    "pn_ptcp",
    "pn_mrp",
    "hart_ip",
    "omron",
    "ecatf",
    "ecat",
    "ecat_mailbox",
    "ams",
    "synphasor",
    "c1222",
    "epl",
    "esio",
    "sbus",
    "rtps",
    "kip",
    "lon",
    "egd",
    "ptp",
    "mqtt",
    "coap",
];

/// IP protocol number of UDP.
const UDP: u8 = 17;

/// IT protocols of the schema.
const IT: &[&str] = &[
    "arp", "icmp", "icmpv6", "igmp", "lldp", "cdp", "stp", "dns", "mdns", "nbns", "dhcp", "ntp",
    "snmp", "http", "tls", "ssh", "telnet", "ftp", "ftp-data", "tftp", "smb", "smb2", "dcerpc",
    "rdp", "syslog", "ssdp", "vlan", "ip", "ipv6", "tcp", "udp",
];

/// Frames by layer name.
#[derive(Default)]
pub(super) struct Protocols {
    layers: BTreeMap<&'static str, u64>,
    /// Frames in which the oracle shows the fields of a header; it has a layer in others as well.
    shown: BTreeMap<&'static str, u64>,
}

impl Protocols {
    pub(super) fn packet(&mut self, frame: &Frame<'_>, packet: &Packet<'_>) {
        let mut names: Vec<&'static str> = Vec::with_capacity(8);
        let outer = packet.outer;
        let links = [Some(packet.link), outer.map(|outer| outer.link)];
        if links.iter().flatten().any(|link| link.macs.is_some()) {
            names.push("eth");
        }
        // Loopback and raw IP captures have an address family, or nothing, in its place.
        let has_ethertype = !matches!(frame.link, LinkType::Loopback | LinkType::RawIp);
        if has_ethertype && packet.link.ethertype >= FIRST_ETHERTYPE {
            names.push("ethertype");
        }
        if packet.link.llc.is_some() {
            names.push("llc");
        }
        let tagged = |link: &Link| !link.vlans.ids().is_empty();
        if links.iter().flatten().any(tagged) {
            names.push("vlan");
        }
        match &packet.network {
            Network::Arp(_) => names.push("arp"),
            Network::Ip(ip) if ip.source.is_ipv4() => names.push("ip"),
            Network::Ip(_) => names.push("ipv6"),
            Network::None | Network::Other => {}
        }
        names.extend(transport(&packet.layer4));
        // A layer counts once in a frame, however often it is there.
        if let Some(Outer { ip, .. }) = outer {
            names.push(if ip.source.is_ipv4() { "ip" } else { "ipv6" });
            names.extend((ip.protocol == UDP).then_some("udp"));
            names.sort_unstable();
            names.dedup();
        }
        for name in names {
            count(&mut self.layers, name);
        }
    }

    /// A frame with messages of an application protocol.
    pub(super) fn application(&mut self, name: &'static str) {
        count(&mut self.layers, name);
    }

    /// A frame in which the oracle shows fields of a protocol, whether or not it has the layer.
    pub(super) fn shown(&mut self, name: &'static str) {
        count(&mut self.shown, name);
    }

    /// A frame with Modbus messages.
    pub(super) fn modbus(&mut self, row: &Row) {
        let name = if row.transport == Transport::Udp {
            "mbudp"
        } else {
            "mbtcp"
        };
        self.application(name);
        if row.messages.iter().any(|m| m.fields.is_some()) {
            self.application("modbus");
            count(&mut self.shown, name);
        }
    }

    pub(super) fn finish(self) -> ProtocolPackets {
        let named = |counts: &BTreeMap<&'static str, u64>, names: &[&'static str]| {
            let found = |name: &&'static str| Some((*name, *counts.get(name)?));
            names.iter().filter_map(found).collect::<BTreeMap<_, _>>()
        };
        let mut ot = named(&self.layers, OT);
        ot.extend(&self.shown);
        ProtocolPackets {
            ot,
            it: named(&self.layers, IT),
            layers: self.layers,
        }
    }
}

/// Layers above IP, those of a packet that ICMP quotes included.
fn transport(layer: &Layer4<'_>) -> impl Iterator<Item = &'static str> {
    let (own, quoted) = match layer {
        Layer4::Tcp(_) => (Some("tcp"), None),
        Layer4::Udp(_) => (Some("udp"), None),
        Layer4::Icmp(icmp) => (Some("icmp"), icmp.quoted),
        Layer4::Icmpv6(icmp) => (Some("icmpv6"), icmp.quoted),
        Layer4::None | Layer4::Sctp(_) | Layer4::Fragment(_) | Layer4::Other(_) => (None, None),
    };
    let inner = match quoted {
        Some(Quoted {
            protocol: 6,
            ports: Some(_),
            ..
        }) => Some("tcp"),
        Some(Quoted {
            protocol: 17,
            ports: Some(_),
            ..
        }) => Some("udp"),
        Some(_) | None => None,
    };
    own.into_iter().chain(inner)
}
