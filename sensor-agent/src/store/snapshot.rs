//! Reading verbs. Each works on one snapshot: what is committed while it reads does not show.

use redb::{ReadTransaction, ReadableTable};
use sensor_detect::detector::{Device, Learned, Mode};
use sensor_detect::finding::AlertKey;

use super::codec::{self, Reply, Token, hex};
use super::error::StoreError;
use super::keys::{AlertEventKey, EventKey};
use super::query::{
    AlertQuery, BadCursor, Cursor, List, ListQuery, PAGE_DEFAULT, PAGE_LIMIT, Page, TimelineQuery,
};
use super::schema::{self, meta};
use super::select;
use super::unit::record;
use crate::alert::{Alert, LearnRecord, Mute, TimelineEvent};

type Result<T> = std::result::Result<T, StoreError>;

/// The committed state at one moment.
pub(crate) struct Snapshot {
    pub(super) txn: ReadTransaction,
}

/// A page, or the caller's mistake about the cursor.
pub(crate) type PageResult<T> = Result<std::result::Result<Page<T>, BadCursor>>;

impl Snapshot {
    pub(crate) fn alert(&self, id: u64) -> Result<Option<Alert>> {
        let table = self.txn.open_table(schema::ALERTS)?;
        let Some(bytes) = table.get(id)? else {
            return Ok(None);
        };
        let (alert, _) = record("alerts", id, codec::decode_alert(bytes.value()))?;
        Ok(Some(alert))
    }

    /// Alerts that match, newest first.
    pub(crate) fn alerts(&self, query: &AlertQuery) -> PageResult<Alert> {
        let limit = page_limit(query.limit);
        let start = match query.cursor.as_ref().map(|c| c.key_for(List::Alerts)) {
            None => Some(u64::MAX),
            Some(Ok(key)) => match <[u8; 8]>::try_from(key) {
                Ok(id) => u64::from_be_bytes(id).checked_sub(1),
                Err(_) => return Ok(Err(BadCursor)),
            },
            Some(Err(bad)) => return Ok(Err(bad)),
        };
        let (items, more) = self.newest(query, start, limit)?;
        let last = items.last().filter(|_| more).map(|alert| alert.id);
        let next_cursor = last.map(|id| Cursor::new(List::Alerts, &id.to_be_bytes()));
        Ok(Ok(Page { items, next_cursor }))
    }

    /// Up to `limit` matching alerts with ids not above `start`, and whether there are more.
    fn newest(
        &self,
        query: &AlertQuery,
        start: Option<u64>,
        limit: usize,
    ) -> Result<(Vec<Alert>, bool)> {
        let ids = select::ids(&self.txn, query)?;
        let text = query.text.as_ref().map(|text| text.to_lowercase());
        let table = self.txn.open_table(schema::ALERTS)?;
        let mut items = Vec::new();
        let mut from = start;
        while let Some(at_most) = from {
            let Some(id) = ids.at_most(at_most)? else {
                return Ok((items, false));
            };
            from = id.checked_sub(1);
            let Some(bytes) = table.get(id)? else {
                continue;
            };
            let (alert, _) = record("alerts", id, codec::decode_alert(bytes.value()))?;
            if query.admits(&alert, text.as_deref()) {
                if items.len() == limit {
                    return Ok((items, true));
                }
                items.push(alert);
            }
        }
        Ok((items, false))
    }

    /// Events that match, newest first.
    pub(crate) fn timeline(&self, query: &TimelineQuery) -> PageResult<TimelineEvent> {
        let limit = page_limit(query.limit);
        let end = match query.cursor.as_ref().map(|c| c.key_for(List::Timeline)) {
            None => None,
            Some(Ok(key)) => match <[u8; 16]>::try_from(key) {
                Ok(key) => Some(key),
                Err(_) => return Ok(Err(BadCursor)),
            },
            Some(Err(bad)) => return Ok(Err(bad)),
        };
        let (items, more) = self.latest_events(query, end, limit)?;
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|event| {
            let key = EventKey::new(event.time, event.id);
            Cursor::new(List::Timeline, &key.0)
        });
        Ok(Ok(Page { items, next_cursor }))
    }

    /// Up to `limit` matching events before the key `end`, and whether there are more.
    fn latest_events(
        &self,
        query: &TimelineQuery,
        end: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<(Vec<TimelineEvent>, bool)> {
        let from = EventKey::new(query.from.unwrap_or_default(), 0).0;
        let to = query.to.map(|to| EventKey::new(to, 0).0);
        let to = match (to, end) {
            (Some(to), Some(end)) => to.min(end),
            (to, end) => to.or(end).unwrap_or([u8::MAX; 16]),
        };
        if from >= to {
            return Ok((Vec::new(), false));
        }
        let text = query.text.as_ref().map(|text| text.to_lowercase());
        let mut items = Vec::new();
        let mut more = false;
        self.each_event(query.alert_id, &from, &to, |event| {
            if query.admits(&event, text.as_deref()) {
                more = items.len() == limit;
                if !more {
                    items.push(event);
                }
            }
            !more
        })?;
        Ok((items, more))
    }

    /// Hands events in `from..to`, newest first, to `take` until it returns false.
    fn each_event(
        &self,
        alert: Option<u64>,
        from: &[u8; 16],
        to: &[u8; 16],
        mut take: impl FnMut(TimelineEvent) -> bool,
    ) -> Result<()> {
        let events = self.txn.open_table(schema::EVENTS)?;
        let Some(alert) = alert else {
            for row in events.range::<&[u8; 16]>(from..to)?.rev() {
                let (key, value) = row?;
                let event = codec::decode_event(value.value());
                if !take(record("events", hex(key.value()), event)?) {
                    break;
                }
            }
            return Ok(());
        };
        let index = self.txn.open_table(schema::EVENTS_BY_ALERT)?;
        let (low, high) = (
            AlertEventKey::new(alert, EventKey(*from)),
            AlertEventKey::new(alert, EventKey(*to)),
        );
        for row in index.range::<&[u8; 24]>(&low.0..&high.0)?.rev() {
            let key = AlertEventKey::event(row?.0.value());
            let Some(value) = events.get(&key)? else {
                continue;
            };
            let event = codec::decode_event(value.value());
            if !take(record("events", hex(&key), event)?) {
                break;
            }
        }
        Ok(())
    }

    /// The mute of a key, ended or not.
    pub(crate) fn mute(&self, key: &AlertKey) -> Result<Option<Mute>> {
        let table = self.txn.open_table(schema::MUTES)?;
        let key = key.to_string();
        let Some(bytes) = table.get(key.as_str())? else {
            return Ok(None);
        };
        record("mutes", key, codec::decode_mute(bytes.value())).map(Some)
    }

    pub(crate) fn mutes(&self, list: &ListQuery) -> PageResult<Mute> {
        let table = self.txn.open_table(schema::MUTES)?;
        by_text(&table, List::Mutes, list, |key, value| {
            record("mutes", key, codec::decode_mute(value))
        })
    }

    pub(crate) fn learned(&self, list: &ListQuery) -> PageResult<LearnRecord> {
        let table = self.txn.open_table(schema::LEARNED)?;
        by_text(&table, List::Learned, list, |key, value| {
            record("learned", key, codec::decode_learned(value))
        })
    }

    pub(crate) fn baseline(&self, list: &ListQuery) -> PageResult<Learned> {
        let table = self.txn.open_table(schema::BASELINE)?;
        by_text(&table, List::Baseline, list, |key, value| {
            record("baseline", key, codec::decode_json(value))
        })
    }

    /// Devices by id.
    pub(crate) fn devices(&self, list: &ListQuery) -> PageResult<Device> {
        let start = match list.cursor.as_ref().map(|c| c.key_for(List::Devices)) {
            None => 0,
            Some(Ok(key)) => match <[u8; 8]>::try_from(key) {
                Ok(id) => u64::from_be_bytes(id).saturating_add(1),
                Err(_) => return Ok(Err(BadCursor)),
            },
            Some(Err(bad)) => return Ok(Err(bad)),
        };
        let limit = page_limit(list.limit);
        let table = self.txn.open_table(schema::DEVICES)?;
        let mut rows = table.range(start..)?;
        let mut items: Vec<Device> = Vec::new();
        for row in rows.by_ref().take(limit) {
            let (key, value) = row?;
            items.push(record(
                "devices",
                key.value(),
                codec::decode_json(value.value()),
            )?);
        }
        let last = items.last().filter(|_| rows.next().is_some());
        let next_cursor = last.map(|device| Cursor::new(List::Devices, &device.id.to_be_bytes()));
        Ok(Ok(Page { items, next_cursor }))
    }

    pub(crate) fn device(&self, id: u64) -> Result<Option<Device>> {
        let table = self.txn.open_table(schema::DEVICES)?;
        let value = table.get(id)?;
        let device = value.map(|v| record("devices", id, codec::decode_json(v.value())));
        device.transpose()
    }

    /// Types whose learning is over.
    pub(crate) fn operational_types(&self) -> Result<Vec<String>> {
        let table = self.txn.open_table(schema::OPERATIONAL_TYPES)?;
        let rows = table.iter()?;
        rows.map(|row| Ok(row?.0.value().to_owned())).collect()
    }

    /// The mode last set; `None` when none ever was.
    pub(crate) fn mode(&self) -> Result<Option<Mode>> {
        let table = self.txn.open_table(schema::META)?;
        let value = table.get(meta::MODE)?;
        let mode = value.map(|v| record("meta", meta::MODE, codec::decode_json(v.value())));
        mode.transpose()
    }

    pub(crate) fn tokens(&self) -> Result<Vec<Token>> {
        let table = self.txn.open_table(schema::TOKENS)?;
        let rows = table.iter()?;
        rows.map(|row| {
            let (key, value) = row?;
            record("tokens", key.value(), codec::decode_token(value.value()))
        })
        .collect()
    }

    pub(crate) fn reply(&self, key: &str) -> Result<Option<Reply>> {
        let table = self.txn.open_table(schema::REPLIES)?;
        let value = table.get(key)?;
        let reply = value.map(|v| record("replies", key, codec::decode_reply(v.value())));
        reply.transpose()
    }
}

/// Items a page may have.
fn page_limit(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_LIMIT)
}

/// A page of a table with text keys, in their order.
fn by_text<T>(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    list: List,
    query: &ListQuery,
    decode: impl Fn(&str, &[u8]) -> Result<T>,
) -> PageResult<T> {
    use std::ops::Bound::{Excluded, Unbounded};

    let after = match query.cursor.as_ref().map(|cursor| cursor.key_for(list)) {
        None => None,
        Some(Ok(key)) => match std::str::from_utf8(key) {
            Ok(key) => Some(key),
            Err(_) => return Ok(Err(BadCursor)),
        },
        Some(Err(bad)) => return Ok(Err(bad)),
    };
    let from = after.map_or(Unbounded, Excluded);
    let mut rows = table.range::<&str>((from, Unbounded))?;
    let mut items = Vec::new();
    let mut last = None;
    for row in rows.by_ref().take(page_limit(query.limit)) {
        let (key, value) = row?;
        items.push(decode(key.value(), value.value())?);
        last = Some(key.value().to_owned());
    }
    let last = last.filter(|_| rows.next().is_some());
    let next_cursor = last.map(|key| Cursor::new(list, key.as_bytes()));
    Ok(Ok(Page { items, next_cursor }))
}
