//! Why the store could not be opened, or could not do a verb.

use std::path::{Path, PathBuf};

/// The database cannot be opened. Each message names the file, the cause and the remedy; the file
/// was not changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "database {path} has schema {found}, and this version of the sensor knows schemas up to \
         {known}; run the version that wrote it, or start with another data directory"
    )]
    Newer {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    #[error(
        "database {path} is in use by another process; stop that one or give another data directory"
    )]
    InUse { path: PathBuf },
    #[error(
        "database {path} is damaged ({cause}); restore a backup, or move the file away to start \
         with an empty one"
    )]
    Damaged { path: PathBuf, cause: String },
    #[error(
        "cannot open database {path}: {cause}; check that the directory exists, is writable and not full"
    )]
    Io { path: PathBuf, cause: String },
}

impl OpenError {
    pub(super) fn from_redb(path: &Path, error: &redb::DatabaseError) -> Self {
        let path = path.to_path_buf();
        let cause = error.to_string();
        if let redb::DatabaseError::DatabaseAlreadyOpen
        | redb::DatabaseError::LockProtocolMismatch = error
        {
            return Self::InUse { path };
        }
        if let redb::DatabaseError::Storage(redb::StorageError::Io(io)) = error
            && io.kind() != std::io::ErrorKind::InvalidData
            && io.kind() != std::io::ErrorKind::UnexpectedEof
        {
            return Self::Io { path, cause };
        }
        Self::Damaged { path, cause }
    }

    pub(super) fn from_store(path: &Path, error: &StoreError) -> Self {
        Self::Damaged {
            path: path.to_path_buf(),
            cause: error.to_string(),
        }
    }
}

/// A verb of the store failed; nothing of it was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be used at present. The sensor goes on and the store tries again.
    #[error("the store is not available: {cause}")]
    Unavailable { cause: String },
    #[error("the store was closed")]
    Closed,
    #[error("too many changes are waiting for the store; try again in a moment")]
    QueueFull,
    /// Reading or writing the file failed.
    #[error("the database file failed: {cause}")]
    Io { cause: String },
    /// One record cannot be understood.
    #[error("record {key} of table {table} cannot be read: {cause}")]
    Record {
        table: &'static str,
        key: String,
        cause: String,
    },
}

impl StoreError {
    /// Whether the whole transaction is lost, and not only what needed one bad record.
    pub(crate) fn is_fatal(&self) -> bool {
        !matches!(self, Self::Record { .. })
    }

    fn io(error: impl std::fmt::Display) -> Self {
        Self::Io {
            cause: error.to_string(),
        }
    }
}

macro_rules! io_errors {
    ($($error:ty),*) => {
        $(impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                Self::io(error)
            }
        })*
    };
}

io_errors!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError
);
