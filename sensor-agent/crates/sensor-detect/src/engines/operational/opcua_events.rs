//! Events of OPC UA servers that need a person's attention.
//!
//! An event has a severity from 1 to 1000 (OPC 10000-5, 6.4.2). Servers whose equipment knows three
//! levels spread them over that scale, so that its upper third holds the highest. T0838. False
//! positives: servers that tell everything with the same severity. Mute the pair.

use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::told::{number, text};
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};

const ID: &str = "opcua_event_needs_attention";

/// Kind of the object that is the highest severity of the events of a message.
const SEVERITY: &str = "event_severity";

/// The upper third of the scale.
const ATTENTION: u64 = 667;

/// Kind of the object that is the text of the most severe event.
const TEXT: &str = "event_message";

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["severity", "event"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::OpcUa),
            aspects: Aspects::RESPONSE,
        },
        new: |setup| Box::new(Events(setup.alert(ID))),
    },
};

struct Events(&'static AlertType);

impl PairRule for Events {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let severity = number(observation, SEVERITY);
        let Some(severity) = severity.filter(|severity| *severity >= ATTENTION) else {
            return;
        };
        cx.violation(self.0, observation, |finding| {
            finding.value("severity", severity);
            let event = text(observation, TEXT).unwrap_or("without a text");
            finding.value("event", event.to_owned());
        });
    }
}
