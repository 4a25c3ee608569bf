//! The monitored interface falls silent or is heard again.
//!
//! Why: a sensor that sees nothing protects nothing. T0881. Fed with the number of frames that the
//! live source received, about once a second; files have no such state. Raised by the detector
//! itself, since it is no property of traffic. False positives: networks that are really silent.

use std::time::Duration;

use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;

use crate::catalogue::{AlertType, Engine};
use crate::engines::{Build, Raises, Rule, Setup};
use crate::finding::{Finding, Keyed, Values};

const SILENT: &str = "sensor_no_traffic";
const RESUMED: &str = "sensor_traffic_resumed";
const VALUES: &[&str] = &["seconds"];

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[
        Raises {
            id: SILENT,
            values: VALUES,
        },
        Raises {
            id: RESUMED,
            values: VALUES,
        },
    ],
    build: Build::Detector,
};

/// What the interface did so far.
pub struct SensorTraffic {
    silent_type: &'static AlertType,
    resumed_type: &'static AlertType,
    patience: Duration,
    /// Frames at the last call, and when their number last changed.
    last: Option<(u64, Timestamp)>,
    silent: bool,
}

impl SensorTraffic {
    pub fn new(setup: &Setup<'_>) -> Self {
        Self {
            silent_type: setup.alert(SILENT),
            resumed_type: setup.alert(RESUMED),
            patience: setup.settings().sensor_silence,
            last: None,
            silent: false,
        }
    }

    /// The source has received `frames` in total.
    pub fn status(&mut self, now: Timestamp, frames: u64) -> Option<Finding> {
        let (known, since) = *self.last.get_or_insert((frames, now));
        let quiet = now.since(since);
        if known != frames {
            self.last = Some((frames, now));
            let resumed = std::mem::take(&mut self.silent);
            return resumed.then(|| finding(self.resumed_type, now, quiet));
        }
        if self.silent || quiet < self.patience {
            return None;
        }
        self.silent = true;
        Some(finding(self.silent_type, now, quiet))
    }
}

fn finding(alert_type: &'static AlertType, now: Timestamp, quiet: Duration) -> Finding {
    Finding {
        alert_type,
        time: now,
        frame: 0,
        count: 1,
        source: None,
        destination: None,
        protocol: Protocol::Ethernet,
        keyed: Keyed::Sensor,
        discriminator: 0,
        values: Values::from_iter([("seconds", quiet.as_secs().into())]),
        tuple: None,
    }
}
