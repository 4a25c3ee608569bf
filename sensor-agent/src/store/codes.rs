//! Codes of enumerations in records and index keys. A code never changes its meaning.

use sensor_detect::catalogue::{Engine, Severity};

use crate::alert::{EventSeverity, Status};

pub(super) const fn status(status: Status) -> u8 {
    match status {
        Status::New => 1,
        Status::Active => 2,
        Status::Closed => 3,
    }
}

pub(super) const fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Warning => 1,
        Severity::Minor => 2,
        Severity::Major => 3,
        Severity::Critical => 4,
    }
}

pub(super) const fn engine(engine: Engine) -> u8 {
    match engine {
        Engine::ProtocolViolation => 1,
        Engine::PolicyViolation => 2,
        Engine::Malware => 3,
        Engine::Anomaly => 4,
        Engine::Operational => 5,
    }
}

pub(super) const fn event_severity(severity: EventSeverity) -> u8 {
    match severity {
        EventSeverity::Info => 1,
        EventSeverity::Notice => 2,
        EventSeverity::Alert => 3,
    }
}
