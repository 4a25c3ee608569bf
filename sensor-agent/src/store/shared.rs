//! What the writer and the readers share: the open database and how it is doing. Readers take the
//! database without a lock.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use redb::Database;

use super::error::{OpenError, StoreError};

/// How the store is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreStatus {
    /// Why it cannot be used; `None` while it can.
    pub failure: Option<String>,
    /// Transactions made durable, and calls in them.
    pub commits: u64,
    pub calls: u64,
    /// Times the file failed.
    pub failures: u64,
    /// Calls refused because too many were waiting.
    pub refused: u64,
    /// Reads that failed.
    pub read_failures: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
}

/// Opens a database; replaced in tests by one that fails on purpose.
pub(crate) type Opener = dyn Fn(&Path) -> Result<Database, OpenError> + Send + Sync;

pub(super) struct Shared {
    database: ArcSwapOption<Database>,
    /// A failed database that readers still hold; it has to go before the file can be opened.
    failed: Mutex<Option<Arc<Database>>>,
    state: Mutex<State>,
    opener: Box<Opener>,
    commits: AtomicU64,
    calls: AtomicU64,
    failures: AtomicU64,
    refused: AtomicU64,
    read_failures: AtomicU64,
}

enum State {
    Available,
    Failing(String),
    Closed,
}

impl Shared {
    pub(super) fn new(opener: Box<Opener>) -> Self {
        Self {
            database: ArcSwapOption::empty(),
            failed: Mutex::new(None),
            state: Mutex::new(State::Available),
            opener,
            commits: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            read_failures: AtomicU64::new(0),
        }
    }

    pub(super) fn open(&self, path: &Path) -> Result<Database, OpenError> {
        (self.opener)(path)
    }

    /// Opens the file again, once nobody holds the failed database any more.
    pub(super) fn reopen(&self, path: &Path) -> Result<Database, OpenError> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = failed.take()
            && let Err(held) = Arc::try_unwrap(database)
        {
            *failed = Some(held);
            return Err(OpenError::InUse {
                path: path.to_path_buf(),
            });
        }
        self.open(path)
    }

    pub(super) fn database(&self) -> Option<Arc<Database>> {
        self.database.load_full()
    }

    /// The database can be used from here on.
    pub(super) fn restore(&self, database: Database) {
        self.set(State::Available);
        self.database.store(Some(Arc::new(database)));
    }

    /// The database cannot be used from here on.
    pub(super) fn fail(&self, cause: String) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.still_failing(cause);
        let failed = self.database.swap(None);
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = failed;
    }

    pub(super) fn still_failing(&self, cause: String) {
        self.set(State::Failing(cause));
    }

    pub(super) fn close(&self) {
        self.set(State::Closed);
        self.database.store(None);
    }

    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// The error of calls that find no database.
    pub(super) fn unavailable(&self) -> StoreError {
        match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Failing(cause) => StoreError::Unavailable {
                cause: cause.clone(),
            },
            State::Available | State::Closed => StoreError::Closed,
        }
    }

    pub(super) fn count_commit(&self, calls: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.calls.fetch_add(calls as u64, Ordering::Relaxed);
    }

    pub(super) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_read_failure(&self) {
        self.read_failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn status(&self, path: &Path) -> StoreStatus {
        let failure = match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Available => None,
            State::Failing(cause) => Some(cause.clone()),
            State::Closed => Some("it was closed".to_owned()),
        };
        StoreStatus {
            failure,
            commits: self.commits.load(Ordering::Relaxed),
            calls: self.calls.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            read_failures: self.read_failures.load(Ordering::Relaxed),
            bytes: std::fs::metadata(path).map_or(0, |file| file.len()),
        }
    }
}
