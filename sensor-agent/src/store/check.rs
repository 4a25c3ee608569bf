//! The checker: walks the whole database and says where indexes and records disagree.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use redb::{Key, ReadableTable, ReadableTableMetadata, TableDefinition, Value};

use super::codec;
use super::error::StoreError;
use super::keys::{AlertEventKey, EventKey};
use super::places::Places;
use super::schema::{self, meta};
use super::snapshot::Snapshot;
use super::unit::number;
use crate::alert::Alert;

type Result<T> = std::result::Result<T, StoreError>;

/// What a walk over the database found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    pub alerts: u64,
    pub events: u64,
    /// One sentence each; empty when everything agrees.
    pub problems: Vec<String>,
}

/// Problems listed; a broken database has more than anybody reads.
const PROBLEMS: usize = 100;

impl CheckReport {
    fn problem(&mut self, text: String) {
        if self.problems.len() < PROBLEMS {
            self.problems.push(text);
        }
    }
}

/// Compares every record with every index.
pub(super) fn check(snapshot: &Snapshot) -> Result<CheckReport> {
    let mut report = CheckReport::default();
    alerts(snapshot, &mut report)?;
    events(snapshot, &mut report)?;
    suppressions(snapshot, &mut report)?;
    filters(snapshot, &mut report)?;
    Ok(report)
}

/// Index entries that the records call for, counted.
#[derive(Default)]
struct Expected {
    alerts: u64,
    sources: u64,
    destinations: u64,
    open: u64,
    /// Newest alert of each traffic key.
    latest: BTreeMap<Vec<u8>, u64>,
}

fn alerts(snapshot: &Snapshot, report: &mut CheckReport) -> Result<()> {
    let types = snapshot.txn.open_table(schema::TYPES)?;
    let table = snapshot.txn.open_table(schema::ALERTS)?;
    let meta = snapshot.txn.open_table(schema::META)?;
    let next = number(&meta, meta::NEXT_ALERT)?.unwrap_or(1);
    let mut expected = Expected::default();
    for row in table.iter()? {
        let (id, bytes) = row?;
        let id = id.value();
        expected.alerts += 1;
        let (alert, filed) = match codec::decode_alert(bytes.value()) {
            Ok(decoded) => decoded,
            Err(cause) => {
                report.problem(format!("alert {id}: {cause}"));
                continue;
            }
        };
        if alert.id != id || id >= next {
            report.problem(format!(
                "alert {id}: calls itself {}, next is {next}",
                alert.id
            ));
        }
        match types.get(&*alert.type_id)?.map(|number| number.value()) {
            Some(number) => {
                let places = Places::of(&alert, number, filed);
                alert_places(snapshot, &alert, &places, report)?;
                expected.add(id, &places);
            }
            None => report.problem(format!("alert {id}: type {} has no number", alert.type_id)),
        }
        if filed > alert.quiet_since.max(alert.last_activity) {
            report.problem(format!("alert {id}: filed in the future"));
        }
    }
    report.alerts = expected.alerts;
    index_sizes(snapshot, &expected, report)
}

impl Expected {
    fn add(&mut self, id: u64, places: &Places) {
        self.sources += u64::from(places.source.is_some());
        self.destinations += u64::from(places.destination.is_some());
        self.open += u64::from(places.open.is_some());
        self.latest.insert(places.traffic.0.to_vec(), id);
    }
}

/// Every key that an alert calls for is there.
fn alert_places(
    snapshot: &Snapshot,
    alert: &Alert,
    places: &Places,
    report: &mut CheckReport,
) -> Result<()> {
    let mut missing = Vec::new();
    macro_rules! present {
        ($table:ident, $key:expr) => {
            if let Some(key) = $key
                && !has(snapshot, schema::$table, &key.0)?
            {
                missing.push(stringify!($table));
            }
        };
    }
    present!(BY_STATUS, Some(places.status));
    present!(BY_SEVERITY, Some(places.severity));
    present!(BY_ENGINE, Some(places.engine));
    present!(BY_TYPE, Some(places.kind));
    present!(BY_SOURCE, places.source);
    present!(BY_DESTINATION, places.destination);
    present!(BY_AGE, Some(places.age));
    present!(OPEN, places.open);
    if !missing.is_empty() {
        report.problem(format!("alert {}: not in {}", alert.id, missing.join(", ")));
    }
    Ok(())
}

fn has<const N: usize>(
    snapshot: &Snapshot,
    table: TableDefinition<'static, &'static [u8; N], ()>,
    key: &[u8; N],
) -> Result<bool> {
    Ok(snapshot.txn.open_table(table)?.get(key)?.is_some())
}

/// No index has a key that no alert calls for.
fn index_sizes(snapshot: &Snapshot, expected: &Expected, report: &mut CheckReport) -> Result<()> {
    let sizes = [
        (
            "alerts_by_status",
            size(snapshot, schema::BY_STATUS)?,
            expected.alerts,
        ),
        (
            "alerts_by_severity",
            size(snapshot, schema::BY_SEVERITY)?,
            expected.alerts,
        ),
        (
            "alerts_by_engine",
            size(snapshot, schema::BY_ENGINE)?,
            expected.alerts,
        ),
        (
            "alerts_by_type",
            size(snapshot, schema::BY_TYPE)?,
            expected.alerts,
        ),
        (
            "alerts_by_age",
            size(snapshot, schema::BY_AGE)?,
            expected.alerts,
        ),
        (
            "alerts_by_source",
            size(snapshot, schema::BY_SOURCE)?,
            expected.sources,
        ),
        (
            "alerts_by_destination",
            size(snapshot, schema::BY_DESTINATION)?,
            expected.destinations,
        ),
        ("open_alerts", size(snapshot, schema::OPEN)?, expected.open),
    ];
    for (table, found, expected) in sizes {
        if found != expected {
            report.problem(format!(
                "{table} has {found} keys, the records call for {expected}"
            ));
        }
    }
    for row in snapshot.txn.open_table(schema::LATEST)?.iter()? {
        let (key, id) = row?;
        let (key, id) = (key.value().as_slice(), id.value());
        if expected.latest.get(key) != Some(&id) {
            report.problem(format!(
                "latest_alerts names alert {id}, which is not the newest"
            ));
        }
    }
    Ok(())
}

fn size<K: Key + 'static, V: Value + 'static>(
    snapshot: &Snapshot,
    table: TableDefinition<'static, K, V>,
) -> Result<u64> {
    Ok(snapshot.txn.open_table(table)?.len()?)
}

fn events(snapshot: &Snapshot, report: &mut CheckReport) -> Result<()> {
    let meta = snapshot.txn.open_table(schema::META)?;
    let next = number(&meta, meta::NEXT_EVENT)?.unwrap_or(1);
    let index = snapshot.txn.open_table(schema::EVENTS_BY_ALERT)?;
    let mut ids = BTreeSet::new();
    let mut about_alerts = 0;
    for row in snapshot.txn.open_table(schema::EVENTS)?.iter()? {
        let (key, bytes) = row?;
        report.events += 1;
        let event = match codec::decode_event(bytes.value()) {
            Ok(event) => event,
            Err(cause) => {
                report.problem(format!("event {:?}: {cause}", key.value()));
                continue;
            }
        };
        let own = EventKey::new(event.time, event.id);
        if own.0 != *key.value() || event.id >= next || !ids.insert(event.id) {
            report.problem(format!("event {}: wrong key, number or double", event.id));
        }
        if let Some(alert) = event.alert_id {
            about_alerts += 1;
            if index.get(&AlertEventKey::new(alert, own).0)?.is_none() {
                report.problem(format!("event {}: not in events_by_alert", event.id));
            }
        }
    }
    if index.len()? != about_alerts {
        report.problem(format!(
            "events_by_alert has {} keys, the events call for {about_alerts}",
            index.len()?
        ));
    }
    Ok(())
}

/// Filter rules stand under their own numbers, and no two are about the same thing.
fn filters(snapshot: &Snapshot, report: &mut CheckReport) -> Result<()> {
    let meta = snapshot.txn.open_table(schema::META)?;
    let next = number(&meta, meta::NEXT_FILTER)?.unwrap_or(1);
    let mut known = HashSet::new();
    for row in snapshot.txn.open_table(schema::FILTERS)?.iter()? {
        let (key, bytes) = row?;
        let id = key.value();
        match codec::decode_filter(bytes.value()) {
            Ok(filter) if filter.id != id || id >= next => {
                report.problem(format!("filter {id}: wrong key or number, next is {next}"));
            }
            Ok(filter) if !known.insert(filter.rule.what) => {
                report.problem(format!("filter {id}: another one is about the same"));
            }
            Ok(_) => {}
            Err(cause) => report.problem(format!("filter {id}: {cause}")),
        }
    }
    Ok(())
}

/// Mutes and learned tuples stand under their own keys, and alerts that claim one have it.
fn suppressions(snapshot: &Snapshot, report: &mut CheckReport) -> Result<()> {
    let mutes = snapshot.txn.open_table(schema::MUTES)?;
    for row in mutes.iter()? {
        let (key, bytes) = row?;
        match codec::decode_mute(bytes.value()) {
            Ok(mute) if mute.key.to_string() == key.value() => {}
            Ok(_) => report.problem(format!("mute {}: stands under another key", key.value())),
            Err(cause) => report.problem(format!("mute {}: {cause}", key.value())),
        }
    }
    for row in snapshot.txn.open_table(schema::LEARNED)?.iter()? {
        let (key, bytes) = row?;
        let own = codec::decode_learned(bytes.value())
            .and_then(|learned| codec::tuple_key(&learned.tuple));
        match own {
            Ok(own) if own == key.value() => {}
            Ok(_) => report.problem(format!("learned {}: stands under another key", key.value())),
            Err(cause) => report.problem(format!("learned {}: {cause}", key.value())),
        }
    }
    for row in snapshot.txn.open_table(schema::ALERTS)?.iter()? {
        if let Ok((alert, _)) = codec::decode_alert(row?.1.value())
            && alert.muted
            && mutes.get(&*alert.key.to_string())?.is_none()
        {
            report.problem(format!("alert {}: is muted without a mute", alert.id));
        }
    }
    Ok(())
}
