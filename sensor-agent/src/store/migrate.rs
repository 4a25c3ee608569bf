//! From the schema of an older version to ours, one step after the other, in one transaction.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use redb::{Builder, Database, ReadableDatabase, WriteTransaction};

use super::error::{OpenError, StoreError};
use super::schema::{self, VERSION, meta};
use super::tables::Tables;
use super::unit::number;

/// A step from schema `n` to `n + 1`; the first of the list starts at schema 1.
type Step = fn(&WriteTransaction) -> Result<(), StoreError>;

const STEPS: &[Step] = &[with_filters];

/// 1 to 2: filter rules. An older version would not know their events on the timeline.
fn with_filters(txn: &WriteTransaction) -> Result<(), StoreError> {
    txn.open_table(schema::FILTERS)?;
    Ok(())
}

/// Memory that redb may use for pages, in bytes.
const PAGE_CACHE: usize = 64 << 20;

/// Opens a database for writing, or creates it, and brings it to our schema. A database of a newer
/// schema is not changed.
pub(super) fn open(path: &Path) -> Result<Database, OpenError> {
    refuse_newer(path)?;
    make_private(path);
    let database = Builder::new()
        .set_cache_size(PAGE_CACHE)
        .create(path)
        .map_err(|error| OpenError::from_redb(path, &error))?;
    let damaged = |error: StoreError| OpenError::from_store(path, &error);
    let txn = database.begin_write().map_err(|e| damaged(e.into()))?;
    let found = stored_version(&txn).map_err(damaged)?;
    if found == Some(VERSION) {
        return Ok(database);
    }
    migrate(&txn, path, found, STEPS)?;
    txn.commit().map_err(|e| OpenError::Io {
        path: path.to_path_buf(),
        cause: e.to_string(),
    })?;
    Ok(database)
}

/// Makes a new file for its owner alone: alerts tell what a plant consists of. Where that fails, the
/// opening that follows fails too and says why; an existing file keeps the rights it has.
fn make_private(path: &Path) {
    let _the_opening_tells = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
}

/// Looks at the version through a read-only opening, which leaves every byte as it is. A file that
/// cannot be opened so (new, or not closed cleanly) is checked again by [`migrate`].
fn refuse_newer(path: &Path) -> Result<(), OpenError> {
    let Ok(database) = Builder::new().open_read_only(path) else {
        return Ok(());
    };
    let version = || -> Result<Option<u64>, StoreError> {
        let table = database.begin_read()?.open_table(schema::META)?;
        number(&table, meta::SCHEMA)
    };
    match version().ok().flatten() {
        Some(found) if found > u64::from(VERSION) => Err(newer(path, found)),
        _ => Ok(()),
    }
}

fn newer(path: &Path, found: u64) -> OpenError {
    OpenError::Newer {
        path: path.to_path_buf(),
        found: u32::try_from(found).unwrap_or(u32::MAX),
        known: VERSION,
    }
}

/// The schema in the file; `None` for a new one.
fn stored_version(txn: &WriteTransaction) -> Result<Option<u32>, StoreError> {
    let table = txn.open_table(schema::META)?;
    let version = number(&table, meta::SCHEMA)?;
    Ok(version.map(|version| u32::try_from(version).unwrap_or(u32::MAX)))
}

/// Runs the steps from `found` to the last one, and writes down the schema reached.
fn migrate(
    txn: &WriteTransaction,
    path: &Path,
    found: Option<u32>,
    steps: &[Step],
) -> Result<(), OpenError> {
    let damaged = |error: StoreError| OpenError::from_store(path, &error);
    let target = u32::try_from(steps.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let from = found.unwrap_or(target);
    if from > target {
        return Err(newer(path, from.into()));
    }
    let done = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
    for step in steps.iter().skip(done) {
        step(txn).map_err(damaged)?;
    }
    let mut tables = Tables::open(txn).map_err(damaged)?;
    let version = u64::from(target).to_be_bytes();
    let written = tables.meta.insert(meta::SCHEMA, version.as_slice());
    written.map_err(|e| damaged(e.into()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use redb::{ReadableTable, TableDefinition};

    use super::*;

    const NOTES: TableDefinition<'_, &str, &str> = TableDefinition::new("notes");

    fn rename(txn: &WriteTransaction) -> Result<(), StoreError> {
        let mut notes = txn.open_table(NOTES)?;
        let old = notes.remove("old")?.map(|value| value.value().to_owned());
        notes.insert("middle", old.unwrap_or_default().as_str())?;
        Ok(())
    }

    fn shout(txn: &WriteTransaction) -> Result<(), StoreError> {
        let mut notes = txn.open_table(NOTES)?;
        let old = notes
            .remove("middle")?
            .map(|value| value.value().to_uppercase());
        notes.insert("new", old.unwrap_or_default().as_str())?;
        Ok(())
    }

    fn database(schema: u32) -> (tempfile::TempDir, Database) {
        let dir = tempfile::tempdir().expect("temporary directory");
        let database = Database::create(dir.path().join("x.redb")).expect("create");
        let txn = database.begin_write().expect("begin");
        migrate(
            &txn,
            dir.path(),
            None,
            &vec![noop as Step; schema as usize - 1],
        )
        .expect("new");
        let mut notes = txn.open_table(NOTES).expect("table");
        notes.insert("old", "text").expect("insert");
        drop(notes);
        txn.commit().expect("commit");
        (dir, database)
    }

    fn noop(txn: &WriteTransaction) -> Result<(), StoreError> {
        txn.open_table(NOTES)?;
        Ok(())
    }

    #[test]
    fn steps_run_once_each_and_in_order_from_the_schema_found() {
        let (dir, database) = database(1);
        let txn = database.begin_write().expect("begin");
        let found = stored_version(&txn).expect("version");
        assert_eq!(found, Some(1));
        migrate(&txn, dir.path(), found, &[rename, shout]).expect("migrate");
        assert_eq!(stored_version(&txn).expect("version"), Some(3));
        let notes = txn.open_table(NOTES).expect("table");
        assert_eq!(
            notes.get("new").expect("get").expect("value").value(),
            "TEXT"
        );
        assert!(notes.get("old").expect("get").is_none());
    }

    #[test]
    fn steps_already_taken_are_skipped() {
        let (dir, database) = database(2);
        let txn = database.begin_write().expect("begin");
        let found = stored_version(&txn).expect("version");
        migrate(&txn, dir.path(), found, &[rename, shout]).expect("migrate");
        let notes = txn.open_table(NOTES).expect("table");
        assert_eq!(
            notes.get("old").expect("get").expect("kept").value(),
            "text"
        );
        assert_eq!(notes.get("new").expect("get").expect("value").value(), "");
    }

    #[test]
    fn a_newer_schema_is_refused_with_both_versions() {
        let (dir, database) = database(5);
        let txn = database.begin_write().expect("begin");
        let found = stored_version(&txn).expect("version");
        let error = migrate(&txn, dir.path(), found, &[rename]).expect_err("newer");
        assert!(
            matches!(error, OpenError::Newer { found: 5, .. }),
            "{error}"
        );
    }

    #[test]
    fn there_is_a_step_for_every_schema_after_the_first() {
        assert_eq!(STEPS.len(), VERSION as usize - 1);
    }
}
