//! What the lifecycle needs from whoever keeps the records.

use sensor_detect::baseline::Tuple;
use sensor_detect::finding::AlertKey;
use sensor_protocols::addr::Endpoint;
use sensor_protocols::time::Timestamp;

use super::{Alert, LearnRecord, Mute, NewEvent, ViolationId, ViolationPlace};

/// Records of alerts and of what suppresses them.
///
/// One call of [`super::Lifecycle`] is one unit: an implementation over a database runs it in a
/// transaction and gives all of it up when a verb fails. Refusals come before the first write, so
/// they need no roll-back.
pub trait Repository {
    type Error: std::error::Error + Send + Sync + 'static;

    /// Next alert id, from 1, never given twice.
    fn allocate_alert_id(&mut self) -> Result<u64, Self::Error>;

    /// The alert with all traffic counted so far.
    fn alert(&mut self, id: u64) -> Result<Option<Alert>, Self::Error>;

    /// Inserts or replaces an alert; whatever finds alerts by a property follows.
    fn put_alert(&mut self, alert: &Alert) -> Result<(), Self::Error>;

    /// Removes an alert and its place in every index; its timeline events stay.
    fn delete_alert(&mut self, id: u64) -> Result<(), Self::Error>;

    /// The newest open alert of a key, and whether it holds the violation already.
    fn open_alert(
        &mut self,
        key: &AlertKey,
        violation: ViolationId,
    ) -> Result<Option<OpenAlert>, Self::Error>;

    /// The newest alert of a key, open or closed.
    fn latest_alert(&mut self, key: &AlertKey) -> Result<Option<u64>, Self::Error>;

    /// Counts repeated traffic on an open alert. It may reach the record later than this call,
    /// but [`Self::alert`] already shows it.
    fn count_repeat(&mut self, id: u64, repeat: &Repeat) -> Result<(), Self::Error>;

    /// The mute of a key, ended or not.
    fn mute(&mut self, key: &AlertKey) -> Result<Option<Mute>, Self::Error>;

    fn put_mute(&mut self, mute: &Mute) -> Result<(), Self::Error>;

    fn remove_mute(&mut self, key: &AlertKey) -> Result<(), Self::Error>;

    /// Counts traffic on the mute of its key. `None` when no mute is in force at `now`, otherwise
    /// the hits it had before.
    fn hit_mute(
        &mut self,
        key: &AlertKey,
        count: u64,
        now: Timestamp,
    ) -> Result<Option<u64>, Self::Error>;

    /// What a person learned about a tuple, ended or not.
    fn learned(&mut self, tuple: &Tuple) -> Result<Option<LearnRecord>, Self::Error>;

    fn put_learned(&mut self, learned: &LearnRecord) -> Result<(), Self::Error>;

    /// Takes a tuple out of what was learned, by hand or from traffic.
    fn remove_learned(&mut self, tuple: &Tuple) -> Result<(), Self::Error>;

    /// As [`Self::hit_mute`], for a learned tuple.
    fn hit_learned(
        &mut self,
        tuple: &Tuple,
        count: u64,
        now: Timestamp,
    ) -> Result<Option<u64>, Self::Error>;

    /// Appends to the timeline; returns the event's id.
    fn append_event(&mut self, event: NewEvent) -> Result<u64, Self::Error>;

    /// Up to `limit` open alerts that are quiet since `before` or longer
    /// ([`Alert::quiet_since`]); the longest first.
    fn quiet_alerts(&mut self, before: Timestamp, limit: usize) -> Result<Vec<u64>, Self::Error>;

    /// Up to `limit` closed alerts that are not pinned and whose last activity is not after
    /// `before`; oldest first.
    fn idle_alerts(&mut self, before: Timestamp, limit: usize) -> Result<Vec<u64>, Self::Error>;

    /// Up to `limit` mutes that are over at `now`.
    fn ended_mutes(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Mute>, Self::Error>;

    /// Up to `limit` learned tuples that are over at `now`.
    fn ended_learned(
        &mut self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LearnRecord>, Self::Error>;

    /// The inventory's device at an endpoint.
    fn device_at(&mut self, endpoint: &Endpoint) -> Result<Option<KnownDevice>, Self::Error>;
}

/// Answer of [`Repository::open_alert`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAlert {
    pub id: u64,
    pub place: ViolationPlace,
}

/// Traffic of an open alert that needs no new text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    pub violation: ViolationId,
    /// Messages.
    pub count: u64,
    /// Capture time of the last of them.
    pub last: Timestamp,
    /// The sensor's clock.
    pub now: Timestamp,
}

/// A device as alerts name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    pub id: u64,
    pub name: Option<String>,
}
