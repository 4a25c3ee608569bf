//! Whether what the generator makes still compiles and passes its tests: tried on a copy of the checkout.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::Args;
use crate::{shell::Cmd, workspace};

const NAME: &str = "demo_bus";

/// Makes a protocol in a copy of the tree and runs its tests there.
pub(crate) fn check(log: &Path) -> Result<String> {
    let copy = tempfile::TempDir::new().context("no folder for a copy of the tree")?;
    copy_tree(copy.path())?;
    super::make(&Args {
        name: NAME.to_owned(),
        title: "Demo Bus".to_owned(),
        tcp: Some(7777),
        udp: Some(7777),
        it: false,
        root: Some(copy.path().to_owned()),
    })?;
    Cmd::cargo()
        .args(["test", "--locked", "--package", "sensor-protocols", "--lib"])
        .arg(NAME)
        .env("CARGO_TARGET_DIR", workspace::target_dir())
        .dir(copy.path())
        .run_logged(log)?;
    Cmd::cargo()
        .args(["check", "--locked", "--package", "sensor-detect"])
        .env("CARGO_TARGET_DIR", workspace::target_dir())
        .dir(copy.path())
        .run_logged(log)?;
    Ok("a generated protocol passes its tests".to_owned())
}

/// Copies what git tracks or would track.
fn copy_tree(to: &Path) -> Result<()> {
    let root = workspace::root();
    let listed = Cmd::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .stdout()?;
    for file in listed.lines() {
        let from = root.join(file);
        // Deleted, but not yet for git.
        if !from.is_file() {
            continue;
        }
        let target = to.join(file);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&from, &target).with_context(|| from.display().to_string())?;
    }
    Ok(())
}
