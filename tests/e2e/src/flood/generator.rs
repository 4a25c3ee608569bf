//! Sends the frames of a mix or of a capture through the generator program, at any rate.
//!
//! Data in: a [`Mix`] and a number of flows, or frames. Data out: frames on the wire and how many.
//! The frames of a call are paced in the kernel, where rates are even; below
//! [`EVEN_FROM`] frames a second they come in ten bursts a second. Limits: see [`super`].

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use aya::maps::{Array, MapData};
use aya::programs::Xdp;
use aya::{Ebpf, EbpfLoader, Pod};
use sensor_ebpf::generator::{CAPTURED, Captured, Plan, State, Step, names};

use super::mixes::Mix;
use super::relay::Relay;
use super::{CALLS_PER_SECOND, live_frames, tools_path};
use crate::inject;

/// The slowest rate that the program paces by itself, frames a second.
pub const EVEN_FROM: u32 = 25_000;
/// Bytes of a frame before the program makes it as short as the mix says.
const ROOM: usize = sensor_ebpf::generator::ROOM;
/// Frames of the first call at full speed; the later ones follow what it took.
const FIRST_CALL: u32 = 1 << 18;
/// Frames of a call at most.
const LONGEST_CALL: u32 = 1 << 26;
/// Members of a group at most.
const GROUP: u32 = 16;
/// Hosts that are polled at most, as a power of two; more flows share them.
const HOST_BITS: u32 = 12;
/// Flows at most: so many pairs of hosts and ports there are.
pub const MOST_FLOWS: u32 = 1 << 24;
/// Bytes of the longest frame of a capture that can be played.
pub const LONGEST_FRAME: usize = CAPTURED;
/// Frames of a capture at most: half a gibibyte of kernel memory.
const MOST_CAPTURED: usize = 1 << 18;

/// A [`Plan`] as a map's value.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct PlanValue(Plan);
/// A [`State`] as a map's value.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct StateValue(State);
/// A [`Step`] as a map's value.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct StepValue(Step);
/// A [`Captured`] as a map's value.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct CapturedValue(Captured);

// SAFETY: transparent over u64 and ten u32: 48 bytes, the asserted size, without padding.
unsafe impl Pod for PlanValue {}
// SAFETY: transparent over four u64 and four u32: 48 bytes, the asserted size, without padding.
unsafe impl Pod for StateValue {}
// SAFETY: transparent over eight u32, fields of 20 bytes and bytes: the asserted size, no padding.
unsafe impl Pod for StepValue {}
// SAFETY: transparent over two u32 and bytes: the asserted size, without padding.
unsafe impl Pod for CapturedValue {}

/// What a run sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sent {
    pub frames: u64,
    pub took: Duration,
}

impl Sent {
    /// Frames a second; zero when nothing took any time.
    #[expect(
        clippy::cast_precision_loss,
        reason = "frame counts are far below 2^52"
    )]
    pub fn rate(&self) -> f64 {
        if self.took.is_zero() {
            return 0.0;
        }
        self.frames as f64 / self.took.as_secs_f64()
    }
}

/// The program, loaded, with something to send.
pub struct Generator {
    program: Ebpf,
    name: &'static str,
    plan: Array<MapData, PlanValue>,
    state: Array<MapData, StateValue>,
    interface: u32,
    /// Bytes of the frames the kernel makes.
    room: usize,
    flows: u32,
    opening: Plan,
    round: Plan,
    relay: Option<Relay>,
}

impl Generator {
    /// A generator of `mix` with `flows` flows; `interface` is one of this network namespace.
    pub fn of_mix(interface: &str, mix: &Mix, flows: u32) -> Result<Self> {
        ensure!(
            (1..=MOST_FLOWS).contains(&flows),
            "{flows} flows: there have to be 1 to {MOST_FLOWS}"
        );
        let mut program = load(names::GENERATE, 1)?;
        let mut steps: Array<_, StepValue> = take(&mut program, names::STEPS)?;
        for (index, step) in (0..).zip(mix.opening.iter().chain(&mix.round)) {
            steps.set(index, StepValue(*step), 0)?;
        }
        let opening = Plan {
            flows,
            group: group(flows),
            steps: u32::try_from(mix.opening.len())?,
            server_port: u32::from(mix.port),
            port_bits: port_bits(flows),
            ..Plan::default()
        };
        let round = Plan {
            first_step: opening.steps,
            steps: u32::try_from(mix.round.len())?,
            client_round: mix.client_round,
            server_round: mix.server_round,
            ..opening
        };
        Self::new(interface, names::GENERATE, program, ROOM, opening, round)
    }

    /// A generator of `frames` in turn. Each has 14 to 2048 bytes, which a caller sees to.
    pub fn of_frames(interface: &str, frames: &[Vec<u8>]) -> Result<Self> {
        ensure!(!frames.is_empty(), "there is nothing to send");
        ensure!(
            frames.len() <= MOST_CAPTURED,
            "{} frames: at most {MOST_CAPTURED} can be played at this speed",
            frames.len()
        );
        let count = u32::try_from(frames.len())?;
        let mut program = load(names::PLAY, count)?;
        let mut capture: Array<_, CapturedValue> = take(&mut program, names::CAPTURE)?;
        for (index, frame) in (0..).zip(frames) {
            capture.set(index, CapturedValue(captured(frame)?), 0)?;
        }
        let round = Plan {
            flows: 1,
            group: 1,
            steps: count,
            ..Plan::default()
        };
        let opening = Plan { steps: 0, ..round };
        Self::new(interface, names::PLAY, program, CAPTURED, opening, round)
    }

    fn new(
        interface: &str,
        name: &'static str,
        mut program: Ebpf,
        room: usize,
        opening: Plan,
        round: Plan,
    ) -> Result<Self> {
        let mut generator = Self {
            plan: take(&mut program, names::PLAN)?,
            state: take(&mut program, names::STATE)?,
            program,
            name,
            interface: u32::try_from(inject::index(interface)?)?,
            room,
            flows: round.flows,
            opening,
            round,
            relay: None,
        };
        generator.restart()?;
        Ok(generator)
    }

    /// Lets another core send the frames, which wait for it in a queue as deep as a network card's
    /// ([`super::relay::QUEUE`]).
    pub fn relay_to(&mut self, core: u32) -> Result<()> {
        self.relay = Some(Relay::new(&mut self.program, self.interface, core)?);
        self.opening.core = core;
        self.round.core = core;
        Ok(())
    }

    /// Frames of all that was sent that the queue to the other core had no room for, once it is empty.
    pub fn refused(&self, sent: u64) -> Result<u64> {
        self.relay
            .as_ref()
            .map_or(Ok(0), |relay| relay.refused(sent))
    }

    /// Number of flows.
    pub fn flows(&self) -> u32 {
        self.flows
    }

    /// Whether flows have to be opened; publishers and captures have nothing of the kind.
    pub fn has_opening(&self) -> bool {
        self.opening.steps > 0
    }

    /// Whether the mix says nothing once its flows are open.
    pub fn only_opens(&self) -> bool {
        self.round.steps == 0
    }

    /// Opens every flow, at `rate` frames a second (0: as fast as it goes); nothing for publishers.
    pub fn open_flows(&mut self, rate: u32) -> Result<Sent> {
        let frames = u64::from(self.flows) * u64::from(self.opening.steps);
        let plan = self.opening;
        let sent = self.sized(plan, rate, frames, None)?;
        self.restart()?;
        Ok(sent)
    }

    /// Sends exactly `frames` frames of rounds.
    pub fn send(&mut self, rate: u32, frames: u64) -> Result<Sent> {
        let plan = self.repeating()?;
        self.sized(plan, rate, frames, None)
    }

    /// Sends frames of rounds for `time`.
    pub fn run(&mut self, rate: u32, time: Duration) -> Result<Sent> {
        let plan = self.repeating()?;
        let frames = match rate {
            0 => u64::MAX,
            rate => u64::try_from(u128::from(rate) * time.as_millis() / 1000)?,
        };
        self.sized(plan, rate, frames, Some(time))
    }

    fn repeating(&self) -> Result<Plan> {
        ensure!(!self.only_opens(), "this mix only opens flows");
        Ok(self.round)
    }

    /// Calls the program until `frames` are sent or `time` is over.
    fn sized(
        &mut self,
        plan: Plan,
        rate: u32,
        frames: u64,
        time: Option<Duration>,
    ) -> Result<Sent> {
        let even = rate >= EVEN_FROM;
        let interval = if even {
            (1_000_000_000 << 16) / u64::from(rate)
        } else {
            0
        };
        self.plan.set(0, PlanValue(Plan { interval, ..plan }), 0)?;
        let data = vec![0; self.room];
        let start = Instant::now();
        let before = self.sent()?;
        let mut sent = Sent::default();
        while sent.frames < frames && time.is_none_or(|time| sent.took < time) {
            let call = call_size(rate, time, sent).min(frames - sent.frames);
            self.unpace()?;
            live_frames(
                xdp(&self.program, self.name)?,
                &data,
                self.interface,
                u32::try_from(call)?,
            )?;
            sent.frames = self.sent()? - before;
            if rate > 0 && !even {
                let due = inject::due(sent.frames, rate);
                std::thread::sleep(due.saturating_sub(start.elapsed()));
            }
            sent.took = start.elapsed();
        }
        let failed = self.state.get(&0, 0)?.0.failed;
        ensure!(failed == 0, "{failed} frames could not be made");
        Ok(sent)
    }

    /// Frames the program made.
    fn sent(&self) -> Result<u64> {
        Ok(self.state.get(&0, 0)?.0.sent)
    }

    /// Lets the next call begin to count time anew.
    fn unpace(&mut self) -> Result<()> {
        let state = State {
            start_ns: 0,
            paced: 0,
            ..self.state.get(&0, 0)?.0
        };
        Ok(self.state.set(0, StateValue(state), 0)?)
    }

    /// Goes back to the first flow of the first round.
    fn restart(&mut self) -> Result<()> {
        Ok(self.state.set(0, StateValue(State::default()), 0)?)
    }
}

/// Frames of the next call. One call is best, since each takes tens of milliseconds to begin
/// and end; at full speed how many frames the time allows shows in the first one.
fn call_size(rate: u32, time: Option<Duration>, sent: Sent) -> u64 {
    if rate >= EVEN_FROM {
        return u64::from(LONGEST_CALL);
    }
    if rate > 0 {
        return u64::from(rate.div_ceil(CALLS_PER_SECOND));
    }
    let Some(time) = time else {
        return u64::from(LONGEST_CALL);
    };
    if sent.frames == 0 {
        return u64::from(FIRST_CALL);
    }
    let left = time.saturating_sub(sent.took).as_micros();
    let took = sent.took.as_micros().max(1);
    let call = u128::from(sent.frames) * left / took;
    u64::try_from(call)
        .unwrap_or(u64::MAX)
        .clamp(u64::from(FIRST_CALL / 8), u64::from(LONGEST_CALL))
}

/// The largest group of at most [`GROUP`] that divides the flows.
fn group(flows: u32) -> u32 {
    (1..=GROUP.min(flows))
        .rev()
        .find(|group| flows.is_multiple_of(*group))
        .unwrap_or(1)
}

/// See [`Plan::port_bits`].
fn port_bits(flows: u32) -> u32 {
    flows
        .next_power_of_two()
        .trailing_zeros()
        .saturating_sub(HOST_BITS)
}

fn captured(frame: &[u8]) -> Result<Captured> {
    let len = frame.len();
    ensure!(
        (14..=CAPTURED).contains(&len),
        "a frame of {len} bytes: 14 to {CAPTURED} can be played at this speed"
    );
    let mut bytes = [0; CAPTURED];
    for (to, from) in bytes.iter_mut().zip(frame) {
        *to = *from;
    }
    Ok(Captured {
        len: u32::try_from(len)?,
        reserved: 0,
        bytes,
    })
}

fn load(name: &str, captured: u32) -> Result<Ebpf> {
    let path = tools_path();
    let mut program = EbpfLoader::new()
        .map_max_entries(names::CAPTURE, captured)
        .map_max_entries(names::CORES, cores()?)
        .load_file(&path)
        .with_context(|| format!("no usable {}: run `cargo xtask build`", path.display()))?;
    let xdp: &mut Xdp = program
        .program_mut(name)
        .ok_or_else(|| anyhow!("the tools object has no program `{name}`"))?
        .try_into()?;
    xdp.load()?;
    Ok(program)
}

fn cores() -> Result<u32> {
    let cores = aya::util::nr_cpus().map_err(|(file, error)| anyhow!("{file}: {error}"))?;
    Ok(u32::try_from(cores)?)
}

fn xdp<'a>(program: &'a Ebpf, name: &str) -> Result<&'a Xdp> {
    let program = program
        .program(name)
        .ok_or_else(|| anyhow!("the sending program is gone"))?;
    Ok(program.try_into()?)
}

fn take<V: Pod>(program: &mut Ebpf, name: &str) -> Result<Array<MapData, V>> {
    let map = program
        .take_map(name)
        .ok_or_else(|| anyhow!("the tools object has no map {name}"))?;
    Ok(Array::try_from(map)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_divide_the_flows() {
        assert_eq!(group(1), 1);
        assert_eq!(group(64), 16);
        assert_eq!(group(1_000_000), 16);
        assert_eq!(group(14), 14);
        assert_eq!(group(1_000_003), 1);
    }

    #[test]
    fn flows_beyond_the_hosts_share_them() {
        assert_eq!(port_bits(1), 0);
        assert_eq!(port_bits(4096), 0);
        assert_eq!(port_bits(4097), 1);
        assert_eq!(port_bits(1 << 20), 8);
        assert_eq!(port_bits(MOST_FLOWS), 12);
    }
}
