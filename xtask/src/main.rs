//! Development tasks of Telltale. `cargo xtask` lists the verbs; each has its own file.

mod agent;
mod bench;
mod build;
mod clippy;
mod debian;
mod demo;
mod deny;
mod ebpf;
mod facts;
mod flood;
mod fmt;
mod generated;
mod new_protocol;
mod setup;
mod shell;
mod steps;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

/// Development tasks of Telltale, the passive OT network sensor.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    version,
    max_term_width = 100
)]
struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// The sensor at work here: XDP program, captures, API and Swagger UI with alerts in them
    Demo(demo::Args),
    /// Everything that proves the project, one step after the other, with a table at the end
    Test(test::Args),
    /// target/release/sensor-agent with the kernel program inside
    Build,
    /// The kernel program alone
    Ebpf,
    /// Layer order, lengths, SAFETY text, coverage and freshness of what is in the tree
    Tidy(tidy::Args),
    /// Licences, bans and sources of all dependencies
    Deny,
    /// Lints of the host crates and the kernel program, warnings as errors
    Clippy,
    /// Format the sources; with --check only say what differs
    Fmt(fmt::Args),
    /// Speed and memory on this machine
    Bench(bench::Args),
    /// Load for a sensor under test: Modbus polls out of a veth end (root)
    Flood(flood::Args),
    /// How far the sensor and tshark agree on what captures hold, by protocol
    Facts(facts::Args),
    /// The folder of a new dissector with its tests, and its rows in the lists
    NewProtocol(new_protocol::Args),
    /// Write openapi/sensor-v1.json from the agent's routes
    Openapi(generated::Args),
    /// Write the generated pages and the example configuration
    Docs(generated::Args),
    /// What this machine lacks, and its installation when root
    #[command(alias = "install")]
    Setup(setup::Args),
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<()> {
    let Some(verb) = args.verb else {
        Args::command().print_help()?;
        return Ok(());
    };
    match verb {
        Verb::Demo(args) => demo::run(&args),
        Verb::Test(args) => test::run(&args),
        Verb::Build => build::run(),
        Verb::Ebpf => build::kernel_program(),
        Verb::Bench(args) => bench::run(&args),
        Verb::Tidy(args) => tidy::run(&args),
        Verb::Deny => deny::run(),
        Verb::Clippy => clippy::run(),
        Verb::Fmt(args) => fmt::run(&args),
        Verb::Flood(args) => flood::run(&args),
        Verb::Facts(args) => facts::run(&args),
        Verb::NewProtocol(args) => new_protocol::run(&args),
        Verb::Openapi(args) => generated::run(&args, &[generated::Kind::OpenApi]),
        Verb::Docs(args) => {
            generated::run(&args, &[generated::Kind::Alerts, generated::Kind::Config])
        }
        Verb::Setup(args) => setup::run(&args),
    }
}
