//! Measures how many frames a second the capture source takes without loss.
//!
//! `poll_rate RATE SECONDS [flood]`: offers Modbus polls on a veth pair from one thread, reads them
//! through `Source::poll` on another, and prints what was offered, received and lost. `flood` uses
//! the kernel's live frames, which come in bursts; without it a packet socket is paced. Needs root.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use sensor_agent::capture::xdp::{XdpSettings, XdpSource};
use sensor_agent::capture::{Progress, Source};
use sensor_common::settings::Verdict;
use sensor_e2e::flood::Flood;
use sensor_e2e::frames::modbus_read;
use sensor_e2e::inject::Injector;
use sensor_e2e::netns::{Bench, MIRROR, TRAFFIC};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let rate: u32 = args.next().context("which rate?")?.parse()?;
    let seconds: u32 = args.next().context("how many seconds?")?.parse()?;
    let flood = args.next().is_some();
    let bench = Bench::new()?;
    bench.enter(|| measure(&bench, rate, seconds, flood))?
}

fn measure(bench: &Bench, rate: u32, seconds: u32, flood: bool) -> Result<()> {
    let settings = XdpSettings {
        verdict: Verdict::Consume,
        ..XdpSettings::new(MIRROR)
    };
    let mut source = XdpSource::open(settings)?;
    let polls: Vec<Vec<u8>> = (0..64)
        .map(|n| modbus_read([192, 0, 2, 1], 40000 + n, n))
        .collect();
    let time = Duration::from_secs(u64::from(seconds));
    let start = Instant::now();
    let mut read: u64 = 0;
    let offered = thread::scope(|scope| -> Result<u64> {
        let sender = scope.spawn(|| {
            if flood {
                return Flood::open(TRAFFIC)?.run(&polls, rate, time);
            }
            let count = usize::try_from(u64::from(rate) * u64::from(seconds))?;
            let frames = polls.iter().cycle().take(count).map(Vec::as_slice);
            Injector::open(TRAFFIC)?.send_paced(frames, rate)
        });
        loop {
            let ending = sender.is_finished();
            match source.poll(4096, Duration::from_millis(20), &mut |_| {})? {
                Progress::Frames(frames) => read += u64::try_from(frames)?,
                Progress::Idle if ending => break,
                Progress::Idle | Progress::Finished => {}
            }
        }
        sender.join().map_err(|_| anyhow!("the sender panicked"))?
    })?;
    let took = start.elapsed().as_millis().max(1);
    let status = source.status();
    let lost: u64 = status.lost.iter().map(|(_, count)| count).sum();
    println!(
        "offered {offered} ({}/s) taken by the driver {} received {} read {read} lost {lost}",
        u128::from(offered) * 1000 / took,
        bench.mirror_received()?,
        status.received,
    );
    Ok(())
}
