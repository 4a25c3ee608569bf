//! Load generator: sends frames from one core out of a veth end, millions a second.
//!
//! It runs programs that answer `XDP_TX` on frames the kernel makes itself (`BPF_PROG_TEST_RUN` with
//! live frames): [`generator`] writes the traffic of a plant into them ([`mixes`]) or plays captures,
//! [`Flood`] sends copies of one frame. Data out: frames on the wire. Limits: Linux 5.18, root; the
//! receiving end needs a native XDP program (or GRO), and drops what its queue of 256 frames cannot
//! take. [`Bench::mirror_received`](crate::netns::Bench::mirror_received) tells how many arrived.

pub mod generator;
pub mod mixes;
pub mod relay;
mod step;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use aya::programs::{TestRun, TestRunAttrs, TestRunOptions, Xdp};
use aya::{Ebpf, EbpfLoader};

/// Frames the kernel hands to the program in one go.
const BATCH: u32 = 64;
/// Frames of one call when there is no limit. Making and ending a call takes the kernel tens of
/// milliseconds, so that a call must be long to reach the full rate.
const LONG_CALL: u32 = 1 << 18;
/// Calls in a second when there is a limit: each sends its share in one burst.
const CALLS_PER_SECOND: u32 = 10;

/// `struct xdp_md` of `linux/bpf.h`, as far as a test run reads it.
fn context(frame: usize, interface: u32) -> Result<[u8; 24]> {
    let len = u32::try_from(frame)?;
    let mut bytes = [0; 24];
    // data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex
    for (slot, value) in bytes.chunks_mut(4).zip([0, len, 0, interface, 0, 0]) {
        slot.copy_from_slice(&value.to_ne_bytes());
    }
    Ok(bytes)
}

/// The generator, bound to the interface it sends from.
pub struct Flood {
    program: Ebpf,
    interface: u32,
}

impl Flood {
    /// Loads the sending program; `interface` is an index in this network namespace.
    pub fn open(interface: &str) -> Result<Self> {
        let interface = crate::inject::index(interface)?;
        let mut program = tools()?;
        let xdp: &mut Xdp = program
            .program_mut("reflect")
            .ok_or_else(|| anyhow!("the tools object has no program `reflect`"))?
            .try_into()?;
        xdp.load()?;
        Ok(Self {
            program,
            interface: u32::try_from(interface)?,
        })
    }

    /// Sends `count` copies of `frame` as fast as the core allows.
    pub fn send(&self, frame: &[u8], count: u32) -> Result<()> {
        let xdp: &Xdp = self
            .program
            .program("reflect")
            .ok_or_else(|| anyhow!("the sending program is gone"))?
            .try_into()?;
        live_frames(xdp, frame, self.interface, count)
    }

    /// Sends bursts of the frames in turn for `time`, at most `per_second` frames on average (zero:
    /// as fast as it goes); gives how many were sent.
    pub fn run(&self, frames: &[Vec<u8>], per_second: u32, time: Duration) -> Result<u64> {
        ensure!(!frames.is_empty(), "there is nothing to send");
        let call = match per_second {
            0 => LONG_CALL,
            limit => (limit / CALLS_PER_SECOND).max(BATCH),
        };
        let start = Instant::now();
        let mut sent: u64 = 0;
        for frame in frames.iter().cycle() {
            if start.elapsed() >= time {
                break;
            }
            self.send(frame, call)?;
            sent += u64::from(call);
            if per_second > 0 {
                let due = crate::inject::due(sent, per_second);
                std::thread::sleep(due.saturating_sub(start.elapsed()));
            }
        }
        Ok(sent)
    }
}

/// Has the kernel make `count` frames with `frame` in them and run the program on each.
fn live_frames(program: &Xdp, frame: &[u8], interface: u32, count: u32) -> Result<()> {
    let context = context(frame.len(), interface)?;
    program
        .test_run(TestRunOptions {
            data_in: Some(frame),
            ctx_in: Some(&context),
            repeat: count,
            attrs: TestRunAttrs::new().xdp_live_frames(BATCH),
            ..TestRunOptions::default()
        })
        .context("cannot send live frames (Linux 5.18 or newer is needed)")?;
    Ok(())
}

fn tools_path() -> PathBuf {
    object("sensor-ebpf-tools.o")
}

/// The object with the programs of tests and benches, as `cargo xtask ebpf` leaves it.
pub fn tools() -> Result<Ebpf> {
    let path = tools_path();
    EbpfLoader::new()
        .load_file(&path)
        .with_context(|| format!("no usable {}: run `cargo xtask build`", path.display()))
}

/// Path of a compiled object in the target folder this test program was built in.
pub fn object(name: &str) -> PathBuf {
    let folder = std::env::var_os("TELLTALE_EBPF_FOLDER").map_or_else(
        || {
            let this = std::env::current_exe().unwrap_or_default();
            this.ancestors()
                .find(|folder| folder.join("ebpf").is_dir())
                .map_or_else(
                    || PathBuf::from("target/ebpf"),
                    |target| target.join("ebpf"),
                )
        },
        PathBuf::from,
    );
    folder.join(name)
}
