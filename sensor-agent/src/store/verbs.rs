//! Verbs of a [`Unit`] besides those of the alert stage: what the detector keeps, settings, tokens
//! and kept replies.

use redb::ReadableTable;
use sensor_detect::baseline::Tuple;
use sensor_detect::detector::{Device, Learned, Mode};
use sensor_protocols::time::Timestamp;

use super::codec::{self, Reply, Token};
use super::error::StoreError;
use super::schema::meta;
use super::unit::{Unit, record};

type Result<T> = std::result::Result<T, StoreError>;

impl Unit<'_> {
    /// Keeps a tuple of the detector's baseline.
    pub(crate) fn put_baseline(&mut self, learned: &Learned) -> Result<()> {
        self.dirty = true;
        let key = record("baseline", "", codec::tuple_key(&learned.tuple))?;
        let bytes = record("baseline", &key, codec::encode_json(learned))?;
        self.tables.baseline.insert(&*key, bytes.as_slice())?;
        Ok(())
    }

    pub(crate) fn remove_baseline(&mut self, tuple: &Tuple) -> Result<()> {
        self.dirty = true;
        let key = record("baseline", "", codec::tuple_key(tuple))?;
        self.tables.baseline.remove(&*key)?;
        Ok(())
    }

    /// Keeps a device; returns what was kept of it before, when that can be read.
    pub(crate) fn put_device(&mut self, device: &Device) -> Result<Option<Device>> {
        self.dirty = true;
        let bytes = record("devices", device.id, codec::encode_json(device))?;
        let old = self.tables.devices.insert(device.id, bytes.as_slice())?;
        let old = old.and_then(|old| codec::decode_json(old.value()).ok());
        self.cache.know(device);
        Ok(old)
    }

    /// Keeps that a type's learning is over.
    pub(crate) fn put_operational_type(&mut self, type_id: &str) -> Result<()> {
        self.dirty = true;
        self.tables.operational_types.insert(type_id, ())?;
        Ok(())
    }

    pub(crate) fn put_mode(&mut self, mode: Mode) -> Result<()> {
        self.dirty = true;
        let bytes = record("meta", meta::MODE, codec::encode_json(&mode))?;
        self.tables.meta.insert(meta::MODE, bytes.as_slice())?;
        Ok(())
    }

    /// Keeps a new token; its id is given here.
    pub(crate) fn add_token(&mut self, mut token: Token) -> Result<Token> {
        self.dirty = true;
        token.id = self.cache.next_token;
        self.cache.next_token += 1;
        let bytes = record("tokens", token.id, codec::encode_token(&token))?;
        self.tables.tokens.insert(token.id, bytes.as_slice())?;
        Ok(token)
    }

    /// Removes a token; returns what it was.
    pub(crate) fn remove_token(&mut self, id: u64) -> Result<Option<Token>> {
        self.dirty = true;
        let old = self.tables.tokens.remove(id)?;
        old.map(|old| record("tokens", id, codec::decode_token(old.value())))
            .transpose()
    }

    /// Keeps a reply.
    pub(crate) fn put_reply(&mut self, key: &str, reply: &Reply) -> Result<()> {
        self.dirty = true;
        let bytes = record("replies", key, codec::encode_reply(reply))?;
        self.tables.replies.insert(key, bytes.as_slice())?;
        Ok(())
    }

    /// Forgets replies kept not after `before`, and those that cannot be read; returns how many.
    pub(crate) fn drop_replies(&mut self, before: Timestamp) -> Result<u64> {
        let mut old = Vec::new();
        for row in self.tables.replies.iter()? {
            let (key, value) = row?;
            let held = codec::decode_reply(value.value());
            if held.is_err() || held.is_ok_and(|held| held.kept <= before) {
                old.push(key.value().to_owned());
            }
        }
        self.dirty |= !old.is_empty();
        for key in &old {
            self.tables.replies.remove(&**key)?;
        }
        Ok(old.len() as u64)
    }
}
