//! What several rules read in GOOSE messages and sampled values, which are published over and over.
//!
//! Data in: observations of the two protocols. Data out: what identifies a control block or a stream,
//! its settings, its numbers. Messages that are malformed say nothing here: another engine reports
//! them. Nothing is allocated.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use sensor_protocols::observation::{Object, Observation, Protocol};

/// Operation codes of a GOOSE message and of sampled values; GSE management and bytes that are neither
/// have others.
pub(crate) const MESSAGE: u32 = 1;
const SAMPLES: u32 = 0;

/// Bits of the second-level code: a test set sent the message in place of the device; the control block is
/// not configured to the end (`ndsCom`), of GOOSE alone.
const SIMULATION: u32 = 1;
const NEEDS_COMMISSIONING: u32 = 2;

/// One control block of a GOOSE message, or one stream of a message of sampled values.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Publication<'a> {
    pub appid: u64,
    /// `gocbRef` or `svID`.
    pub name: &'a str,
    pub data_set: &'a str,
    /// `goID`.
    pub id: &'a str,
    pub revision: u64,
    /// Entries of the data set, or ASDUs of the message.
    pub entries: u64,
    /// `smpRate`.
    pub rate: u64,
    /// `stNum` and `sqNum`.
    pub numbers: Option<(u32, u32)>,
}

impl Publication<'_> {
    /// Tells control blocks and streams apart, as long as the program runs.
    pub(crate) fn key(&self, hasher: &RandomState) -> u64 {
        hasher.hash_one((self.appid, self.name))
    }

    /// Tells them apart for ever: FNV-1a over the name.
    pub(crate) fn stable_key(&self) -> u64 {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        self.name.bytes().fold(OFFSET, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(PRIME)
        })
    }
}

/// Whether a message carries publications that can be relied upon.
fn is_sound(observation: &Observation<'_>) -> bool {
    let code = if observation.protocol == Protocol::Goose {
        MESSAGE
    } else {
        SAMPLES
    };
    observation.operation.code == code && !observation.anomalies.is_malformed()
}

/// Calls `each` with every publication of a message.
pub(crate) fn publications<'a>(
    observation: &Observation<'a>,
    mut each: impl FnMut(&Publication<'a>),
) {
    if !is_sound(observation) {
        return;
    }
    let sampled = observation.protocol == Protocol::SampledValues;
    let mut head = Publication::default();
    let mut now = Publication::default();
    let mut names = 0;
    for object in observation.objects {
        match *object {
            Object::Name(name) => {
                // A name behind numbers begins the next ASDU.
                if sampled && names == usize::MAX {
                    each(&now);
                    (now, names) = (head, 0);
                }
                match names {
                    0 => now.name = name,
                    1 => now.data_set = name,
                    _ => now.id = name,
                }
                names += 1;
            }
            Object::Id { kind, id } => {
                now.number(kind, id);
                if names == 0 {
                    head = now;
                } else if sampled {
                    names = usize::MAX;
                }
            }
            Object::Range { .. } | Object::Address(_) | Object::Text { .. } => {}
        }
    }
    if !now.name.is_empty() {
        each(&now);
    }
}

impl Publication<'_> {
    fn number(&mut self, kind: &str, id: u64) {
        let short = u32::try_from(id).unwrap_or(u32::MAX);
        match kind {
            "appid" => self.appid = id,
            "asdus" | "data_set_entries" => self.entries = id,
            "configuration_revision" => self.revision = id,
            "sample_rate" => self.rate = id,
            "state_number" => self.numbers = Some((short, 0)),
            "sequence_number" => {
                self.numbers = self.numbers.map(|(state, _)| (state, short));
            }
            _ => {}
        }
    }
}

/// Whether a test set sent the message in place of the device.
pub(crate) fn is_simulated(observation: &Observation<'_>) -> bool {
    has_bit(observation, SIMULATION)
}

/// Whether the publisher says that its control block needs commissioning.
pub(crate) fn needs_commissioning(observation: &Observation<'_>) -> bool {
    observation.protocol == Protocol::Goose && has_bit(observation, NEEDS_COMMISSIONING)
}

fn has_bit(observation: &Observation<'_>, bit: u32) -> bool {
    observation.operation.sub.is_some_and(|sub| sub & bit != 0)
}

/// Whether a message is the first of a publisher that started.
pub(crate) fn starts(observation: &Observation<'_>) -> bool {
    let mut first = false;
    if observation.protocol == Protocol::Goose {
        publications(observation, |one| {
            first |= one.numbers.is_some_and(is_start);
        });
    }
    first
}

/// Whether numbers are those of a publisher that started (IEC 61850-7-2, 18.2.3.5: the first state
/// has number 1; its first message 0, or 1 with older devices).
pub(crate) const fn is_start((state, sequence): (u32, u32)) -> bool {
    state == 1 && sequence <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: &'static str, id: u64) -> Object<'static> {
        Object::Id { kind, id }
    }

    #[test]
    fn the_asdus_of_a_message_are_told_apart() {
        let objects = [
            id("appid", 0x4000),
            id("asdus", 2),
            Object::Name("MU1"),
            Object::Name("MU1/LLN0$Set"),
            id("sample_count", 7),
            id("configuration_revision", 3),
            Object::Name("MU2"),
            id("sample_count", 9),
            id("configuration_revision", 4),
            id("sample_rate", 80),
        ];
        let observation = Observation {
            protocol: Protocol::SampledValues,
            objects: &objects,
            ..nothing()
        };
        let mut seen = Vec::new();
        publications(&observation, |p| {
            seen.push((p.appid, p.name, p.data_set, p.revision, p.entries, p.rate));
        });
        assert_eq!(
            seen,
            [
                (0x4000, "MU1", "MU1/LLN0$Set", 3, 2, 0),
                (0x4000, "MU2", "", 4, 2, 80)
            ]
        );
    }

    fn nothing() -> Observation<'static> {
        use sensor_protocols::addr::{Endpoint, MacAddr};
        use sensor_protocols::observation::{
            AnomalySet, Direction, Identity, Operation, OperationClass, Outcome, Transport,
        };
        use sensor_protocols::time::Timestamp;
        let end = Endpoint {
            mac: MacAddr([2, 0, 0, 0, 0, 1]),
            ip: None,
            port: 0,
            vlan: None,
        };
        Observation {
            time: Timestamp::ZERO,
            frame: 1,
            count: 1,
            bytes: 100,
            flow: 1,
            source: end,
            destination: end,
            transport: Transport::Link,
            protocol: Protocol::Goose,
            direction: Direction::OneWay,
            operation: Operation {
                code: SAMPLES,
                sub: None,
                name: "sampled_values",
                class: OperationClass::Event,
            },
            station: None,
            objects: &[],
            values: &[],
            outcome: Outcome::None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
            request: None,
            repeats: None,
        }
    }
}
