//! Bench `live`: the release agent on one end of a veth pair, cyclic Modbus polls into the other at
//! a rising rate, everything counted on both sides.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use sensor_e2e::{
    PATIENCE,
    agent::{Agent, Options, Source},
    api::Api,
    inject::Injector,
    netns::{Bench, MIRROR, TRAFFIC},
    pcap, wait_for,
};

use super::{Figure, replay::large_capture};
use crate::{
    agent::{self, Profile},
    debian, ebpf,
    steps::with_progress,
    workspace,
};

/// Rates to try, frames a second, and the names of what is offered, received and lost.
const RATES: &[(u32, [&str; 3])] = &[
    (
        100_000,
        [
            "live_100k_offered_pps",
            "live_100k_received",
            "live_100k_lost",
        ],
    ),
    (
        300_000,
        [
            "live_300k_offered_pps",
            "live_300k_received",
            "live_300k_lost",
        ],
    ),
    (
        600_000,
        [
            "live_600k_offered_pps",
            "live_600k_received",
            "live_600k_lost",
        ],
    ),
];

/// How long each rate is kept up.
const SECONDS: u32 = 10;

pub(super) fn measure() -> Result<Vec<Figure>> {
    ensure!(
        workspace::is_root(),
        "live capture needs root (namespaces, kernel programs)"
    );
    debian::ensure(debian::NETWORK)?;
    let log = workspace::scratch_dir().join("logs/bench-build.log");
    ebpf::build()?;
    let program = with_progress("agent (release)", || agent::build(Profile::Release, &log))?;
    let (capture, _) = with_progress("making the capture", || large_capture(1_000_000))?;
    let records = pcap::read(&capture)?;
    let mut figures = Vec::new();
    let mut peak: f64 = 0.0;
    for (rate, [offered, received, lost]) in RATES {
        let label = format!("{rate} frames/s for {SECONDS} s");
        let round = with_progress(&label, || one_rate(&program, &records, *rate))?;
        figures.push(Figure::new(offered, round.offered_pps, "packets/s"));
        figures.push(Figure::new(received, round.received, "packets"));
        figures.push(Figure::new(lost, round.lost, "packets"));
        peak = peak.max(round.rss_mib);
    }
    figures.push(Figure::new("live_agent_rss", peak, "MiB"));
    Ok(figures)
}

struct Round {
    offered_pps: f64,
    received: f64,
    lost: f64,
    rss_mib: f64,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "frame counts are far below 2^52"
)]
fn one_rate(program: &Path, records: &[pcap::Record], rate: u32) -> Result<Round> {
    let folder = workspace::scratch_dir().join("bench/live");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let bench = Bench::new()?;
    bench.ip(&["link", "set", "dev", "lo", "up"])?;
    let options = Options {
        program: program.to_path_buf(),
        source: Source::Interface(MIRROR.to_owned()),
        data_dir: folder,
        mode: "operational",
        listen: "127.0.0.1:0".to_owned(),
        namespace: Some(bench.name().to_owned()),
    };
    let agent = options.start()?;
    let round = bench.enter(|| -> Result<Round> {
        let total = usize::try_from(rate.saturating_mul(SECONDS))?;
        let frames = records
            .iter()
            .map(|record| record.bytes.as_slice())
            .cycle()
            .take(total);
        let start = Instant::now();
        let sent = Injector::open(TRAFFIC)?.send_paced(frames, rate)?;
        let took = start.elapsed();
        let (received, lost) = settled(&agent)?;
        Ok(Round {
            offered_pps: sent as f64 / took.as_secs_f64(),
            received: received as f64,
            lost: (sent.saturating_sub(received) + lost) as f64,
            rss_mib: agent.resident_mib()?,
        })
    })??;
    agent.stop()?;
    Ok(round)
}

/// Received and lost by the sensor's own account, once both stand still.
fn settled(agent: &Agent) -> Result<(u64, u64)> {
    let api = agent.api();
    wait_for("steady counters", PATIENCE, || {
        let before = counts(&api)?;
        std::thread::sleep(Duration::from_millis(1500));
        let after = counts(&api)?;
        Ok((before == after).then_some(after))
    })
}

/// Received and lost, over all reasons.
fn counts(api: &Api) -> Result<(u64, u64)> {
    let capture = api.get("/api/v1/capture")?.ok()?;
    let source = capture["sources"].get(0).context("no source")?;
    let lost = source["lost"].as_array().context("no list of losses")?;
    let lost = lost
        .iter()
        .filter_map(|reason| reason["count"].as_u64())
        .sum();
    Ok((source["received"].as_u64().unwrap_or_default(), lost))
}
