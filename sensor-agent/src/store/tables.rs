//! All tables of one write transaction, opened at its start.

use redb::{Table, TableDefinition, WriteTransaction};

use super::error::StoreError;
use super::keys::PARTY;
use super::schema;

macro_rules! tables {
    ($($field:ident: $definition:ident<$key:ty, $value:ty>;)*) => {
        /// The tables of [`schema`].
        pub(super) struct Tables<'t> {
            $(pub(super) $field: Table<'t, $key, $value>,)*
        }

        impl<'t> Tables<'t> {
            /// Opens every table, creating those that do not exist yet.
            pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
                Ok(Self {
                    $($field: open(transaction, schema::$definition)?,)*
                })
            }
        }
    };
}

fn open<'t, K: redb::Key + 'static, V: redb::Value + 'static>(
    transaction: &'t WriteTransaction,
    definition: TableDefinition<'_, K, V>,
) -> Result<Table<'t, K, V>, StoreError> {
    Ok(transaction.open_table(definition)?)
}

tables! {
    meta: META<&'static str, &'static [u8]>;
    types: TYPES<&'static str, u16>;
    alerts: ALERTS<u64, &'static [u8]>;
    by_status: BY_STATUS<&'static [u8; 9], ()>;
    by_severity: BY_SEVERITY<&'static [u8; 9], ()>;
    by_engine: BY_ENGINE<&'static [u8; 9], ()>;
    by_type: BY_TYPE<&'static [u8; 10], ()>;
    by_source: BY_SOURCE<&'static [u8; PARTY + 8], ()>;
    by_destination: BY_DESTINATION<&'static [u8; PARTY + 8], ()>;
    by_age: BY_AGE<&'static [u8; 17], ()>;
    open: OPEN<&'static [u8; 2 * PARTY + 18], ()>;
    latest: LATEST<&'static [u8; 2 * PARTY + 10], u64>;
    events: EVENTS<&'static [u8; 16], &'static [u8]>;
    events_by_alert: EVENTS_BY_ALERT<&'static [u8; 24], ()>;
    mutes: MUTES<&'static str, &'static [u8]>;
    learned: LEARNED<&'static str, &'static [u8]>;
    baseline: BASELINE<&'static str, &'static [u8]>;
    devices: DEVICES<u64, &'static [u8]>;
    operational_types: OPERATIONAL_TYPES<&'static str, ()>;
    tokens: TOKENS<u64, &'static [u8]>;
    filters: FILTERS<u64, &'static [u8]>;
    replies: REPLIES<&'static str, &'static [u8]>;
}
