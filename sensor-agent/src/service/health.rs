//! Whether the sensor does its work, and why not when it does not.

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
    /// Stable name: `store`, `intake`, `pipeline`, `detector` or `capture`.
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
