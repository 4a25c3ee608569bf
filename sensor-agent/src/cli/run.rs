//! `run`: arguments of the live sensor.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use sensor_detect::detector::Mode;

use super::{Failure, configuration};
use crate::config::{Backend, Config};

/// Run the sensor: capture, detect, keep alerts and serve the REST interface.
///
/// Settings come from the configuration file; switches replace them. The secret of the first
/// administrator token is written to `admin.token` in the data directory, readable by the owner only. SIGTERM and
/// SIGINT end the sensor within five seconds, with everything it found kept.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Interface to listen at. May be given several times; replaces those of the configuration.
    #[arg(long, value_name = "IF", conflicts_with = "pcap")]
    pub interface: Vec<String>,
    /// Read this capture file, folder or `-` instead of an interface; the interface for people
    /// stays up when it ends. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub pcap: Vec<String>,
    /// Address and port of the REST interface; port 0 takes any free port.
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Folder of the database and of the first token.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Detection mode; replaces the one kept from an earlier run.
    #[arg(long, value_parser = mode_parser())]
    pub mode: Option<Mode>,
    /// How frames leave the kernel.
    #[arg(long, value_enum)]
    pub capture: Option<Backend>,
    /// Least severe messages to log: error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log: tracing::Level,
}

fn mode_parser() -> impl TypedValueParser<Value = Mode> {
    PossibleValuesParser::new(["learning", "dynamic", "operational"]).map(|text| {
        match text.as_str() {
            "learning" => Mode::Learning,
            "dynamic" => Mode::Dynamic,
            _ => Mode::Operational,
        }
    })
}

impl Args {
    /// The configuration file with the switches in place of its values.
    pub fn configuration(&self) -> Result<Config, Failure> {
        let mut config = match &self.config {
            Some(path) => configuration::load(path)?,
            None => Config::default(),
        };
        if !self.interface.is_empty() {
            config.capture.interfaces.clone_from(&self.interface);
        }
        if let Some(listen) = self.listen {
            config.api.listen = listen;
        }
        if let Some(data_dir) = &self.data_dir {
            config.store.data_dir.clone_from(data_dir);
        }
        if let Some(mode) = self.mode {
            config.detect.mode = mode;
        }
        if let Some(backend) = self.capture {
            config.capture.backend = backend;
        }
        if config.capture.interfaces.is_empty() && self.pcap.is_empty() {
            return Err(Failure::usage(
                "there is nothing to listen at; name an interface (--interface IF, or capture.interfaces in the configuration) or a capture file (--pcap FILE)",
            ));
        }
        Ok(config)
    }
}
