//! The rig of the end-to-end tests: starts the real agent, talks to it over HTTP, and gives it
//! traffic over veth pairs in network namespaces. `cargo xtask demo` uses the same rig.
//!
//! Tests that need root, a browser or a capture that is absent call [`skip`], which says why;
//! `cargo xtask test` counts them as skipped.

pub mod agent;
pub mod api;
pub mod dialogue;
pub mod exchanges;
pub mod flood;
pub mod frames;
pub mod inject;
pub mod kernel;
pub mod kernel_bench;
pub mod lane;
pub mod netns;
pub mod pcap;
pub mod tunnels;
pub mod webdriver;

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Child,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// Opens the line with which a test says that it cannot run here.
pub const SKIP_MARK: &str = "skipped-test: ";

/// How long a test waits for what must happen: far longer than any machine takes, however busy.
/// Nothing that works waits this long.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Says that a test is left out and why; the caller returns.
pub fn skip(reason: &str) {
    println!("{SKIP_MARK}{reason}");
}

/// Whether this process runs as root: `/proc/self` belongs to its effective user.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// Asks a program of this process to end as Ctrl-C does (SIGINT).
pub fn interrupt(child: &Child) -> Result<()> {
    kill_process(Pid::from_child(child), Signal::INT).context("cannot signal the program")
}

/// A capture of `tests/captures`, such as `modbus/zeek_modbus_eit.pcap`.
pub fn capture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../captures")
        .join(name)
}

/// Asks `probe` again and again until it has an answer; an error names what never came.
pub fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut probe: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = probe()? {
            return Ok(answer);
        }
        if start.elapsed() > limit {
            bail!("{what} did not happen within {} s", limit.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    }
}
