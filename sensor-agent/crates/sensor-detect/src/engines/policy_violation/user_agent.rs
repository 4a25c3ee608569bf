//! Web clients that were not learned on a device.
//!
//! Why: malware and scanners bring clients of their own; a plant has the same few programs for years.
//! T0869. False positives: updates of browsers, which change their version: learn the alert.

use sensor_protocols::observation::{Observation, Protocol};

use super::features::Feature;
use crate::catalogue::{AlertType, Engine};
use crate::engines::told::text;
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};
use crate::finding::Keyed;

const ID: &str = "http_unauthorized_user_agent";

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: ID,
        values: &["user_agent"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Http),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(UserAgent(setup.alert(ID))),
    },
};

struct UserAgent(&'static AlertType);

impl PairRule for UserAgent {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let Some(agent) = text(observation, "user_agent") else {
            return;
        };
        Feature::of_sender(observation, Some(agent)).check(self.0, observation, cx, |finding| {
            finding.keyed = Keyed::Source;
            finding.value("user_agent", agent.to_owned());
        });
    }
}
