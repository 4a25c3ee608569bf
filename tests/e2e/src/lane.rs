//! A veth pair for measurements: the generator on one core, what listens on another.
//!
//! Data in: who polls the sensed end. Data out: a [`Lane`]. A veth end handles what arrives on the
//! core that sent it ([`Polled::BySender`]), so that the kernel's half of sensing slows the generator,
//! and the queue of 256 frames between the two never overflows. With [`Polled::Apart`] NAPI is
//! *threaded* (`/sys/class/net/IF/threaded`, Linux 5.12): a kernel thread polls the queue, and this
//! module binds it to the listener's core, ahead of ordinary threads (`SCHED_FIFO`). Then a core that
//! is held up for a tenth of a millisecond costs frames at full rate. Receive packet steering would
//! not do: it only chooses the core of the network stack, behind XDP.
//!
//! Limits: root, `ethtool`, `chrt`; with one core there is nothing to keep apart, and nothing is.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
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
    /// A kernel thread on the listener's core.
    Apart,
}

/// The pair.
pub struct Lane {
    pub bench: Bench,
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
        if cores && polled == Polled::Apart {
            let thread = threaded(&bench)?;
            bind(thread, SENSING)?;
            run(Command::new("chrt")
                .args(["--fifo", "--pid", "50"])
                .arg(thread.to_string()))?;
        }
        Ok(Self { bench, cores })
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

/// Has a kernel thread poll the sensed end; its process id.
fn threaded(bench: &Bench) -> Result<i32> {
    let before = kernel_threads()?;
    let setting = format!("echo 1 > /sys/class/net/{MIRROR}/threaded");
    run(bench.command("sh").args(["-c", &setting]))?;
    let new: Vec<i32> = kernel_threads()?.difference(&before).copied().collect();
    match new.as_slice() {
        [thread] => Ok(*thread),
        [] => bail!("this kernel made no thread for {MIRROR}: threaded NAPI needs Linux 5.12"),
        _ => bail!("another veth pair was made at the same moment; try again"),
    }
}

/// Process ids of the kernel threads that poll an end named as ours.
fn kernel_threads() -> Result<BTreeSet<i32>> {
    let prefix = format!("napi/{MIRROR}-");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Ok(id) = name.to_string_lossy().parse() else {
            continue;
        };
        let comm = fs::read_to_string(format!("/proc/{id}/comm"));
        if comm.is_ok_and(|comm| comm.starts_with(&prefix)) {
            found.insert(id);
        }
    }
    Ok(found)
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
