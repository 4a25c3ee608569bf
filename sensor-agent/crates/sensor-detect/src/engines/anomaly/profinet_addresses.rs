//! PROFINET stations that say that another has their IP address.
//!
//! Why: one of the two may have taken the address of the other. T0830. Beyond the reference. False
//! positives: addresses given twice by mistake, which are worth an alert anyway.

use sensor_protocols::observation::{Object, Observation, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};
use crate::finding::Keyed;

const ID: &str = "profinet_address_conflict";

/// The object that the dissector adds for a block information with the bit of a conflict
/// (IEC 61158-6-10, coding of the field `BlockInfo`).
const IP_STATUS: &str = "ip_status";

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["address"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::ProfinetDcp),
            aspects: Aspects::RESPONSE.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Addresses(setup.alert(ID))),
    },
};

struct Addresses(&'static AlertType);

impl PairRule for Addresses {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let told = observation
            .objects
            .iter()
            .any(|object| matches!(object, Object::Id { kind, .. } if *kind == IP_STATUS));
        let address = observation.objects.iter().find_map(|object| {
            if let Object::Address(address) = object {
                Some(*address)
            } else {
                None
            }
        });
        if let Some(address) = address.filter(|_| told) {
            cx.violation(self.0, observation, |finding| {
                finding.keyed = Keyed::Source;
                finding.value("address", address);
            });
        }
    }
}
