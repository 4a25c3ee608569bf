//! DHCP servers that were not learned.
//!
//! Why: whoever gives addresses also gives the router and the name server, and so gets between all others.
//! A relay that hands on the answers of a server counts as one. T0830, T0848. False positives: a new server
//! or a second one for availability: learn the alert.

use sensor_protocols::observation::{Observation, Protocol};

use super::features::Feature;
use crate::catalogue::{AlertType, Engine};
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};
use crate::finding::Keyed;

const ID: &str = "rogue_dhcp_server";

/// DHCPOFFER and DHCPACK (RFC 2132, 9.6).
const GIVES: [u32; 2] = [2, 5];

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: ID,
        values: &["operation_name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dhcp),
            aspects: Aspects::RESPONSE,
        },
        new: |setup| Box::new(Server(setup.alert(ID))),
    },
};

struct Server(&'static AlertType);

impl PairRule for Server {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if !GIVES.contains(&observation.operation.code) {
            return;
        }
        Feature::of_sender(observation, None).check(self.0, observation, cx, |finding| {
            finding.keyed = Keyed::Source;
            finding.value("operation_name", observation.operation.name);
        });
    }
}
