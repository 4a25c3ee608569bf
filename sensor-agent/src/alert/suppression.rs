//! What keeps traffic from raising alerts: mutes and learned tuples, as records of their own.

use sensor_detect::baseline::Tuple;
use sensor_detect::finding::AlertKey;
use sensor_protocols::time::Timestamp;

use super::Actor;

/// Traffic of one key raises no alerts while its mute exists and has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// Exactly what is ignored: type, parties as the type keys them, discriminator.
    pub key: AlertKey,
    /// The alert it was set from.
    pub alert_id: u64,
    /// Title of the muted alert type.
    pub title: String,
    pub actor: Actor,
    pub reason: Option<String>,
    pub created: Timestamp,
    /// End of the mute; `None` until it is lifted by hand.
    pub expires: Option<Timestamp>,
    /// Messages it kept from raising an alert, and when the last one came.
    pub hits: u64,
    pub last_hit: Option<Timestamp>,
}

/// A tuple that a person put into the baseline from an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnRecord {
    pub tuple: Tuple,
    /// The alert it was learned from.
    pub alert_id: u64,
    pub actor: Actor,
    pub reason: Option<String>,
    pub created: Timestamp,
    /// End of its validity; `None` until it is unlearned.
    pub expires: Option<Timestamp>,
    /// Messages the alert stage let pass because of it (the detector lets pass the rest).
    pub hits: u64,
    pub last_hit: Option<Timestamp>,
}

/// Whether something that ends at `expires` is over at `now`.
pub(crate) fn is_over(expires: Option<Timestamp>, now: Timestamp) -> bool {
    expires.is_some_and(|end| end <= now)
}

impl Mute {
    /// Counts messages it keeps from raising an alert; returns the hits before, `None` when it is
    /// over.
    pub fn hit(&mut self, count: u64, now: Timestamp) -> Option<u64> {
        hit(self.expires, &mut self.hits, &mut self.last_hit, count, now)
    }
}

impl LearnRecord {
    /// As [`Mute::hit`].
    pub fn hit(&mut self, count: u64, now: Timestamp) -> Option<u64> {
        hit(self.expires, &mut self.hits, &mut self.last_hit, count, now)
    }
}

fn hit(
    expires: Option<Timestamp>,
    hits: &mut u64,
    last_hit: &mut Option<Timestamp>,
    count: u64,
    now: Timestamp,
) -> Option<u64> {
    if is_over(expires, now) {
        return None;
    }
    let before = *hits;
    *hits = before.saturating_add(count);
    *last_hit = Some(now);
    Some(before)
}
