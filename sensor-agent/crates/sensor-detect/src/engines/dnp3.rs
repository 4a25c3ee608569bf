//! What several rules know of DNP3: internal indications and when one begins.
//!
//! Data in: responses, solicited or not. Data out: their indications, and which of them were not in
//! the response before. An outstation repeats an indication in each response until its cause is gone
//! or the master has cleared it (IEEE 1815-2012, 4.5), so that what counts is the first.
//!
//! Limits: one entry for each outstation and master that an indication of interest was seen of, in a
//! bounded table; [`MASTERS`] addresses of masters behind one IP address.

use std::time::Duration;

use sensor_protocols::observation::{Direction, Observation};
use sensor_protocols::time::Timestamp;
use smallvec::SmallVec;

use super::told::number;
use crate::finding::PartyKey;
use crate::state::{BoundedMap, TableStatus};

/// Kinds of the objects that hold the address of the master and the internal indications, of an object
/// header (group × 256 + variation), and of a request that is to be confirmed.
const MASTER: &str = "master_address";
const INDICATIONS: &str = "internal_indications";
pub(super) const OBJECT: &str = "object";
pub(super) const TO_BE_CONFIRMED: &str = "to_be_confirmed";

/// Function codes of responses (4.4).
const RESPONSES: std::ops::RangeInclusive<u32> = 129..=131;

/// Operation codes from here on are link frames without a fragment.
pub(super) const FUNCTIONS: u32 = 0x100;

/// Masters told apart behind one address.
const MASTERS: usize = 4;

/// An outstation tells all its masters of one event within this time.
const ONE_EVENT: Duration = Duration::from_secs(10);

/// Names of the indications (4.5), in the order of the bits from IIN1.0 to IIN2.7.
const NAMES: [&str; 16] = [
    "IIN1.0, broadcast received",
    "IIN1.1, class 1 events",
    "IIN1.2, class 2 events",
    "IIN1.3, class 3 events",
    "IIN1.4, time needed",
    "IIN1.5, local control",
    "IIN1.6, device trouble",
    "IIN1.7, device restarted",
    "IIN2.0, function not supported",
    "IIN2.1, object not known",
    "IIN2.2, parameter error",
    "IIN2.3, event buffer overflow",
    "IIN2.4, already executing",
    "IIN2.5, configuration corrupt",
    "IIN2.6, reserved",
    "IIN2.7, reserved",
];

/// One bit of the indications, as the dissector puts them: the first octet is the high one.
pub(super) const fn bit(octet: u8, bit: u8) -> u16 {
    let second = 1 << bit;
    if octet == 1 { second << 8 } else { second }
}

/// Name of a single indication.
pub(super) fn name(indication: u16) -> &'static str {
    // From the lowest bit of the first octet on.
    let at = indication.rotate_left(8).trailing_zeros();
    NAMES.get(at as usize).copied().unwrap_or("none")
}

/// Whether an outstation sent the message as a response, solicited or not.
pub(super) fn is_response(observation: &Observation<'_>) -> bool {
    RESPONSES.contains(&observation.operation.code) && observation.station.is_some()
}

/// The indications of a response.
pub(super) fn indications(observation: &Observation<'_>) -> Option<u16> {
    if !is_response(observation) {
        return None;
    }
    number(observation, INDICATIONS).and_then(|bits| u16::try_from(bits).ok())
}

/// Whether the response answers a request.
pub(super) fn is_solicited(observation: &Observation<'_>) -> bool {
    observation.direction == Direction::Response
}

/// An outstation and to whom it talks.
pub(super) type Key = (PartyKey, u32, PartyKey);

/// The key of a response.
pub(super) fn key(observation: &Observation<'_>) -> Key {
    (
        PartyKey::from(&observation.source),
        observation.station.unwrap_or(0),
        PartyKey::from(&observation.destination),
    )
}

#[derive(Debug, Default)]
struct Outstation {
    /// Addresses of masters and what they were told last, latest first.
    told: SmallVec<[(u64, u16); 1]>,
    /// The indications that began last, to which master and when.
    begun: Option<(u16, u64, Timestamp)>,
}

/// Outstations and their indications.
pub(super) struct Outstations {
    known: BoundedMap<Key, Outstation>,
    /// Indications that are followed.
    followed: u16,
}

impl Outstations {
    pub(super) fn new(followed: u16, capacity: usize) -> Self {
        Self {
            known: BoundedMap::new(capacity),
            followed,
        }
    }

    /// The followed indications that begin with this response.
    pub(super) fn begin(&mut self, observation: &Observation<'_>, indications: u16) -> u16 {
        let bits = indications & self.followed;
        let key = key(observation);
        if bits == 0 && (self.known.is_empty() || self.known.get(&key).is_none()) {
            return 0;
        }
        let master = number(observation, MASTER).unwrap_or(0);
        let outstation = self.known.entry(key, Outstation::default);
        outstation.begin(master, bits, observation.time)
    }

    pub(super) fn status(&self, name: &'static str) -> TableStatus {
        self.known.status(name, 0)
    }
}

impl Outstation {
    fn begin(&mut self, master: u64, bits: u16, now: Timestamp) -> u16 {
        let before = match self.told.iter().position(|(known, _)| *known == master) {
            Some(at) => self.told.remove(at).1,
            None => 0,
        };
        self.told.insert(0, (master, bits));
        self.told.truncate(MASTERS);
        let mut begun = bits & !before;
        if let Some((same, to, when)) = self.begun
            && to != master
            && now.since(when) <= ONE_EVENT
        {
            begun &= !same;
        }
        if begun != 0 {
            self.begun = Some((begun, master, now));
        }
        begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indications_have_the_names_of_the_standard() {
        assert_eq!(name(0x8000), "IIN1.7, device restarted");
        assert_eq!(name(0x0100), "IIN1.0, broadcast received");
        assert_eq!(name(0x0001), "IIN2.0, function not supported");
        assert_eq!(name(0x0080), "IIN2.7, reserved");
        assert_eq!([bit(1, 7), bit(1, 6), bit(2, 3)], [0x8000, 0x4000, 0x0008]);
    }

    #[test]
    fn an_indication_begins_once_and_for_all_masters_together() {
        let at = |seconds: u64| Timestamp::from_nanos(seconds * 1_000_000_000);
        let mut outstation = Outstation::default();
        assert_eq!(outstation.begin(3, 0x8000, at(0)), 0x8000);
        assert_eq!(outstation.begin(3, 0x8000, at(1)), 0, "it lasts");
        assert_eq!(outstation.begin(6, 0x8000, at(2)), 0, "the same event");
        assert_eq!(outstation.begin(3, 0x4000, at(3)), 0x4000);
        assert_eq!(outstation.begin(3, 0xc000, at(4)), 0x8000, "again");
        assert_eq!(outstation.begin(6, 0, at(5)), 0);
        assert_eq!(outstation.begin(6, 0x8000, at(60)), 0x8000, "much later");
    }
}
