//! The command line: what people may say, and how results are printed.
//!
//! Data in: arguments. Data out: JSON or text on standard output, talk on standard error, and one
//! of four exit codes ([`Exit`]). One file per subcommand holds its `Args` (the doc comments are
//! its help) and, unless the pipeline carries it out, its `run`.
//!
//! To add one: a module with `Args` and `run`, a variant of [`Command`], an arm in `main.rs`.
//!
//! `main.rs` dispatches: subcommands that move frames (`run`, `replay`) are carried out by the
//! `pipeline` module, which stands above this one.

pub mod alert_types;
pub mod check_config;
pub mod check_host;
pub mod configuration;
mod exit;
pub mod export;
pub mod facts;
pub mod openapi;
mod output;
mod progress;
pub mod replay;
pub mod run;

use clap::{Parser, Subcommand};

pub use self::exit::{Exit, Failure};
pub use self::output::{Stdout, say};
pub use self::progress::Progress;

/// Passive network sensor for operational technology (OT).
///
/// Exit codes: 0 success, 1 run-time failure, 2 wrong usage or configuration, 3 this host cannot
/// do it.
#[derive(Debug, Parser)]
#[command(name = "sensor-agent", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Run(Box<run::Args>),
    Replay(replay::Args),
    AlertTypes(alert_types::Args),
    CheckConfig(check_config::Args),
    CheckHost(check_host::Args),
    Export(export::Args),
    Openapi(openapi::Args),
    Facts(facts::Args),
}
