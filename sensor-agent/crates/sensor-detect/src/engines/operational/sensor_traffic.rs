//! A monitored interface falls silent or is heard again.
//!
//! Why: a sensor that sees nothing protects nothing. T0881. Fed with the number of frames that each
//! live source received, about once a second; files have no such state. Raised by the detector
//! itself, since it is no property of traffic. Every interface is judged by itself, so that a dead
//! mirror port does not hide behind a busy one. At most [`INTERFACES`] are watched; the sensor opens
//! fewer. False positives: networks that are really silent.

use std::sync::Arc;
use std::time::Duration;

use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;

use crate::catalogue::{AlertType, Engine};
use crate::engines::{Build, Raises, Rule, Setup};
use crate::finding::{Finding, Keyed, Value, Values};

const SILENT: &str = "sensor_no_traffic";
const RESUMED: &str = "sensor_traffic_resumed";
const VALUES: &[&str] = &["interface", "seconds"];

/// Interfaces watched at once.
pub const INTERFACES: usize = 64;

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

/// What the interfaces did so far.
pub struct SensorTraffic {
    silent_type: &'static AlertType,
    resumed_type: &'static AlertType,
    patience: Duration,
    interfaces: Vec<Interface>,
}

struct Interface {
    name: Arc<str>,
    /// Frames at the last call, and when their number last changed.
    frames: u64,
    since: Timestamp,
    silent: bool,
}

impl SensorTraffic {
    pub fn new(setup: &Setup<'_>) -> Self {
        Self {
            silent_type: setup.alert(SILENT),
            resumed_type: setup.alert(RESUMED),
            patience: setup.settings().sensor_silence,
            interfaces: Vec::new(),
        }
    }

    /// The source on `interface` has received `frames` in total.
    pub fn status(&mut self, now: Timestamp, interface: &str, frames: u64) -> Option<Finding> {
        let known = self
            .interfaces
            .iter()
            .position(|known| *known.name == *interface);
        let Some(known) = known.and_then(|at| self.interfaces.get_mut(at)) else {
            self.watch(now, interface, frames);
            return None;
        };
        let quiet = now.since(known.since);
        let (silent, resumed) = (self.silent_type, self.resumed_type);
        if known.frames != frames {
            (known.frames, known.since) = (frames, now);
            let was_silent = std::mem::take(&mut known.silent);
            return was_silent.then(|| finding(resumed, known, now, quiet));
        }
        if known.silent || quiet < self.patience {
            return None;
        }
        known.silent = true;
        Some(finding(silent, known, now, quiet))
    }

    fn watch(&mut self, now: Timestamp, interface: &str, frames: u64) {
        if self.interfaces.len() < INTERFACES {
            self.interfaces.push(Interface {
                name: interface.into(),
                frames,
                since: now,
                silent: false,
            });
        }
    }
}

fn finding(
    alert_type: &'static AlertType,
    interface: &Interface,
    now: Timestamp,
    quiet: Duration,
) -> Finding {
    Finding {
        alert_type,
        time: now,
        frame: 0,
        count: 1,
        source: None,
        destination: None,
        protocol: Protocol::Ethernet,
        keyed: Keyed::Sensor,
        discriminator: name_hash(&interface.name),
        values: Values::from_iter([
            ("interface", Value::Text(Arc::clone(&interface.name))),
            ("seconds", quiet.as_secs().into()),
        ]),
        tuple: None,
    }
}

/// FNV-1a of the name: the same on every machine, since alert keys are stored.
fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
