//! `cargo xtask flood`: the traffic of a plant, or a capture, into an interface at any rate.
//!
//! Data in: a mix by name or a capture file, a rate, a time. Data out: frames on the wire, and how
//! many. Without an interface it makes a network namespace with a pair of its own, which goes away
//! at the end, and leaves the sensed end in this namespace, as the demo does. Limits: root, Linux
//! 5.18, a veth end; what listens at the other end must use native XDP, or GRO has to be on there.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use clap::builder::PossibleValuesParser;
use sensor_e2e::{
    flood::{
        generator::{Generator, LONGEST_FRAME, Sent},
        mixes,
    },
    netns::{self, Bench},
    pcap,
};

use crate::{debian, demo::duration, ebpf, shell::Cmd, steps::with_progress, workspace};

/// The sensed end when the tool makes the pair.
const SENSED: &str = "flood0";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to send; `--list` tells about each
    #[arg(long, value_parser = mix_parser(), default_value = "modbus-polls", conflicts_with = "capture")]
    mix: String,
    /// Send the frames of this capture file in turn, again and again, as they are
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
    /// Frames a second; 0 is as fast as it goes
    #[arg(long, default_value_t = 0)]
    rate: u32,
    /// How long to send, such as 10s or 5m; opening the flows comes before
    #[arg(long = "for", value_name = "TIME", value_parser = duration, default_value = "10s")]
    time: Duration,
    /// Connections or publishers; without it what suits the mix
    #[arg(long)]
    flows: Option<u32>,
    /// Interface to send from, such as one end of a veth pair; without it a pair is made
    #[arg(long)]
    interface: Option<String>,
    /// Network namespace of the interface, by the name `ip netns` knows
    #[arg(long, requires = "interface")]
    namespace: Option<String>,
    /// List the mixes and end
    #[arg(long)]
    list: bool,
}

fn mix_parser() -> PossibleValuesParser {
    PossibleValuesParser::new(mixes::all().map(|mix| mix.name))
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.list {
        for mix in mixes::all() {
            println!("{:<14} {} ({} flows)", mix.name, mix.about, mix.flows);
        }
        return Ok(());
    }
    ensure!(
        workspace::is_root(),
        "sending live frames needs root: sudo -E cargo xtask flood"
    );
    let what = What::of(args)?;
    ebpf::build()?;
    match (&args.interface, &args.namespace) {
        (Some(interface), None) => what.send(interface, args),
        (Some(interface), Some(namespace)) => {
            netns::inside(namespace, || what.send(interface, args))?
        }
        (None, _) => on_own_pair(&what, args),
    }
}

/// What is sent, read before anything is made.
enum What {
    Mix(mixes::Mix, u32),
    Frames(Vec<Vec<u8>>),
}

impl What {
    fn of(args: &Args) -> Result<Self> {
        let Some(path) = &args.capture else {
            let mix = mixes::named(&args.mix)?;
            let flows = args.flows.unwrap_or(mix.flows);
            return Ok(Self::Mix(mix, flows));
        };
        ensure!(
            args.flows.is_none(),
            "a capture has the flows it has: leave --flows out"
        );
        Ok(Self::Frames(frames(path)?))
    }

    /// Opens the flows, sends, and says what was sent.
    fn send(&self, interface: &str, args: &Args) -> Result<()> {
        let mut generator = match self {
            Self::Mix(mix, flows) => Generator::of_mix(interface, mix, *flows)?,
            Self::Frames(frames) => Generator::of_frames(interface, frames)?,
        };
        if generator.has_opening() {
            let opened = with_progress("opening the flows", || generator.open_flows(args.rate))?;
            say(&opened, &format!("to open {} flows", generator.flows()));
        }
        if generator.only_opens() {
            return Ok(());
        }
        let sent = with_progress("sending", || generator.run(args.rate, args.time))?;
        say(&sent, &format!("from {interface}"));
        Ok(())
    }
}

fn say(sent: &Sent, what: &str) {
    println!(
        "{} frames sent {what}, {:.0} a second",
        sent.frames,
        sent.rate()
    );
}

/// Frames of a capture that can be played at this speed; says how many cannot.
fn frames(path: &Path) -> Result<Vec<Vec<u8>>> {
    let all = pcap::read(path)?;
    let total = all.len();
    let frames: Vec<Vec<u8>> = all
        .into_iter()
        .map(|record| record.bytes)
        .filter(|bytes| (14..=LONGEST_FRAME).contains(&bytes.len()))
        .collect();
    ensure!(
        !frames.is_empty(),
        "{}: none of the {total} frames has 14 to {LONGEST_FRAME} bytes",
        path.display()
    );
    if frames.len() < total {
        eprintln!(
            "{} of {total} frames are left out: they do not have 14 to {LONGEST_FRAME} bytes",
            total - frames.len()
        );
    }
    Ok(frames)
}

/// Makes a pair, sends into it, and tells what its other end got.
fn on_own_pair(what: &What, args: &Args) -> Result<()> {
    debian::ensure(debian::NETWORK)?;
    let bench = Bench::new()?;
    bench.move_mirror_to_host(SENSED)?;
    // The queue of a veth end is only served when somebody asks for it: XDP or GRO.
    debian::ensure(debian::OFFLOADS)?;
    Cmd::new("ethtool")
        .args(["-K", SENSED, "gro", "on"])
        .run()
        .context("cannot turn GRO on")?;
    eprintln!(
        "frames go to {SENSED}, which goes away at the end; listen there with\n  sensor-agent run --interface {SENSED} --data-dir DIR"
    );
    bench.enter(|| what.send(netns::TRAFFIC, args))??;
    let refused = bench.traffic_refused()?;
    if refused > 0 {
        println!("{refused} of them found the queue of {SENSED} full");
    }
    Ok(())
}
