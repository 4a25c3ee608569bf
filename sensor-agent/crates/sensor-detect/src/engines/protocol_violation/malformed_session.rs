//! Several malformed messages in one session.
//!
//! Why: one can be an accident, several are somebody trying. T0806.
//! False positives: see [`super::malformed`]. Off by default, as in the reference.

use sensor_protocols::observation::Observation;

use crate::catalogue::{AlertType, Engine, Threshold};
use crate::engines::tables::departures;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::state::{BoundedMap, EventWindow, Events};

const ID: &str = "malformed_packets_excessive";

pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[Raises {
        id: ID,
        values: &["packets", "departures"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Any,
            aspects: Aspects::ANOMALY,
        },
        new: |setup| Box::new(MalformedSession::new(setup)),
    },
};

struct MalformedSession {
    alert_type: &'static AlertType,
    threshold: Threshold,
    /// By flow.
    sessions: BoundedMap<u64, EventWindow>,
}

impl MalformedSession {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            sessions: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl PairRule for MalformedSession {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.flow == 0 || !observation.anomalies.is_malformed() {
            return;
        }
        let window = self.sessions.entry(observation.flow, EventWindow::default);
        let crossed = window.record_each(self.threshold, Events::of(observation));
        if let Some(packets) = crossed {
            cx.violation(self.alert_type, observation, |finding| {
                finding.count = packets;
                finding.value("packets", packets);
                finding.value("departures", departures(observation.anomalies));
            });
        }
    }
}
