//! The kernel's parser and the user-space decoder make the same of the same bytes: same flow key and
//! direction, same class, same reason when headers cannot be followed.
//!
//! Runs over every capture of the repository, over the folder `TELLTALE_CAPTURES` names if it is
//! set, each frame also cut short, and over generated frames.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use proptest::prelude::*;
use sensor_agent::capture::pcap::PcapSource;
use sensor_agent::capture::{Progress, Source};
use sensor_common::flow::{Address, Direction, End, FlowKey, KIND_FRAGMENT, KIND_WHOLE};
use sensor_common::ports::is_ot_ethertype;
use sensor_common::record::Class;
use sensor_e2e::frames;
use sensor_ebpf::cursor::Cursor;
use sensor_ebpf::outcome::{Parsed, Skip, has_flow};
use sensor_ebpf::parse::{ETHERNET_LEN, MAX_TAGS, parse};
use sensor_protocols::decode::{Layer4, Network, Packet, Undecoded, decode};
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::observation::Anomaly;
use sensor_protocols::time::Timestamp;

/// What either side makes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Flow {
        key: FlowKey,
        direction: Direction,
        class: Class,
        tcp_flags: u8,
    },
    Link(Class),
    Skipped(Skip),
}

fn kernel(bytes: &[u8]) -> Verdict {
    let mut parsed = Parsed::default();
    match parse(Cursor::new(bytes), &mut parsed) {
        Err(skip) => Verdict::Skipped(skip),
        Ok(()) if has_flow(parsed.class) => Verdict::Flow {
            key: parsed.key,
            direction: parsed.direction(),
            class: parsed.class,
            tcp_flags: parsed.tcp_flags,
        },
        Ok(()) => Verdict::Link(parsed.class),
    }
}

fn user(bytes: &[u8]) -> Verdict {
    let packet = decode(&Frame {
        time: Timestamp::ZERO,
        number: 1,
        link: LinkType::Ethernet,
        wire_len: u32::try_from(bytes.len()).expect("frames are short"),
        data: bytes,
        kernel: None,
    });
    // The decoder follows more tags than the kernel, which hands such frames up unparsed, whether
    // the next tag is there in full or not.
    let tags = packet.link.vlans.ids().len();
    let cut_in_next_tag = tags == MAX_TAGS
        && packet.undecoded == Some(Undecoded::Link)
        && bytes.len() >= ETHERNET_LEN + 4 * MAX_TAGS;
    if tags > MAX_TAGS || cut_in_next_tag {
        return Verdict::Skipped(Skip::TooDeep);
    }
    if packet.link.ethertype == 0x0806 {
        // The kernel does not look into ARP, so an ARP message cut short is ARP to it.
        return Verdict::Link(Class::Arp);
    }
    if packet.undecoded.is_some() {
        return Verdict::Skipped(reason(&packet));
    }
    match packet.network {
        Network::Ip(_) => flow(&packet),
        Network::None | Network::Other | Network::Arp(_) => {
            Verdict::Link(if is_ot_ethertype(packet.link.ethertype) {
                Class::OtLink
            } else {
                Class::OtherLink
            })
        }
    }
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

fn flow(packet: &Packet<'_>) -> Verdict {
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
    Verdict::Flow {
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
            assert_eq!(
                kernel(&frame),
                user(&frame),
                "{} frame {number}",
                path.display()
            );
            compared += 1;
            // Cutting is dear, and the headers of a capture repeat.
            if number > 200 {
                continue;
            }
            for len in 0..frame.len().min(CUT_TO) {
                let cut = &frame[..len];
                assert_eq!(
                    kernel(cut),
                    user(cut),
                    "{} frame {number} cut to {len}",
                    path.display()
                );
            }
        }
    }
    assert!(compared > 1000, "only {compared} frames were compared");
    Ok(())
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
        prop_assert_eq!(kernel(&frame), user(&frame));
    }

    #[test]
    fn both_agree_on_noise(frame in prop::collection::vec(any::<u8>(), 0..120)) {
        prop_assert_eq!(kernel(&frame), user(&frame));
    }
}
