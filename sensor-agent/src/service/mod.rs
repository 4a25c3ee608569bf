//! Use cases of the sensor, shared by the API, the command line and the pipeline.
//!
//! Data in: findings and changes of the sensing thread, actions of people. Data out: records of the
//! store, the health of the sensor and its counters. Calls that change something return once the
//! change is durable; they and the reads block on the disk, so an asynchronous caller runs them on
//! a thread that may block. [`Service::ingest`] and [`Service::persist_changes`] never wait for it.

mod alerts;
mod control;
mod counters;
mod error;
mod feed;
mod filters;
mod health;
mod intake;
mod lists;
mod live;
mod settings;
#[cfg(test)]
mod tests;
mod tokens;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use sensor_detect::detector::{Changes, Command, Learned, Mode};
use sensor_detect::finding::Finding;
use sensor_protocols::time::Timestamp;

use crate::alert::{Elapsed, Lifecycle};
use crate::store::{FILE_NAME, OpenError, Opener, PAGE_LIMIT, Snapshot, Store, StoreError, Token};

pub use crate::alert::{
    Actor, Alert, AlertParty, Comment, Edit, LearnPreview, LearnRecord, LearnRequest,
    LifecycleSettings, Mute, MuteRequest, Refusal, RefusalKind, Status, TimelineEvent,
    ViolationRecord,
};
pub use crate::store::{AlertQuery, CheckReport, Cursor, ListQuery, Page, TimelineQuery};
pub use alerts::{AlertChange, AlertRows};
pub use error::ServiceError;
pub use filters::{
    FaultCode, FaultKind, FilterEdit, FilterFault, FilterFaults, FilterInfo, FilterOrigin,
    FilterPage, FiltersReplaced, MatchText, NewFilter,
};
pub use health::{Health, HealthCheck, HealthStatus};
pub use lists::KeptReply;
pub use live::{ControlError, CounterSample, DetectorControl, LiveStatus};
pub use settings::{Clock, Restored, ServiceSettings};
pub use tokens::{NotARole, Principal, Role, Secret, TokenInfo};

use control::Control;
use feed::{AlertFeed, TICK_LIMIT, Totals};
use filters::Filters;
use health::LossWatch;
use intake::Intake;
use tokens::Keyring;

/// The service. Clones are handles to one and the same.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    lifecycle: Arc<Lifecycle>,
    clock: Clock,
    intake: Arc<Intake>,
    control: Arc<Control>,
    totals: Arc<Totals>,
    keyring: Keyring,
    filters: Filters,
    live: ArcSwap<LiveStatus>,
    /// A mode that was set and that the detector does not show yet.
    wanted_mode: ArcSwap<Option<Mode>>,
    intake_watch: Mutex<LossWatch>,
    capture_watch: Mutex<LossWatch>,
}

/// Why a service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot create data directory {path}: {cause}; create it or give another one")]
    DataDir { path: String, cause: String },
    #[error(transparent)]
    Store(#[from] OpenError),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Service {
    /// Opens or creates the store and starts its writer. Says what an earlier run left.
    ///
    /// A damaged database does not keep the sensor from sensing: see [`Restored::store_failure`].
    /// One that is newer, in use or not accessible is an error.
    pub fn open(settings: ServiceSettings) -> Result<(Self, Restored), StartError> {
        Self::open_with(settings, Store::opener)
    }

    /// As [`Self::open`], with another way to open the database file.
    fn open_with(
        settings: ServiceSettings,
        opener: impl Fn() -> Box<Opener>,
    ) -> Result<(Self, Restored), StartError> {
        create_data_dir(&settings.data_dir).map_err(|error| StartError::DataDir {
            path: settings.data_dir.display().to_string(),
            cause: error.to_string(),
        })?;
        let path = settings.data_dir.join(FILE_NAME);
        let parts = Parts::new(&settings);
        let (store, failure) = match Store::open(&path, parts.feed(&settings), opener()) {
            Ok(store) => (store, None),
            Err(error @ OpenError::Damaged { .. }) => {
                let feed = parts.feed(&settings);
                (
                    Store::unavailable(&path, feed, opener(), &error)?,
                    Some(error),
                )
            }
            Err(error) => return Err(error.into()),
        };
        let service = parts.join(store, settings.clock);
        let mut restored = match &failure {
            None => service.restore()?,
            Some(_) => service.without_store()?,
        };
        restored.store_failure = failure;
        Ok((service, restored))
    }

    /// Reads what an earlier run left, and makes sure that there is an administrator.
    fn restore(&self) -> Result<Restored, StartError> {
        let store = &self.inner.store;
        let mut restored = store
            .read(|snapshot| {
                Ok(Restored {
                    baseline: whole_baseline(snapshot)?,
                    devices: every(|list| snapshot.devices(list))?,
                    mode: snapshot.mode()?,
                    operational_types: snapshot
                        .operational_types()?
                        .into_iter()
                        .map(Into::into)
                        .collect(),
                    admin_token: None,
                    store_failure: None,
                })
            })
            .map_err(ServiceError::from)?;
        let mut tokens = store.read(Snapshot::tokens).map_err(ServiceError::from)?;
        if tokens.is_empty() {
            let (token, secret) = tokens::first_admin(self.now())?;
            let added = store.write(move |unit| unit.add_token(token.clone()));
            tokens.push(added.map_err(ServiceError::from)?);
            restored.admin_token = Some(secret);
        }
        self.inner.keyring.replace(tokens);
        self.inner.wanted_mode.store(Arc::new(restored.mode));
        Ok(restored)
    }

    /// Starts with nothing but a token that is good for this run.
    fn without_store(&self) -> Result<Restored, StartError> {
        let (token, secret): (Token, Secret) = tokens::first_admin(self.now())?;
        self.inner.keyring.replace(vec![token]);
        Ok(Restored {
            admin_token: Some(secret),
            ..Restored::default()
        })
    }

    /// Tells the service how to reach the running detector; once.
    pub fn attach_detector(&self, control: Arc<dyn DetectorControl>) {
        self.inner.control.attach(control);
    }

    /// Writes what is pending and closes the store. Later calls fail with `store_unavailable`.
    pub fn close(&self) {
        self.inner.store.close();
    }

    // --- the sensing thread: what cannot be kept is counted, and nothing waits for the disk ---

    /// Takes findings in. Findings of one alert and violation are merged until they are written.
    pub fn ingest(&self, findings: Vec<Finding>) {
        if !findings.is_empty() && self.inner.intake.add(findings) {
            self.inner.store.wake();
        }
    }

    /// Takes in what the detector wants kept. Devices handed over before findings are known to the
    /// alerts that those open.
    pub fn persist_changes(&self, changes: Changes) {
        if !changes.is_empty() && self.inner.intake.change(changes) {
            self.inner.store.wake();
        }
    }

    /// Replaces what the pipeline says about itself.
    pub fn publish(&self, status: LiveStatus) {
        let losses = status.sources.iter().flat_map(|source| &source.lost);
        let lost = losses.map(|(_, count)| count).sum();
        self.capture_watch().observe(lost, self.now());
        if **self.inner.wanted_mode.load() == Some(status.mode) {
            self.inner.wanted_mode.store(Arc::new(None));
        }
        self.inner.live.store(Arc::new(status));
        self.inner.control.retry();
    }

    /// Waits until everything taken in so far is durable.
    pub fn settle(&self) -> Result<(), ServiceError> {
        // The writer takes in what waits before it runs a job, and commits both at once; repeats that
        // it counts in memory for a while are written too.
        let written = self.inner.store.write(|unit| {
            unit.flush_all()?;
            Ok(())
        });
        Ok(written?)
    }

    // --- the sensor ---

    /// What the pipeline last said about itself.
    pub fn live(&self) -> Arc<LiveStatus> {
        self.inner.live.load_full()
    }

    /// The sensor's clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Does what is due by the clock at once, instead of within half a minute: auto-close,
    /// retention, ends of mutes and of learning.
    pub fn tick(&self) -> Result<Elapsed, ServiceError> {
        let mut all = Elapsed::default();
        loop {
            let (lifecycle, now) = (Arc::clone(&self.inner.lifecycle), self.now());
            let elapsed = self
                .inner
                .store
                .write(move |unit| lifecycle.tick(unit, now, TICK_LIMIT))?;
            let unlearned = elapsed.unlearned.iter().cloned();
            self.inner.control.send(unlearned.map(Command::Unlearn));
            all.auto_closed += elapsed.auto_closed;
            all.deleted += elapsed.deleted;
            all.mutes_ended += elapsed.mutes_ended;
            all.unlearned.extend(elapsed.unlearned);
            if !elapsed.more {
                return Ok(all);
            }
        }
    }

    /// Walks the whole database and compares indexes with records. Takes time.
    pub fn check_store(&self) -> Result<CheckReport, ServiceError> {
        Ok(self.inner.store.check()?)
    }

    fn intake_watch(&self) -> MutexGuard<'_, LossWatch> {
        let watch = self.inner.intake_watch.lock();
        watch.unwrap_or_else(PoisonError::into_inner)
    }

    fn capture_watch(&self) -> MutexGuard<'_, LossWatch> {
        let watch = self.inner.capture_watch.lock();
        watch.unwrap_or_else(PoisonError::into_inner)
    }
}

/// What service and feed share.
struct Parts {
    intake: Arc<Intake>,
    control: Arc<Control>,
    totals: Arc<Totals>,
    lifecycle: Arc<Lifecycle>,
}

impl Parts {
    fn new(settings: &ServiceSettings) -> Self {
        Self {
            intake: Arc::default(),
            control: Arc::default(),
            totals: Arc::default(),
            lifecycle: Arc::new(Lifecycle::new(settings.lifecycle.clone())),
        }
    }

    fn feed(&self, settings: &ServiceSettings) -> AlertFeed {
        AlertFeed::new(
            Arc::clone(&self.intake),
            Arc::clone(&self.control),
            Arc::clone(&self.totals),
            Arc::clone(&self.lifecycle),
            settings.clock.clone(),
        )
    }

    fn join(self, store: Store, clock: Clock) -> Service {
        Service {
            inner: Arc::new(Inner {
                store,
                lifecycle: self.lifecycle,
                clock,
                intake: self.intake,
                control: self.control,
                totals: self.totals,
                keyring: Keyring::default(),
                filters: Filters::default(),
                live: ArcSwap::default(),
                wanted_mode: ArcSwap::default(),
                intake_watch: Mutex::default(),
                capture_watch: Mutex::default(),
            }),
        }
    }
}

/// The detector's baseline, and what people learned that it had not reported when the last run
/// ended.
fn whole_baseline(snapshot: &Snapshot) -> Result<Vec<Learned>, StoreError> {
    let mut baseline = every(|list| snapshot.baseline(list))?;
    let known: std::collections::HashSet<_> = baseline
        .iter()
        .map(|learned| learned.tuple.clone())
        .collect();
    let learned = every(|list| snapshot.learned(list))?;
    let missing = learned.iter().filter(|l| !known.contains(&l.tuple));
    baseline.extend(missing.map(lists::as_baseline));
    Ok(baseline)
}

/// Creates what is missing of the folder, for its owner alone; an existing one keeps its rights.
fn create_data_dir(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Every item of a list.
fn every<T>(
    page: impl Fn(&ListQuery) -> crate::store::PageResult<T>,
) -> Result<Vec<T>, StoreError> {
    let mut items = Vec::new();
    let mut list = ListQuery {
        limit: Some(PAGE_LIMIT),
        cursor: None,
    };
    // A cursor that the list itself handed out is never refused.
    while let Ok(page) = page(&list)? {
        items.extend(page.items);
        if page.next_cursor.is_none() {
            break;
        }
        list.cursor = page.next_cursor;
    }
    Ok(items)
}
