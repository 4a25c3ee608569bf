//! Bench `live`: the release agent on one end of a veth pair, the traffic of a plant into the other,
//! everything counted on both sides.
//!
//! Data out: the main row (cyclic Modbus polls at [`GOAL`] frames a second), memory with a million
//! flows, and captures from a packet socket at a rising rate.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use sensor_e2e::{
    inject::Injector,
    lane::{Lane, Polled},
    netns::TRAFFIC,
    pcap,
};

use super::{
    Figure,
    load::{self, Load, Sensor},
    replay::large_capture,
};
use crate::steps::with_progress;

/// Frames a second of the main row: line rate of 64-byte frames at 1 Gbit/s is 1.49 million.
const GOAL: u32 = 2_500_000;

/// Connections of the main row.
const FLOWS: u32 = 256;

/// Flows of the memory row.
const MANY_FLOWS: u32 = 1_000_000;
/// Frames a second that open them.
const MANY_RATE: u32 = 150_000;

/// How long each rate is held.
const SECONDS: u32 = 10;

/// Rates of the packet socket, frames a second, and the names of what is offered, received and lost.
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

pub(super) fn measure(polled: Polled) -> Result<Vec<Figure>> {
    let program = load::prepare()?;
    let mut figures = main_row(&program, polled)?;
    figures.extend(many_flows(&program, polled)?);
    figures.extend(captures(&program, polled)?);
    Ok(figures)
}

/// One run of the generator against a fresh sensor.
struct Round {
    offered: load::Offered,
    account: load::Account,
    peak_mib: f64,
}

impl Round {
    /// Frames that nobody inspected or counted: lost by the sensor's account, or refused before it.
    fn lost(&self) -> u64 {
        self.account.lost + self.offered.refused
    }
}

fn round(program: &Path, polled: Polled, load: &Load) -> Result<Round> {
    let lane = Lane::new(polled)?;
    let sensor = Sensor::start(program, &lane)?;
    let offered = load.offer(&lane)?;
    let account = sensor.settled(&lane)?;
    let peak_mib = sensor.agent().peak_mib()?;
    let aggregation = sensor.aggregation(&lane)?;
    sensor.stop()?;
    eprintln!(
        "{} frames sent at {:.0}/s, {} refused by the queue; {} received, {} lost, {} handed up; \
         {peak_mib:.0} MiB at most; aggregation {aggregation}",
        offered.frames,
        offered.pps,
        offered.refused,
        account.received,
        account.lost,
        account.handed_up,
    );
    ensure!(
        offered.frames == account.received + offered.refused,
        "frames are missing: {offered:?}, {account:?}"
    );
    Ok(Round {
        offered,
        account,
        peak_mib,
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "frame counts are far below 2^52"
)]
fn main_row(program: &Path, polled: Polled) -> Result<Vec<Figure>> {
    let load = Load {
        mix: "modbus-polls",
        flows: FLOWS,
        rate: GOAL,
        time: Duration::from_secs(u64::from(SECONDS)),
    };
    let label = format!("{GOAL} frames/s of {FLOWS} connections for {SECONDS} s");
    let round = with_progress(&label, || round(program, polled, &load))?;
    let received = round.account.received as f64;
    let share = round.account.handed_up as f64 / received.max(1.0);
    Ok(vec![
        Figure::new("offered_pps", round.offered.pps, "packets/s"),
        Figure::new("received", received, "packets"),
        Figure::new("lost", round.lost() as f64, "packets"),
        Figure::new("refused", round.offered.refused as f64, "packets"),
        Figure::new("handed_up_share", share, "of received"),
        Figure::new("agent_rss_mib", round.peak_mib, "MiB"),
    ])
}

#[expect(
    clippy::cast_precision_loss,
    reason = "frame counts are far below 2^52"
)]
fn many_flows(program: &Path, polled: Polled) -> Result<Vec<Figure>> {
    let load = Load {
        mix: "new-flows",
        flows: MANY_FLOWS,
        rate: MANY_RATE,
        time: Duration::ZERO,
    };
    let label = format!("{MANY_FLOWS} new flows");
    let round = with_progress(&label, || round(program, polled, &load))?;
    Ok(vec![
        Figure::new("flows_offered", f64::from(MANY_FLOWS), "flows"),
        Figure::new("flows_lost", round.lost() as f64, "packets"),
        Figure::new("flows_rss_mib", round.peak_mib, "MiB"),
    ])
}

/// Captures, made long, from a packet socket.
fn captures(program: &Path, polled: Polled) -> Result<Vec<Figure>> {
    let (capture, _) = with_progress("making the capture", || large_capture(1_000_000))?;
    let records = pcap::read(&capture)?;
    let mut figures = Vec::new();
    let mut peak: f64 = 0.0;
    for (rate, names) in RATES {
        let label = format!("captures, {rate} frames/s for {SECONDS} s");
        let (row, mib) = with_progress(&label, || one_rate(program, polled, &records, *rate))?;
        let units = ["packets/s", "packets", "packets"];
        for ((name, value), unit) in names.iter().zip(row).zip(units) {
            figures.push(Figure::new(*name, value, unit));
        }
        peak = peak.max(mib);
    }
    figures.push(Figure::new("live_agent_rss", peak, "MiB"));
    Ok(figures)
}

/// Offered a second, received and lost frames, and the agent's memory.
#[expect(
    clippy::cast_precision_loss,
    reason = "frame counts are far below 2^52"
)]
fn one_rate(
    program: &Path,
    polled: Polled,
    records: &[pcap::Record],
    rate: u32,
) -> Result<([f64; 3], f64)> {
    let lane = Lane::new(polled)?;
    let sensor = Sensor::start(program, &lane)?;
    let total = usize::try_from(rate.saturating_mul(SECONDS))?;
    let frames = records.iter().map(|record| record.bytes.as_slice()).cycle();
    let (sent, pps) = lane.bench.enter(|| -> Result<(u64, f64)> {
        let start = Instant::now();
        let sent = Injector::open(TRAFFIC)?.send_paced(frames.take(total), rate)?;
        Ok((sent, sent as f64 / start.elapsed().as_secs_f64()))
    })??;
    let account = sensor.settled(&lane)?;
    let mib = sensor.agent().resident_mib()?;
    sensor.stop()?;
    let lost = sent.saturating_sub(account.received) + account.lost;
    Ok(([pps, account.received as f64, lost as f64], mib))
}
