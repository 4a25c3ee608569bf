//! Offline: capture files through the stages of the live sensor, on the files' own time.
//!
//! Data in: the arguments of [`crate::cli::replay`]. Data out: alerts on standard output, in the
//! order in which they opened; the same files give the same bytes.
//!
//! Learning and detecting use detectors of their own with the baseline handed over between them,
//! so one call that learns and detects gives what two calls with a baseline file give.
//!
//! Limits: memory grows with the number of alerts, not of packets.

pub mod baseline;
mod outlet;
mod stats;

use std::time::Instant;

use sensor_detect::detector::Mode;
use sensor_protocols::counters::Counter;

use self::baseline::Baseline;
use self::outlet::{Alerts, Discard};
use self::stats::Stats;
use super::Stages;
use super::outlet::Outlet;
use crate::capture::pcap::{Input, PcapSource, expand};
use crate::capture::{self, Source};
use crate::cli::replay::{Args, print};
use crate::cli::{Failure, Progress, say};
use crate::config::Config;

/// Frames per call of the source.
const BATCH: usize = 4096;

/// What a pass over files did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pass {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

/// Carries out `replay`.
pub fn run(args: &Args) -> Result<(), Failure> {
    let config = configuration(args)?;
    let learn = expand(&args.learn)?;
    let detect = expand(&args.files)?;
    let started = Instant::now();
    let mut stats = Stats::default();
    let known = learn_first(args, &config, learn, &mut stats)?;
    let alerts = detect_in(&config, known, detect, &mut stats)?;
    stats.finish(started.elapsed(), &alerts);
    if !args.files.is_empty() {
        print(args.alerts, alerts.alerts())?;
    }
    if args.stats {
        say(&stats.json()?);
    }
    Ok(())
}

/// Settings of the configuration file, changed by the switches.
fn configuration(args: &Args) -> Result<Config, Failure> {
    let mut config = match &args.config {
        Some(path) => crate::cli::configuration::load(path)?,
        None => Config::default(),
    };
    config.detect.enable.extend_from_slice(&args.enable);
    config.detect.disable.extend_from_slice(&args.disable);
    let checked = config.detect.settings();
    checked.map_err(|problems| Failure::usage(problems.join("; ")))?;
    Ok(config)
}

/// The baseline of the file, plus what the learning captures teach.
fn learn_first(
    args: &Args,
    config: &Config,
    inputs: Vec<Input>,
    stats: &mut Stats,
) -> Result<Baseline, Failure> {
    let mut known = match &args.baseline {
        Some(path) => Baseline::load(path)?,
        None => Baseline::default(),
    };
    if inputs.is_empty() {
        return Ok(known);
    }
    let mut stages = stages(config, Mode::Learning, Discard, known)?;
    stats.add(pass(&mut stages, inputs, "learning")?);
    known = Baseline {
        learned: stages.detector.baseline(),
        devices: stages.detector.devices().cloned().collect(),
    };
    if let Some(path) = &args.baseline {
        known.save(path)?;
    }
    say(&format!(
        "learned: {} entries of the baseline, {} devices",
        known.learned.len(),
        known.devices.len()
    ));
    Ok(known)
}

fn detect_in(
    config: &Config,
    known: Baseline,
    inputs: Vec<Input>,
    stats: &mut Stats,
) -> Result<Alerts, Failure> {
    let outlet = Alerts::new(config, &known.devices);
    let mut stages = stages(config, Mode::Operational, outlet, known)?;
    stats.add(pass(&mut stages, inputs, "replaying")?);
    Ok(stages.outlet)
}

/// Fresh stages in one mode; types with a mode of their own keep it while detecting only.
fn stages<O: Outlet>(
    config: &Config,
    mode: Mode,
    outlet: O,
    known: Baseline,
) -> Result<Stages<O>, Failure> {
    let mut settings = config
        .detect
        .with_feeds()
        .map_err(|problems| Failure::usage(problems.join("; ")))?;
    settings.mode = mode;
    if mode == Mode::Learning {
        for single in settings.types.values_mut() {
            single.mode = None;
        }
    }
    let mut stages = Stages::new(settings, outlet);
    stages.restore(known.learned, known.devices);
    Ok(stages)
}

/// Takes every frame of the inputs through the stages.
fn pass<O: Outlet>(
    stages: &mut Stages<O>,
    inputs: Vec<Input>,
    what: &'static str,
) -> Result<Pass, Failure> {
    let progress = Progress::new(&inputs, what);
    let mut source = PcapSource::new(inputs);
    while source.poll(BATCH, std::time::Duration::ZERO, &mut |frame| {
        stages.frame(&frame);
    })? != capture::Progress::Finished
    {
        progress.at(source.bytes_read());
    }
    stages.finish();
    progress.done();
    let status = source.status();
    for note in &status.notes {
        say(&format!("warning: {note}"));
    }
    for (reason, count) in &status.lost {
        say(&format!(
            "warning: {count} packets were not read ({reason})"
        ));
    }
    Ok(Pass {
        packets: stages.inspector.counters().get(Counter::Frames),
        bytes: status.received_bytes,
    })
}
