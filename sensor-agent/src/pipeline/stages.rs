//! Stages 3 to 5 of one worker behind one call per frame.

use sensor_detect::detector::{Detector, DetectorSettings, Device, Learned};
use sensor_detect::finding::Finding;
use sensor_protocols::aggregation::{GrantChange, OperationRecord};
use sensor_protocols::frame::Frame;
use sensor_protocols::inspector::{Inspector, InspectorSettings, Sink};
use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

use super::outlet::{Delivery, Outlet};
use super::ticker::Ticker;

/// Inspector and detector, driven by the time of the frames.
pub(crate) struct Stages<O> {
    pub(crate) inspector: Inspector,
    pub(crate) detector: Detector,
    pub(crate) outlet: O,
    ticker: Ticker,
    delivery: Delivery,
    /// Findings of the frame or tick in work.
    findings: Vec<Finding>,
    /// Capture time of the last frame.
    last_frame: Timestamp,
}

/// Passes observations on to the detector.
struct ToDetector<'a> {
    detector: &'a mut Detector,
    findings: &'a mut Vec<Finding>,
}

impl Sink for ToDetector<'_> {
    #[inline]
    fn observe(&mut self, observation: &Observation<'_>) {
        self.detector.observe(observation, self.findings);
    }
}

impl<O: Outlet> Stages<O> {
    pub(crate) fn new(settings: DetectorSettings, outlet: O) -> Self {
        Self {
            inspector: Inspector::default(),
            detector: Detector::new(settings),
            outlet,
            ticker: Ticker::default(),
            delivery: Delivery::default(),
            findings: Vec::new(),
            last_frame: Timestamp::ZERO,
        }
    }

    /// Stages whose inspector has settings of its own.
    #[must_use]
    pub(crate) fn inspecting(self, settings: &InspectorSettings) -> Self {
        Self {
            inspector: Inspector::new(settings),
            ..self
        }
    }

    /// Brings back what an earlier run kept.
    pub(crate) fn restore(&mut self, learned: Vec<Learned>, devices: Vec<Device>) {
        for device in &devices {
            self.delivery.remember_device(device);
        }
        self.detector.restore(learned, devices);
    }

    /// Takes one frame through the stages, after the ticks that are due before it.
    #[inline]
    pub(crate) fn frame(&mut self, frame: &Frame<'_>) {
        if self.ticker.is_due(frame.time) {
            self.advance(frame.time);
        }
        self.last_frame = frame.time;
        let mut sink = ToDetector {
            detector: &mut self.detector,
            findings: &mut self.findings,
        };
        self.inspector.frame(frame, &mut sink);
        if !self.findings.is_empty() {
            self.deliver();
        }
    }

    /// What the sources may withhold from now on, and what not any more.
    pub(crate) fn take_grants(&mut self) -> Vec<GrantChange> {
        self.inspector.take_grants()
    }

    /// Takes what a source withheld and counted.
    pub(crate) fn operation_records(&mut self, records: &[OperationRecord]) {
        let last = records.iter().map(|record| record.last).max();
        self.last_frame = self.last_frame.max(last.unwrap_or_default());
        let mut sink = ToDetector {
            detector: &mut self.detector,
            findings: &mut self.findings,
        };
        self.inspector.operation_records(records, &mut sink);
        if !self.findings.is_empty() {
            self.deliver();
        }
    }

    /// Whether a frame at `now` has ticks before it.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.ticker.is_due(now)
    }

    /// Lets time pass up to `now` without a frame.
    #[cold]
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let mut ticker = std::mem::take(&mut self.ticker);
        ticker.advance(now, |at| self.tick(at));
        self.ticker = ticker;
    }

    fn tick(&mut self, at: Timestamp) {
        let mut sink = ToDetector {
            detector: &mut self.detector,
            findings: &mut self.findings,
        };
        self.inspector.tick(at, &mut sink);
        self.detector.tick(at, &mut self.findings);
        self.hand_over();
    }

    /// The live source on `interface` has received `frames` so far.
    pub(crate) fn interface(&mut self, now: Timestamp, interface: &str, frames: u64) {
        self.detector
            .interface(now, interface, frames, &mut self.findings);
        self.hand_over();
    }

    /// The capture is over: what still waited is decided.
    pub(crate) fn finish(&mut self) {
        let mut sink = ToDetector {
            detector: &mut self.detector,
            findings: &mut self.findings,
        };
        self.inspector.finish(&mut sink);
        self.detector.finish(&mut self.findings);
        self.hand_over();
        self.flush();
    }

    /// A live sensor ends: what its flows carried since their last report is reported. Attempts that
    /// wait for an answer stay undecided; the answer may be on its way.
    pub(crate) fn end_flows(&mut self) {
        let mut sink = ToDetector {
            detector: &mut self.detector,
            findings: &mut self.findings,
        };
        self.inspector.finish(&mut sink);
        self.hand_over();
    }

    /// Hands over every change and finding.
    pub(crate) fn hand_over(&mut self) {
        self.delivery.changes(&mut self.detector, &mut self.outlet);
        if !self.findings.is_empty() {
            self.deliver();
        }
    }

    /// Hands over what repeats have added up to.
    pub(crate) fn flush(&mut self) {
        self.delivery.flush(&mut self.outlet);
    }

    fn deliver(&mut self) {
        self.delivery
            .findings(&mut self.detector, &mut self.findings, &mut self.outlet);
    }

    /// Capture time of the last frame.
    pub(crate) fn last_frame(&self) -> Timestamp {
        self.last_frame
    }
}
