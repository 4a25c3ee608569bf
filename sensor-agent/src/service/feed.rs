//! What the writer does of its own accord: it takes findings and changes from the intake through
//! the alert stage into the store, and lets time pass.
//!
//! What was taken stays in flight until it is durable; when a transaction is given up it is done
//! again, so a failing disk delays findings and loses none that were taken in.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sensor_detect::baseline::Tuple;
use sensor_detect::detector::{Command, Device, Learned};
use sensor_protocols::time::Timestamp;

use super::control::Control;
use super::intake::{Coalesced, Intake};
use super::settings::Clock;
use crate::alert::{
    Actor, Elapsed, EventSeverity, EventType, Ingested, Lifecycle, NewEvent, Repository,
};
use crate::store::{Feed, StoreError, Unit};

/// Most findings, and most changes, of one transaction.
const BATCH: usize = 4000;

/// How often what is due by the clock is looked for.
const TICK: Duration = Duration::from_secs(30);

/// Most of each kind of thing that one tick does in one transaction.
pub(super) const TICK_LIMIT: usize = 500;

/// Replies kept for repeated calls are forgotten after a day.
pub(super) const KEEP_REPLIES: Duration = Duration::from_hours(24);

/// Findings by what became of them, and other totals of the alert stage.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub opened: AtomicU64,
    pub repeated: AtomicU64,
    pub violations_added: AtomicU64,
    pub muted: AtomicU64,
    pub learned: AtomicU64,
    /// Findings that met a record which cannot be read.
    pub unreadable: AtomicU64,
    /// Messages of repeats that were lost with a failed file.
    pub repeats_lost: AtomicU64,
    pub auto_closed: AtomicU64,
    pub deleted: AtomicU64,
}

/// Work waiting for its transaction.
#[derive(Default)]
struct Backlog {
    findings: VecDeque<Coalesced>,
    baseline: VecDeque<(Tuple, Option<Learned>)>,
    devices: VecDeque<Device>,
    operational: Vec<Arc<str>>,
}

impl Backlog {
    fn is_empty(&self) -> bool {
        self.findings.is_empty()
            && self.baseline.is_empty()
            && self.devices.is_empty()
            && self.operational.is_empty()
    }

    /// A share of the work, oldest first.
    fn share(&mut self) -> Self {
        Self {
            findings: front(&mut self.findings),
            baseline: front(&mut self.baseline),
            devices: front(&mut self.devices),
            operational: std::mem::take(&mut self.operational),
        }
    }

    /// Puts a share back in front.
    fn put_back(&mut self, share: Self) {
        push_front(&mut self.findings, share.findings);
        push_front(&mut self.baseline, share.baseline);
        push_front(&mut self.devices, share.devices);
        self.operational.splice(0..0, share.operational);
    }
}

fn front<T>(queue: &mut VecDeque<T>) -> VecDeque<T> {
    queue.drain(..queue.len().min(BATCH)).collect()
}

fn push_front<T>(queue: &mut VecDeque<T>, mut share: VecDeque<T>) {
    share.append(queue);
    *queue = share;
}

/// What the transaction under way did.
#[derive(Default)]
struct Outcome {
    opened: u64,
    repeated: u64,
    violations_added: u64,
    muted: u64,
    learned: u64,
    unreadable: u64,
    elapsed: Option<Elapsed>,
}

/// The service's side of the writer.
pub(super) struct AlertFeed {
    pub intake: Arc<Intake>,
    pub control: Arc<Control>,
    pub totals: Arc<Totals>,
    pub lifecycle: Arc<Lifecycle>,
    pub clock: Clock,
    backlog: Backlog,
    in_flight: Backlog,
    outcome: Outcome,
    next_tick: Instant,
}

impl AlertFeed {
    pub(super) fn new(
        intake: Arc<Intake>,
        control: Arc<Control>,
        totals: Arc<Totals>,
        lifecycle: Arc<Lifecycle>,
        clock: Clock,
    ) -> Self {
        Self {
            intake,
            control,
            totals,
            lifecycle,
            clock,
            backlog: Backlog::default(),
            in_flight: Backlog::default(),
            outcome: Outcome::default(),
            next_tick: Instant::now(),
        }
    }

    fn refill(&mut self) {
        if self.backlog.is_empty() {
            let buffer = self.intake.take();
            self.backlog = Backlog {
                findings: buffer.findings.into(),
                baseline: buffer.baseline.into_iter().collect(),
                devices: buffer.devices.into_values().collect(),
                operational: buffer.operational,
            };
        }
    }

    fn tick_due(&self) -> bool {
        Instant::now() >= self.next_tick
    }

    /// What is due by the clock. A record that cannot be read stops this turn, not the store.
    fn tick(&mut self, unit: &mut Unit<'_>, now: Timestamp) -> Result<Elapsed, StoreError> {
        match self.lifecycle.tick(unit, now, TICK_LIMIT) {
            Err(error) if !error.is_fatal() => {
                tracing::warn!(%error, "the clock met a record that cannot be read");
                Ok(Elapsed::default())
            }
            other => other,
        }
    }

    fn keep_changes(&self, unit: &mut Unit<'_>, now: Timestamp) -> Result<(), StoreError> {
        for device in &self.in_flight.devices {
            let old = unit.put_device(device)?;
            if let Some(event) = device_event(old.as_ref(), device, now) {
                unit.append_event(event)?;
            }
        }
        for (tuple, learned) in &self.in_flight.baseline {
            match learned {
                Some(learned) => unit.put_baseline(learned)?,
                None => unit.remove_baseline(tuple)?,
            }
        }
        for type_id in &self.in_flight.operational {
            unit.put_operational_type(type_id)?;
        }
        Ok(())
    }

    fn take_findings(&mut self, unit: &mut Unit<'_>, now: Timestamp) -> Result<(), StoreError> {
        for held in &self.in_flight.findings {
            let outcome = &mut self.outcome;
            let counter = match self.lifecycle.ingest(unit, &held.occurrence(), now) {
                Ok(Ingested::Opened(_)) => &mut outcome.opened,
                Ok(Ingested::Repeated(_)) => &mut outcome.repeated,
                Ok(Ingested::ViolationAdded(_)) => &mut outcome.violations_added,
                Ok(Ingested::Muted) => &mut outcome.muted,
                Ok(Ingested::Learned) => &mut outcome.learned,
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "a finding met a record that cannot be read");
                    &mut outcome.unreadable
                }
            };
            *counter += held.findings;
        }
        Ok(())
    }
}

impl Feed for AlertFeed {
    fn waiting(&self) -> bool {
        !self.backlog.is_empty() || !self.intake.is_empty() || self.tick_due()
    }

    fn run(&mut self, unit: &mut Unit<'_>) -> Result<(), StoreError> {
        self.refill();
        let now = self.clock.now();
        self.in_flight = self.backlog.share();
        self.outcome = Outcome::default();
        self.keep_changes(unit, now)?;
        self.take_findings(unit, now)?;
        if self.tick_due() {
            self.outcome.elapsed = Some(self.tick(unit, now)?);
            let day = u64::try_from(KEEP_REPLIES.as_nanos()).unwrap_or(u64::MAX);
            let before = now.as_nanos().saturating_sub(day);
            unit.drop_replies(Timestamp::from_nanos(before))?;
        }
        Ok(())
    }

    fn settled(&mut self, durable: bool) {
        if !durable {
            self.backlog.put_back(std::mem::take(&mut self.in_flight));
            // What is due stays due; a record that stops it must not keep the writer busy.
            if self.tick_due() {
                self.next_tick = Instant::now() + TICK;
            }
            return;
        }
        self.in_flight = Backlog::default();
        let outcome = std::mem::take(&mut self.outcome);
        self.totals.add(&outcome);
        if let Some(elapsed) = outcome.elapsed {
            let wait = if elapsed.more { Duration::ZERO } else { TICK };
            self.next_tick = Instant::now() + wait;
            let unlearned = elapsed.unlearned.into_iter();
            self.control.send(unlearned.map(Command::Unlearn));
        }
    }

    fn lost(&mut self, messages: u64) {
        let lost = &self.totals.repeats_lost;
        lost.fetch_add(messages, Ordering::Relaxed);
    }
}

impl Totals {
    fn add(&self, outcome: &Outcome) {
        let elapsed = outcome.elapsed.as_ref();
        for (total, count) in [
            (&self.opened, outcome.opened),
            (&self.repeated, outcome.repeated),
            (&self.violations_added, outcome.violations_added),
            (&self.muted, outcome.muted),
            (&self.learned, outcome.learned),
            (&self.unreadable, outcome.unreadable),
            (&self.auto_closed, elapsed.map_or(0, |e| e.auto_closed)),
            (&self.deleted, elapsed.map_or(0, |e| e.deleted)),
        ] {
            total.fetch_add(count, Ordering::Relaxed);
        }
    }
}

/// The timeline's word about a device: that it is new, or that what identifies it changed.
fn device_event(old: Option<&Device>, new: &Device, now: Timestamp) -> Option<NewEvent> {
    let (event_type, time, content) = match old {
        None => (EventType::DeviceCreate, new.first_seen, describe(new)),
        Some(old) if describe(old) != describe(new) => {
            let content = format!("{} (was {})", describe(new), describe(old));
            (EventType::DeviceUpdate, now, content)
        }
        Some(_) => return None,
    };
    Some(NewEvent {
        time,
        event_type,
        severity: EventSeverity::Info,
        title: event_type.title().to_owned(),
        content,
        actor: Actor::sensor(),
        operation: None,
        alert_id: None,
        device_ids: vec![new.id],
        before: None,
        after: None,
    })
}

/// What identifies a device, in one line.
fn describe(device: &Device) -> String {
    let ips = device.ips.iter().map(ToString::to_string);
    let mac = device.mac.map(|mac| mac.to_string());
    let facts = [
        &device.vendor,
        &device.model,
        &device.firmware,
        &device.serial,
    ];
    let facts = facts.into_iter().flatten().cloned();
    let parts = ips
        .chain(mac)
        .chain(device.names.iter().cloned())
        .chain(facts);
    parts.collect::<Vec<_>>().join(" ")
}
