//! Stages 3 to 5 of one worker behind one call per frame.

use sensor_detect::detector::{Detector, DetectorSettings};
use sensor_detect::finding::Finding;
use sensor_protocols::frame::Frame;
use sensor_protocols::inspector::{Inspector, Sink};
use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

use super::ticker::Ticker;

/// Inspector and detector, driven by the time of the frames.
pub(crate) struct Stages {
    pub(crate) inspector: Inspector,
    pub(crate) detector: Detector,
    ticker: Ticker,
    /// Findings nobody has taken yet.
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
    fn observe(&mut self, observation: &Observation<'_>) {
        self.detector.observe(observation, self.findings);
    }
}

impl Stages {
    pub(crate) fn new(settings: DetectorSettings) -> Self {
        Self {
            inspector: Inspector::default(),
            detector: Detector::new(settings),
            ticker: Ticker::default(),
            findings: Vec::new(),
            last_frame: Timestamp::ZERO,
        }
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
    }

    /// Lets time pass up to `now` without a frame.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let Self {
            inspector,
            detector,
            ticker,
            findings,
            ..
        } = self;
        ticker.advance(now, |at| {
            inspector.tick(at, &mut ToDetector { detector, findings });
            detector.tick(at, findings);
        });
    }

    /// The capture is over: what still waited is decided.
    pub(crate) fn finish(&mut self) {
        let mut sink = ToDetector {
            detector: &mut self.detector,
            findings: &mut self.findings,
        };
        self.inspector.finish(&mut sink);
        self.detector.finish(&mut self.findings);
    }

    pub(crate) fn has_findings(&self) -> bool {
        !self.findings.is_empty()
    }

    /// Hands out the findings in the order in which they arose.
    pub(crate) fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// The findings so far, to be drained; keeps the allocation.
    pub(crate) fn findings_mut(&mut self) -> &mut Vec<Finding> {
        &mut self.findings
    }

    /// Capture time of the last frame.
    pub(crate) fn last_frame(&self) -> Timestamp {
        self.last_frame
    }
}
