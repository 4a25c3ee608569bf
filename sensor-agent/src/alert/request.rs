//! What people ask the lifecycle to do.

use std::time::Duration;

use ipnet::IpNet;
use sensor_detect::baseline::Tuple;
use sensor_protocols::time::Timestamp;

use super::Actor;

/// Settings of the alert stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleSettings {
    /// Open alerts without identical traffic for so long close by themselves; `None` never.
    pub auto_close_after: Option<Duration>,
    /// Alerts are deleted so long after their last activity, pinned ones excepted; `None` never.
    pub retention: Option<Duration>,
    /// Public addresses that belong to the site: they do not stand in the way of a mute.
    pub internal_subnets: Vec<IpNet>,
    /// Labels of this sensor, on every alert it opens.
    pub site: Option<String>,
    pub zone: Option<String>,
}

impl Default for LifecycleSettings {
    fn default() -> Self {
        const NINETY_DAYS: Duration = Duration::from_hours(90 * 24);
        Self {
            auto_close_after: Some(NINETY_DAYS),
            retention: Some(NINETY_DAYS),
            internal_subnets: Vec::new(),
            site: None,
            zone: None,
        }
    }
}

/// Who changes something, and on the strength of which revision.
#[derive(Clone, Debug)]
pub struct Edit {
    pub actor: Actor,
    /// The change is refused when the alert is at another revision.
    pub expected_revision: Option<u64>,
}

impl Edit {
    /// A change by `actor`, whatever revision the alert is at.
    pub fn by(actor: Actor) -> Self {
        Self {
            actor,
            expected_revision: None,
        }
    }
}

/// What to learn from an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LearnRequest {
    /// Positions in [`super::Alert::violations`]; `None` takes all.
    pub violations: Option<Vec<usize>>,
    pub reason: Option<String>,
    pub expires: Option<Timestamp>,
}

/// What a *learn* would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnPreview {
    /// Exactly what would enter the baseline, in the order of the violations, none twice.
    pub tuples: Vec<Tuple>,
    /// Those of them that a person has learned already.
    pub already_learned: Vec<Tuple>,
}

/// How to mute an alert's traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MuteRequest {
    pub reason: Option<String>,
    pub expires: Option<Timestamp>,
}
