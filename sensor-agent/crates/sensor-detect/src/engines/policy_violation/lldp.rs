//! LLDP announcements that were not learned.
//!
//! Why: a device that announces itself for the first time, or in another way than before, was plugged in,
//! replaced or set up anew. What counts: chassis, name and description of the system, capabilities; the port
//! and the time to live do not. T0842. False positives: firmware updates change the description: learn
//! the alert.

use sensor_protocols::observation::{Object, Observation, Protocol};
use smallvec::SmallVec;

use super::features::Feature;
use crate::catalogue::{AlertType, Engine};
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};
use crate::finding::Keyed;

const ID: &str = "new_lldp_device_configuration";

/// Operation code of an announcement; the other one says that the device leaves.
const ADVERTISEMENT: u32 = 1;

/// Octets of an announcement that are compared: chassis, name and description have at most 255 each
/// (IEEE 802.1AB, 8.5).
const OCTETS: usize = 1024;

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: ID,
        values: &["configuration"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Lldp),
            aspects: Aspects::ONE_WAY,
        },
        new: |setup| Box::new(Lldp(setup.alert(ID))),
    },
};

struct Lldp(&'static AlertType);

impl PairRule for Lldp {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.operation.code != ADVERTISEMENT || observation.anomalies.is_malformed() {
            return;
        }
        let octets = configuration(observation.objects);
        let Ok(text) = std::str::from_utf8(&octets) else {
            return;
        };
        Feature::of_sender(observation, Some(text)).check(self.0, observation, cx, |finding| {
            finding.keyed = Keyed::Source;
            finding.value("configuration", text.to_owned());
        });
    }
}

/// Names and descriptions of the system, by their type of TLV (IEEE 802.1AB, 8.5.6 and 8.5.7).
const TEXTS: [u64; 2] = [5, 6];

/// What is compared, as text that is put together without allocating. A text follows the number
/// that says what it is.
fn configuration(objects: &[Object<'_>]) -> SmallVec<[u8; OCTETS]> {
    let mut out = SmallVec::new();
    let mut compared = false;
    for object in objects {
        match *object {
            Object::Id { kind, id } => {
                compared = kind == "chassis_identifier" || kind == "tlv" && TEXTS.contains(&id);
                match kind {
                    "chassis_mac" => add(&mut out, &digits(id, 12)),
                    "capabilities" => add(&mut out, &digits(id, 4)),
                    _ => {}
                }
            }
            Object::Name(text) if compared => add(&mut out, text.as_bytes()),
            Object::Name(_) | Object::Text { .. } | Object::Range { .. } | Object::Address(_) => {}
        }
    }
    out
}

/// Adds a part, up to the cap; what is cut in the middle of a character ends before it.
fn add(out: &mut SmallVec<[u8; OCTETS]>, part: &[u8]) {
    let separator: &[u8] = if out.is_empty() { b"" } else { b", " };
    if out.len() + separator.len() + part.len() <= OCTETS {
        out.extend_from_slice(separator);
        out.extend_from_slice(part);
    }
}

/// A number as so many hexadecimal digits, at most 16.
fn digits(number: u64, count: u32) -> SmallVec<[u8; 16]> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    (0..count)
        .rev()
        .map(|at| DIGITS[(number >> (at * 4) & 0xf) as usize])
        .collect()
}
