//! Builds the kernel program and leaves it where the agent's build script looks for it.
//!
//! Data in: `sensor-ebpf/` and `sensor-common/`. Data out: `<target>/ebpf/sensor-ebpf.o` for the
//! agent and `<target>/ebpf/sensor-ebpf-tools.o` for tests and benches. A file is only written when
//! its bytes change, so that an unchanged program does not make the agent build again. Parallel
//! calls wait for each other.

mod linker;
mod toolchain;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::shell::Cmd;
use crate::steps::with_progress;
use crate::workspace;
use toolchain::Toolchain;

pub(crate) use toolchain::PACKAGES;

const TARGET: &str = "bpfel-unknown-none";

/// Flags for the code generator: BTF for the loader, and unaligned loads, which the kernel allows
/// wherever the processor does (x86-64, arm64), instead of eight byte loads for each word.
const RUSTFLAGS: [&str; 2] = [
    "-Clink-arg=--btf",
    "-Ctarget-feature=+allows-misaligned-mem-access",
];

/// The two objects of the build.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    /// The program the agent loads.
    pub(crate) sensor: PathBuf,
    /// The programs of tests and benches.
    pub(crate) tools: PathBuf,
}

/// Builds both objects; installs what is missing when root.
pub(crate) fn build() -> Result<Objects> {
    let log = log_file("ebpf-build");
    let _lock = lock()?;
    let toolchain = Toolchain::find_or_install()?;
    let linker = linker::ensure(&toolchain)?;
    with_progress("kernel program", || {
        cargo(&toolchain, "build")
            .env("CARGO_TARGET_BPFEL_UNKNOWN_NONE_LINKER", &linker)
            .run_logged(&log)
    })
    .with_context(|| format!("what the compiler said is in {}", log.display()))?;
    Ok(Objects {
        sensor: publish("sensor-ebpf")?,
        tools: publish("sensor-ebpf-tools")?,
    })
}

/// Lints of the kernel program, with warnings as errors.
///
/// `cargo clippy` does nothing else than to put its driver in the compiler's place; doing it here
/// lets the pinned cargo drive Debian's clippy.
pub(crate) fn clippy(log: &Path) -> Result<()> {
    let _lock = lock()?;
    let toolchain = Toolchain::find_or_install()?;
    let driver = toolchain.clippy_driver()?;
    cargo(&toolchain, "check")
        .env("RUSTC_WORKSPACE_WRAPPER", driver)
        .env(
            "CLIPPY_ARGS",
            "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__",
        )
        .run_logged(log)
        .with_context(|| format!("what clippy said is in {}", log.display()))
}

/// Tests of the pure parser on this machine, with the workspace's toolchain.
pub(crate) fn test(log: &Path) -> Result<()> {
    Cmd::cargo()
        .args(["test", "--lib", "--locked", "--manifest-path"])
        .arg(manifest())
        .env(
            "CARGO_TARGET_DIR",
            workspace::target_dir().join("ebpf-host"),
        )
        .run_logged(log)
}

/// Cargo with the kernel program's compiler.
fn cargo(toolchain: &Toolchain, verb: &str) -> Cmd {
    let cmd = Cmd::cargo()
        .args([verb, "--release", "--bins", "--locked"])
        .args(["--target", TARGET, "--manifest-path"])
        .arg(manifest())
        .env("CARGO_TARGET_DIR", build_dir())
        .env("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS.join("\u{1f}"));
    toolchain.apply(cmd)
}

fn manifest() -> PathBuf {
    workspace::root().join("sensor-ebpf/Cargo.toml")
}

fn build_dir() -> PathBuf {
    workspace::target_dir().join("ebpf-build")
}

fn log_file(name: &str) -> PathBuf {
    workspace::scratch_dir().join(format!("logs/{name}.log"))
}

/// Copies an object to its published place unless the same bytes stand there.
fn publish(name: &str) -> Result<PathBuf> {
    let from = build_dir().join(TARGET).join("release").join(name);
    let folder = workspace::target_dir().join("ebpf");
    let to = folder.join(format!("{name}.o"));
    let bytes = fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(&to).is_ok_and(|old| old == bytes) {
        return Ok(to);
    }
    fs::create_dir_all(&folder)?;
    fs::write(&to, bytes).with_context(|| format!("cannot write {}", to.display()))?;
    Ok(to)
}

/// Held over a build; another call waits.
fn lock() -> Result<File> {
    let path = build_dir().join("xtask.lock");
    fs::create_dir_all(build_dir())?;
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}
