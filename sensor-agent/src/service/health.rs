//! Whether the sensor does its work, and why not when it does not.

use std::time::Duration;

use sensor_detect::detector::EngineState;
use sensor_protocols::time::Timestamp;

use super::{LiveStatus, Service};

/// Overall state, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthStatus {
    Ok,
    /// It senses, but something was lost or is switched off.
    Degraded,
    /// It does not sense, or it cannot keep what it finds.
    Failing,
}

impl HealthStatus {
    /// Stable identifier: `ok`, `degraded` or `failing`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
        }
    }
}

/// State of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// Stable name: `store`, `intake`, `pipeline`, `detector`, `capture` or `filters`.
    pub name: &'static str,
    pub status: HealthStatus,
    /// What is wrong and what can be done; a short fact when nothing is.
    pub detail: String,
}

/// State of the sensor: that of its worst part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub status: HealthStatus,
    pub checks: Vec<HealthCheck>,
}

/// The pipeline reports about once a second; longer silence means that it hangs.
const SILENCE: Duration = Duration::from_secs(15);

/// How long a loss keeps the sensor degraded.
pub(super) const LOSS_REMEMBERED: Duration = Duration::from_mins(5);

/// When something was last lost, judged by totals that rise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LossWatch {
    total: u64,
    at: Option<Timestamp>,
}

impl LossWatch {
    /// Takes the total at `now`.
    pub(super) fn observe(&mut self, total: u64, now: Timestamp) {
        if total > self.total {
            self.at = Some(now);
        }
        self.total = total;
    }

    fn check(&self, name: &'static str, what: &str, now: Timestamp) -> HealthCheck {
        let recent = self.at.is_some_and(|at| now.since(at) < LOSS_REMEMBERED);
        HealthCheck {
            name,
            status: if recent {
                HealthStatus::Degraded
            } else {
                HealthStatus::Ok
            },
            detail: format!("{} {what} lost since the start", self.total),
        }
    }
}

impl Service {
    /// The state of every part, worst parts deciding.
    pub fn health(&self) -> Health {
        let now = self.now();
        let live = self.live();
        let checks = vec![
            self.store_health(),
            self.intake_health(now),
            pipeline_health(&live, now),
            detector_health(&live),
            self.capture_health(now),
            self.filters_health(),
        ];
        let worst = checks.iter().map(|check| check.status).max();
        Health {
            status: worst.unwrap_or(HealthStatus::Ok),
            checks,
        }
    }

    fn store_health(&self) -> HealthCheck {
        let status = self.inner.store.status();
        let (health, detail) = match status.failure {
            Some(cause) => (HealthStatus::Failing, cause),
            None => (
                HealthStatus::Ok,
                format!("{} bytes, {} commits", status.bytes, status.commits),
            ),
        };
        HealthCheck {
            name: "store",
            status: health,
            detail,
        }
    }

    fn intake_health(&self, now: Timestamp) -> HealthCheck {
        let mut watch = self.intake_watch();
        let intake = &self.inner.intake;
        watch.observe(intake.dropped() + intake.dropped_changes(), now);
        watch.check("intake", "findings and changes", now)
    }

    fn capture_health(&self, now: Timestamp) -> HealthCheck {
        self.capture_watch().check("capture", "frames", now)
    }
}

fn pipeline_health(live: &LiveStatus, now: Timestamp) -> HealthCheck {
    let (status, detail) = if live.finished {
        (HealthStatus::Ok, "every capture file was read".to_owned())
    } else if live.time == Timestamp::ZERO {
        let detail = "capture has not started yet".to_owned();
        (HealthStatus::Degraded, detail)
    } else if now.since(live.time) > SILENCE {
        let silent = now.since(live.time).as_secs();
        let detail = format!("no sign of life for {silent} s; restart the sensor");
        (HealthStatus::Failing, detail)
    } else {
        let detail = format!("{} sources are read", live.sources.len());
        (HealthStatus::Ok, detail)
    };
    HealthCheck {
        name: "pipeline",
        status,
        detail,
    }
}

fn detector_health(live: &LiveStatus) -> HealthCheck {
    let engines = &live.detector.engines;
    let failed: Vec<String> = engines
        .iter()
        .filter(|engine| engine.state == EngineState::Failed)
        .map(|engine| {
            let cause = engine.failure.as_deref().unwrap_or("unknown cause");
            format!("{} failed: {cause}", engine.engine.id())
        })
        .collect();
    let running = engines.iter().filter(|e| e.state == EngineState::Running);
    let (status, detail) = if failed.is_empty() {
        (HealthStatus::Ok, format!("{} engines run", running.count()))
    } else {
        (HealthStatus::Degraded, failed.join("; "))
    };
    HealthCheck {
        name: "detector",
        status,
        detail,
    }
}
