//! Cargo tools that Debian does not package: built once, kept in the cache between checkouts.
//!
//! Data in: name and version of a tool. Data out: the path of its program.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{shell::Cmd, workspace};

/// A program from crates.io in the version that was tried here.
pub(crate) struct Tool {
    pub name: &'static str,
    pub version: &'static str,
    pub features: &'static [&'static str],
}

/// Checks licences, bans and sources of all dependencies.
pub(crate) const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    features: &[],
};

impl Tool {
    /// Where the program lies once it is built.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder().join("bin").join(self.name)
    }

    /// The program, built first when it is not in the cache (minutes, once).
    pub(crate) fn ensure(&self, log: &Path) -> Result<PathBuf> {
        let path = self.path();
        if path.is_file() {
            return Ok(path);
        }
        let scratch = workspace::scratch_dir().join("tools");
        Cmd::cargo()
            .args(["install", self.name, "--version", self.version, "--locked"])
            .args(["--no-default-features", "--features"])
            .arg(self.features.join(","))
            .arg("--root")
            .arg(self.folder())
            .env("CARGO_TARGET_DIR", scratch)
            .run_logged(log)
            .with_context(|| {
                format!("cannot build {} {} from crates.io", self.name, self.version)
            })?;
        Ok(path)
    }

    fn folder(&self) -> PathBuf {
        workspace::cache_dir()
            .join("tools")
            .join(format!("{}-{}", self.name, self.version))
    }
}
