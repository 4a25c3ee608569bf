//! `cargo xtask bench NAME [--json]`: speed and memory of the release build on this machine.
//!
//! Data out: a table for people, or with `--json` a list of `{name, value, unit}`. Names never
//! change once published. Benches are for people and for trends; no test depends on their figures.

mod detect;
mod dissect;
mod kernel;
mod live;
mod load;
mod peers;
mod replay;
mod suricata;
mod traffic;

use std::{borrow::Cow, fs, path::Path};

use anyhow::Result;
use clap::ValueEnum;
use sensor_e2e::lane::Polled;
use serde_json::json;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure
    name: Bench,
    /// Print a list of {name, value, unit} instead of a table
    #[arg(long)]
    json: bool,
    /// `live` and `peers`: let the listener's core do the kernel's half of sensing too, behind a queue
    /// as deep as a network card's, instead of leaving it to the core that sends
    #[arg(long)]
    apart: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Bench {
    /// Packets a second of `replay` on one core over repeated captures, of Modbus and of all protocols,
    /// and peak memory
    Replay,
    /// Nanoseconds of a dissector for a message, and its speed, by protocol
    Dissect,
    /// Nanoseconds of the engines for an observation, learned and new, and memory of a learned tuple
    Detect,
    /// Loss and memory of live capture over a veth pair (root)
    Live,
    /// The highest rate without loss of the sensor and of Suricata, side by side (root)
    Peers,
    /// Nanoseconds of the kernel program for a frame, by what becomes of it (root)
    Kernel,
}

/// One figure.
pub(super) struct Figure {
    name: Cow<'static, str>,
    value: f64,
    unit: &'static str,
}

impl Figure {
    fn new(name: impl Into<Cow<'static, str>>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let polled = if args.apart {
        Polled::Apart
    } else {
        Polled::BySender
    };
    let figures = match args.name {
        Bench::Replay => replay::measure()?,
        Bench::Dissect => dissect::measure()?,
        Bench::Detect => detect::measure()?,
        Bench::Live => live::measure(polled)?,
        Bench::Peers => peers::measure(polled)?,
        Bench::Kernel => kernel::measure()?,
    };
    if args.json {
        let list: Vec<_> = figures
            .iter()
            .map(|f| json!({"name": f.name, "value": f.value, "unit": f.unit}))
            .collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(());
    }
    println!("machine: {}", machine());
    for figure in &figures {
        println!("{:<28} {:>14.3} {}", figure.name, figure.value, figure.unit);
    }
    Ok(())
}

/// The replay bench in small on any build of the agent, without a look at the clock: whether it
/// still runs and sees every frame.
pub(crate) fn smoke(program: &Path, log: &Path) -> Result<String> {
    replay::smoke(program, log)
}

/// Processor and kernel, as the kernel tells them.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| {
            rest.trim_start_matches([' ', '\t', ':'])
        });
    let cores = cpu
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} × {model}, Linux {}", kernel.trim())
}
