//! The kernel's parser and the user-space decoder make the same of the same bytes: same flow key and
//! direction, same class, same reason when headers cannot be followed.
//!
//! Runs over every capture of the repository, over the folder `TELLTALE_CAPTURES` names if it is
//! set, each frame also cut short and put into every tunnel, and over generated frames.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sensor_agent::capture::pcap::PcapSource;
use sensor_agent::capture::{Progress, Source};
use sensor_common::flow::{Address, Direction, End, FlowKey, KIND_FRAGMENT, KIND_WHOLE};
use sensor_common::ports::is_ot_ethertype;
use sensor_common::record::Class;
use sensor_e2e::frames;
use sensor_e2e::tunnels::{TUNNELS, hsr, too_far_in, vxlan};
use sensor_ebpf::cursor::Cursor;
use sensor_ebpf::outcome::{Parsed, Skip, has_flow};
use sensor_ebpf::parse::{ETHERNET_LEN, MAX_TAGS, parse};
use sensor_protocols::decode::{Layer4, Network, Packet, Undecoded, decode, decode_outer};
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::observation::Anomaly;
use sensor_protocols::time::Timestamp;

/// What either side makes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Flow(Booked),
    /// Class and length of the payload where a trailer may follow it.
    Link(Class, Option<usize>),
    /// Headers that cannot be followed; inside a tunnel, whose flow it still is.
    Skipped(Skip, Option<Booked>),
}

/// The flow that a frame belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Booked {
    key: FlowKey,
    direction: Direction,
    class: Class,
    tcp_flags: u8,
}

fn kernel(bytes: &[u8]) -> Verdict {
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

fn whole(bytes: &[u8]) -> Frame<'_> {
    Frame {
        time: Timestamp::ZERO,
        number: 1,
        link: LinkType::Ethernet,
        wire_len: u32::try_from(bytes.len()).expect("frames are short"),
        data: bytes,
    }
}

fn user(bytes: &[u8]) -> Verdict {
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
fn agree(bytes: &[u8]) -> (Verdict, Verdict) {
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

fn booked(packet: &Packet<'_>) -> Booked {
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

/// Every Ethernet frame of a capture, with its number.
fn ethernet_frames(path: &Path) -> Result<Vec<(u64, Vec<u8>)>> {
    let mut source = PcapSource::open(&path.to_string_lossy())?;
    let mut frames = Vec::new();
    loop {
        let progress = source.poll(1024, Duration::ZERO, &mut |frame| {
            if frame.link == LinkType::Ethernet {
                frames.push((frame.number, frame.data.to_vec()));
            }
        })?;
        if progress == Progress::Finished {
            return Ok(frames);
        }
    }
}

fn captures_below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            captures_below(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|ext| ext == "pcap" || ext == "pcapng")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(())
}

fn all_captures() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    captures_below(&sensor_e2e::capture(""), &mut found)?;
    if let Some(folder) = std::env::var_os("TELLTALE_CAPTURES") {
        captures_below(Path::new(&folder), &mut found)?;
    }
    Ok(found)
}

/// Frames of headers only, and cuts inside headers, are where the two could part.
const CUT_TO: usize = 120;

#[test]
fn both_agree_on_every_captured_frame_whole_and_cut() -> Result<()> {
    let captures = all_captures()?;
    assert!(!captures.is_empty(), "there are captures in the repository");
    let mut compared = 0_u64;
    for path in captures {
        for (number, frame) in ethernet_frames(&path)? {
            let (kernel, user) = agree(&frame);
            assert_eq!(kernel, user, "{} frame {number}", path.display());
            compared += 1;
            // Cutting is dear, and the headers of a capture repeat.
            if number > 200 {
                continue;
            }
            for len in 0..frame.len().min(CUT_TO) {
                let (kernel, user) = agree(&frame[..len]);
                let at = path.display();
                assert_eq!(kernel, user, "{at} frame {number} cut to {len}");
            }
        }
    }
    assert!(compared > 1000, "only {compared} frames were compared");
    Ok(())
}

/// What a frame is to become in a tunnel: what it is on its own, or the flow of the tunnel. One that
/// carries a tunnel itself is not opened, for one level is.
fn expected_inside(frame: &[u8], wrapped: &[u8]) -> Verdict {
    let carrier = || booked(&decode_outer(&whole(wrapped)));
    if decode(&whole(frame)).outer.is_some() {
        return Verdict::Flow(booked(&decode_outer(&whole(frame))));
    }
    match kernel(frame) {
        Verdict::Link(Class::OtherLink, _) => Verdict::Flow(carrier()),
        Verdict::Skipped(skip, None) => Verdict::Skipped(skip, Some(carrier())),
        Verdict::Skipped(_, Some(own)) => Verdict::Flow(own),
        same @ (Verdict::Flow(_) | Verdict::Link(..)) => same,
    }
}

#[test]
fn a_captured_frame_in_a_tunnel_is_what_it_is_on_its_own() -> Result<()> {
    let mut compared = 0_u64;
    for path in all_captures()? {
        for (number, frame) in ethernet_frames(&path)? {
            // Frames gathered by segmentation offload do not fit into another packet.
            if !(ETHERNET_LEN..60_000).contains(&frame.len()) || number > 500 {
                continue;
            }
            let at = format!("{} frame {number}", path.display());
            for (name, wrap) in TUNNELS {
                let wrapped = wrap(&frame);
                let (kernel, user) = agree(&wrapped);
                assert_eq!(kernel, expected_inside(&frame, &wrapped), "{at} in {name}");
                assert_eq!(user, kernel, "{at} in {name}");
            }
            let (tagged, user) = agree(&hsr(&frame));
            // Of two HSR tags the second is not followed.
            let expected = match frame.get(12..14) {
                Some([0x89, 0x2f]) => Verdict::Link(Class::OtherLink, None),
                _ => kernel(&frame),
            };
            assert_eq!(tagged, expected, "{at} with HSR tag");
            assert_eq!(tagged, user, "{at} with HSR tag");
            compared += 1;
        }
    }
    assert!(compared > 1000, "only {compared} frames were compared");
    Ok(())
}

#[test]
fn both_agree_on_every_way_through_the_parser_cut_at_every_length() {
    for (name, frame) in frames::parse_paths() {
        for len in 0..=frame.len() {
            // Where the decoder follows further than the kernel, see below.
            if matches!(name, "three tags in vxlan" | "too far in") {
                continue;
            }
            let (kernel, user) = agree(&frame[..len]);
            assert_eq!(kernel, user, "{name} cut to {len}");
        }
    }
}

/// The decoder has neither limit; to the kernel both are the flow of the tunnel, handed up.
#[test]
fn what_is_too_deep_for_the_kernel_stays_the_flow_of_the_tunnel() {
    let poll = frames::modbus_read([192, 0, 2, 1], 40000, 1);
    let inside = [
        frames::tag(1, 0x8100),
        frames::tag(2, 0x8100),
        frames::tag(3, 0x0800),
    ];
    let tagged = [
        frames::ethernet(0x8100),
        inside.concat(),
        poll[14..].to_vec(),
    ]
    .concat();
    for frame in [vxlan(4789, 8, &tagged), too_far_in(&poll)] {
        let carrier = booked(&decode_outer(&whole(&frame)));
        assert_eq!(
            kernel(&frame),
            Verdict::Skipped(Skip::TooDeep, Some(carrier))
        );
        let packet = decode(&whole(&frame));
        assert_eq!(packet.ports(), (40000, 502));
    }
}

/// A chain of headers with random contents in the places that decide.
fn chain() -> impl Strategy<Value = Vec<u8>> {
    let ethertype = prop_oneof![
        4 => Just(0x0800_u16), 4 => Just(0x86dd), 1 => Just(0x0806), 1 => Just(0x88b8),
        1 => Just(0x8100), 1 => Just(0x88a8), 1 => Just(0x9100), 1 => Just(0x9200),
        1 => Just(0x0026), 1 => any::<u16>()
    ];
    let number = prop_oneof![
        Just(6_u8),
        Just(17),
        Just(132),
        Just(1),
        Just(58),
        Just(0),
        Just(43),
        Just(44),
        Just(51),
        Just(60),
        Just(59),
        Just(47),
        any::<u8>()
    ];
    let tags = prop::collection::vec(
        (
            any::<u16>(),
            prop_oneof![Just(0x8100_u16), Just(0x0800), Just(0x86dd)],
        ),
        0..4,
    );
    let extensions = prop::collection::vec((number.clone(), 0_u8..3, any::<u16>()), 0..10);
    let tail = prop::collection::vec(any::<u8>(), 0..60);
    (
        ethertype,
        tags,
        number,
        extensions,
        tail,
        any::<[u8; 4]>(),
        0_usize..400,
    )
        .prop_map(|(ethertype, tags, number, extensions, tail, noise, cut)| {
            let mut frame = frames::ethernet(ethertype);
            let mut last = ethertype;
            for (control, next) in tags {
                frame.extend(frames::tag(control, next));
                last = next;
            }
            frame.extend(ip(last, number, noise));
            for (next, length, middle) in extensions {
                frame.extend([next, length]);
                frame.extend(middle.to_be_bytes());
                frame.resize(frame.len() + 4 + usize::from(length) * 8, noise[0]);
            }
            frame.extend(tail);
            frame.truncate(cut.max(14));
            frame
        })
}

/// A link header with at most two VLAN tags and one HSR tag in any order, for what `last` announces.
fn link_header(last: u16) -> impl Strategy<Value = Vec<u8>> {
    let order = prop::sample::subsequence(vec![0x8100_u16, 0x88a8, 0x892f], 0..=3).prop_shuffle();
    (order, any::<u16>()).prop_map(move |(order, control)| {
        let mut announced = order.iter().skip(1).copied().chain([last]);
        let mut header = frames::ethernet(order.first().copied().unwrap_or(last));
        for kind in &order {
            header.extend(control.to_be_bytes());
            if *kind == 0x892f {
                header.extend([0, 1]);
            }
            header.extend(announced.next().unwrap_or(last).to_be_bytes());
        }
        header
    })
}

/// What a tunnel holds: ethertype and bytes behind the link header.
fn inside() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let ethertype = prop_oneof![
        4 => Just(0x0800_u16), 4 => Just(0x86dd), 1 => Just(0x0806), 1 => Just(0x88b8),
        1 => Just(0x0026), 1 => Just(0x88fb)
    ];
    let number = prop_oneof![
        4 => Just(6_u8), 4 => Just(17), 1 => Just(1), 1 => Just(47), 1 => Just(44), 1 => Just(60),
        1 => any::<u8>()
    ];
    let tail = prop::collection::vec(any::<u8>(), 0..60);
    (ethertype, number, tail, any::<[u8; 4]>()).prop_map(|(ethertype, number, tail, noise)| {
        (ethertype, [ip(ethertype, number, noise), tail].concat())
    })
}

/// The header of a tunnel, right more often than not, with the IP protocol number that carries it.
fn tunnel_header() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let kind = prop_oneof![
        Just(0x0800_u16),
        Just(0x86dd),
        Just(0x6558),
        Just(0x88be),
        Just(0x22eb),
        Just(0x880b)
    ];
    let flags = prop_oneof![
        Just(0_u16),
        Just(0x1000),
        Just(0x2000),
        Just(0xb000),
        Just(0x1001),
        Just(0x4000),
        any::<u16>()
    ];
    let version = prop_oneof![Just(0x10_u8), Just(0x20), any::<u8>()];
    let gre = (kind, flags, version, any::<u8>()).prop_map(|(kind, flags, version, options)| {
        let mut header = [flags.to_be_bytes(), kind.to_be_bytes()].concat();
        for field in [0x8000, 0x2000, 0x1000] {
            header.resize(header.len() + if flags & field == 0 { 0 } else { 4 }, 0);
        }
        let own = match kind {
            0x88be if flags & 0x1000 != 0 => 8,
            0x22eb => 12,
            _ => 0,
        };
        header.extend([vec![version; own.min(1)], vec![0; own.max(1) - 1]].concat());
        if kind == 0x22eb {
            *header.last_mut().expect("the header has bytes") = options;
            header.resize(header.len() + usize::from(options & 1) * 8, 0);
        }
        (47, header)
    });
    let port = prop_oneof![3 => Just(4789_u16), 1 => Just(8472), 1 => any::<u16>()];
    let flags = prop_oneof![3 => Just(8_u8), 1 => any::<u8>()];
    let vxlan = (
        port,
        flags,
        prop_oneof![2 => Just(200_usize), 1 => 0_usize..100],
    )
        .prop_map(|(port, flags, payload)| {
            let header = vec![flags, 0, 0, 0, 0, 0, 42, 0];
            (17, [frames::udp(50000, port, payload), header].concat())
        });
    prop_oneof![gre, vxlan]
}

/// A frame with a tunnel that holds a frame or, now and then, a bare packet.
fn tunnelled() -> impl Strategy<Value = Vec<u8>> {
    let carrier = prop_oneof![Just(0x0800_u16), Just(0x86dd)];
    let outer = carrier.prop_flat_map(|last| (Just(last), link_header(last)));
    let inner = inside().prop_flat_map(|(last, rest)| (link_header(last), Just(rest)));
    (
        outer,
        tunnel_header(),
        inner,
        prop::bool::weighted(0.7),
        prop_oneof![6 => Just(0_usize), 1 => 0_usize..150],
        prop_oneof![6 => Just(usize::MAX), 1 => 14_usize..250],
    )
        .prop_map(
            |((last, link), (number, tunnel), (inner, rest), framed, missing, cut)| {
                let inside = if framed { [inner, rest].concat() } else { rest };
                let payload = [tunnel, inside].concat();
                let claimed = payload.len().saturating_sub(missing);
                let header = if last == 0x86dd {
                    frames::ipv6([1; 16], [2; 16], number, claimed)
                } else {
                    frames::ipv4([198, 51, 100, 1], [198, 51, 100, 2], number, claimed)
                };
                let mut frame = [link, header, payload].concat();
                frame.truncate(cut);
                frame
            },
        )
}

/// The generated tunnels are no use when none of them is opened.
#[test]
fn many_of_the_generated_tunnels_are_opened() {
    let mut runner = TestRunner::deterministic();
    let strategy = tunnelled();
    let opened = (0..1000)
        .filter(|_| {
            let tree = strategy.new_tree(&mut runner).expect("nothing is rejected");
            decode(&whole(&tree.current())).outer.is_some()
        })
        .count();
    assert!(opened > 150, "{opened} of 1000");
}

/// An IP header that is right more often than not.
fn ip(ethertype: u16, number: u8, [a, b, c, d]: [u8; 4]) -> Vec<u8> {
    if ethertype == 0x86dd {
        let mut header = frames::ipv6(
            [a; 16],
            [b; 16],
            number,
            usize::from(c) * usize::from(d % 3),
        );
        header[0] = if c == 0 { d } else { 0x60 };
        return header;
    }
    let mut header = frames::ipv4([192, 0, 2, a], [192, 0, 2, b], number, usize::from(c));
    header[0] = if d < 40 { d } else { 0x45 };
    header[6] = if a < 60 { a } else { 0x40 };
    header
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_agree_on_generated_frames(frame in chain()) {
        let (kernel, user) = agree(&frame);
        prop_assert_eq!(kernel, user);
    }

    #[test]
    fn both_agree_on_generated_tunnels(frame in tunnelled()) {
        let (kernel, user) = agree(&frame);
        prop_assert_eq!(kernel, user);
    }

    #[test]
    fn both_agree_on_noise(frame in prop::collection::vec(any::<u8>(), 0..120)) {
        let (kernel, user) = agree(&frame);
        prop_assert_eq!(kernel, user);
    }
}
