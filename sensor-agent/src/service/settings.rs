//! How a service is set up, and what it finds.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use sensor_detect::detector::{Device, Learned, Mode};
use sensor_protocols::time::Timestamp;

use super::Secret;
use crate::alert::LifecycleSettings;
use crate::store::OpenError;

/// How a service is set up.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// Where the database lives; created when missing.
    pub data_dir: PathBuf,
    pub lifecycle: LifecycleSettings,
    pub clock: Clock,
}

impl ServiceSettings {
    /// Default settings for a data directory, on the host's clock.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            lifecycle: LifecycleSettings::default(),
            clock: Clock::wall(),
        }
    }
}

/// The sensor's clock: the host's, or a virtual one.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The host's clock.
    pub fn wall() -> Self {
        Self::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let nanos = since.map_or(0, |since| since.as_nanos());
            Timestamp::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
        })
    }

    /// A clock of the caller's.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now().as_nanos())
    }
}

/// What an earlier run left for the detector, and what the operator has to be told.
#[derive(Debug, Default)]
pub struct Restored {
    /// The detector's baseline, and what people learned from alerts.
    pub baseline: Vec<Learned>,
    pub devices: Vec<Device>,
    /// `None` on the first start.
    pub mode: Option<Mode>,
    /// Types whose learning was over in dynamic mode.
    pub operational_types: Vec<Arc<str>>,
    /// Secret of the administrator's token, when this start created it.
    pub admin_token: Option<Secret>,
    /// The database is damaged: the sensor works without it and tries it again. The token above is
    /// then valid for this run only.
    pub store_failure: Option<OpenError>,
}
