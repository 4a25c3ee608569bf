//! The one thread that writes. It gathers what is waiting, does it in one transaction and makes it
//! durable with one sync; only then are the callers told.
//!
//! A job whose record cannot be read is taken out and the rest is done without it. When the file
//! itself fails, every waiting call fails, the database is closed and opened again every
//! [`RETRY`]; the feed keeps what it was about to write.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::time::{Duration, Instant};

use redb::Database;

use super::cache::Cache;
use super::error::StoreError;
use super::shared::Shared;
use super::unit::Unit;

/// Most calls of one transaction.
pub(super) const BATCH_JOBS: usize = 1000;

/// How long the first call of a transaction waits for others, when the writer was idle.
pub(super) const GATHER: Duration = Duration::from_millis(5);

/// The writer looks at the clock at least this often.
const IDLE: Duration = Duration::from_secs(1);

/// Time between attempts to open a database that failed.
pub(super) const RETRY: Duration = Duration::from_secs(2);

/// What writes of its own accord: findings, changes of the detector, the passing of time.
pub(crate) trait Feed: Send {
    /// Whether [`Self::run`] has something to do.
    fn waiting(&self) -> bool;

    /// Does a bounded amount of it.
    fn run(&mut self, unit: &mut Unit<'_>) -> Result<(), StoreError>;

    /// What the last [`Self::run`] did is durable, or was undone and has to be done again.
    fn settled(&mut self, durable: bool);

    /// Repeats of so many messages were counted in memory only, and are lost with a failed file.
    fn lost(&mut self, messages: u64);
}

/// A call of the service.
pub(super) trait Job: Send {
    /// Does the work; may be called again when the transaction had to be given up.
    fn run(&mut self, unit: &mut Unit<'_>) -> Result<(), StoreError>;

    /// Tells the caller.
    fn done(self: Box<Self>, outcome: Result<(), StoreError>);
}

pub(super) enum Message {
    /// The feed has something.
    Wake,
    Job(Box<dyn Job>),
    /// Write what is left, and end.
    Close,
}

/// A call that answers with a value.
pub(super) struct Call<F, T> {
    pub work: F,
    pub value: Option<T>,
    pub reply: SyncSender<Result<T, StoreError>>,
}

impl<F, T> Job for Call<F, T>
where
    F: Fn(&mut Unit<'_>) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, unit: &mut Unit<'_>) -> Result<(), StoreError> {
        self.value = Some((self.work)(unit)?);
        Ok(())
    }

    fn done(self: Box<Self>, outcome: Result<(), StoreError>) {
        let answer = match (outcome, self.value) {
            (Ok(()), Some(value)) => Ok(value),
            (Ok(()), None) => Err(StoreError::Closed),
            (Err(error), _) => Err(error),
        };
        // The caller may have gone; what it asked for is done all the same.
        drop(self.reply.send(answer));
    }
}

/// Why a transaction was given up: the job that could not be done, or the file.
struct Failure {
    job: Option<usize>,
    error: StoreError,
}

impl<E: Into<StoreError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            job: None,
            error: error.into(),
        }
    }
}

pub(super) struct Writer<F> {
    pub path: PathBuf,
    pub shared: Arc<Shared>,
    pub queue: Receiver<Message>,
    pub feed: F,
    pub cache: Cache,
    /// When a failed database is tried again.
    pub retry: Option<Instant>,
}

impl<F: Feed> Writer<F> {
    /// Works until the queue is closed.
    pub(super) fn run(mut self) {
        loop {
            let (jobs, open) = self.gather();
            self.reopen_when_due();
            if !jobs.is_empty() || self.feed_can_work() || self.flush_due() {
                self.work(jobs);
            }
            if !open {
                break;
            }
        }
        self.finish();
    }

    /// Waits for something to do; returns the calls, and whether there can be more.
    fn gather(&mut self) -> (Vec<Box<dyn Job>>, bool) {
        let mut jobs = Vec::new();
        let mut until = Instant::now();
        match self.queue.try_recv() {
            Ok(message) => {
                if !take(message, &mut jobs) {
                    return (jobs, false);
                }
            }
            Err(TryRecvError::Disconnected) => return (jobs, false),
            Err(TryRecvError::Empty) if self.feed_can_work() => {}
            Err(TryRecvError::Empty) => match self.queue.recv_timeout(self.idle()) {
                Ok(message) => {
                    if !take(message, &mut jobs) {
                        return (jobs, false);
                    }
                    until = Instant::now() + GATHER;
                }
                Err(RecvTimeoutError::Timeout) => return (jobs, true),
                Err(RecvTimeoutError::Disconnected) => return (jobs, false),
            },
        }
        while jobs.len() < BATCH_JOBS {
            let wait = until.saturating_duration_since(Instant::now());
            match self.queue.recv_timeout(wait) {
                Ok(message) => {
                    if !take(message, &mut jobs) {
                        return (jobs, false);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return (jobs, false),
                Err(RecvTimeoutError::Timeout) => break,
            }
            if wait.is_zero() {
                until = Instant::now();
            }
        }
        (jobs, true)
    }

    /// While the database is closed the feed waits for it, like everybody else.
    fn feed_can_work(&self) -> bool {
        self.retry.is_none() && self.feed.waiting()
    }

    fn flush_due(&self) -> bool {
        self.cache.due().is_some_and(|due| due <= Instant::now())
    }

    /// How long there is nothing to do unless somebody calls.
    fn idle(&self) -> Duration {
        let due = [self.cache.due(), self.retry].into_iter().flatten().min();
        let wait = due.map(|due| due.saturating_duration_since(Instant::now()));
        wait.unwrap_or(IDLE).min(IDLE)
    }

    /// Does the calls and a share of the feed's work, durably.
    fn work(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        loop {
            let Some(database) = self.shared.database() else {
                let error = self.shared.unavailable();
                return refuse(jobs, &error);
            };
            match self.attempt(&database, &mut jobs) {
                Ok(()) => {
                    self.feed.settled(true);
                    self.shared.count_commit(jobs.len());
                    return jobs.into_iter().for_each(|job| job.done(Ok(())));
                }
                Err(Failure {
                    job: Some(job),
                    error,
                }) if !error.is_fatal() => {
                    self.feed.settled(false);
                    jobs.remove(job).done(Err(error));
                    self.reload(&database);
                }
                Err(Failure { error, .. }) => {
                    self.feed.settled(false);
                    drop(database);
                    self.fail(&error);
                    return refuse(jobs, &error);
                }
            }
        }
    }

    /// One transaction. A panic of the database counts as its failure.
    fn attempt(&mut self, database: &Database, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
        let transact = AssertUnwindSafe(|| self.transact(database, jobs));
        catch_unwind(transact).unwrap_or_else(|_| {
            Err(Failure::from(StoreError::Io {
                cause: "the database code panicked".to_owned(),
            }))
        })
    }

    fn transact(&mut self, database: &Database, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
        let transaction = database.begin_write()?;
        let mut unit = Unit::begin(&transaction, &mut self.cache)?;
        self.feed.run(&mut unit)?;
        for (index, job) in jobs.iter_mut().enumerate() {
            job.run(&mut unit).map_err(|error| Failure {
                job: Some(index),
                error,
            })?;
        }
        if unit.finish()? {
            transaction.commit()?;
        } else {
            transaction.abort()?;
        }
        Ok(())
    }

    /// Forgets what a given up transaction left in memory.
    fn reload(&mut self, database: &Database) {
        self.feed.lost(self.cache.pending_messages());
        match load(database) {
            Ok(cache) => self.cache = cache,
            Err(error) => self.fail(&error),
        }
    }

    /// Closes the database and plans to try again.
    fn fail(&mut self, error: &StoreError) {
        tracing::error!(database = %self.path.display(), %error, "the store failed; it is opened again");
        self.feed.lost(self.cache.pending_messages());
        self.cache = Cache::default();
        self.shared.fail(error.to_string());
        self.retry = Some(Instant::now() + RETRY);
    }

    fn reopen_when_due(&mut self) {
        if self.retry.is_none_or(|due| Instant::now() < due) {
            return;
        }
        self.retry = Some(Instant::now() + RETRY);
        let path = self.path.clone();
        let shared = Arc::clone(&self.shared);
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let database = shared.reopen(&path).map_err(|error| error.to_string())?;
            let cache = load(&database).map_err(|error| error.to_string())?;
            Ok((database, cache))
        }));
        match opened.unwrap_or_else(|_| Err("the database code panicked".to_owned())) {
            Ok((database, cache)) => {
                tracing::info!(database = %self.path.display(), "the store is available again");
                self.cache = cache;
                self.retry = None;
                self.shared.restore(database);
            }
            Err(cause) => self.shared.still_failing(cause),
        }
    }

    /// Writes everything that is only in memory, as far as the file allows.
    fn finish(&mut self) {
        while self.feed.waiting() && self.shared.database().is_some() {
            self.work(Vec::new());
        }
        if let Some(database) = self.shared.database() {
            let result = (|| -> Result<(), StoreError> {
                let transaction = database.begin_write()?;
                let mut unit = Unit::begin(&transaction, &mut self.cache)?;
                unit.flush_all()?;
                unit.finish()?;
                Ok(transaction.commit()?)
            })();
            if let Err(error) = result {
                drop(database);
                self.fail(&error);
            }
        }
        self.shared.close();
    }
}

/// The state of the writer's memory for a database.
pub(super) fn load(database: &Database) -> Result<Cache, StoreError> {
    let transaction = database.begin_write()?;
    let tables = super::tables::Tables::open(&transaction)?;
    let cache = Cache::load(&tables)?;
    drop(tables);
    transaction.commit()?;
    Ok(cache)
}

/// Adds a call to the batch; false when the writer shall end.
fn take(message: Message, jobs: &mut Vec<Box<dyn Job>>) -> bool {
    match message {
        Message::Wake => true,
        Message::Job(job) => {
            jobs.push(job);
            true
        }
        Message::Close => false,
    }
}

fn refuse(jobs: Vec<Box<dyn Job>>, error: &StoreError) {
    for job in jobs {
        job.done(Err(error.clone()));
    }
}
