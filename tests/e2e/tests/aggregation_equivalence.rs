//! What the kernel program only counts raises the alerts that it raises when every frame is looked
//! at: for each capture of the repository, and for those in the folder that `TELLTALE_CAPTURES`
//! names, alerts and baseline are the same with the aggregation on and off. `TELLTALE_CAPTURES_OF` picks a
//! folder of the repository's captures instead of all.
//!
//! Frames go through the real program on a veth pair one by one: the next is sent when the counters
//! have the one before, and each bears the time of its capture. So a run depends on nothing but
//! its frames. Limits: the first [`MOST_FRAMES`] frames of a capture, Ethernet only.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sensor_agent::capture::pcap::{Input, PcapSource};
use sensor_agent::capture::xdp::{XdpSettings, XdpSource};
use sensor_agent::capture::{Progress, Source};
use sensor_agent::pipeline::rig::Rig;
use sensor_common::counter::{Counter, CounterBlock};
use sensor_detect::catalogue::catalogue;
use sensor_detect::detector::{DetectorSettings, Mode, TypeSettings};
use sensor_e2e::PATIENCE;
use sensor_e2e::frames::{ethernet, ipv4};
use sensor_e2e::inject::Injector;
use sensor_e2e::netns::{MIRROR, TRAFFIC};
use sensor_protocols::frame::LinkType;
use sensor_protocols::time::Timestamp;
use support::on_veth;

/// Frames played of one capture.
const MOST_FRAMES: usize = 20_000;
/// Shortest frame that a driver takes.
const SHORTEST: usize = 14;
/// Within which the driver has handed a frame to the program.
const ARRIVES_WITHIN: Duration = PATIENCE;

/// A frame and its time.
type Played = (Timestamp, Vec<u8>);

/// What a run gave.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// Messages by alert, with the violation and what learning it would permit.
    alerts: BTreeMap<String, u64>,
    /// Messages by tuple of the baseline.
    learned: BTreeMap<String, u64>,
}

/// Sends the frames through the program and what comes up through the stages.
fn play(frames: &[Played], mode: Mode, aggregate: bool) -> Result<(Outcome, CounterBlock)> {
    let on = TypeSettings {
        enabled: Some(true),
        ..TypeSettings::default()
    };
    let mut rig = Rig::new(DetectorSettings {
        mode,
        types: catalogue().iter().map(|t| (t.id.to_string(), on)).collect(),
        ..DetectorSettings::default()
    });
    let mut source = XdpSource::open(XdpSettings {
        aggregate,
        ..XdpSettings::new(MIRROR)
    })?;
    let injector = Injector::open(TRAFFIC)?;
    let mut received = 0;
    for (time, bytes) in frames {
        if rig.is_due(*time) {
            rig.drain(&mut source)?;
        }
        source.set_time(*time);
        injector.send(bytes)?;
        received += 1;
        arrival(&source, received)?;
        source.poll(16, Duration::ZERO, &mut |frame| rig.frame(&frame))?;
        rig.grant(&mut source)?;
    }
    rig.finish(&mut source)?;
    let counters = source.kernel_counters()?;
    ensure!(counters.unexplained() == 0, "{counters:?}");
    let status = source.status().aggregation.unwrap_or_default();
    ensure!(
        status.operations_granted == 0 && status.counted == status.recorded,
        "{status:?}"
    );
    Ok((outcome(&mut rig), counters))
}

/// Waits until the program is done with so many frames.
fn arrival(source: &XdpSource, received: u64) -> Result<()> {
    let deadline = Instant::now() + ARRIVES_WITHIN;
    loop {
        let counters = source.kernel_counters()?;
        if counters.get(Counter::Received) >= received && counters.unexplained() == 0 {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "frame {received} never arrived");
        std::hint::spin_loop();
    }
}

fn outcome(rig: &mut Rig) -> Outcome {
    let mut alerts = BTreeMap::new();
    for finding in rig.take_findings() {
        let tuple = &finding.tuple;
        let violation = finding.discriminator;
        let what = format!(
            "{} {:?} {violation:x} {tuple:?}",
            finding.key(),
            finding.protocol
        );
        *alerts.entry(what).or_default() += finding.count;
    }
    let learned = rig.baseline().into_iter();
    let learned = learned.map(|entry| (format!("{:?}", entry.tuple), entry.count));
    Outcome {
        alerts,
        learned: learned.collect(),
    }
}

/// Lines that are in one and not, or with another count, in the other.
fn difference(a: &BTreeMap<String, u64>, b: &BTreeMap<String, u64>) -> Vec<String> {
    let missing = a.iter().filter(|(what, count)| b.get(*what) != Some(count));
    missing
        .map(|(what, count)| format!("{count} × {what}"))
        .collect()
}

/// Plays the frames with the aggregation on and off, in both modes; gives the counters with it on.
fn same_either_way(frames: &[Played], name: &str) -> Result<CounterBlock> {
    let mut counters = CounterBlock::default();
    for mode in [Mode::Learning, Mode::Operational] {
        let (full, _) = play(frames, mode, false)?;
        let (part, counted) = play(frames, mode, true)?;
        counters = counted;
        let lines = [
            ("only aggregated", difference(&part.alerts, &full.alerts)),
            ("only in full", difference(&full.alerts, &part.alerts)),
            (
                "learned only aggregated",
                difference(&part.learned, &full.learned),
            ),
            (
                "learned only in full",
                difference(&full.learned, &part.learned),
            ),
        ];
        ensure!(part == full, "{name}, {mode:?}: {lines:#?}");
    }
    Ok(counters)
}

/// The Ethernet frames of a capture.
fn frames_of(path: &Path) -> Result<Vec<Played>> {
    let mut source = PcapSource::open_all(vec![Input::File(path.to_owned())])?;
    let mut frames = Vec::new();
    while frames.len() < MOST_FRAMES {
        let progress = source.poll(1024, Duration::ZERO, &mut |frame| {
            let fits = frame.data.len() >= SHORTEST && frame.link == LinkType::Ethernet;
            if fits && frames.len() < MOST_FRAMES {
                frames.push((frame.time, frame.data.to_vec()));
            }
        })?;
        if progress == Progress::Finished {
            break;
        }
    }
    Ok(frames)
}

/// Every capture file in a folder and below it, sorted.
fn captures_in(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            captures_in(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|e| ["pcap", "pcapng", "cap"].iter().any(|known| e == *known))
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Plays all captures of a folder; gives how many frames were only counted.
fn folder_is_the_same(folder: &Path) -> Result<u64> {
    let mut paths = Vec::new();
    captures_in(folder, &mut paths)?;
    ensure!(!paths.is_empty(), "no captures in {}", folder.display());
    let (mut counted, mut failed) = (0, Vec::new());
    for path in paths {
        let name = path.display().to_string();
        let frames = match frames_of(&path) {
            Ok(frames) if frames.is_empty() => continue,
            Ok(frames) => frames,
            Err(error) => {
                println!("left out: {error}");
                continue;
            }
        };
        match same_either_way(&frames, &name) {
            Ok(counters) => {
                let part = counters.get(Counter::Counted);
                println!("{name}: {part} of {} only counted", frames.len());
                counted += part;
            }
            Err(error) => failed.push(error.to_string()),
        }
    }
    if failed.is_empty() {
        Ok(counted)
    } else {
        bail!("{}", failed.join("\n"))
    }
}

#[test]
fn captures_raise_the_same_alerts_whether_repeats_are_counted_or_looked_at() -> Result<()> {
    on_veth(|_| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures");
        let folder = folder.join(std::env::var_os("TELLTALE_CAPTURES_OF").unwrap_or_default());
        let counted = folder_is_the_same(&folder)?;
        ensure!(counted > 0, "nothing was only counted");
        if let Some(more) = std::env::var_os("TELLTALE_CAPTURES") {
            folder_is_the_same(Path::new(&more))?;
        }
        Ok(())
    })
}

/// A TCP segment without options; `numbers` are sequence and acknowledgment.
fn tcp_segment(ports: (u16, u16), numbers: (u32, u32), flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = [ports.0.to_be_bytes(), ports.1.to_be_bytes()].concat();
    bytes.extend(numbers.0.to_be_bytes());
    let acknowledges = flags & 0x10 != 0;
    bytes.extend(if acknowledges { numbers.1 } else { 0 }.to_be_bytes());
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

/// Messages made from a number, with who sends them: 0 is the client.
type Exchange = fn(u16) -> Vec<(usize, Vec<u8>)>;

/// Modbus: two registers of two places.
fn modbus(n: u16) -> Vec<(usize, Vec<u8>)> {
    let [high, low] = n.to_be_bytes();
    let start = low % 2 * 100;
    vec![
        (0, vec![high, low, 0, 0, 0, 6, 1, 3, 0, start, 0, 2]),
        (1, vec![high, low, 0, 0, 0, 7, 1, 3, 4, 0, low, 1, high]),
    ]
}

/// S7comm: two octets of two data blocks.
fn s7comm(n: u16) -> Vec<(usize, Vec<u8>)> {
    let [high, low] = n.to_be_bytes();
    let mut job = vec![3, 0, 0, 31, 2, 0xf0, 0x80, 0x32, 1, 0, 0, high, low];
    job.extend([0, 14, 0, 0, 4, 1, 0x12, 0x0a, 0x10, 2, 0, 2, 0]);
    job.extend([1 + low % 2, 0x84, 0, 0, 0x10]);
    let mut answer = vec![3, 0, 0, 27, 2, 0xf0, 0x80, 0x32, 3, 0, 0, high, low];
    answer.extend([0, 2, 0, 6, 0, 0, 4, 1, 0xff, 4, 0, 16, low, high]);
    vec![(0, job), (1, answer)]
}

/// EtherNet/IP: an attribute of two instances, read on a connection.
fn ethernet_ip(n: u16) -> Vec<(usize, Vec<u8>)> {
    let [low, high] = n.to_le_bytes();
    let message = |connection: u8, cip: &[u8]| {
        let length = u8::try_from(cip.len() + 2).unwrap_or(u8::MAX);
        let mut bytes = vec![0x70, 0, 20 + length, 0, 1, 2, 3, 4];
        bytes.extend([0; 22]);
        bytes.extend([2, 0, 0xa1, 0, 4, 0, connection, 0, 0, 1]);
        bytes.extend([0xb1, 0, length, 0, low, high]);
        bytes.extend(cip);
        bytes
    };
    let read = [0x0e, 3, 0x20, 4, 0x24, 100 + low % 2, 0x30, 3];
    let value = [0x8e, 0, 0, 0, low, high];
    vec![(0, message(1, &read)), (1, message(2, &value))]
}

/// IEC 104: a value sent by itself; each eighth is acknowledged.
fn iec104(n: u16) -> Vec<(usize, Vec<u8>)> {
    let [s0, s1] = (n << 1).to_le_bytes();
    let mut value = vec![0x68, 16, s0, s1, 0, 0, 11, 1, 3, 0, 1, 0];
    value.extend([1 + s0 % 4, 0, 0, s1, 7, 0]);
    let mut said = vec![(1, value)];
    if n % 8 == 7 {
        let [r0, r1] = ((n + 1) << 1).to_le_bytes();
        said.push((0, vec![0x68, 4, 1, 0, r0, r1]));
    }
    said
}

/// A master that polls two ranges of a controller, with an acknowledgment after each poll.
fn polls(count: u16, port: u16, exchange: Exchange) -> Vec<Played> {
    const CLIENT: [u8; 4] = [192, 0, 2, 1];
    const SERVER: [u8; 4] = [192, 0, 2, 2];
    let mut next = [1000_u32, 5000];
    let mut frames: Vec<Played> = Vec::new();
    let mut send = |from: usize, flags: u8, payload: &[u8]| {
        let (ports, addresses) = if from == 0 {
            ((40_000, port), (CLIENT, SERVER))
        } else {
            ((port, 40_000), (SERVER, CLIENT))
        };
        let segment = tcp_segment(ports, (next[from], next[1 - from]), flags, payload);
        let mut frame = ethernet(0x0800);
        if from == 1 {
            // Each station has its own MAC address.
            let (to, rest) = frame.split_at_mut(6);
            to.swap_with_slice(&mut rest[..6]);
        }
        frame.extend(ipv4(addresses.0, addresses.1, 6, segment.len()));
        frame.extend(segment);
        let time = 1_700_000_000_000_000_000 + frames.len() as u64 * 5_000_000;
        frames.push((Timestamp::from_nanos(time), frame));
        let syn = u32::from(flags & 2 != 0);
        let length = u32::try_from(payload.len()).unwrap_or(0);
        next[from] = next[from].wrapping_add(length + syn);
    };
    send(0, 0x02, &[]);
    send(1, 0x12, &[]);
    send(0, 0x10, &[]);
    for n in 0..count {
        for (from, message) in exchange(n) {
            send(from, 0x18, &message);
        }
        send(0, 0x10, &[]);
    }
    frames
}

#[test]
fn cyclic_polls_are_counted_and_nearly_none_goes_up() -> Result<()> {
    on_veth(|_| {
        // The last is which part may go up, in percent.
        let protocols: [(&str, u16, Exchange, u64); 4] = [
            ("Modbus", 502, modbus, 1),
            ("S7comm", 102, s7comm, 1),
            ("EtherNet/IP", 44_818, ethernet_ip, 1),
            // All that acknowledges goes up.
            ("IEC 104", 2404, iec104, 7),
        ];
        for (name, port, exchange, part) in protocols {
            let frames = polls(10_000, port, exchange);
            let counters = same_either_way(&frames, name)?;
            let up = counters.get(Counter::HandedUp);
            println!("{name}: {up} of {} went up", frames.len());
            ensure!(
                up * 100 < counters.get(Counter::Received) * part,
                "{up} of {} frames of {name} went up",
                counters.get(Counter::Received)
            );
        }
        Ok(())
    })
}
