//! `cargo xtask build`: the kernel program, then the agent with it inside.

use anyhow::{Context, Result};

use crate::{
    agent::{self, Profile},
    ebpf,
    steps::with_progress,
    workspace,
};

/// `cargo xtask ebpf`.
pub(crate) fn kernel_program() -> Result<()> {
    let objects = ebpf::build()?;
    println!("{}\n{}", objects.sensor.display(), objects.tools.display());
    Ok(())
}

pub(crate) fn run() -> Result<()> {
    ebpf::build()?;
    let log = workspace::scratch_dir().join("logs/release-build.log");
    let program = with_progress("agent (release)", || agent::build(Profile::Release, &log))
        .with_context(|| format!("the compiler's messages are in {}", log.display()))?;
    println!("{}", program.display());
    Ok(())
}
