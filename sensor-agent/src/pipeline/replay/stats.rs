//! Figures of a replay, for benchmarks.

use std::time::Duration;

use serde::Serialize;

use super::Pass;
use super::outlet::Alerts;
use crate::cli::Failure;

/// What a run did and what it took. Names are stable.
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
    /// Messages that findings stand for.
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
        self.alerts = alerts.alerts().count() as u64;
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
