//! `cargo xtask deny`: licences, bans and sources of every dependency, with cargo-deny.
//!
//! Advisories need the `RustSec` database, which is a network fetch and changes from day to day, so
//! they are no part of a test that must give the same answer tomorrow; the remark says so.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::{shell::Cmd, steps::with_progress, tools::CARGO_DENY, workspace};

/// What the table and the terminal say about the part that is left out.
pub(crate) const REMARK: &str =
    "licences, bans, sources; advisories skipped (they need a download)";

const CHECKS: [&str; 3] = ["bans", "licenses", "sources"];

pub(crate) fn run() -> Result<()> {
    let log = workspace::scratch_dir().join("logs/cargo-deny-build.log");
    let program = with_progress("cargo-deny (built once)", || CARGO_DENY.ensure(&log))?;
    for manifest in manifests() {
        command(&program, manifest).run()?;
    }
    println!("{REMARK}");
    Ok(())
}

/// As [`run`], with everything that is said going to `log`.
pub(crate) fn check(log: &Path) -> Result<()> {
    let program = CARGO_DENY.ensure(log)?;
    for manifest in manifests() {
        command(&program, manifest).run_logged(log)?;
    }
    Ok(())
}

fn manifests() -> impl Iterator<Item = &'static str> {
    ["Cargo.toml", "sensor-ebpf/Cargo.toml"]
        .into_iter()
        .filter(|manifest| workspace::root().join(manifest).is_file())
}

fn command(program: &PathBuf, manifest: &str) -> Cmd {
    Cmd::new(program)
        .args(["--manifest-path", manifest, "--locked", "--config"])
        .arg(workspace::root().join("deny.toml"))
        .args(["check", "--hide-inclusion-graph"])
        .args(CHECKS)
}
