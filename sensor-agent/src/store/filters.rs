//! Verbs about filter rules: whole changes are written, the whole set is read at the start.

use redb::ReadableTable;

use super::codec::{self, Filter};
use super::error::StoreError;
use super::schema::{self, meta};
use super::snapshot::Snapshot;
use super::unit::{Unit, number, record};

type Result<T> = std::result::Result<T, StoreError>;

/// What is kept of the filter rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeptFilters {
    /// By id.
    pub rules: Vec<Filter>,
    /// Moves with every change of any of them.
    pub revision: u64,
    /// The id to be given next.
    pub next_id: u64,
}

/// A change of the filter rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilterChange {
    pub put: Vec<Filter>,
    pub removed: Vec<u64>,
    pub revision: u64,
    pub next_id: u64,
}

impl Unit<'_> {
    /// Carries a change out, all of it or nothing.
    pub(crate) fn change_filters(&mut self, change: &FilterChange) -> Result<()> {
        self.put_number(meta::FILTERS_REVISION, change.revision)?;
        self.put_number(meta::NEXT_FILTER, change.next_id)?;
        for id in &change.removed {
            self.tables.filters.remove(id)?;
        }
        for filter in &change.put {
            let bytes = record("filters", filter.id, codec::encode_filter(filter))?;
            self.tables.filters.insert(filter.id, bytes.as_slice())?;
        }
        Ok(())
    }
}

impl Snapshot {
    /// Every filter rule.
    pub(crate) fn filters(&self) -> Result<KeptFilters> {
        let table = self.txn.open_table(schema::FILTERS)?;
        let meta = self.txn.open_table(schema::META)?;
        let mut rules = Vec::new();
        for row in table.iter()? {
            let (key, value) = row?;
            let filter = codec::decode_filter(value.value());
            rules.push(record("filters", key.value(), filter)?);
        }
        Ok(KeptFilters {
            rules,
            revision: number(&meta, meta::FILTERS_REVISION)?.unwrap_or(0),
            next_id: number(&meta, meta::NEXT_FILTER)?.unwrap_or(1),
        })
    }
}
