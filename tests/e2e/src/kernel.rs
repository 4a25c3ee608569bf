//! The kernel program without an interface: runs it on one frame and tells what it did.
//!
//! Data in: a frame of at least 14 bytes (the kernel takes no shorter one). Data out: verdict, the
//! counters that moved, and the record in the ring. Used by tests and by the kernel bench. Limits:
//! needs root and the object `cargo xtask build` leaves in the target folder.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use aya::maps::lpm_trie::{Key, LpmTrie};
use aya::maps::{Array, HashMap, Map, MapData, MapError, PerCpuArray, ProgramArray, RingBuf};
use aya::programs::{ProgramFd, TestRun, TestRunOptions, TestRunResult, Xdp};
use aya::{Ebpf, EbpfLoader};
use sensor_common::ABI_VERSION;
use sensor_common::counter::{COUNTERS, CounterBlock};
use sensor_common::flow::{FlowKey, FlowStats};
use sensor_common::maps;
use sensor_common::operation::{Aggregated, OperationKey, OperationStats};
use sensor_common::record::{MAX_FRAME, RecordHeader};
use sensor_common::rule::{PrefixV4, PrefixV6, Rule, RuleGenerations};
use sensor_common::settings::{FLAG_AGGREGATE, Settings, Verdict};

use crate::flood::{object, tools};
use crate::{is_root, skip};

/// What one run of the program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// `enum xdp_action` of `linux/bpf.h`: 1 drop, 2 pass.
    pub verdict: u32,
    /// Fields of the counters that moved, and by how much.
    pub moved: BTreeMap<&'static str, u64>,
    /// What came up the ring.
    pub record: Option<(RecordHeader, Vec<u8>)>,
}

/// A loaded program with its maps.
pub struct Kernel {
    program: Ebpf,
    counters: PerCpuArray<MapData, CounterBlock>,
    ring: RingBuf<MapData>,
    flows: HashMap<MapData, FlowKey, FlowStats>,
    log: RingBuf<MapData>,
}

/// Levels of the program's log: nothing, and each frame it cannot parse.
pub const LOG_OFF: u8 = 0;
pub const LOG_DEBUG: u8 = 4;

/// The monotonic clock of the kernel, in nanoseconds.
pub fn kernel_now() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let (seconds, rest) = (now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs());
    seconds * 1_000_000_000 + rest
}

/// What the agent writes under a key that it grants now.
pub fn granted(handle: u32) -> OperationStats {
    OperationStats {
        handle,
        refreshed_ns: kernel_now(),
        ..OperationStats::default()
    }
}

/// Settings that count granted operations, which are refreshed once an hour.
pub fn aggregating_settings() -> Settings {
    Settings {
        flags: FLAG_AGGREGATE,
        refresh_ns: 3_600_000_000_000,
        epoch: 1,
        ..default_settings()
    }
}

/// Settings that hand everything up in full.
pub fn default_settings() -> Settings {
    Settings {
        abi_version: ABI_VERSION,
        verdict: Verdict::Pass.xdp_action(),
        snap_len: u32::try_from(MAX_FRAME).unwrap_or(u32::MAX),
        wake_bytes: u32::MAX,
        ..Settings::default()
    }
}

impl Kernel {
    /// Loads the program with [`default_settings`] and a ring of `ring_bytes`.
    pub fn load(ring_bytes: u32) -> Result<Self> {
        Self::load_with_log(ring_bytes, LOG_OFF)
    }

    /// As [`Self::load`], with the program's log at `level`.
    pub fn load_with_log(ring_bytes: u32, level: u8) -> Result<Self> {
        let path = object("sensor-ebpf.o");
        let mut program = EbpfLoader::new()
            .map_max_entries(maps::FRAMES, ring_bytes)
            .override_global("AYA_LOG_LEVEL", &level, true)
            .load_file(&path)
            .with_context(|| format!("no usable {}: run `cargo xtask build`", path.display()))?;
        load(&mut program, maps::PROGRAM)?;
        load_classifiers(&mut program)?;
        let mut kernel = Self {
            counters: take(&mut program, maps::COUNTERS)?,
            ring: take(&mut program, maps::FRAMES)?,
            flows: take(&mut program, maps::FLOWS)?,
            log: take(&mut program, "AYA_LOGS")?,
            program,
        };
        kernel.configure(default_settings())?;
        Ok(kernel)
    }

    /// Replaces the settings.
    pub fn configure(&mut self, settings: Settings) -> Result<()> {
        let map = self.map(maps::SETTINGS)?;
        Array::try_from(map)?.set(0, settings, 0)?;
        Ok(())
    }

    /// Instructions the verifier looked at in one of the programs.
    pub fn verified_instructions(&self, program: &str) -> Result<u32> {
        xdp(&self.program, program)?
            .info()?
            .verified_instruction_count()
            .context("this kernel does not tell the number of verified instructions")
    }

    /// Runs the program once.
    pub fn run(&mut self, frame: &[u8]) -> Result<Run> {
        let (verdict, moved) = self.run_unread(frame)?;
        let record = self.pop();
        ensure!(self.pop().is_none(), "one frame made two records");
        Ok(Run {
            verdict,
            moved,
            record,
        })
    }

    /// Runs the program once and leaves in the ring what it writes there; gives the verdict and the
    /// counters that moved.
    pub fn run_unread(&mut self, frame: &[u8]) -> Result<(u32, BTreeMap<&'static str, u64>)> {
        let before = self.counters()?;
        let verdict = self.repeat(frame, 1)?.return_value;
        let after = self.counters()?;
        let moved = COUNTERS
            .iter()
            .map(|info| {
                let by = after
                    .get(info.counter)
                    .wrapping_sub(before.get(info.counter));
                (info.field, by)
            })
            .filter(|(_, by)| *by > 0)
            .collect();
        Ok((verdict, moved))
    }

    /// Runs the program several times on the same frame; the ring is not read.
    pub fn repeat(&self, frame: &[u8], repeat: u32) -> Result<TestRunResult> {
        Ok(self.xdp()?.test_run(TestRunOptions {
            data_in: Some(frame),
            repeat,
            ..TestRunOptions::default()
        })?)
    }

    /// Runs the program once, from whichever thread.
    pub fn runner(&self) -> Result<impl Fn(&[u8]) -> Result<()> + Sync + '_> {
        let xdp = self.xdp()?;
        Ok(move |frame: &[u8]| {
            xdp.test_run(TestRunOptions {
                data_in: Some(frame),
                ..TestRunOptions::default()
            })?;
            Ok(())
        })
    }

    /// Throws away what is in the ring.
    pub fn empty_ring(&mut self) {
        while self.ring.next().is_some() {}
    }

    /// Mean time of a run over `repeat` runs in one call; the ring is emptied afterwards.
    pub fn time(&mut self, frame: &[u8], repeat: u32) -> Result<Duration> {
        let result = self.repeat(frame, repeat)?;
        self.empty_ring();
        Ok(result.duration)
    }

    /// The counters of all CPUs together.
    pub fn counters(&self) -> Result<CounterBlock> {
        let mut sum = CounterBlock::default();
        for block in self.counters.get(&0, 0)?.iter() {
            sum.add(block);
        }
        Ok(sum)
    }

    /// Every entry of the flow table, by key.
    pub fn flows(&self) -> Result<BTreeMap<FlowKey, FlowStats>> {
        Ok(self.flows.iter().collect::<Result<_, _>>()?)
    }

    /// Empties the flow table: what comes next belongs to new flows.
    pub fn forget_flows(&mut self) -> Result<()> {
        for key in self.flows()?.keys() {
            self.flows.remove(key)?;
        }
        Ok(())
    }

    /// Makes a port known as that of a protocol; `udp` or TCP.
    pub fn port_protocol(&mut self, port: u16, udp: bool, protocol: Aggregated) -> Result<()> {
        let base = if udp { maps::PORT_PROTOCOLS_UDP } else { 0 };
        let mut map: Array<_, u32> = Array::try_from(self.map(maps::PORT_PROTOCOLS)?)?;
        Ok(map.set(base + u32::from(port), protocol as u32, 0)?)
    }

    /// Grants a key, as the agent would: from now on its messages may be withheld.
    pub fn grant(&mut self, key: OperationKey, stats: OperationStats) -> Result<()> {
        Ok(self.operations()?.insert(key, stats, 0)?)
    }

    /// Withdraws a key and tells what was counted under it.
    pub fn withdraw(&mut self, key: OperationKey) -> Result<OperationStats> {
        let stats = self.operation(key)?;
        self.operations()?.remove(&key)?;
        Ok(stats)
    }

    /// Lets an inspected flow be counted again.
    pub fn forgive(&mut self, flow: u64) -> Result<()> {
        let mut map: HashMap<_, u64, u32> = HashMap::try_from(self.map(maps::FORGIVEN)?)?;
        Ok(map.insert(flow, 0, 0)?)
    }

    /// What is counted under a granted key.
    pub fn operation(&mut self, key: OperationKey) -> Result<OperationStats> {
        Ok(self.operations()?.get(&key, 0)?)
    }

    fn operations(&mut self) -> Result<HashMap<&mut MapData, OperationKey, OperationStats>> {
        Ok(HashMap::try_from(self.map(maps::OPERATIONS)?)?)
    }

    /// Takes the lines the program has logged and tells how many there were.
    pub fn take_log(&mut self) -> usize {
        let mut lines = 0;
        while self.log.next().is_some() {
            lines += 1;
        }
        lines
    }

    /// Writes an IPv4 prefix rule.
    pub fn rule_v4(&mut self, prefix: [u8; 4], len: u32, rule: Rule) -> Result<()> {
        let mut map: LpmTrie<_, PrefixV4, _> = LpmTrie::try_from(self.map(maps::RULES_V4)?)?;
        Ok(map.insert(&Key::new(len, PrefixV4(prefix)), in_force(rule), 0)?)
    }

    /// Writes an IPv6 prefix rule.
    pub fn rule_v6(&mut self, prefix: [u8; 16], len: u32, rule: Rule) -> Result<()> {
        let mut map: LpmTrie<_, PrefixV6, _> = LpmTrie::try_from(self.map(maps::RULES_V6)?)?;
        Ok(map.insert(&Key::new(len, PrefixV6(prefix)), in_force(rule), 0)?)
    }

    /// Writes a rule into one of the maps that are arrays: ports or VLANs.
    pub fn rule_at(&mut self, map: &str, index: u16, rule: Rule) -> Result<()> {
        let mut map: Array<_, _> = Array::try_from(self.map(map)?)?;
        Ok(map.set(u32::from(index), in_force(rule), 0)?)
    }

    /// Writes a MAC address rule.
    pub fn rule_mac(&mut self, address: [u8; 6], rule: Rule) -> Result<()> {
        let [a, b, c, d, e, f] = address;
        let mut map: HashMap<_, [u8; 8], _> = HashMap::try_from(self.map(maps::RULES_MAC)?)?;
        Ok(map.insert([a, b, c, d, e, f, 0, 0], in_force(rule), 0)?)
    }

    /// Hits of one rule, summed over CPUs.
    pub fn hits(&mut self, slot: u32) -> Result<u64> {
        let map: PerCpuArray<_, u64> = PerCpuArray::try_from(self.map(maps::RULE_HITS)?)?;
        Ok(map.get(&slot, 0)?.iter().sum())
    }

    /// Takes the oldest record out of the ring.
    pub fn take_record(&mut self) -> Option<(RecordHeader, Vec<u8>)> {
        self.pop()
    }

    /// The program itself, for programs that call it.
    pub fn fd(&self) -> Result<&ProgramFd> {
        Ok(self.xdp()?.fd()?)
    }

    fn pop(&mut self) -> Option<(RecordHeader, Vec<u8>)> {
        let item = self.ring.next()?;
        let (header, frame) = RecordHeader::split(&item)?;
        Some((header, frame.to_vec()))
    }

    fn map(&mut self, name: &str) -> Result<&mut Map> {
        self.program
            .map_mut(name)
            .ok_or_else(|| anyhow!("the program has no map {name}"))
    }

    fn xdp(&self) -> Result<&Xdp> {
        xdp(&self.program, maps::PROGRAM)
    }
}

/// A rule in the first generation, which is in force as long as no flag names the second.
fn in_force(rule: Rule) -> RuleGenerations {
    let mut generations = RuleGenerations::default();
    generations.rules[0] = rule;
    generations
}

/// Ring of the programs that tests load.
pub const TEST_RING: u32 = 1 << 20;

/// Runs `test` on a freshly loaded program, or says why not.
pub fn with_kernel(test: impl FnOnce(&mut Kernel) -> Result<()>) -> Result<()> {
    if !is_root() {
        skip("needs root to load the kernel program");
        return Ok(());
    }
    test(&mut Kernel::load(TEST_RING)?)
}

/// Mean time of a run of the empty program: the floor of every measurement.
pub fn time_empty(frame: &[u8], repeat: u32) -> Result<Duration> {
    let mut program = tools()?;
    load(&mut program, "empty")?;
    let result = xdp(&program, "empty")?.test_run(TestRunOptions {
        data_in: Some(frame),
        repeat,
        ..TestRunOptions::default()
    })?;
    Ok(result.duration)
}

pub(crate) fn load(program: &mut Ebpf, name: &str) -> Result<()> {
    let xdp: &mut Xdp = program
        .program_mut(name)
        .ok_or_else(|| anyhow!("no program {name}"))?
        .try_into()?;
    Ok(xdp.load()?)
}

/// Loads the programs of the protocols and puts each in its place.
fn load_classifiers(program: &mut Ebpf) -> Result<()> {
    for (protocol, name) in maps::CLASSIFIER_PROGRAMS {
        load(program, name)?;
        let classifier = xdp(program, name)?.fd()?.try_clone()?;
        let map = program
            .map_mut(maps::CLASSIFIERS)
            .ok_or_else(|| anyhow!("the program has no map {}", maps::CLASSIFIERS))?;
        ProgramArray::try_from(map)?.set(protocol as u32, &classifier, 0)?;
    }
    Ok(())
}

pub(crate) fn xdp<'a>(program: &'a Ebpf, name: &str) -> Result<&'a Xdp> {
    let program = program
        .program(name)
        .ok_or_else(|| anyhow!("no program {name}"))?;
    Ok(program.try_into()?)
}

fn take<M>(program: &mut Ebpf, name: &str) -> Result<M>
where
    M: TryFrom<Map, Error = MapError>,
{
    let map = program
        .take_map(name)
        .ok_or_else(|| anyhow!("the program has no map {name}"))?;
    Ok(M::try_from(map)?)
}
