//! `replay`: arguments of the offline run over capture files.

use std::path::PathBuf;

/// Run capture files through the sensor and print the alerts they raise.
///
/// Without --learn and --baseline nothing is known beforehand and every alert type is operational.
/// A file that is cut short yields everything before the cut and a warning; that is no failure.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Capture files (pcap or pcapng), folders of them, or `-` for standard input; read one after
    /// the other, as parts of one capture.
    #[arg(required_unless_present = "learn")]
    pub files: Vec<String>,
    /// Print each alert as one line of JSON instead of a list for people.
    #[arg(long)]
    pub alerts: bool,
    /// Learn the traffic of this capture as normal first. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub learn: Vec<String>,
    /// Start from the baseline in this file, if it exists, and keep in it what --learn adds.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Raise this alert type although it is off by default. May be given several times.
    #[arg(long, value_name = "TYPE")]
    pub enable: Vec<String>,
    /// Do not raise this alert type. May be given several times.
    #[arg(long, value_name = "TYPE")]
    pub disable: Vec<String>,
    /// Take the detection settings of this configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print packets, rate and peak memory as one line of JSON on standard error.
    #[arg(long)]
    pub stats: bool,
}
