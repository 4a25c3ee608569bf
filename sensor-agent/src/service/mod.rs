//! Use cases of the sensor, shared by the API, the command line and the pipeline.
//!
//! Data in: findings and changes of the sensing thread, actions of people. Data out: records of the
//! store, the health of the sensor and its counters. Calls that change something return once the
//! change is durable; they and the reads block on the disk, so an asynchronous caller runs them on
//! a thread that may block. [`Service::ingest`] and [`Service::persist_changes`] never wait.

mod error;
mod health;
mod live;
mod tokens;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use sensor_detect::catalogue::{Catalogue, catalogue};
use sensor_detect::detector::{Changes, Device, Learned, Mode};
use sensor_detect::finding::Finding;
use sensor_protocols::time::Timestamp;

use crate::alert::{
    Actor, Alert, Comment, Edit, LearnPreview, LearnRecord, LearnRequest, LifecycleSettings, Mute,
    MuteRequest, Status, TimelineEvent,
};
use crate::store::{AlertQuery, ListQuery, Page, TimelineQuery};

pub use error::ServiceError;
pub use health::{Health, HealthCheck, HealthStatus};
pub use live::{ControlError, CounterSample, DetectorControl, LiveStatus};
pub use tokens::{NotARole, Principal, Role, Secret, TokenInfo};

/// How a service is set up.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// Where the database lives; created when missing.
    pub data_dir: PathBuf,
    pub lifecycle: LifecycleSettings,
    /// The sensor's clock.
    pub clock: fn() -> Timestamp,
}

/// What an earlier run left for the detector.
#[derive(Debug, Default)]
pub struct Restored {
    pub baseline: Vec<Learned>,
    pub devices: Vec<Device>,
    /// `None` on the first start.
    pub mode: Option<Mode>,
    /// Secret of the administrator's token, when this start created it.
    pub admin_token: Option<Secret>,
}

/// The service. Clones are handles to one and the same.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    live: ArcSwap<LiveStatus>,
}

/// One line of bodies to come.
fn later<T>() -> Result<T, ServiceError> {
    Err(ServiceError::Unavailable {
        code: "store_unavailable",
        message: "the store is not open".to_owned(),
    })
}

impl Service {
    /// Opens or creates the store and starts its writer. Says what an earlier run left.
    pub fn open(_settings: ServiceSettings) -> Result<(Self, Restored), ServiceError> {
        let inner = Inner {
            live: ArcSwap::default(),
        };
        let service = Self {
            inner: Arc::new(inner),
        };
        Ok((service, Restored::default()))
    }

    /// Tells the service how to reach the running detector; once.
    pub fn attach_detector(&self, _control: Arc<dyn DetectorControl>) {}

    /// Writes what is pending and closes the store. Later calls fail with `store_unavailable`.
    pub fn close(&self) -> Result<(), ServiceError> {
        later()
    }

    // --- the sensing thread; never blocks, never fails: what cannot be kept is counted ---

    /// Takes findings in. Findings of one alert and violation are merged until they are written.
    pub fn ingest(&self, _findings: Vec<Finding>) {}

    /// Takes in what the detector wants kept.
    pub fn persist_changes(&self, _changes: Changes) {}

    /// Replaces what the pipeline says about itself.
    pub fn publish(&self, status: LiveStatus) {
        self.inner.live.store(Arc::new(status));
    }

    // --- alerts ---

    /// Alerts that match, newest first.
    pub fn alerts(&self, _query: &AlertQuery) -> Result<Page<Alert>, ServiceError> {
        later()
    }

    /// Every alert that matches, newest first, on one snapshot and in constant memory; `limit` is
    /// not looked at. For exports.
    pub fn export_alerts(&self, _query: AlertQuery) -> Result<AlertRows, ServiceError> {
        later()
    }

    pub fn alert(&self, _id: u64) -> Result<Alert, ServiceError> {
        later()
    }

    /// Sets the status; to the status it has is no change.
    pub fn set_status(
        &self,
        _id: u64,
        _status: Status,
        _edit: &Edit,
    ) -> Result<Alert, ServiceError> {
        later()
    }

    pub fn acknowledge(
        &self,
        _id: u64,
        _acknowledged: bool,
        _edit: &Edit,
    ) -> Result<Alert, ServiceError> {
        later()
    }

    /// What [`Self::learn`] would put into the baseline.
    pub fn learn_preview(
        &self,
        _id: u64,
        _request: &LearnRequest,
    ) -> Result<LearnPreview, ServiceError> {
        later()
    }

    /// Closes the alert and allows its traffic from here on.
    pub fn learn(
        &self,
        _id: u64,
        _request: &LearnRequest,
        _edit: &Edit,
    ) -> Result<Alert, ServiceError> {
        later()
    }

    /// Takes back what was learned from the alert; its status is `new` again.
    pub fn unlearn(&self, _id: u64, _edit: &Edit) -> Result<Alert, ServiceError> {
        later()
    }

    /// Closes the alert and ignores its traffic from here on.
    pub fn mute(
        &self,
        _id: u64,
        _request: &MuteRequest,
        _edit: &Edit,
    ) -> Result<Alert, ServiceError> {
        later()
    }

    /// Lifts the mute set from the alert; its status is `new` again.
    pub fn unmute(&self, _id: u64, _edit: &Edit) -> Result<Alert, ServiceError> {
        later()
    }

    /// Adds a comment; it is the last of [`Alert::comments`].
    pub fn comment(&self, _id: u64, _text: &str, _edit: &Edit) -> Result<Alert, ServiceError> {
        later()
    }

    pub fn comments(&self, _id: u64) -> Result<Vec<Comment>, ServiceError> {
        later()
    }

    /// Pins the alert (retention leaves it alone) or takes the pin off.
    pub fn pin(&self, _id: u64, _pinned: bool, _edit: &Edit) -> Result<Alert, ServiceError> {
        later()
    }

    pub fn assign(
        &self,
        _id: u64,
        _assignee: Option<&str>,
        _edit: &Edit,
    ) -> Result<Alert, ServiceError> {
        later()
    }

    /// Everything that happened to the alert, newest first.
    pub fn history(
        &self,
        _id: u64,
        _list: &ListQuery,
    ) -> Result<Page<TimelineEvent>, ServiceError> {
        later()
    }

    // --- timeline, suppressions, baseline, inventory ---

    /// Events that match, newest first.
    pub fn timeline(&self, _query: &TimelineQuery) -> Result<Page<TimelineEvent>, ServiceError> {
        later()
    }

    pub fn mutes(&self, _list: &ListQuery) -> Result<Page<Mute>, ServiceError> {
        later()
    }

    /// The mute that was set from an alert.
    pub fn mute_of(&self, _alert_id: u64) -> Result<Mute, ServiceError> {
        later()
    }

    /// What people learned from alerts.
    pub fn learned(&self, _list: &ListQuery) -> Result<Page<LearnRecord>, ServiceError> {
        later()
    }

    /// Every tuple of the baseline, in the order of the tuples.
    pub fn baseline(&self, _list: &ListQuery) -> Result<Page<Learned>, ServiceError> {
        later()
    }

    /// Devices by id.
    pub fn devices(&self, _list: &ListQuery) -> Result<Page<Device>, ServiceError> {
        later()
    }

    pub fn device(&self, _id: u64) -> Result<Device, ServiceError> {
        later()
    }

    /// The alert types of this build; [`LiveStatus::detector`] says how each is doing.
    pub fn alert_types(&self) -> &'static Catalogue {
        catalogue()
    }

    // --- the sensor ---

    /// The mode last set, or the one the detector started with.
    pub fn mode(&self) -> Mode {
        self.inner.live.load().mode
    }

    /// Changes the detector's mode and keeps it for the next start.
    pub fn set_mode(&self, _mode: Mode, _actor: &Actor) -> Result<Mode, ServiceError> {
        later()
    }

    pub fn health(&self) -> Health {
        Health {
            status: HealthStatus::Ok,
            checks: Vec::new(),
        }
    }

    /// What the pipeline last said about itself.
    pub fn live(&self) -> Arc<LiveStatus> {
        self.inner.live.load_full()
    }

    /// Counters of intake, alert stage and store, for metrics; in a fixed order.
    pub fn counters(&self) -> Vec<CounterSample> {
        Vec::new()
    }

    /// The sensor's clock.
    pub fn now(&self) -> Timestamp {
        Timestamp::ZERO
    }

    // --- tokens ---

    /// Whom a secret stands for; `None` when it is unknown or expired.
    pub fn authenticate(&self, _secret: &str) -> Option<Principal> {
        None
    }

    pub fn tokens(&self) -> Vec<TokenInfo> {
        Vec::new()
    }

    /// Creates a token; its secret is not kept and cannot be shown again.
    pub fn create_token(
        &self,
        _name: &str,
        _role: Role,
        _expires: Option<Timestamp>,
        _actor: &Actor,
    ) -> Result<(TokenInfo, Secret), ServiceError> {
        later()
    }

    pub fn revoke_token(&self, _id: u64, _actor: &Actor) -> Result<(), ServiceError> {
        later()
    }

    // --- idempotency (Idempotency-Key of the API) ---

    /// The reply kept under a key, not older than a day.
    pub fn recall_reply(&self, _key: &str) -> Result<Option<KeptReply>, ServiceError> {
        later()
    }

    /// Keeps a reply for a day.
    pub fn keep_reply(&self, _key: &str, _reply: &KeptReply) -> Result<(), ServiceError> {
        later()
    }
}

/// A reply of the API that a repeated call gets again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReply {
    /// SHA-256 of what was asked: method, path and body.
    pub request: [u8; 32],
    pub status: u16,
    pub body: Vec<u8>,
}

/// The alerts of [`Service::export_alerts`], one after the other.
pub struct AlertRows {
    rows: std::vec::IntoIter<Alert>,
}

impl Iterator for AlertRows {
    type Item = Result<Alert, ServiceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next().map(Ok)
    }
}
