//! The sensing thread: sources, stages, commands, and once a second a word about itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::outlet::ToService;
use super::sources::{Round, Sources};
use super::status;
use crate::capture::SourceStatus;
use crate::cli::Failure;
use crate::pipeline::control::Commands;
use crate::pipeline::stages::Stages;
use crate::service::Service;

/// Frames of one source before the next has its turn and commands are looked at: about a
/// millisecond of work.
const BATCH: usize = 1024;

/// Longest wait for frames; commands and the signal to stop wait no longer than this.
const WAIT: Duration = Duration::from_millis(20);

/// How often the status is published.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// How often the sources are asked for what they only counted.
const DRAIN_EVERY: Duration = Duration::from_secs(1);

/// Everything the thread owns.
pub(super) struct Sensing {
    stages: Stages<ToService>,
    sources: Sources,
    commands: Commands,
    service: Service,
    stop: Arc<AtomicBool>,
    published: Option<Instant>,
    /// When the sources were last asked for what they only counted.
    drained: Instant,
    /// No source has anything any more.
    finished: bool,
    /// And everything found in them is durable.
    settled: Arc<AtomicBool>,
    /// And the last published status says so.
    told_settled: bool,
}

impl Sensing {
    pub(super) fn new(
        stages: Stages<ToService>,
        sources: Sources,
        commands: Commands,
        service: Service,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self {
            stages,
            sources,
            commands,
            service,
            stop,
            published: None,
            drained: Instant::now(),
            finished: false,
            settled: Arc::new(AtomicBool::new(false)),
            told_settled: false,
        }
    }

    /// Senses until it is told to stop, or until no interface works any more.
    pub(super) fn run(mut self) -> Result<(), Failure> {
        while !self.stop.load(Ordering::Relaxed) {
            self.commands.carry_out(&mut self.stages.detector);
            if self.finished {
                self.commands.wait(WAIT, &mut self.stages.detector);
                self.stages.hand_over();
            } else if self.sense() == Round::Over {
                if self.sources.live() {
                    break;
                }
                self.finish();
            }
            self.publish_when_due();
        }
        // What was asked for before the end must not be undone by what the detector still holds.
        self.commands.carry_out(&mut self.stages.detector);
        self.drain();
        self.stages.end_flows();
        // Flows that end give back what was granted; what was counted meanwhile comes with it.
        self.grant();
        self.stages.flush();
        self.publish();
        match self.sources.into_failure() {
            Some(error) if !self.stop.load(Ordering::Relaxed) => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn sense(&mut self) -> Round {
        let stages = &mut self.stages;
        let round = self
            .sources
            .poll(BATCH, WAIT, &mut |frame| stages.frame(&frame));
        self.grant();
        if self.drained.elapsed() >= DRAIN_EVERY {
            self.drain();
        }
        // A person who closes an alert must not get one for what came before.
        self.stages.flush();
        if round == Round::Idle && self.sources.live() {
            self.stages.advance(self.service.now());
        }
        round
    }

    /// Hands the sources what they may withhold, and takes the last counts of what they may not.
    fn grant(&mut self) {
        let changes = self.stages.take_grants();
        if !changes.is_empty() {
            let records = self.sources.grant(&changes);
            self.stages.operation_records(&records);
        }
    }

    /// Takes what the sources only counted.
    fn drain(&mut self) {
        self.drained = Instant::now();
        let records = self.sources.operation_records();
        self.stages.operation_records(&records);
        self.grant();
    }

    /// The capture files are read: what still waited is decided, and the sensor stays up for its
    /// users.
    fn finish(&mut self) {
        self.stages.finish();
        self.finished = true;
        let (service, settled) = (self.service.clone(), Arc::clone(&self.settled));
        // On a thread of its own: the store may want a word with the detector meanwhile.
        thread::spawn(move || match service.settle() {
            Ok(()) => settled.store(true, Ordering::Relaxed),
            Err(error) => tracing::error!("the results are not kept: {error}"),
        });
    }

    fn publish_when_due(&mut self) {
        let due = self.published.is_none_or(|at| at.elapsed() >= STATUS_EVERY);
        if due || self.settled.load(Ordering::Relaxed) != self.told_settled {
            self.publish();
        }
    }

    /// Once a second: an interface that is heard no more, or again, is an alert of its own.
    fn watch_interfaces(&mut self, sources: &[SourceStatus]) {
        if self.sources.live() {
            let now = self.service.now();
            for source in sources {
                self.stages.interface(now, &source.name, source.received);
            }
        }
    }

    /// Tells the service the state and the counters of every source.
    pub(super) fn publish(&mut self) {
        let sources = self.sources.status();
        self.watch_interfaces(&sources);
        self.published = Some(Instant::now());
        self.told_settled = self.settled.load(Ordering::Relaxed);
        self.service.publish(status::snapshot(
            self.service.now(),
            self.stages.last_frame(),
            sources,
            &self.stages.inspector,
            &self.stages.detector,
            self.told_settled,
        ));
    }
}
