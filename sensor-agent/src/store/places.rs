//! Where an alert stands in the indexes.

use sensor_detect::finding::PartyKey;
use sensor_protocols::time::Timestamp;

use super::codes;
use super::keys::{
    AgeClass, AgeKey, FacetKey, PartyBytes, PartyIdKey, TrafficIdKey, TrafficKey, TypeKey,
};
use crate::alert::{Alert, AlertParty};

/// The index keys of one alert. Two states of an alert differ exactly in the keys that move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Places {
    pub status: FacetKey,
    pub severity: FacetKey,
    pub engine: FacetKey,
    pub kind: TypeKey,
    pub source: Option<PartyIdKey>,
    pub destination: Option<PartyIdKey>,
    pub age: AgeKey,
    pub open: Option<TrafficIdKey>,
    pub traffic: TrafficKey,
}

impl Places {
    /// Places of an alert whose type has `number` and that is filed by age under `filed`.
    pub(super) fn of(alert: &Alert, number: u16, filed: Timestamp) -> Self {
        let id = alert.id;
        let traffic = TrafficKey::new(number, &alert.key);
        Self {
            status: FacetKey::new(codes::status(alert.status), id),
            severity: FacetKey::new(codes::severity(alert.severity), id),
            engine: FacetKey::new(codes::engine(alert.engine), id),
            kind: TypeKey::new(number, id),
            source: party(alert.source.as_ref(), id),
            destination: party(alert.destination.as_ref(), id),
            age: AgeKey::new(age_class(alert), filed, id),
            open: alert
                .status
                .is_open()
                .then(|| TrafficIdKey::new(traffic, id)),
            traffic,
        }
    }
}

/// What the alert waits for.
pub(super) fn age_class(alert: &Alert) -> AgeClass {
    match (alert.status.is_open(), alert.pinned) {
        (true, _) => AgeClass::Open,
        (false, false) => AgeClass::Closed,
        (false, true) => AgeClass::Kept,
    }
}

/// Since when it waits.
pub(super) fn age(alert: &Alert) -> Timestamp {
    match age_class(alert) {
        AgeClass::Open => alert.quiet_since,
        AgeClass::Closed | AgeClass::Kept => alert.last_activity,
    }
}

/// The key under which lists find a party: its IP address, else its MAC address.
fn party(party: Option<&AlertParty>, id: u64) -> Option<PartyIdKey> {
    let party = party?;
    let key = party
        .ip
        .map(PartyKey::Ip)
        .or_else(|| party.mac.map(PartyKey::Mac))?;
    Some(PartyIdKey::new(PartyBytes::from(Some(&key)), id))
}
