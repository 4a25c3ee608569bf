//! `cargo xtask clippy`: the lints of the workspace and of the kernel program, warnings as errors.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{ebpf, shell::Cmd, steps::with_progress, workspace};

pub(crate) fn run() -> Result<()> {
    command().run()?;
    let log = workspace::scratch_dir().join("logs/kernel-clippy.log");
    with_progress("kernel program", || ebpf::clippy(&log))
        .with_context(|| format!("the messages are in {}", log.display()))
}

/// The host crates only, with everything that is said going to `log`.
pub(crate) fn check(log: &Path) -> Result<()> {
    command().run_logged(log)
}

fn command() -> Cmd {
    Cmd::cargo()
        .args(["clippy", "--workspace", "--all-targets", "--locked"])
        .args(["--", "-D", "warnings"])
}
