//! `check-config`: what a configuration file says, or everything that is wrong with it.

use std::path::PathBuf;

use super::{Failure, Stdout, configuration};
use crate::config::{self, ConfigError};

/// Check a configuration file without starting anything.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to check.
    #[arg(required_unless_present = "example")]
    file: Option<PathBuf>,
    /// Print a commented file with every key and its default instead.
    #[arg(long, conflicts_with = "file")]
    example: bool,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let mut out = Stdout::default();
    match &args.file {
        None => out.line(config::example().trim_end())?,
        Some(file) => {
            configuration::load(file).map_err(list_mistakes)?;
            out.line(&format!("{}: valid", file.display()))?;
        }
    }
    out.finish()
}

/// One line on standard error for each mistake, before the line that ends the command.
fn list_mistakes(error: ConfigError) -> Failure {
    if let ConfigError::Invalid { path, problems } = &error
        && problems.len() > 1
    {
        for problem in problems {
            super::say(&format!("{path}: {problem}"));
        }
        let text = format!(
            "configuration {path} has {} mistakes; correct the lines above",
            problems.len()
        );
        return Failure::usage(text);
    }
    error.into()
}
