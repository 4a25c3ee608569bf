//! The kernel's parser and the user-space decoder make the same of the same bytes: same flow key and
//! direction, same class, same reason when headers cannot be followed.
//!
//! Runs over every capture of the repository, over the folder `TELLTALE_CAPTURES` names if it is
//! set, each frame also cut short and put into every tunnel, and over generated frames.

mod generated;
mod verdict;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sensor_agent::capture::pcap::PcapSource;
use sensor_agent::capture::{Progress, Source};
use sensor_common::record::Class;
use sensor_e2e::frames;
use sensor_e2e::tunnels::{TUNNELS, hsr, too_far_in, vxlan};
use sensor_ebpf::outcome::Skip;
use sensor_ebpf::parse::ETHERNET_LEN;
use sensor_protocols::decode::{decode, decode_outer};
use sensor_protocols::frame::LinkType;

use generated::{chain, tunnelled};
use verdict::{Verdict, agree, booked, kernel, whole};

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
