//! What a replay prints.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::Pass;
use super::outlet::Alerts;
use crate::alert::Alert;
use crate::api::dto;
use crate::cli::{Failure, Stdout, say};

/// Figures of a run, for benchmarks. Names are stable.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Stats {
    /// Packets read, learning included.
    packets: u64,
    /// Their length on the wire.
    bytes: u64,
    /// Wall time from the first file to the last alert.
    seconds: f64,
    packets_per_second: f64,
    /// Most memory in use at one time; `None` where the system does not tell.
    peak_memory_bytes: Option<u64>,
    findings: u64,
    alerts: u64,
}

impl Stats {
    pub(crate) fn add(&mut self, pass: Pass) {
        self.packets += pass.packets;
        self.bytes += pass.bytes;
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate of fewer than 2^52 packets"
    )]
    pub(crate) fn finish(&mut self, elapsed: Duration, alerts: &Alerts) {
        self.seconds = elapsed.as_secs_f64();
        self.packets_per_second = self.packets as f64 / self.seconds.max(1e-9);
        self.peak_memory_bytes = peak_memory();
        self.findings = alerts.findings();
        self.alerts = alerts.repository().alerts().count() as u64;
    }

    pub(crate) fn json(&self) -> Result<String, Failure> {
        Ok(serde_json::to_string(self)?)
    }
}

/// The high-water mark of resident memory (`VmHWM` in `/proc/self/status`).
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

/// Prints the alerts: lines of JSON, or a list for people.
pub(crate) fn print(json: bool, alerts: &Alerts) -> Result<(), Failure> {
    let mut out = Stdout::default();
    let mut count = 0_u64;
    for alert in alerts.repository().alerts() {
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

/// `2024-01-01T00:00:00Z major  Title: message (12 times)`.
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
