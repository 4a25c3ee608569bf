//! Every table of the database: its name, its key and what it holds. Key layouts are in
//! [`super::keys`], values in [`super::codec`].
//!
//! | table | key | value |
//! |--|--|--|
//! | `meta` | name | number or text, see the constants below |
//! | `types` | alert type id | its number in this database, never reused |
//! | `alerts` | alert id | record |
//! | `alerts_by_{status,severity,engine}` | value, alert id | – |
//! | `alerts_by_type` | type number, alert id | – |
//! | `alerts_by_{source,destination}` | party, alert id | – |
//! | `alerts_by_age` | class, since when, alert id | – |
//! | `open_alerts` | traffic, alert id | – |
//! | `latest_alerts` | traffic | id of the newest alert about it |
//! | `events` | time, event id | record |
//! | `events_by_alert` | alert id, time, event id | – |
//! | `mutes` | text of the alert key | record |
//! | `learned` | tuple as JSON | record of what a person learned |
//! | `baseline` | tuple as JSON | what the detector learned, as JSON |
//! | `devices` | device id | device, as JSON |
//! | `operational_types` | alert type id | – |
//! | `tokens` | token id | record |
//! | `filters` | filter rule id | record of a rule set over the API |
//! | `replies` | idempotency key | record |
//!
//! Changing the meaning of a key or a table raises [`VERSION`] and needs a step in
//! [`super::migrate`] and a new fixture in `tests/fixtures/stores`. Changing the shape of a value
//! raises that value's version byte.

use redb::TableDefinition as Table;

use super::keys::PARTY;

/// Schema that this version writes.
pub const VERSION: u32 = 2;

pub(super) const META: Table<'_, &str, &[u8]> = Table::new("meta");

/// Keys of [`META`]. Numbers are eight bytes, big-endian.
pub(super) mod meta {
    pub(crate) const SCHEMA: &str = "schema";
    pub(crate) const NEXT_ALERT: &str = "next_alert";
    pub(crate) const NEXT_EVENT: &str = "next_event";
    pub(crate) const NEXT_TOKEN: &str = "next_token";
    pub(crate) const NEXT_FILTER: &str = "next_filter";
    /// Revision of the filter rules as a whole.
    pub(crate) const FILTERS_REVISION: &str = "filters_revision";
    /// The detector's mode, as JSON.
    pub(crate) const MODE: &str = "mode";
}

pub(super) const TYPES: Table<'_, &str, u16> = Table::new("types");
pub(super) const ALERTS: Table<'_, u64, &[u8]> = Table::new("alerts");
pub(super) const BY_STATUS: Table<'_, &[u8; 9], ()> = Table::new("alerts_by_status");
pub(super) const BY_SEVERITY: Table<'_, &[u8; 9], ()> = Table::new("alerts_by_severity");
pub(super) const BY_ENGINE: Table<'_, &[u8; 9], ()> = Table::new("alerts_by_engine");
pub(super) const BY_TYPE: Table<'_, &[u8; 10], ()> = Table::new("alerts_by_type");
pub(super) const BY_SOURCE: Table<'_, &[u8; PARTY + 8], ()> = Table::new("alerts_by_source");
pub(super) const BY_DESTINATION: Table<'_, &[u8; PARTY + 8], ()> =
    Table::new("alerts_by_destination");
pub(super) const BY_AGE: Table<'_, &[u8; 17], ()> = Table::new("alerts_by_age");
pub(super) const OPEN: Table<'_, &[u8; 2 * PARTY + 18], ()> = Table::new("open_alerts");
pub(super) const LATEST: Table<'_, &[u8; 2 * PARTY + 10], u64> = Table::new("latest_alerts");
pub(super) const EVENTS: Table<'_, &[u8; 16], &[u8]> = Table::new("events");
pub(super) const EVENTS_BY_ALERT: Table<'_, &[u8; 24], ()> = Table::new("events_by_alert");
pub(super) const MUTES: Table<'_, &str, &[u8]> = Table::new("mutes");
pub(super) const LEARNED: Table<'_, &str, &[u8]> = Table::new("learned");
pub(super) const BASELINE: Table<'_, &str, &[u8]> = Table::new("baseline");
pub(super) const DEVICES: Table<'_, u64, &[u8]> = Table::new("devices");
pub(super) const OPERATIONAL_TYPES: Table<'_, &str, ()> = Table::new("operational_types");
pub(super) const TOKENS: Table<'_, u64, &[u8]> = Table::new("tokens");
pub(super) const FILTERS: Table<'_, u64, &[u8]> = Table::new("filters");
pub(super) const REPLIES: Table<'_, &str, &[u8]> = Table::new("replies");
