//! Every capture of the repository, compared with what tshark finds in it (`*.facts.json`): link
//! and IP addresses, VLANs, conversations, TCP flags, retransmissions, ARP, ICMP and DNS.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "only a few protocols and layers are counted here"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use sensor_protocols::addr::MacAddr;
use sensor_protocols::decode::{Layer4, Network, Packet, tcp_flags};
use sensor_protocols::frame::Frame;
use sensor_protocols::inspector::{Inspector, Sink};
use sensor_protocols::observation::{Direction, Object, Observation, Outcome, Protocol};
use serde_json::{Value, json};
use support::Capture;

/// Where this sensor counts differently on purpose: capture, pointer into the facts, what we say,
/// why.
const DIFFERENCES: &[(&str, &str, &str, &str)] = &[
    (
        "zeek_ipv6_zero_len_ah.pcap",
        "/icmpv6/types/128",
        "3",
        "the echo request quoted in the error of frame 6 was not sent again; tshark counts it twice",
    ),
    (
        "icsnpp_hart_ip.pcap",
        "/conversations/udp_streams",
        "2",
        "both directions between two pairs of address and port are one stream; tshark's dissector of HART-IP begins another one",
    ),
    (
        "eternalsafety_doublepulsar_connect.pcap",
        "/dns/query_types/1",
        "8",
        "names in what ICMP quotes were told when they were sent; tshark counts them twice",
    ),
    (
        "eternalsafety_doublepulsar_connect.pcap",
        "/dns/response_codes/0",
        "3",
        "names in what ICMP quotes were told when they were sent; tshark counts them twice",
    ),
    (
        "eternalsafety_doublepulsar_connect.pcap",
        "/dns/responses/1",
        "4",
        "names in what ICMP quotes were told when they were sent; tshark counts them twice",
    ),
];

/// Counts kept while a capture is inspected.
#[derive(Default)]
struct Facts {
    packets: u64,
    bytes: u64,
    macs: BTreeSet<MacAddr>,
    source_macs: BTreeSet<MacAddr>,
    addresses: BTreeSet<IpAddr>,
    vlans: BTreeSet<u16>,
    fragments: u64,
    pairs: BTreeMap<&'static str, BTreeSet<[(IpAddr, u16); 2]>>,
    streams: BTreeMap<&'static str, BTreeSet<u64>>,
    flags: BTreeMap<&'static str, u64>,
    has_tcp: bool,
    syn_targets: BTreeMap<IpAddr, BTreeSet<(IpAddr, u16)>>,
    histograms: BTreeMap<&'static str, BTreeMap<u32, u64>>,
    bindings: BTreeSet<(IpAddr, MacAddr)>,
    gratuitous: u64,
}

impl Sink for Facts {
    fn packet(&mut self, frame: &Frame<'_>, packet: &Packet<'_>) {
        self.packets += 1;
        self.bytes += u64::from(frame.wire_len);
        if let Some(macs) = packet.link.macs.filter(|macs| !is_isl(macs.destination)) {
            self.macs.extend([macs.source, macs.destination]);
            self.source_macs.insert(macs.source);
        }
        self.vlans.extend(packet.link.vlans.ids());
        if let Network::Arp(arp) = packet.network {
            self.count("/arp/opcodes", u32::from(arp.opcode));
            if let Some(a) = arp.addresses {
                // tshark marks announcements of both operations.
                self.gratuitous += u64::from(a.sender_ip == a.target_ip && arp.opcode <= 2);
                if !a.sender_ip.is_unspecified() {
                    self.bindings.insert((a.sender_ip.into(), a.sender_mac));
                }
            }
        }
        let Some(ip) = packet.ip() else { return };
        self.addresses.extend([ip.source, ip.destination]);
        self.fragments += u64::from(ip.fragment.is_some() && ip.source.is_ipv4());
        self.transport(packet, ip.source, ip.destination);
    }

    fn observe(&mut self, o: &Observation<'_>) {
        match o.protocol {
            Protocol::Icmp if o.operation.sub.is_some() => {
                self.count("/icmp/types", o.operation.code);
            }
            // Facts about the flow have no second-level code.
            Protocol::Icmpv6 if o.operation.sub.is_some() => {
                self.count("/icmpv6/types", o.operation.code);
            }
            // To the oracle they are all DNS.
            Protocol::Dns | Protocol::Mdns | Protocol::Llmnr => self.dns(o),
            _ => {}
        }
    }
}

impl Facts {
    fn count(&mut self, histogram: &'static str, value: u32) {
        *self
            .histograms
            .entry(histogram)
            .or_default()
            .entry(value)
            .or_default() += 1;
    }

    fn transport(&mut self, packet: &Packet<'_>, source: IpAddr, destination: IpAddr) {
        let quoted = match packet.layer4 {
            Layer4::Icmp(icmp) | Layer4::Icmpv6(icmp) => icmp.quoted,
            _ => None,
        };
        let (name, ports) = match (packet.layer4, quoted) {
            (Layer4::Tcp(_), _) => ("tcp", packet.ports()),
            (Layer4::Udp(_), _) => ("udp", packet.ports()),
            (Layer4::Sctp(_), _) => ("sctp", packet.ports()),
            // tshark counts the ports of a quoted packet under the addresses of the outer one.
            (_, Some(q)) if q.ports.is_some() => {
                let name = match q.protocol {
                    6 => "tcp",
                    17 => "udp",
                    _ => "sctp",
                };
                (name, q.ports.unwrap())
            }
            _ => return,
        };
        let mut pair = [(source, ports.0), (destination, ports.1)];
        pair.sort_unstable();
        self.pairs.entry(name).or_default().insert(pair);
        if quoted.is_none() && name != "sctp" {
            self.streams.entry(name).or_default().insert(packet.flow);
        }
        if let Layer4::Tcp(tcp) = packet.layer4 {
            self.tcp(tcp.flags, packet.retransmission);
            if tcp.flags & (tcp_flags::SYN | tcp_flags::ACK) == tcp_flags::SYN {
                let targets = self.syn_targets.entry(source).or_default();
                targets.insert((destination, ports.1));
            }
        }
    }

    fn tcp(&mut self, flags: u8, retransmission: bool) {
        self.has_tcp = true;
        let syn = flags & tcp_flags::SYN != 0;
        let ack = flags & tcp_flags::ACK != 0;
        for (name, holds) in [
            ("syn", syn && !ack),
            ("syn_ack", syn && ack),
            ("rst", flags & tcp_flags::RST != 0),
            ("null_fin_or_xmas", matches!(flags & 0x3f, 0 | 1 | 0x29)),
            ("retransmissions", retransmission),
        ] {
            *self.flags.entry(name).or_default() += u64::from(holds);
        }
    }

    fn dns(&mut self, o: &Observation<'_>) {
        if o.operation.code > 100 {
            return;
        }
        let response = o.direction == Direction::Response;
        self.count("/dns/responses", u32::from(response));
        let several: Vec<u32> = o
            .objects
            .iter()
            .filter_map(|object| match object {
                Object::Id { id, .. } => Some(u32::try_from(*id).unwrap()),
                _ => None,
            })
            .collect();
        let types = if several.is_empty() {
            o.operation.sub.into_iter().collect()
        } else {
            several
        };
        for kind in types {
            self.count("/dns/query_types", kind);
        }
        match o.outcome {
            Outcome::Ok => self.count("/dns/response_codes", 0),
            Outcome::Error { code, .. } => self.count("/dns/response_codes", code),
            Outcome::None => {}
        }
    }

    /// Our answers by pointer into the facts.
    fn answers(&self) -> BTreeMap<String, Value> {
        let mut answers = BTreeMap::new();
        let mut put = |pointer: &str, value: Value| answers.insert(pointer.to_owned(), value);
        put("/capture/packets", json!(self.packets));
        put("/capture/bytes_on_wire", json!(self.bytes));
        put("/hosts/macs", listed(&self.macs));
        put("/hosts/source_macs", listed(&self.source_macs));
        let (v4, v6): (Vec<&IpAddr>, Vec<&IpAddr>) =
            self.addresses.iter().partition(|a| a.is_ipv4());
        put("/hosts/ipv4", listed(v4));
        put("/hosts/ipv6", listed(v6));
        put("/hosts/vlan_ids", listed(&self.vlans));
        put("/hosts/ipv4_fragments", json!(self.fragments));
        let pairs = |name| self.pairs.get(name).map_or(0, BTreeSet::len);
        for name in ["tcp", "udp", "sctp"] {
            put(&format!("/conversations/{name}"), json!(pairs(name)));
        }
        for name in ["tcp", "udp"] {
            let count = self.streams.get(name).map_or(0, BTreeSet::len);
            put(&format!("/conversations/{name}_streams"), json!(count));
        }
        for (name, count) in &self.flags {
            put(&format!("/conversations/tcp_flags/{name}"), json!(count));
        }
        put("/conversations/widest_tcp_syn_sources", self.widest());
        for (pointer, counts) in &self.histograms {
            for (value, count) in counts {
                put(&format!("{pointer}/{value}"), json!(count));
            }
        }
        if self.histograms.contains_key("/arp/opcodes") {
            put("/arp/gratuitous", json!(self.gratuitous));
            put("/arp/bindings", json!(self.bindings.len()));
        }
        answers
    }

    fn widest(&self) -> Value {
        let mut widest: Vec<_> = self.syn_targets.iter().collect();
        widest.sort_by_key(|(source, seen)| (usize::MAX - seen.len(), source.to_string()));
        widest.truncate(5);
        if widest.is_empty() {
            return Value::Null;
        }
        let row = |(source, seen): (&IpAddr, &BTreeSet<(IpAddr, u16)>)| {
            let targets: BTreeSet<_> = seen.iter().map(|(t, _)| t).collect();
            let ports: BTreeSet<_> = seen.iter().map(|(_, p)| p).collect();
            json!({
                "source": source.to_string(),
                "distinct_targets": targets.len(),
                "distinct_ports": ports.len(),
                "distinct_target_ports": seen.len(),
            })
        };
        widest.into_iter().map(row).collect()
    }
}

/// Cisco's Inter-Switch Link, whose header tshark does not count as addresses of Ethernet. The frame
/// behind it is of hosts that are seen without it as well.
fn is_isl(destination: MacAddr) -> bool {
    matches!(destination.0, [1 | 3, 0, 0x0c, 0, 0, _])
}

/// A set as the facts list it: at most 200 values, in order.
fn listed<T: ToString>(values: impl IntoIterator<Item = T>) -> Value {
    let values: Vec<String> = values.into_iter().map(|v| v.to_string()).collect();
    json!({ "count": values.len(), "values": values[..values.len().min(200)] })
}

/// Pointers that the facts have in the sections we answer, so that a value we never gave shows.
fn expected(facts: &Value) -> BTreeSet<String> {
    const HISTOGRAMS: [&str; 6] = [
        "/arp/opcodes",
        "/icmp/types",
        "/icmpv6/types",
        "/dns/query_types",
        "/dns/responses",
        "/dns/response_codes",
    ];
    let histograms = HISTOGRAMS.iter().filter_map(|pointer| {
        let keys = facts.pointer(pointer)?.as_object()?.keys();
        Some(keys.map(move |key| format!("{pointer}/{key}")))
    });
    let mut all: BTreeSet<String> = histograms.flatten().collect();
    if let Some(flags) = facts.pointer("/conversations/tcp_flags") {
        let keys = flags.as_object().unwrap().keys();
        all.extend(keys.map(|key| format!("/conversations/tcp_flags/{key}")));
    }
    all
}

fn inspect(path: &Path) -> Facts {
    let mut inspector = Inspector::default();
    let mut facts = Facts::default();
    for frame in Capture::read(path).frames() {
        inspector.frame(&frame, &mut facts);
    }
    inspector.finish(&mut facts);
    facts
}

/// One line for each value in which we and the facts of a capture differ without a reason given.
fn differences(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path.with_extension("facts.json")).unwrap();
    let facts: Value = serde_json::from_str(&text).unwrap();
    let answers = inspect(path).answers();
    let file = path.file_name().unwrap().to_str().unwrap();
    let mut pointers = expected(&facts);
    pointers.extend(answers.keys().cloned());
    let mut lines = Vec::new();
    for pointer in pointers {
        let theirs = facts.pointer(&pointer).cloned().unwrap_or_default();
        let ours = answers.get(&pointer).cloned().unwrap_or_default();
        let ours = ours.to_string();
        let known = DIFFERENCES
            .iter()
            .find(|(f, p, ..)| *f == file && *p == pointer);
        let wanted = known.map_or(theirs.to_string(), |(_, _, value, _)| (*value).to_owned());
        if ours != wanted {
            lines.push(format!("{file} {pointer}: ours {ours}, wanted {wanted}"));
        }
    }
    lines
}

/// Captures of all folders that have facts beside them. The crafted ones need the oracle's way of
/// booking segments, which the agent's `facts` has; its tests compare them.
fn captures() -> Vec<PathBuf> {
    let root = support::folder("");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.ends_with("crafted"))
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "pcap"))
        .filter(|path| path.with_extension("facts.json").exists())
        .collect();
    files.sort();
    files
}

#[test]
fn every_capture_agrees_with_its_facts() {
    let files = captures();
    assert!(files.len() >= 17, "captures are missing: {files:?}");
    let lines: Vec<String> = files.iter().flat_map(|file| differences(file)).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn every_difference_named_is_one() {
    for (file, pointer, ours, reason) in DIFFERENCES {
        assert!(reason.len() > 20, "{file} {pointer}: say why");
        let path = captures()
            .into_iter()
            .find(|path| path.ends_with(file))
            .unwrap_or_else(|| panic!("{file} is not in the repository"));
        let text = std::fs::read_to_string(path.with_extension("facts.json")).unwrap();
        let facts: Value = serde_json::from_str(&text).unwrap();
        let theirs = facts.pointer(pointer).cloned().unwrap_or_default();
        assert_ne!(
            theirs.to_string(),
            *ours,
            "{file} {pointer} does not differ"
        );
    }
}
