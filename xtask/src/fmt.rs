//! `cargo xtask fmt`: rustfmt over the workspace and over the kernel program, which stands apart.

use std::path::Path;

use anyhow::Result;

use crate::{shell::Cmd, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Change nothing; fail when something would change
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    for manifest in manifests() {
        command(manifest, args.check).run()?;
    }
    Ok(())
}

/// Fails when a file is not as rustfmt would write it; the differences go to `log`.
pub(crate) fn check(log: &Path) -> Result<()> {
    for manifest in manifests() {
        command(manifest, true)
            .run_logged(log)
            .map_err(|error| error.context("run `cargo xtask fmt`"))?;
    }
    Ok(())
}

fn manifests() -> impl Iterator<Item = &'static str> {
    [
        "Cargo.toml",
        "sensor-ebpf/Cargo.toml",
        "tests/fuzz/Cargo.toml",
    ]
    .into_iter()
    .filter(|manifest| workspace::root().join(manifest).is_file())
}

fn command(manifest: &str, check: bool) -> Cmd {
    let cmd = Cmd::cargo().args(["fmt", "--all", "--manifest-path", manifest]);
    if check {
        cmd.args(["--", "--check"])
    } else {
        cmd
    }
}
