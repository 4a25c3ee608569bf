//! The agent's program: built when a verb needs it, and found afterwards.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::{shell::Cmd, workspace};

/// How the agent is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Starts sooner: shares everything with the tests.
    Debug,
    /// What is shipped and measured.
    Release,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

/// Where the program of `profile` lies.
pub(crate) fn path(profile: Profile) -> PathBuf {
    workspace::target_dir()
        .join(profile.folder())
        .join("sensor-agent")
}

/// Builds the agent and gives its path; cargo skips what is fresh.
pub(crate) fn build(profile: Profile, log: &Path) -> Result<PathBuf> {
    let cmd = Cmd::cargo().args(["build", "--locked", "--package", "sensor-agent"]);
    let cmd = match profile {
        Profile::Debug => cmd,
        Profile::Release => cmd.arg("--release"),
    };
    cmd.run_logged(log)?;
    Ok(path(profile))
}
