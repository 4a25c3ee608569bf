//! `replay`: arguments of the offline run over capture files, and how its results are printed.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Failure, Stdout, say};
use crate::alert::Alert;
use crate::api::dto;

/// Run capture files through the sensor and print the alerts they raise.
///
/// Without --learn and --baseline nothing is known beforehand and every alert type is operational.
/// A file that is cut short yields everything before the cut and a warning; that is no failure.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Capture files (pcap or pcapng), folders of them, or `-` for standard input; read one after
    /// the other, as parts of one capture.
    #[arg(value_name = "FILE", required_unless_present = "learn")]
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

/// Prints the alerts: lines of JSON in the form of the API, or a list for people.
pub fn print<'a>(json: bool, alerts: impl Iterator<Item = &'a Alert>) -> Result<(), Failure> {
    let mut out = Stdout::default();
    let mut count = 0_u64;
    for alert in alerts {
        count += 1;
        if json {
            out.json_line(&dto::alert::Alert::from(alert.clone()))?;
        } else {
            out.line(&for_people(alert))?;
        }
    }
    out.finish()?;
    if !json {
        say(&format!("{count} alerts"));
    }
    Ok(())
}

/// `2024-01-01T00:00:00Z major    Title: message (12 times)`.
fn for_people(alert: &Alert) -> String {
    let time = dto::time::UtcTime::from(alert.first_detection);
    let mut line = format!(
        "{time} {:<8} {}: {}",
        alert.severity.id(),
        alert.title,
        alert.message
    );
    if alert.count > 1 {
        let _infallible = write!(line, " ({} times)", alert.count);
    }
    line
}
