//! Ways to break a database on purpose, for tests above the store.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::backends::FileBackend;
use redb::{Database, StorageBackend};

use super::error::OpenError;
use super::schema::{self, meta};
use super::shared::Opener;

/// A file that fails like a full disk while its switch is on.
#[derive(Debug)]
struct Flaky {
    file: FileBackend,
    full: Arc<AtomicBool>,
}

impl Flaky {
    fn check(&self) -> io::Result<()> {
        if self.full.load(Ordering::SeqCst) {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        } else {
            Ok(())
        }
    }
}

impl StorageBackend for Flaky {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()?;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}

/// Opens databases on files that fail while `full` is set.
pub(crate) fn flaky_opener(full: &Arc<AtomicBool>) -> Box<Opener> {
    let full = Arc::clone(full);
    Box::new(move |path| {
        flaky(path, Arc::clone(&full)).map_err(|cause| OpenError::Io {
            path: path.to_path_buf(),
            cause,
        })
    })
}

fn flaky(path: &Path, full: Arc<AtomicBool>) -> Result<Database, String> {
    let file = std::fs::File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| error.to_string())?;
    let file = FileBackend::new(file).map_err(|error| error.to_string())?;
    Database::builder()
        .create_with_backend(Flaky { file, full })
        .map_err(|error| error.to_string())
}

/// Makes a closed database claim another schema.
pub(crate) fn set_schema(path: &Path, version: u64) {
    let database = Database::open(path).expect("a database");
    let txn = database.begin_write().expect("begin");
    let mut table = txn.open_table(schema::META).expect("meta");
    let bytes = version.to_be_bytes();
    table
        .insert(meta::SCHEMA, bytes.as_slice())
        .expect("written");
    drop(table);
    txn.commit().expect("committed");
}

/// Replaces the record of an alert in a closed database.
pub(crate) fn set_alert(path: &Path, id: u64, bytes: &[u8]) {
    let database = Database::open(path).expect("a database");
    let txn = database.begin_write().expect("begin");
    let mut table = txn.open_table(schema::ALERTS).expect("alerts");
    table.insert(id, bytes).expect("written");
    drop(table);
    txn.commit().expect("committed");
}

/// Takes an alert out of the index by status in a closed database.
pub(crate) fn unindex_status(path: &Path, id: u64) {
    let database = Database::open(path).expect("a database");
    let txn = database.begin_write().expect("begin");
    let mut table = txn.open_table(schema::BY_STATUS).expect("index");
    let key = super::keys::FacetKey::new(1, id);
    assert!(table.remove(&key.0).expect("removed").is_some());
    drop(table);
    txn.commit().expect("committed");
}
