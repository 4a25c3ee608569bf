//! bpf-linker: built once from crates.io against Debian's LLVM, kept in the cache.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::debian;
use crate::shell::{Cmd, which};
use crate::steps::with_progress;
use crate::workspace;

use super::log_file;
use super::toolchain::{PACKAGES, Toolchain};

const VERSION: &str = "0.13.0";
/// LLVM the linker is built against; it reads bitcode of this major version and older ones.
const LLVM: u32 = 22;

/// The linker's program, built first when it is not in the cache (about two minutes, once).
pub(super) fn ensure(toolchain: &Toolchain) -> Result<PathBuf> {
    let llvm = toolchain.llvm_major()?;
    ensure!(
        llvm <= LLVM,
        "the compiler writes LLVM {llvm} bitcode, which bpf-linker {VERSION} with LLVM {LLVM} \
         cannot read; use Debian's rustc-web or an older nightly"
    );
    let folder = workspace::cache_dir().join(format!("tools/bpf-linker-{VERSION}"));
    let program = folder.join("bin/bpf-linker");
    if program.is_file() {
        return Ok(program);
    }
    let log = log_file("bpf-linker-build");
    with_progress("bpf-linker (built once)", || install(&folder, &log))?;
    Ok(program)
}

fn install(folder: &Path, log: &Path) -> Result<()> {
    let prefix = llvm_prefix();
    if !prefix.join("include").is_dir() && which("apt-get").is_some() {
        debian::ensure(PACKAGES)?;
    }
    ensure!(
        prefix.join("include").is_dir(),
        "no LLVM {LLVM} at {}; install its development files, or name its folder in LLVM_PREFIX",
        prefix.display()
    );
    Cmd::cargo()
        .args(["install", "bpf-linker", "--version", VERSION, "--locked"])
        .args(["--no-default-features", "--features"])
        .arg(format!("llvm-{LLVM}"))
        .arg("--root")
        .arg(folder)
        .env("LLVM_PREFIX", &prefix)
        .env("CARGO_TARGET_DIR", workspace::scratch_dir().join("tools"))
        .run_logged(log)
        .with_context(|| {
            format!(
                "cannot build bpf-linker {VERSION}; what cargo said is in {}",
                log.display()
            )
        })
}

/// `LLVM_PREFIX`, else the folder of Debian's package.
fn llvm_prefix() -> PathBuf {
    std::env::var_os("LLVM_PREFIX").map_or_else(
        || PathBuf::from(format!("/usr/lib/llvm-{LLVM}")),
        PathBuf::from,
    )
}
