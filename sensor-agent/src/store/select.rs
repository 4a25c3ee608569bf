//! Which alerts match, by index: every condition is a stream of ids from the newest to the oldest
//! that can be moved ahead to any id, so conditions are joined without reading records.

use redb::{ReadOnlyTable, ReadTransaction};

use super::codes;
use super::error::StoreError;
use super::keys::{FacetKey, PartyBytes, PartyIdKey, TypeKey, id_of};
use super::query::AlertQuery;
use super::schema;

type Result<T> = std::result::Result<T, StoreError>;

/// The newest id not above a given one.
type Seek = Box<dyn Fn(u64) -> Result<Option<u64>>>;

/// A condition as a stream of ids.
pub(super) enum Ids {
    One(Seek),
    /// Ids in any of the streams.
    Any(Vec<Self>),
    /// Ids in all of the streams.
    All(Vec<Self>),
}

impl Ids {
    /// The newest matching id not above `id`.
    pub(super) fn at_most(&self, id: u64) -> Result<Option<u64>> {
        match self {
            Self::One(seek) => seek(id),
            Self::Any(streams) => {
                let mut newest = None;
                for stream in streams {
                    newest = newest.max(stream.at_most(id)?);
                }
                Ok(newest)
            }
            Self::All(streams) => join(streams, id),
        }
    }
}

/// Moves every stream down to the lowest of their answers until they agree.
fn join(streams: &[Ids], from: u64) -> Result<Option<u64>> {
    let mut id = from;
    loop {
        let start = id;
        for stream in streams {
            match stream.at_most(id)? {
                Some(found) => id = found,
                None => return Ok(None),
            }
        }
        if id == start || streams.len() == 1 {
            return Ok(Some(id));
        }
    }
}

/// The stream of everything a query's indexed fields allow.
pub(super) fn ids(txn: &ReadTransaction, query: &AlertQuery) -> Result<Ids> {
    let mut all = Vec::new();
    add(&mut all, &query.status, |status| {
        facet(txn, schema::BY_STATUS, codes::status(*status))
    })?;
    add(&mut all, &query.severity, |severity| {
        facet(txn, schema::BY_SEVERITY, codes::severity(*severity))
    })?;
    add(&mut all, &query.engine, |engine| {
        facet(txn, schema::BY_ENGINE, codes::engine(*engine))
    })?;
    add(&mut all, &query.type_id, |type_id| kind(txn, type_id))?;
    add(&mut all, &query.source, |party| {
        side(txn, schema::BY_SOURCE, PartyBytes::from(Some(party)))
    })?;
    add(&mut all, &query.destination, |party| {
        side(txn, schema::BY_DESTINATION, PartyBytes::from(Some(party)))
    })?;
    add(&mut all, &query.party, |party| {
        let bytes = PartyBytes::from(Some(party));
        let source = side(txn, schema::BY_SOURCE, bytes)?;
        Ok(Ids::Any(vec![
            source,
            side(txn, schema::BY_DESTINATION, bytes)?,
        ]))
    })?;
    if all.is_empty() {
        all.push(everything(txn)?);
    }
    Ok(Ids::All(all))
}

/// Adds the alternatives of one field.
fn add<T>(all: &mut Vec<Ids>, values: &[T], stream: impl Fn(&T) -> Result<Ids>) -> Result<()> {
    if !values.is_empty() {
        let streams = values.iter().map(stream).collect::<Result<_>>()?;
        all.push(Ids::Any(streams));
    }
    Ok(())
}

fn everything(txn: &ReadTransaction) -> Result<Ids> {
    let table = txn.open_table(schema::ALERTS)?;
    Ok(Ids::One(Box::new(move |id| {
        let newest = table.range(..=id)?.next_back().transpose()?;
        Ok(newest.map(|(key, _)| key.value()))
    })))
}

/// A stream over one value of an index: `key` gives the key of the value with an id.
fn seek<const N: usize>(
    table: ReadOnlyTable<&'static [u8; N], ()>,
    key: impl Fn(u64) -> [u8; N] + 'static,
) -> Ids {
    Ids::One(Box::new(move |id| {
        let (from, to) = (key(0), key(id));
        let newest = table
            .range::<&[u8; N]>(&from..=&to)?
            .next_back()
            .transpose()?;
        Ok(newest.map(|(key, _)| id_of(key.value())))
    }))
}

fn facet(
    txn: &ReadTransaction,
    table: redb::TableDefinition<'static, &'static [u8; 9], ()>,
    value: u8,
) -> Result<Ids> {
    Ok(seek(txn.open_table(table)?, move |id| {
        FacetKey::new(value, id).0
    }))
}

fn side(
    txn: &ReadTransaction,
    table: redb::TableDefinition<'static, &'static [u8; 25], ()>,
    party: PartyBytes,
) -> Result<Ids> {
    Ok(seek(txn.open_table(table)?, move |id| {
        PartyIdKey::new(party, id).0
    }))
}

fn kind(txn: &ReadTransaction, type_id: &str) -> Result<Ids> {
    let number = txn.open_table(schema::TYPES)?.get(type_id)?;
    match number.map(|number| number.value()) {
        Some(number) => Ok(seek(txn.open_table(schema::BY_TYPE)?, move |id| {
            TypeKey::new(number, id).0
        })),
        // No alert of this type was ever stored.
        None => Ok(Ids::Any(Vec::new())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stream(ids: Vec<u64>) -> Ids {
        Ids::One(Box::new(move |at_most| {
            Ok(ids.iter().copied().filter(|id| *id <= at_most).max())
        }))
    }

    fn drain(ids: &Ids) -> Vec<u64> {
        let mut found = Vec::new();
        let mut from = Some(u64::MAX);
        while let Some(at_most) = from {
            let Some(id) = ids.at_most(at_most).expect("in memory") else {
                break;
            };
            found.push(id);
            from = id.checked_sub(1);
        }
        found
    }

    proptest! {
        /// Joining streams by moving them ahead finds what testing every id finds.
        #[test]
        fn joins_agree_with_sets(
            a in proptest::collection::vec(0u64..40, 0..30),
            b in proptest::collection::vec(0u64..40, 0..30),
            c in proptest::collection::vec(0u64..40, 0..30),
        ) {
            let expected: Vec<u64> = (0..40)
                .rev()
                .filter(|id| (a.contains(id) || b.contains(id)) && c.contains(id))
                .collect();
            let ids = Ids::All(vec![
                Ids::Any(vec![stream(a), stream(b)]),
                stream(c),
            ]);
            prop_assert_eq!(drain(&ids), expected);
        }
    }
}
