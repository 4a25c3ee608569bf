//! `cargo xtask flood`: Modbus polls into an interface, as fast as one core makes them or at a rate.
//!
//! Data in: an interface of this host, meant to be a veth end whose other end a sensor listens to.
//! Data out: how many frames were sent. The frames repeat and are no conversation; they load the way
//! of a packet, not the engines.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sensor_e2e::{flood::Flood, frames};

use crate::{demo::duration, ebpf, steps::with_progress, workspace};

/// Different polls that are sent in turn.
const POLLS: u16 = 64;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Interface to send from, such as one end of a veth pair
    #[arg(long)]
    interface: String,
    /// Frames a second; without it as many as one core makes
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pps: u32,
    /// How long to send
    #[arg(long = "for", value_name = "TIME", value_parser = duration, default_value = "10s")]
    time: Duration,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(workspace::is_root(), "sending live frames needs root");
    ebpf::build()?;
    let polls: Vec<Vec<u8>> = (0..POLLS)
        .map(|number| frames::modbus_read([192, 0, 2, 1], 40_000 + number, number))
        .collect();
    let start = Instant::now();
    let sent = with_progress("sending", || {
        Flood::open(&args.interface)?.run(&polls, args.pps, args.time)
    })?;
    let rate = sent
        .checked_div(start.elapsed().as_secs().max(1))
        .unwrap_or(sent);
    println!(
        "{sent} frames sent from {}, about {rate} a second",
        args.interface
    );
    Ok(())
}
