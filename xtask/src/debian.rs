//! Debian packages that a verb needs: what is missing, what it is for, and how to get it.
//!
//! Data in: a list of packages with their purpose. Data out: an installed system when this runs as
//! root, else the exact command for somebody who may. The package index is only fetched when a
//! missing package is not in it, or when an install fails with the index at hand.

use std::path::Path;

use anyhow::{Result, bail};

use crate::{
    shell::{Cmd, which},
    steps::with_progress,
    workspace,
};

/// A package and why it is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub name: &'static str,
    pub purpose: &'static str,
}

/// `ip`, for veth pairs and network namespaces.
pub(crate) const NETWORK: &[Package] = &[Package {
    name: "iproute2",
    purpose: "makes the veth pair and the network namespace of demo and live tests",
}];

/// `ethtool`, for the settings of the veth ends of floods and benches.
pub(crate) const OFFLOADS: &[Package] = &[Package {
    name: "ethtool",
    purpose: "turns on GRO at a veth end, without which a flood cannot be received there",
}];

/// `tshark`, which judges the frames of the load generator.
pub(crate) const JUDGE: &[Package] = &[Package {
    name: "tshark",
    purpose: "judges in a test whether the load generator makes true traffic",
}];

/// The browser that the Swagger UI test drives.
pub(crate) const BROWSER: &[Package] = &[
    Package {
        name: "chromium",
        purpose: "loads Swagger UI in a test",
    },
    Package {
        name: "chromium-driver",
        purpose: "lets the test drive the browser (W3C WebDriver)",
    },
];

/// The packages of `wanted` that are not installed.
pub(crate) fn missing(wanted: &[Package]) -> Vec<Package> {
    wanted
        .iter()
        .copied()
        .filter(|package| !installed(package.name))
        .collect()
}

/// Installs what is missing of `wanted`, saying what and why.
///
/// Fails when the system has no `apt-get`, or when this does not run as root; the message then
/// holds the command to type.
pub(crate) fn ensure(wanted: &[Package]) -> Result<()> {
    let missing = missing(wanted);
    if missing.is_empty() {
        return Ok(());
    }
    let listed: Vec<String> = missing
        .iter()
        .map(|package| format!("  {}: {}", package.name, package.purpose))
        .collect();
    if which("apt-get").is_none() {
        bail!(
            "these Debian packages are needed, and this system has no apt-get; install what \
             corresponds to them:\n{}",
            listed.join("\n")
        );
    }
    if !workspace::is_root() {
        bail!(
            "these Debian packages are missing:\n{}\ninstall them with:\n  {}",
            listed.join("\n"),
            command(&missing)
        );
    }
    eprintln!("installing Debian packages:\n{}", listed.join("\n"));
    install(&missing)
}

/// The command that installs `packages`, for people.
pub(crate) fn command(packages: &[Package]) -> String {
    let names: Vec<_> = packages.iter().map(|package| package.name).collect();
    format!(
        "sudo apt-get update && sudo apt-get install --no-install-recommends -y {}",
        names.join(" ")
    )
}

fn install(packages: &[Package]) -> Result<()> {
    let log = workspace::scratch_dir().join("logs/apt.log");
    let known = packages.iter().all(|package| in_index(package.name));
    if known && with_progress("apt-get install", || apt_install(packages, &log)).is_ok() {
        return Ok(());
    }
    with_progress("apt-get update", || apt(&["update"], &log))?;
    with_progress("apt-get install", || apt_install(packages, &log))
}

fn apt_install(packages: &[Package], log: &Path) -> Result<()> {
    let mut args = vec!["install", "--no-install-recommends", "-y", "-q"];
    args.extend(packages.iter().map(|package| package.name));
    apt(&args, log)
}

fn apt(args: &[&str], log: &Path) -> Result<()> {
    // Another apt may be at work on a machine that has just started, and mirrors have bad moments.
    Cmd::new("apt-get")
        .args(["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"])
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run_logged(log)
        .map_err(|error| error.context(format!("what apt-get said is in {}", log.display())))
}

/// Whether dpkg has `name` installed.
fn installed(name: &str) -> bool {
    Cmd::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", name])
        .stdout()
        .is_ok_and(|status| status.trim() == "installed")
}

/// Whether the package index on this machine offers `name`.
fn in_index(name: &str) -> bool {
    Cmd::new("apt-cache")
        .args(["show", "--no-all-versions", name])
        .succeeds()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_for_people_names_every_package() {
        let text = command(BROWSER);
        assert!(text.ends_with("-y chromium chromium-driver"), "{text}");
    }

    #[test]
    fn a_package_that_does_not_exist_is_missing() {
        let wanted = [Package {
            name: "telltale-no-such-package",
            purpose: "test",
        }];
        assert_eq!(missing(&wanted), wanted);
    }
}
