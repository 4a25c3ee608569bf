//! The sources of a live run, opened before anything else so that a wrong name costs nothing.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use sensor_protocols::aggregation::{GrantChange, OperationRecord};
use sensor_protocols::frame::Frame;

use crate::capture::af_packet::{AfPacketSettings, AfPacketSource};
use crate::capture::filter::{FilterControl, configured};
use crate::capture::pcap::{PcapSource, expand};
#[cfg(feature = "xdp")]
use crate::capture::xdp::{AttachMode, Verdict, XdpSettings, XdpSource};
use crate::capture::{CaptureError, Progress, Source, SourceStatus};
#[cfg(feature = "xdp")]
use crate::config::{AfterCapture, Attach};
use crate::config::{Backend, Capture};

/// Every source of the sensor, read in turn.
pub(super) struct Sources {
    slots: Vec<Slot>,
    live: bool,
}

struct Slot {
    source: Box<dyn Source>,
    state: State,
    /// Why the source was chosen over a better one.
    note: Option<String>,
}

enum State {
    Running,
    Finished,
    Failed(CaptureError),
}

/// What one round over all sources brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    Frames,
    Idle,
    /// No source will bring anything any more.
    Over,
}

/// Opens capture files when there are any, else the interfaces.
pub(super) fn open(capture: &Capture, files: &[String]) -> Result<Sources, CaptureError> {
    if !files.is_empty() {
        let source = PcapSource::open_all(expand(files)?)?;
        return Ok(Sources {
            slots: vec![Slot::new(Box::new(source), None)],
            live: false,
        });
    }
    let slots = capture
        .interfaces
        .iter()
        .map(|name| open_interface(capture, name))
        .collect::<Result<_, _>>()?;
    Ok(Sources { slots, live: true })
}

fn open_interface(capture: &Capture, name: &str) -> Result<Slot, CaptureError> {
    match capture.backend {
        Backend::Xdp => Ok(Slot::new(open_xdp(capture, name)?, None)),
        Backend::AfPacket => Ok(Slot::new(
            open_af_packet(capture, name)?,
            unfiltered(capture),
        )),
        Backend::Auto => match open_xdp(capture, name) {
            Ok(source) => Ok(Slot::new(source, None)),
            // The packet socket would inspect what was to be left out.
            Err(error @ CaptureError::Rules { .. }) => Err(error),
            Err(error) => {
                // Whatever rules both out (no such interface, no permission) is told by the socket.
                let source = open_af_packet(capture, name)?;
                let mut note = format!("the kernel program is not used: {error}");
                if let Some(more) = unfiltered(capture) {
                    note = format!("{note}; {more}");
                }
                tracing::warn!(interface = name, "{note}");
                Ok(Slot::new(source, Some(note)))
            }
        },
    }
}

/// The packet socket leaves nothing out; better to see more than to go without a word.
fn unfiltered(capture: &Capture) -> Option<String> {
    let note = "the packet socket has no filters: every frame is inspected";
    capture.filters().then(|| note.to_owned())
}

#[cfg(feature = "xdp")]
fn open_xdp(capture: &Capture, name: &str) -> Result<Box<dyn Source>, CaptureError> {
    let ring = u32::try_from(capture.ring.bytes()).unwrap_or(u32::MAX);
    let settings = XdpSettings {
        // The kernel takes powers of two; less than asked for would lose frames.
        ring_bytes: ring.checked_next_power_of_two().unwrap_or(1 << 31),
        promiscuous: capture.promiscuous,
        mode: match capture.attach {
            Attach::Auto => AttachMode::Auto,
            Attach::Native => AttachMode::Native,
            Attach::Generic => AttachMode::Generic,
        },
        verdict: match capture.after_capture {
            AfterCapture::Pass => Verdict::Pass,
            AfterCapture::Consume => Verdict::Consume,
        },
        rules: configured::rules(capture),
        run_time_statistics: capture.run_time_statistics,
        aggregate: capture.aggregate,
        aggregate_refresh: capture.aggregate_refresh.get(),
        ..XdpSettings::new(name)
    };
    Ok(Box::new(XdpSource::open(settings)?))
}

#[cfg(not(feature = "xdp"))]
fn open_xdp(_capture: &Capture, _name: &str) -> Result<Box<dyn Source>, CaptureError> {
    Err(CaptureError::Host {
        kind: "xdp",
        cause: "this sensor-agent was built without it".to_owned(),
        remedy: "build it with the feature `xdp`, or capture with af_packet".to_owned(),
    })
}

fn open_af_packet(capture: &Capture, name: &str) -> Result<Box<dyn Source>, CaptureError> {
    let settings = AfPacketSettings {
        interface: name.to_owned(),
        promiscuous: capture.promiscuous,
        ring_bytes: capture.ring.bytes(),
    };
    Ok(Box::new(AfPacketSource::open(&settings)?))
}

impl Slot {
    fn new(source: Box<dyn Source>, note: Option<String>) -> Self {
        Self {
            source,
            state: State::Running,
            note,
        }
    }

    fn status(&self) -> SourceStatus {
        let mut status = self.source.status();
        status.notes.extend(self.note.clone());
        if let State::Failed(error) = &self.state {
            status.notes.push(format!("stopped: {error}"));
        }
        status
    }
}

impl Sources {
    /// Whether frames come from interfaces, so that the wall clock may stand in for silence.
    pub(super) fn live(&self) -> bool {
        self.live
    }

    /// Reads up to `max` frames from each source. Only when none has any does it wait, up to `wait`
    /// in all.
    pub(super) fn poll(
        &mut self,
        max: usize,
        wait: Duration,
        sink: &mut dyn FnMut(Frame<'_>),
    ) -> Round {
        let running = self.running();
        if running == 0 {
            return Round::Over;
        }
        // One source may wait by itself; several are asked without waiting first.
        if running > 1 && self.round(max, Duration::ZERO, sink) {
            return Round::Frames;
        }
        let share = wait / u32::try_from(running).unwrap_or(u32::MAX);
        if self.round(max, share, sink) {
            return Round::Frames;
        }
        if self.running() == 0 {
            Round::Over
        } else {
            Round::Idle
        }
    }

    /// Whether any running source brought frames.
    fn round(&mut self, max: usize, wait: Duration, sink: &mut dyn FnMut(Frame<'_>)) -> bool {
        let mut any = false;
        for slot in &mut self.slots {
            if !matches!(slot.state, State::Running) {
                continue;
            }
            match slot.source.poll(max, wait, sink) {
                Ok(Progress::Frames(count)) => any |= count > 0,
                Ok(Progress::Idle) => {}
                Ok(Progress::Finished) => slot.state = State::Finished,
                Err(error) => {
                    tracing::error!("{error}");
                    slot.state = State::Failed(error);
                }
            }
        }
        any
    }

    /// Has the sources carry out what may be withheld; gives the last record of each key that was
    /// withdrawn.
    pub(super) fn grant(&mut self, changes: &[GrantChange]) -> Vec<OperationRecord> {
        let mut records = Vec::new();
        self.each(|source| source.grant(changes, &mut records));
        let closed: HashSet<u32> = records.iter().map(|record| record.handle).collect();
        // A source that has failed counts nothing any more.
        let orphans = changes.iter().filter_map(|change| match change {
            GrantChange::Withdraw { handle, .. } if !closed.contains(handle) => Some(*handle),
            GrantChange::Withdraw { .. }
            | GrantChange::Allow { .. }
            | GrantChange::Forgive { .. }
            | GrantChange::Forgiven { .. }
            | GrantChange::Port { .. } => None,
        });
        records.extend(orphans.map(OperationRecord::nothing_more));
        records
    }

    /// What the sources withheld and counted since the last call.
    pub(super) fn operation_records(&mut self) -> Vec<OperationRecord> {
        let mut records = Vec::new();
        self.each(|source| source.operation_records(&mut records));
        records
    }

    /// Asks something of every running source; one that fails stops.
    fn each(&mut self, mut ask: impl FnMut(&mut dyn Source) -> Result<(), CaptureError>) {
        for slot in &mut self.slots {
            if matches!(slot.state, State::Running)
                && let Err(error) = ask(slot.source.as_mut())
            {
                tracing::error!("{error}");
                slot.state = State::Failed(error);
            }
        }
    }

    fn running(&self) -> usize {
        self.slots
            .iter()
            .filter(|slot| matches!(slot.state, State::Running))
            .count()
    }

    /// The filters of the sources, and the names of the sources without one.
    pub(super) fn filters(&self) -> (Vec<Arc<dyn FilterControl>>, Vec<String>) {
        let mut controls = Vec::new();
        let mut without = Vec::new();
        for slot in &self.slots {
            match slot.source.filters() {
                Some(control) => controls.push(control),
                None => without.push(slot.source.status().name),
            }
        }
        (controls, without)
    }

    pub(super) fn status(&self) -> Vec<SourceStatus> {
        self.slots.iter().map(Slot::status).collect()
    }

    /// The error that ended the last interface. A capture file that fails is told in the status.
    pub(super) fn into_failure(self) -> Option<CaptureError> {
        if !self.live {
            return None;
        }
        self.slots.into_iter().find_map(|slot| match slot.state {
            State::Failed(error) => Some(error),
            State::Running | State::Finished => None,
        })
    }
}
