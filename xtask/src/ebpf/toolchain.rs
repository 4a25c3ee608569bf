//! The compiler of the kernel program: Debian's packages, else a rustup nightly.
//!
//! Debian's `rustc-web` comes with a prebuilt core for the kernel's machine, so that no source of
//! the standard library is needed. A nightly builds core itself (`-Z build-std`) and needs
//! `rust-src`. Whichever is there is used; when neither is, Debian's is installed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::debian::{self, Package};
use crate::shell::{Cmd, which};

use super::TARGET;

/// Debian's compiler; the packages are in Debian 12 and newer.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CLIPPY: &str = "/usr/bin/clippy-driver";

/// What the build needs of Debian.
pub(crate) const PACKAGES: &[Package] = &[
    Package {
        name: "rustc-web",
        purpose: "compiles the kernel program",
    },
    Package {
        name: "libstd-rust-web-dev-bpf",
        purpose: "core library for the kernel program's target",
    },
    Package {
        name: "llvm-22-dev",
        purpose: "links the kernel program (bpf-linker is built against it)",
    },
    Package {
        name: "rust-web-clippy",
        purpose: "lints the kernel program",
    },
];

/// A compiler that can make the kernel program.
#[derive(Clone, Debug)]
pub(super) enum Toolchain {
    /// Debian's rustc with its prebuilt core.
    Debian,
    /// A rustup toolchain by name, with `rust-src`.
    Nightly(String),
}

impl Toolchain {
    /// Debian's when it is there, else a nightly, else Debian's after installing it.
    pub(super) fn find_or_install() -> Result<Self> {
        if debian_has_core() {
            return Ok(Self::Debian);
        }
        if let Some(name) = nightly() {
            return Ok(Self::Nightly(name));
        }
        if which("apt-get").is_none() {
            bail!(
                "no compiler for the kernel program; install a nightly with its sources:\n  \
                 rustup toolchain install nightly --component rust-src"
            );
        }
        debian::ensure(PACKAGES)?;
        ensure!(
            debian_has_core(),
            "{DEBIAN_RUSTC} has no core library for {TARGET}: the versions of rustc-web and \
             libstd-rust-web-dev-bpf differ; `apt-get install --reinstall rustc-web \
             libstd-rust-web-dev-bpf` brings them together"
        );
        Ok(Self::Debian)
    }

    /// Adds what makes cargo use this compiler.
    pub(super) fn apply(&self, cmd: Cmd) -> Cmd {
        // Unstable features that aya-ebpf needs (inline assembly for the kernel's machine).
        let cmd = cmd.env("RUSTC_BOOTSTRAP", "1");
        match self {
            Self::Debian => cmd.env("RUSTC", DEBIAN_RUSTC),
            Self::Nightly(name) => {
                let cmd = cmd.args(["-Z", "build-std=core"]);
                match rustup_which(name, "rustc") {
                    Some(rustc) => cmd.env("RUSTC", rustc),
                    None => cmd.env("RUSTUP_TOOLCHAIN", name),
                }
            }
        }
    }

    /// Major version of the LLVM this compiler writes bitcode with.
    pub(super) fn llvm_major(&self) -> Result<u32> {
        let text = self.rustc()?.args(["--version", "--verbose"]).stdout()?;
        text.lines()
            .find_map(|line| line.strip_prefix("LLVM version: "))
            .and_then(|version| version.split('.').next())
            .and_then(|major| major.trim().parse().ok())
            .with_context(|| format!("rustc does not tell its LLVM version: {text}"))
    }

    /// The driver behind `cargo clippy`.
    pub(super) fn clippy_driver(&self) -> Result<PathBuf> {
        match self {
            Self::Debian => {
                if !Path::new(DEBIAN_CLIPPY).exists() {
                    debian::ensure(PACKAGES)?;
                }
                Ok(PathBuf::from(DEBIAN_CLIPPY))
            }
            Self::Nightly(name) => rustup_which(name, "clippy-driver")
                .with_context(|| format!("run `rustup component add clippy --toolchain {name}`")),
        }
    }

    fn rustc(&self) -> Result<Cmd> {
        match self {
            Self::Debian => Ok(Cmd::new(DEBIAN_RUSTC)),
            Self::Nightly(name) => rustup_which(name, "rustc")
                .map(Cmd::new)
                .with_context(|| format!("toolchain {name} has no rustc")),
        }
    }
}

/// Whether Debian's rustc finds a core library of its own version for the target.
fn debian_has_core() -> bool {
    let Ok(folder) = Cmd::new(DEBIAN_RUSTC)
        .args(["--print", "target-libdir", "--target", TARGET])
        .stdout()
    else {
        return false;
    };
    let has_core = std::fs::read_dir(folder.trim()).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(b"libcore-")
        })
    });
    has_core && same_version("rustc-web", "libstd-rust-web-dev-bpf")
}

/// Whether two installed Debian packages have the same version.
fn same_version(first: &str, second: &str) -> bool {
    let version = |name: &str| {
        Cmd::new("dpkg-query")
            .args(["--show", "--showformat=${Version}", name])
            .stdout()
            .ok()
    };
    version(first).is_some_and(|text| version(second) == Some(text))
}

/// A nightly of rustup that has the sources of the standard library.
fn nightly() -> Option<String> {
    let list = Cmd::new("rustup")
        .args(["toolchain", "list"])
        .stdout()
        .ok()?;
    list.lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| name.starts_with("nightly"))
        .find(|name| has_sources(name))
        .map(str::to_owned)
}

fn has_sources(toolchain: &str) -> bool {
    rustup_which(toolchain, "rustc").is_some_and(|rustc| {
        Cmd::new(rustc)
            .args(["--print", "sysroot"])
            .stdout()
            .is_ok_and(|sysroot| {
                Path::new(sysroot.trim())
                    .join("lib/rustlib/src/rust/library/core")
                    .is_dir()
            })
    })
}

fn rustup_which(toolchain: &str, program: &str) -> Option<PathBuf> {
    let path = Cmd::new("rustup")
        .args(["which", "--toolchain", toolchain, program])
        .stdout()
        .ok()?;
    Some(PathBuf::from(path.trim()))
}
