//! The command line's entry: parse, dispatch, exit code.

use std::process::ExitCode;

use clap::Parser;
use sensor_agent::cli::{Cli, Command, Failure, check_config, check_host};

fn main() -> ExitCode {
    match dispatch(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn dispatch(command: &Command) -> Result<(), Failure> {
    match command {
        Command::CheckConfig(args) => check_config::run(args),
        Command::CheckHost(args) => check_host::run(args),
    }
}
