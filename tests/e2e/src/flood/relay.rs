//! Hands the frames of a generator to another core by a queue as deep as that of a network card.
//!
//! Data in: the loaded tools, an interface, a core. Data out: frames sent by that core, and how many
//! it took from the queue. Limits: [`QUEUE`] frames wait at most, which is the kernel's limit of
//! a `BPF_MAP_TYPE_CPUMAP`; Linux 5.9, root.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aya::Ebpf;
use aya::maps::{CpuMap, DevMap, MapData, PerCpuArray};
use aya::programs::Xdp;
use sensor_ebpf::generator::names;

/// Frames that can wait for the core.
pub const QUEUE: u32 = 16_384;
/// A queue that nothing left for so long is empty.
const STILL: Duration = Duration::from_millis(300);

/// The queue and the thread that empties it; both end with this.
pub(super) struct Relay {
    relayed: PerCpuArray<MapData, u64>,
    /// They hold the queue and the way out while frames are in it.
    _cores: CpuMap<MapData>,
    _exit: DevMap<MapData>,
}

impl Relay {
    /// Lets `core` send from `interface`, an index in this network namespace.
    pub(super) fn new(tools: &mut Ebpf, interface: u32, core: u32) -> Result<Self> {
        let program: &mut Xdp = tools
            .program_mut(names::RELAY)
            .ok_or_else(|| anyhow!("the tools object has no program `{}`", names::RELAY))?
            .try_into()?;
        program.load()?;
        let program = program.fd()?.try_clone()?;
        let mut take = |name: &str| {
            tools
                .take_map(name)
                .ok_or_else(|| anyhow!("the tools object has no map {name}"))
        };
        let mut exit = DevMap::try_from(take(names::EXIT)?)?;
        exit.set(0, interface, None, 0)?;
        let mut cores = CpuMap::try_from(take(names::CORES)?)?;
        cores
            .set(core, QUEUE, Some(&program), 0)
            .with_context(|| format!("core {core} cannot take frames over"))?;
        Ok(Self {
            relayed: PerCpuArray::try_from(take(names::RELAYED)?)?,
            _cores: cores,
            _exit: exit,
        })
    }

    /// Frames that left the queue so far.
    pub(super) fn relayed(&self) -> Result<u64> {
        Ok(self.relayed.get(&0, 0)?.iter().sum())
    }

    /// Waits until the queue is empty; how many of `sent` frames, all since this was made, found no room.
    pub(super) fn refused(&self, sent: u64) -> Result<u64> {
        let mut before = self.relayed()?;
        loop {
            thread::sleep(STILL);
            let now = self.relayed()?;
            if now == before {
                return Ok(sent.saturating_sub(now));
            }
            before = now;
        }
    }
}
