//! `cargo xtask clippy`: the workspace's lints with warnings as errors.

use std::path::Path;

use anyhow::Result;

use crate::shell::Cmd;

pub(crate) fn run() -> Result<()> {
    command().run()
}

/// As [`run`], with everything that is said going to `log`.
pub(crate) fn check(log: &Path) -> Result<()> {
    command().run_logged(log)
}

fn command() -> Cmd {
    Cmd::cargo()
        .args(["clippy", "--workspace", "--all-targets", "--locked"])
        .args(["--", "-D", "warnings"])
}
