//! `cargo xtask setup`: what this machine lacks for every verb, and its installation when root.

use anyhow::Result;

use crate::{
    debian::{self, Package},
    ebpf,
    steps::with_progress,
    tools::CARGO_DENY,
    workspace,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only say what is missing; exit code 1 when something is
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let wanted = packages();
    let missing = debian::missing(&wanted);
    let tools_missing = !CARGO_DENY.path().is_file();
    for package in &wanted {
        let state = if missing.contains(package) {
            "missing"
        } else {
            "present"
        };
        println!("{state:<8} {:<24} {}", package.name, package.purpose);
    }
    let state = if tools_missing { "missing" } else { "present" };
    println!(
        "{state:<8} {:<24} checks licences, bans and sources (built from crates.io)",
        CARGO_DENY.name
    );
    if args.check {
        anyhow::ensure!(
            missing.is_empty() && !tools_missing,
            "something is missing; `cargo xtask setup` as root installs it"
        );
        return Ok(());
    }
    debian::ensure(&wanted)?;
    let log = workspace::scratch_dir().join("logs/cargo-deny-build.log");
    with_progress("cargo-deny (built once)", || CARGO_DENY.ensure(&log))?;
    Ok(())
}

/// Every Debian package that some verb needs.
fn packages() -> Vec<Package> {
    [
        ebpf::PACKAGES,
        debian::NETWORK,
        debian::OFFLOADS,
        debian::JUDGE,
        debian::BROWSER,
    ]
    .concat()
}
