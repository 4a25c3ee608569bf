//! The kernel program on crafted frames, one run each, without an interface: every parse path cut
//! at every length, every filter dimension, and the number of instructions the verifier walks.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use sensor_common::maps::{RULES_PORT, RULES_VLAN};
use sensor_common::record::{BUCKETS, Class, MAX_FRAME};
use sensor_common::rule::{ACTION_EXCLUDE, ACTION_INCLUDE, Rule};
use sensor_common::settings::{
    FLAG_MACS, FLAG_MACS_INCLUDE, FLAG_PORTS, FLAG_PORTS_INCLUDE, FLAG_SUBNETS_INCLUDE,
    FLAG_SUBNETS_V4, FLAG_SUBNETS_V6, FLAG_VLANS, Settings, Verdict,
};
use sensor_e2e::frames::{
    ethernet, ipv4, ipv4_options, ipv6, modbus_read, tag, tcp, tcp_flags, udp,
};
use sensor_e2e::kernel::{Kernel, LOG_DEBUG, Run, default_settings};
use sensor_e2e::{is_root, skip};
use sensor_ebpf::cursor::Cursor;
use sensor_ebpf::outcome::Parsed;
use sensor_ebpf::parse::parse;

const CLIENT: [u8; 4] = [192, 0, 2, 1];
const SERVER: [u8; 4] = [192, 0, 2, 2];
const RING: u32 = 1 << 20;
/// The kernel takes no shorter frame for a test run.
const SHORTEST: usize = 14;
const DROP: u32 = 1;
const PASS: u32 = 2;

/// Runs `test` on a freshly loaded program, or says why not.
fn with_kernel(test: impl FnOnce(&mut Kernel) -> Result<()>) -> Result<()> {
    if !is_root() {
        skip("needs root to load the kernel program");
        return Ok(());
    }
    test(&mut Kernel::load(RING)?)
}

/// A frame for each way through the parser.
fn parse_paths() -> Vec<(&'static str, Vec<u8>)> {
    let hop = [vec![6, 0], vec![0; 6]].concat();
    let fragment = vec![17, 0, 0, 9, 0, 0, 0, 1];
    let mut later_fragment = ipv4(CLIENT, SERVER, 17, 8);
    later_fragment[6] = 0x20;
    vec![
        ("arp", [ethernet(0x0806), vec![0; 28]].concat()),
        ("goose", [ethernet(0x88b8), vec![0; 40]].concat()),
        ("802.3", [ethernet(0x0026), vec![0x42; 40]].concat()),
        ("tcp", modbus_read(CLIENT, 40000, 1)),
        (
            "one tag",
            [
                ethernet(0x8100),
                tag(7, 0x0800),
                ipv4(CLIENT, SERVER, 17, 8),
                udp(1, 2, 0),
            ]
            .concat(),
        ),
        (
            "two tags",
            [
                ethernet(0x88a8),
                tag(9, 0x8100),
                tag(7, 0x86dd),
                ipv6([1; 16], [2; 16], 17, 8),
                udp(1, 2, 0),
            ]
            .concat(),
        ),
        (
            "three tags",
            [
                ethernet(0x8100),
                tag(1, 0x8100),
                tag(2, 0x8100),
                tag(3, 0x0800),
            ]
            .concat(),
        ),
        (
            "ipv4 options",
            [
                ethernet(0x0800),
                ipv4_options(CLIENT, SERVER, 6, 20, &[1; 40]),
                tcp_flags(1, 2, 2),
            ]
            .concat(),
        ),
        (
            "ipv4 fragment",
            [ethernet(0x0800), later_fragment, udp(1, 2, 0)].concat(),
        ),
        (
            "ipv6 extension",
            [
                ethernet(0x86dd),
                ipv6([1; 16], [2; 16], 0, 28),
                hop,
                tcp(1, 2),
            ]
            .concat(),
        ),
        (
            "ipv6 fragment",
            [
                ethernet(0x86dd),
                ipv6([1; 16], [2; 16], 44, 16),
                fragment,
                udp(1, 2, 0),
            ]
            .concat(),
        ),
        (
            "icmp",
            [
                ethernet(0x0800),
                ipv4(CLIENT, SERVER, 1, 8),
                vec![8, 0, 0, 0, 0, 1, 0, 1],
            ]
            .concat(),
        ),
        ("ipv4 version 5", {
            let mut frame = modbus_read(CLIENT, 40000, 1);
            frame[14] = 0x55;
            frame
        }),
    ]
}

/// What the counters must say of a frame that goes up in full.
fn expected(
    frame: &[u8],
    parsed: &Parsed,
    skip: Option<&'static str>,
) -> BTreeMap<&'static str, u64> {
    let len = u64::try_from(frame.len()).expect("frames are short");
    let mut moved = BTreeMap::from([
        ("received", 1),
        ("received_bytes", len),
        ("handed_up", 1),
        ("handed_up_bytes", len),
    ]);
    if let Some(field) = skip {
        moved.insert(field, 1);
    }
    match parsed.class {
        Class::OtLink => moved.insert("ot_link", 1),
        Class::Fragment => moved.insert("fragments", 1),
        Class::Unparsed
        | Class::OtherLink
        | Class::Arp
        | Class::OtherIp
        | Class::Tcp
        | Class::Udp => None,
    };
    moved
}

#[test]
fn every_parse_path_cut_at_every_length_does_what_the_host_parser_says() -> Result<()> {
    with_kernel(|kernel| {
        for (name, frame) in parse_paths() {
            for len in SHORTEST..=frame.len() {
                let cut = &frame[..len];
                let mut parsed = Parsed::default();
                let skip = parse(Cursor::new(cut), &mut parsed).err();
                let skip = skip.map(|skip| {
                    sensor_common::counter::COUNTERS
                        .iter()
                        .find(|info| info.counter == skip.counter())
                        .map_or("", |info| info.field)
                });
                let mut run = kernel.run(cut)?;
                // New or known, depending on the frames before.
                run.moved.remove("flows_inserted");
                let at = format!("{name} cut to {len}");
                assert_eq!(run.verdict, PASS, "{at}");
                assert_eq!(run.moved, expected(cut, &parsed, skip), "{at}");
                let (header, data) = run.record.with_context(|| at.clone())?;
                assert_eq!(data, cut, "{at}");
                assert_eq!(header.class, parsed.class as u8, "{at}");
            }
        }
        Ok(())
    })
}

#[test]
fn a_flow_is_booked_by_direction() -> Result<()> {
    with_kernel(|kernel| {
        let request = modbus_read(CLIENT, 40000, 1);
        let answer = [
            ethernet(0x0800),
            ipv4(SERVER, CLIENT, 6, 20 + 30),
            tcp_flags(502, 40000, 0x11),
            vec![0; 30],
        ]
        .concat();
        for frame in [&request, &request, &answer] {
            kernel.run(frame)?;
        }
        let flows = kernel.flows()?;
        let (key, stats) = flows.first_key_value().context("no flow")?;
        assert_eq!(flows.len(), 1);
        assert_eq!((key.protocol(), key.vlan()), (6, 0));
        let client_first = key.low().port == 40000;
        let [low, high] = stats.halves;
        let (client, server) = if client_first {
            (low, high)
        } else {
            (high, low)
        };
        assert_eq!((client.packets, server.packets), (2, 1));
        assert_eq!(usize::try_from(client.bytes)?, 2 * request.len());
        assert_eq!(usize::try_from(server.bytes)?, answer.len());
        assert_eq!((client.tcp_flags, server.tcp_flags), (0x18, 0x11));
        assert!(client.first_ns > 0 && client.first_ns <= client.last_ns);
        assert!(client.last_ns <= server.first_ns);
        Ok(())
    })
}

#[test]
fn a_frame_of_every_record_size_comes_up_whole() -> Result<()> {
    with_kernel(|kernel| {
        // A test run takes no longer frame than this; the live tests send longer ones.
        let longest = 9000;
        for room in BUCKETS {
            for len in [room - 1, room, room + 1] {
                if !(SHORTEST..=longest).contains(&len) {
                    continue;
                }
                let mut frame = modbus_read(CLIENT, 40000, 1);
                let known = frame.len();
                frame.resize(len.max(known), 0x5a);
                let run = kernel.run(&frame)?;
                let (header, data) = run.record.with_context(|| format!("{len} bytes"))?;
                assert_eq!(data, frame, "{len} bytes");
                assert_eq!(usize::try_from(header.wire_len)?, frame.len());
            }
        }
        Ok(())
    })
}

#[test]
fn the_snap_length_cuts_and_is_counted() -> Result<()> {
    with_kernel(|kernel| {
        kernel.configure(Settings {
            snap_len: 60,
            ..default_settings()
        })?;
        let frame = modbus_read(CLIENT, 40000, 1);
        let run = kernel.run(&frame)?;
        assert_eq!(run.moved.get("truncated"), Some(&1));
        let (header, data) = run.record.context("no record")?;
        assert_eq!(data, &frame[..60]);
        assert_eq!(usize::try_from(header.wire_len)?, frame.len());
        Ok(())
    })
}

#[test]
fn consuming_drops_what_was_handed_up() -> Result<()> {
    with_kernel(|kernel| {
        kernel.configure(Settings {
            verdict: Verdict::Consume.xdp_action(),
            ..default_settings()
        })?;
        let run = kernel.run(&modbus_read(CLIENT, 40000, 1))?;
        assert_eq!(run.verdict, DROP);
        assert!(run.record.is_some());
        Ok(())
    })
}

#[test]
fn settings_of_another_version_lose_the_frame_in_the_open() -> Result<()> {
    with_kernel(|kernel| {
        kernel.configure(Settings::default())?;
        let run = kernel.run(&modbus_read(CLIENT, 40000, 1))?;
        assert_eq!(run.verdict, PASS);
        assert_eq!(run.moved.get("lost_abi_mismatch"), Some(&1));
        assert_eq!(run.record, None);
        assert_eq!(kernel.counters()?.unexplained(), 0);
        Ok(())
    })
}

fn exclude(hit_index: u32) -> Rule {
    Rule {
        action: ACTION_EXCLUDE,
        hit_index,
    }
}

fn include(hit_index: u32) -> Rule {
    Rule {
        action: ACTION_INCLUDE,
        hit_index,
    }
}

fn with_flags(kernel: &mut Kernel, flags: u32) -> Result<()> {
    kernel.configure(Settings {
        flags,
        ..default_settings()
    })
}

/// Runs a frame that must be left out for `reason`.
fn left_out(kernel: &mut Kernel, frame: &[u8], reason: &'static str) -> Result<()> {
    let Run { moved, record, .. } = kernel.run(frame)?;
    ensure!(
        moved.get(reason) == Some(&1),
        "{reason} did not move: {moved:?}"
    );
    ensure!(record.is_none(), "a filtered frame came up");
    Ok(())
}

/// Runs a frame that must come up.
fn comes_up(kernel: &mut Kernel, frame: &[u8]) -> Result<()> {
    let run = kernel.run(frame)?;
    ensure!(
        run.record.is_some(),
        "the frame did not come up: {:?}",
        run.moved
    );
    Ok(())
}

#[test]
fn the_longest_subnet_decides_and_its_hits_are_counted() -> Result<()> {
    with_kernel(|kernel| {
        kernel.rule_v4([192, 0, 0, 0], 16, exclude(3))?;
        kernel.rule_v4([192, 0, 2, 9], 32, include(4))?;
        with_flags(kernel, FLAG_SUBNETS_V4)?;
        left_out(kernel, &modbus_read(CLIENT, 40000, 1), "filtered_subnet")?;
        // The server is in the excluded subnet too, so the included client does not save it.
        left_out(
            kernel,
            &modbus_read([192, 0, 2, 9], 40000, 1),
            "filtered_subnet",
        )?;
        comes_up(kernel, &[ethernet(0x0806), vec![0; 28]].concat())?;
        assert_eq!((kernel.hits(3)?, kernel.hits(4)?), (2, 0));
        assert_eq!(kernel.counters()?.unexplained(), 0);
        Ok(())
    })
}

#[test]
fn with_include_rules_only_what_they_name_comes_up() -> Result<()> {
    with_kernel(|kernel| {
        let v6 = |source| [ethernet(0x86dd), ipv6(source, [2; 16], 17, 8), udp(1, 2, 0)].concat();
        kernel.rule_v6([0xfd; 16], 8, include(0))?;
        kernel.rule_v4([192, 0, 2, 0], 24, include(1))?;
        with_flags(
            kernel,
            FLAG_SUBNETS_V4 | FLAG_SUBNETS_V6 | FLAG_SUBNETS_INCLUDE,
        )?;
        comes_up(kernel, &v6([0xfd; 16]))?;
        left_out(kernel, &v6([0x20; 16]), "filtered_subnet")?;
        comes_up(kernel, &modbus_read([198, 51, 100, 1], 40000, 1))?;
        assert_eq!((kernel.hits(0)?, kernel.hits(1)?), (1, 1));
        Ok(())
    })
}

#[test]
fn ports_are_filtered_at_either_end_and_fragments_pass() -> Result<()> {
    with_kernel(|kernel| {
        kernel.rule_at(RULES_PORT, 502, exclude(0))?;
        with_flags(kernel, FLAG_PORTS)?;
        let answer = [
            ethernet(0x0800),
            ipv4(SERVER, CLIENT, 6, 20),
            tcp(502, 40000),
        ]
        .concat();
        left_out(kernel, &modbus_read(CLIENT, 40000, 1), "filtered_port")?;
        left_out(kernel, &answer, "filtered_port")?;
        let mut fragment = modbus_read(CLIENT, 40000, 1);
        fragment[20] = 0x20;
        comes_up(kernel, &fragment)?;
        kernel.rule_at(RULES_PORT, 502, include(0))?;
        with_flags(kernel, FLAG_PORTS | FLAG_PORTS_INCLUDE)?;
        comes_up(kernel, &answer)?;
        let dns = [
            ethernet(0x0800),
            ipv4(CLIENT, SERVER, 17, 8),
            udp(5353, 53, 0),
        ]
        .concat();
        left_out(kernel, &dns, "filtered_port")
    })
}

#[test]
fn vlans_and_mac_addresses_are_filtered_for_every_kind_of_frame() -> Result<()> {
    with_kernel(|kernel| {
        let tagged = |id| [ethernet(0x8100), tag(id, 0x88b8), vec![0; 40]].concat();
        kernel.rule_at(RULES_VLAN, 7, exclude(0))?;
        with_flags(kernel, FLAG_VLANS)?;
        left_out(kernel, &tagged(7), "filtered_vlan")?;
        comes_up(kernel, &tagged(8))?;
        let [a, b, c, d, e, f] = [0x00, 0x00, 0x5e, 0x00, 0x53, 0x01];
        kernel.rule_mac([a, b, c, d, e, f], exclude(1))?;
        with_flags(kernel, FLAG_MACS)?;
        left_out(kernel, &tagged(8), "filtered_mac")?;
        kernel.rule_mac([a, b, c, d, e, f], include(1))?;
        with_flags(kernel, FLAG_MACS | FLAG_MACS_INCLUDE)?;
        comes_up(kernel, &tagged(8))?;
        let mut stranger = tagged(8);
        stranger[11] = 0x77;
        left_out(kernel, &stranger, "filtered_mac")
    })
}

#[test]
fn a_full_ring_loses_in_the_open() -> Result<()> {
    if !is_root() {
        skip("needs root to load the kernel program");
        return Ok(());
    }
    let mut kernel = Kernel::load(4096)?;
    let frame = modbus_read(CLIENT, 40000, 1);
    let runs = 1000;
    kernel.time(&frame, runs)?;
    let counters = kernel.counters()?;
    assert_eq!(counters.unexplained(), 0);
    let fields: BTreeMap<_, _> = sensor_common::counter::COUNTERS
        .iter()
        .map(|info| (info.field, counters.get(info.counter)))
        .collect();
    assert_eq!(fields["received"], u64::from(runs));
    assert!(fields["lost_ring_full"] > 900, "{fields:?}");
    assert!(fields["handed_up"] > 10, "{fields:?}");
    Ok(())
}

#[test]
fn the_log_tells_of_unparsed_frames_when_it_is_asked_to() -> Result<()> {
    with_kernel(|kernel| {
        let mut wrong_version = modbus_read(CLIENT, 40000, 1);
        wrong_version[14] = 0x55;
        kernel.run(&wrong_version)?;
        assert_eq!(kernel.take_log(), 0, "off by default");
        let mut talking = Kernel::load_with_log(RING, LOG_DEBUG)?;
        talking.run(&wrong_version)?;
        talking.run(&modbus_read(CLIENT, 40000, 1))?;
        assert_eq!(talking.take_log(), 1);
        Ok(())
    })
}

/// The budget in git: verified instructions a program may take.
fn budget(program: &str) -> Result<u32> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../verifier/budget.toml");
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    text.lines()
        .find_map(|line| line.strip_prefix(program)?.trim().strip_prefix('='))
        .and_then(|number| number.trim().replace('_', "").parse().ok())
        .with_context(|| format!("{path} has no budget for {program}"))
}

#[test]
fn the_verifier_stays_within_the_budget() -> Result<()> {
    with_kernel(|kernel| {
        let verified = kernel.verified_instructions()?;
        let allowed = budget("telltale")?;
        assert!(
            verified <= allowed,
            "{verified} instructions, {allowed} allowed"
        );
        // A budget far above what is needed guards nothing.
        assert!(
            verified > allowed / 3,
            "{verified} instructions, {allowed} allowed: lower it"
        );
        assert_eq!(MAX_FRAME, 65_536);
        Ok(())
    })
}
