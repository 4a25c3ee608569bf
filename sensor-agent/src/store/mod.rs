//! Stage 7: durable records in one file. Only this folder names redb.
//!
//! Data in: units of work, run one after the other by one writer thread over the alert stage's
//! [`crate::alert::Repository`]; a call returns when its unit is on the disk. Data out: pages of
//! records, read on snapshots that no writer waits for.
//!
//! Limits: [`QUEUE`] waiting calls, [`writer::BATCH_JOBS`] calls or [`writer::GATHER`] in one
//! transaction, and the caps of the writer's memory in [`cache`]. A call above the limit is refused
//! and counted. Counts of repeated traffic are written at most once a second and alert, so a
//! crash loses up to a second of them, and nothing that was answered.
//!
//! A failing file (disk full, I/O error, damage) makes calls fail and the store try again; nothing
//! panics and sensing goes on.

mod admit;
mod cache;
mod check;
mod codec;
mod codes;
mod error;
mod filters;
mod keys;
mod migrate;
mod places;
mod query;
mod repository;
#[cfg(test)]
pub(crate) mod sabotage;
mod schema;
mod select;
mod shared;
mod snapshot;
mod tables;
#[cfg(test)]
mod tests;
mod unit;
mod verbs;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use redb::ReadableDatabase;

pub use check::CheckReport;
pub(crate) use codec::{Filter, Reply, Token, hex};
pub use error::{OpenError, StoreError};
pub(crate) use filters::{FilterChange, KeptFilters};
pub(crate) use query::List;
pub use query::{
    AlertQuery, BadCursor, Cursor, ListQuery, PAGE_DEFAULT, PAGE_LIMIT, Page, TimelineQuery,
};
pub use schema::VERSION;
pub use shared::StoreStatus;
pub(crate) use snapshot::{PageResult, Snapshot};
pub(crate) use unit::Unit;
pub(crate) use writer::Feed;

pub(crate) use shared::Opener;
use shared::Shared;
use writer::{Call, Message, Writer};

/// Calls that may wait for the writer.
pub(crate) const QUEUE: usize = 4096;

/// Name of the database inside the data directory.
pub const FILE_NAME: &str = "telltale.redb";

/// A handle to the open store. Clones are handles to one and the same.
#[derive(Clone)]
pub(crate) struct Store {
    path: Arc<PathBuf>,
    shared: Arc<Shared>,
    queue: SyncSender<Message>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Store {
    /// The way files are opened in earnest.
    pub(crate) fn opener() -> Box<Opener> {
        Box::new(migrate::open)
    }

    /// Opens or creates the database and starts its writer.
    pub(crate) fn open(
        path: &Path,
        feed: impl Feed + 'static,
        opener: Box<Opener>,
    ) -> Result<Self, OpenError> {
        let shared = Shared::new(opener);
        let open = AssertUnwindSafe(|| {
            let database = shared.open(path)?;
            let cache =
                writer::load(&database).map_err(|error| OpenError::from_store(path, &error))?;
            Ok((database, cache))
        });
        let (database, cache) = catch_unwind(open).unwrap_or_else(|_| {
            Err(OpenError::Damaged {
                path: path.to_path_buf(),
                cause: "the database code panicked".to_owned(),
            })
        })?;
        shared.restore(database);
        Self::start(path, feed, shared, cache, None)
    }

    /// A store whose file cannot be used; the writer tries it again and again.
    pub(crate) fn unavailable(
        path: &Path,
        feed: impl Feed + 'static,
        opener: Box<Opener>,
        cause: &OpenError,
    ) -> Result<Self, OpenError> {
        let shared = Shared::new(opener);
        shared.fail(cause.to_string());
        let retry = std::time::Instant::now() + writer::RETRY;
        Self::start(path, feed, shared, cache::Cache::default(), Some(retry))
    }

    fn start(
        path: &Path,
        feed: impl Feed + 'static,
        shared: Shared,
        cache: cache::Cache,
        retry: Option<std::time::Instant>,
    ) -> Result<Self, OpenError> {
        let shared = Arc::new(shared);
        let (queue, receiver) = sync_channel(QUEUE);
        let writer = Writer {
            path: path.to_path_buf(),
            shared: Arc::clone(&shared),
            queue: receiver,
            feed,
            cache,
            retry,
        };
        let thread = std::thread::Builder::new().name("store-writer".to_owned());
        let writer = thread.spawn(move || writer.run());
        let writer = writer.map_err(|error| OpenError::Io {
            path: path.to_path_buf(),
            cause: format!("no thread for the writer: {error}"),
        })?;
        Ok(Self {
            path: Arc::new(path.to_path_buf()),
            shared,
            queue,
            writer: Arc::new(Mutex::new(Some(writer))),
        })
    }

    /// Has `work` done in a write transaction and returns its value once that is durable. When it
    /// fails, nothing of it was done. It may run more than once.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Unit<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = sync_channel(1);
        let call = Call {
            work,
            value: None,
            reply,
        };
        match self.queue.try_send(Message::Job(Box::new(call))) {
            Ok(()) => answer.recv().unwrap_or(Err(StoreError::Closed)),
            Err(TrySendError::Full(_)) => {
                self.shared.count_refused();
                Err(StoreError::QueueFull)
            }
            Err(TrySendError::Disconnected(_)) => Err(StoreError::Closed),
        }
    }

    /// Reads on a snapshot of what is durable.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Snapshot) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let read = AssertUnwindSafe(|| work(&self.snapshot()?));
        let result = catch_unwind(read).unwrap_or_else(|_| {
            Err(StoreError::Io {
                cause: "the database code panicked".to_owned(),
            })
        });
        if result.is_err() {
            self.shared.count_read_failure();
        }
        result
    }

    /// The state that is durable at this moment.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let Some(database) = self.shared.database() else {
            return Err(self.shared.unavailable());
        };
        let txn = database.begin_read()?;
        Ok(Snapshot { txn })
    }

    /// Tells the writer that its feed has something; never waits.
    pub(crate) fn wake(&self) {
        // A full queue keeps the writer awake anyhow, and a closed one has no writer to wake.
        drop(self.queue.try_send(Message::Wake));
    }

    pub(crate) fn status(&self) -> StoreStatus {
        self.shared.status(&self.path)
    }

    /// Walks the whole database and compares indexes with records.
    pub(crate) fn check(&self) -> Result<CheckReport, StoreError> {
        self.read(check::check)
    }

    /// Writes what is left and closes the file. Later calls fail.
    pub(crate) fn close(&self) {
        let writer = self.writer.lock();
        let writer = writer.unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // Waits for a place in the queue; when the writer is gone there is nothing to close.
            if self.queue.send(Message::Close).is_ok() && writer.join().is_err() {
                tracing::error!("the store's writer panicked");
            }
        }
    }
}
