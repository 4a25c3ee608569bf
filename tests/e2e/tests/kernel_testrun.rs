//! The kernel program on crafted frames, one run each, without an interface: every parse path cut
//! at every length, and the number of instructions the verifier walks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use sensor_common::counter::{COUNTERS, Counter};
use sensor_common::maps::{CLASSIFIER_PROGRAMS, PROGRAM};
use sensor_common::record::{BUCKETS, Class};
use sensor_common::settings::{Settings, Verdict};
use sensor_e2e::frames::{ethernet, ipv4, modbus_read, parse_paths, tcp_flags};
use sensor_e2e::kernel::{Kernel, LOG_DEBUG, TEST_RING, default_settings, with_kernel};
use sensor_e2e::tunnels::TUNNELS;
use sensor_e2e::{PATIENCE, is_root, skip};
use sensor_ebpf::cursor::Cursor;
use sensor_ebpf::outcome::Parsed;
use sensor_ebpf::parse::parse;

const CLIENT: [u8; 4] = [192, 0, 2, 1];
const SERVER: [u8; 4] = [192, 0, 2, 2];
/// The kernel takes no shorter frame for a test run.
const SHORTEST: usize = 14;
const DROP: u32 = 1;
const PASS: u32 = 2;

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
    if parsed.decapsulated {
        moved.insert("decapsulated", 1);
    }
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
                    COUNTERS
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
fn a_frame_in_a_tunnel_is_booked_under_the_flow_inside() -> Result<()> {
    with_kernel(|kernel| {
        let poll = modbus_read(CLIENT, 40000, 1);
        let mut bytes = 0;
        for (_, wrap) in TUNNELS {
            let frame = wrap(&poll);
            kernel.run(&frame)?;
            bytes += frame.len();
        }
        let flows = kernel.flows()?;
        let (key, stats) = flows.first_key_value().context("no flow")?;
        assert_eq!(flows.len(), 1);
        assert_eq!((key.protocol(), key.vlan()), (6, 0));
        let [low, high] = stats.halves;
        assert_eq!(usize::try_from(low.packets + high.packets)?, TUNNELS.len());
        assert_eq!(usize::try_from(low.bytes + high.bytes)?, bytes);
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

/// Both directions of a new flow at the same moment on two cores: one of them makes the entry, and
/// neither overwrites what the other booked.
#[test]
fn two_cores_that_meet_a_new_flow_share_one_entry() -> Result<()> {
    const FLOWS: u16 = 30_000;
    let segment = |from: ([u8; 4], u16), to: ([u8; 4], u16)| {
        let headers = [ethernet(0x0800), ipv4(from.0, to.0, 6, 20)];
        [headers.concat(), tcp_flags(from.1, to.1, 0x10)].concat()
    };
    with_kernel(|kernel| {
        let run = kernel.runner()?;
        let arrived = AtomicU32::new(0);
        let side = |segment: &dyn Fn(u16) -> Vec<u8>| -> Result<()> {
            for port in 1..=FLOWS {
                let frame = segment(port);
                arrived.fetch_add(1, Ordering::AcqRel);
                // A side that failed comes no more.
                let deadline = Instant::now() + PATIENCE;
                while arrived.load(Ordering::Acquire) < 2 * u32::from(port) {
                    ensure!(Instant::now() < deadline, "the other side failed");
                    std::hint::spin_loop();
                }
                run(&frame)?;
            }
            Ok(())
        };
        std::thread::scope(|scope| -> Result<()> {
            let other = scope.spawn(|| side(&|port| segment((SERVER, 502), (CLIENT, port))));
            side(&|port| segment((CLIENT, port), (SERVER, 502)))?;
            other.join().map_err(|_| anyhow!("a side panicked"))?
        })?;
        let inserted = kernel.counters()?.get(Counter::FlowsInserted);
        assert_eq!(inserted, u64::from(FLOWS), "each flow is entered once");
        let flows = kernel.flows()?;
        assert_eq!(flows.len(), usize::from(FLOWS));
        for (key, stats) in flows {
            let packets = stats.halves.map(|half| half.packets);
            assert_eq!(packets, [1, 1], "{key:?}");
        }
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
    let fields: BTreeMap<_, _> = COUNTERS
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
        let mut talking = Kernel::load_with_log(TEST_RING, LOG_DEBUG)?;
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
        let classifiers = CLASSIFIER_PROGRAMS.map(|(_, program)| program);
        for program in [&[PROGRAM], &classifiers[..]].concat() {
            let verified = kernel.verified_instructions(program)?;
            let allowed = budget(program)?;
            assert!(
                verified <= allowed,
                "{program}: {verified} instructions, {allowed} allowed"
            );
            // A budget far above what is needed guards nothing.
            assert!(
                verified > allowed / 3,
                "{program}: {verified} instructions, {allowed} allowed: lower it"
            );
        }
        Ok(())
    })
}
