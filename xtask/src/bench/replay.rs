//! Bench `replay`: the whole way from a capture file to alerts, pinned to one core.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use sensor_e2e::pcap;
use serde_json::Value;

use super::{Figure, traffic::repeat};
use crate::{
    agent::{self, Profile},
    shell::Cmd,
    steps::with_progress,
    workspace,
};

/// Frames in the large capture: seconds of work, hundreds of megabytes.
const PACKETS: u64 = 6_000_000;

/// Frames of the smoke test: more than one round of the captures.
const SMOKE_PACKETS: u64 = 40_000;

/// Runs; the best counts, since the machine's other work only ever slows one down.
const RUNS: usize = 3;

const SOURCES: &[&str] = &[
    "iti_plant1_modbustcp.pcap",
    "iti_modbus_test.pcap",
    "quickdraw_modbus_part1.pcap",
    "quickdraw_modbus_part2.pcap",
];

/// A repeated capture: its name in file names and figures, and the captures it is made of.
struct Traffic {
    name: &'static str,
    sources: fn() -> Result<Vec<PathBuf>>,
}

const MODBUS: Traffic = Traffic {
    name: "modbus",
    sources: modbus,
};

/// Every capture of the project that is a classic file of Ethernet frames.
const MIX: Traffic = Traffic {
    name: "mix",
    sources: all,
};

pub(super) fn measure() -> Result<Vec<Figure>> {
    let log = workspace::scratch_dir().join("logs/bench-build.log");
    let program = with_progress("building the agent (release)", || {
        agent::build(Profile::Release, &log)
    })?;
    let mut figures = Vec::new();
    for traffic in [MODBUS, MIX] {
        figures.extend(measure_one(&program, &traffic)?);
    }
    Ok(figures)
}

fn measure_one(program: &Path, traffic: &Traffic) -> Result<[Figure; 2]> {
    let name = traffic.name;
    let label = format!("making the capture ({name})");
    let (capture, packets) = with_progress(&label, || repeated(traffic, PACKETS))?;
    let mut best = f64::INFINITY;
    let mut peak: f64 = 0.0;
    for run in 1..=RUNS {
        let label = format!("replay {name} {run}/{RUNS}");
        let (seconds, mib) = with_progress(&label, || replay(program, &capture))?;
        best = best.min(seconds);
        peak = peak.max(mib);
    }
    eprintln!(
        "command: taskset --cpu-list 0 sensor-agent replay --alerts {} ({packets} frames)",
        workspace::shown(&capture)
    );
    let speed = count(packets) / best;
    Ok([
        Figure::new(format!("replay_{name}_pps"), speed, "packets/s"),
        Figure::new(format!("replay_{name}_peak_rss"), peak, "MiB"),
    ])
}

/// The capture of Modbus, of at least `packets` frames; its path and exact number of frames.
pub(crate) fn large_capture(packets: u64) -> Result<(PathBuf, u64)> {
    repeated(&MODBUS, packets)
}

/// A capture of at least `packets` frames, made once; its path and exact number of frames.
fn repeated(traffic: &Traffic, packets: u64) -> Result<(PathBuf, u64)> {
    let folder = workspace::scratch_dir().join("bench");
    let path = folder.join(format!("{}-{packets}.pcap", traffic.name));
    let counted = path.with_extension("frames");
    if let Some(frames) = fs::read_to_string(&counted)
        .ok()
        .and_then(|text| text.parse().ok())
    {
        return Ok((path, frames));
    }
    fs::create_dir_all(&folder)?;
    let sources = (traffic.sources)()?;
    let sources: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();
    let frames = repeat(&sources, packets, &path)?;
    // Written last: a capture without it was not finished.
    fs::write(&counted, frames.to_string())?;
    Ok((path, frames))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of the functions of `Traffic`"
)]
fn modbus() -> Result<Vec<PathBuf>> {
    let folder = workspace::captures().join("modbus");
    Ok(SOURCES.iter().map(|name| folder.join(name)).collect())
}

fn all() -> Result<Vec<PathBuf>> {
    let mut found = super::dissect::below(&workspace::captures())?;
    found.retain(|path| pcap::read(path).is_ok());
    Ok(found)
}

/// Replays a small repeated capture; the agent's own count must be the frames that were made.
pub(super) fn smoke(program: &Path, log: &Path) -> Result<String> {
    let (capture, frames) = large_capture(SMOKE_PACKETS)?;
    let stats = Cmd::new(program)
        .args(["replay", "--alerts", "--stats"])
        .arg(&capture)
        .stderr_logged(log)?;
    let stats: Value = stats
        .lines()
        .find_map(|line| serde_json::from_str(line).ok())
        .context("the agent printed no figures")?;
    ensure!(
        stats["packets"] == frames,
        "{frames} frames, but the agent saw {}",
        stats["packets"]
    );
    Ok(format!("{frames} frames seen"))
}

/// Seconds and peak resident memory of one replay on one core.
fn replay(program: &Path, capture: &Path) -> Result<(f64, f64)> {
    let start = Instant::now();
    let mut child = Command::new("taskset")
        .args(["--cpu-list", "0"])
        .arg(program)
        .args(["replay", "--alerts"])
        .arg(capture)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start taskset (Debian package util-linux)")?;
    let mut peak: f64 = 0.0;
    let status = loop {
        peak = peak.max(high_water_mib(&child));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(5));
    };
    ensure!(status.success(), "replay ended with {status}");
    Ok((start.elapsed().as_secs_f64(), peak))
}

/// The kernel's high-water mark of resident memory; 0 once the process is gone.
fn high_water_mib(child: &Child) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let kib: Option<f64> = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    kib.unwrap_or_default() / 1024.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "frame counts are far below 2^52"
)]
fn count(packets: u64) -> f64 {
    packets as f64
}
