//! Reads the configuration file of a command, with the checks that need to know the stages.
//!
//! Data in: the path. Data out: the configuration, or every mistake. Limits: those of [`Config::load`].

use std::path::Path;

use crate::capture::filter::configured;
use crate::config::{Config, ConfigError};

/// Reads and checks the file, its filter rules included.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let config = Config::load(path)?;
    match configured::problem(&config.capture) {
        None => Ok(config),
        Some(problem) => Err(ConfigError::Invalid {
            path: path.display().to_string(),
            problems: vec![problem],
        }),
    }
}
