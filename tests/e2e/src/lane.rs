//! A veth pair for measurements: the generator on one core, what listens on another.
//!
//! Data in: who handles the sensed end. Data out: a [`Lane`]. A veth end handles what arrives on the
//! core that sent it ([`Polled::BySender`]), so that the kernel's half of sensing slows the generator,
//! and nothing overflows between the two. With [`Polled::Apart`] the generator queues its frames for
//! the listener's core, as a network card does ([`crate::flood::relay`]): that core does all of the
//! sensing, in the kernel and behind it. Then every frame moves from one core's cache to the other's,
//! and the generator makes fewer of them. The veth's own queue would not do: 256 frames are a tenth of
//! a millisecond at full rate, and a virtual machine takes a core away for longer.
//!
//! Limits: root, `ethtool`; with one core there is nothing to keep apart, and nothing is.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rustix::thread::{CpuSet, Pid, sched_setaffinity};

use crate::netns::{Bench, MIRROR, TRAFFIC};

/// Core of the generator.
const SENDING: usize = 0;
/// Core of what listens at the sensed end.
const SENSING: usize = 1;

/// Who takes frames out of the queue of the sensed end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Polled {
    /// The generator's core, after each batch it sent.
    #[default]
    BySender,
    /// The listener's core, from a queue that the generator's core fills.
    Apart,
}

/// The pair.
pub struct Lane {
    pub bench: Bench,
    polled: Polled,
    /// Whether there are two cores to choose from.
    cores: bool,
}

impl Lane {
    /// Makes the pair, GRO on at the sensed end.
    pub fn new(polled: Polled) -> Result<Self> {
        let bench = Bench::new()?;
        bench.ip(&["link", "set", "dev", "lo", "up"])?;
        // NAPI of a veth end only exists with GRO or XDP.
        run(bench.command("ethtool").args(["-K", MIRROR, "gro", "on"]))?;
        let cores = std::thread::available_parallelism()?.get() > SENSING;
        Ok(Self {
            bench,
            polled,
            cores,
        })
    }

    /// Gives both ends the frame size of ordinary Ethernet. The packet ring of Suricata has room for
    /// the longest frame in every slot, and cannot be mapped with that of a veth pair.
    pub fn ordinary_frames(&self) -> Result<()> {
        for end in [TRAFFIC, MIRROR] {
            self.bench.ip(&["link", "set", "dev", end, "mtu", "1500"])?;
        }
        Ok(())
    }

    /// Keeps the calling thread on the generator's core.
    pub fn sending_here(&self) -> Result<()> {
        if self.cores {
            sched_setaffinity(None, &only(SENDING)).context("cannot choose a core")?;
        }
        Ok(())
    }

    /// The core that a generator of this lane hands its frames to, if another than its own.
    pub fn relay(&self) -> Option<u32> {
        let apart = self.cores && self.polled == Polled::Apart;
        apart.then_some(u32::try_from(SENSING).unwrap_or(u32::MAX))
    }

    /// Keeps all threads of a process on the sensing core, those to come included.
    pub fn sensing(&self, process: u32) -> Result<()> {
        if !self.cores {
            return Ok(());
        }
        // A thread that starts while this runs has the cores of its parent: once more catches it.
        for _ in 0..2 {
            for entry in fs::read_dir(format!("/proc/{process}/task"))? {
                let thread = entry?.file_name().to_string_lossy().parse()?;
                bind(thread, SENSING)?;
            }
        }
        Ok(())
    }
}

fn bind(thread: i32, core: usize) -> Result<()> {
    let id = Pid::from_raw(thread);
    ensure!(id.is_some(), "{thread} is no thread");
    match sched_setaffinity(id, &only(core)) {
        // A thread may end while it is looked at.
        Err(rustix::io::Errno::SRCH) => Ok(()),
        result => result.with_context(|| format!("cannot choose the core of thread {thread}")),
    }
}

fn only(core: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(core);
    set
}

fn run(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    ensure!(
        output.status.success(),
        "`{command:?}` failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
