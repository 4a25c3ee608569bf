//! For tests: the stages with a source that the test drives itself.
//!
//! Data in: frames and records of a [`Source`], at times the test chooses. Data out: what the
//! detector found and learned. Limits: everything found stays in memory.

use sensor_detect::detector::{Changes, DetectorSettings, Learned};
use sensor_detect::finding::Finding;
use sensor_protocols::counters::Counters;
use sensor_protocols::frame::Frame;
use sensor_protocols::time::Timestamp;

use super::outlet::Outlet;
use super::stages::Stages;
use crate::capture::{CaptureError, Source};

/// Keeps what was found.
#[derive(Default)]
struct Kept(Vec<Finding>);

impl Outlet for Kept {
    fn changes(&mut self, _changes: Changes) {}

    fn findings(&mut self, findings: &mut Vec<Finding>) {
        self.0.append(findings);
    }
}

/// Inspector and detector as the sensor has them.
pub struct Rig(Stages<Kept>);

impl Rig {
    pub fn new(settings: DetectorSettings) -> Self {
        Self(Stages::new(settings, Kept::default()))
    }

    /// Takes one frame, with the ticks that are due before it.
    pub fn frame(&mut self, frame: &Frame<'_>) {
        self.0.frame(frame);
    }

    /// Whether a frame at this time has ticks before it.
    pub fn is_due(&self, time: Timestamp) -> bool {
        self.0.is_due(time)
    }

    /// Has the source carry out what may be withheld.
    pub fn grant(&mut self, source: &mut dyn Source) -> Result<(), CaptureError> {
        let mut records = Vec::new();
        source.grant(&self.0.take_grants(), &mut records)?;
        self.0.operation_records(&records);
        Ok(())
    }

    /// Takes what the source only counted.
    pub fn drain(&mut self, source: &mut dyn Source) -> Result<(), CaptureError> {
        let mut records = Vec::new();
        source.operation_records(&mut records)?;
        self.0.operation_records(&records);
        self.grant(source)
    }

    /// Ends all flows and decides what waited.
    pub fn finish(&mut self, source: &mut dyn Source) -> Result<(), CaptureError> {
        self.drain(source)?;
        self.0.end_flows();
        self.grant(source)?;
        self.0.finish();
        Ok(())
    }

    /// What was found so far; the caller has it then.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        self.0.flush();
        std::mem::take(&mut self.0.outlet.0)
    }

    /// What was learned so far.
    pub fn baseline(&self) -> Vec<Learned> {
        self.0.detector.baseline()
    }

    pub fn counters(&self) -> &Counters {
        self.0.inspector.counters()
    }
}
