//! The command line's entry: parse, dispatch, exit code.

use std::process::ExitCode;

use clap::Parser;
use sensor_agent::cli::{
    Cli, Command, Failure, alert_types, check_config, check_host, export, facts, openapi,
};
use sensor_agent::pipeline::{live, replay};

fn main() -> ExitCode {
    match dispatch(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn dispatch(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Run(args) => live::run(args),
        Command::Replay(args) => replay::run(args),
        Command::AlertTypes(args) => alert_types::run(args),
        Command::CheckConfig(args) => check_config::run(args),
        Command::CheckHost(args) => check_host::run(args),
        Command::Export(args) => export::run(args),
        Command::Openapi(args) => openapi::run(args),
        Command::Facts(args) => facts::run(args),
    }
}
