//! Very many requests to an outstation that answers none of them.
//!
//! Why: requests sent faster than an outstation works them off take it out of service, and who sends
//! so does not wait for answers. T0814. Counted for master and outstation since its last response.
//! Confirmations and link frames do not count. False positives: mirror ports that drop one direction
//! of a busy line. Mute the pair.

use sensor_protocols::observation::{Direction, Observation, Protocol};

use crate::baseline::ChannelKey;
use crate::catalogue::{AlertType, Engine, Threshold};
use crate::engines::dnp3::FUNCTIONS;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::state::{BoundedMap, EventWindow, Events, TableStatus};

const ID: &str = "dnp3_request_flood";

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["requests", "operation_name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dnp3),
            aspects: Aspects::REQUEST.or(Aspects::RESPONSE),
        },
        new: |setup| Box::new(Flood::new(setup)),
    },
};

struct Flood {
    alert_type: &'static AlertType,
    threshold: Threshold,
    pairs: BoundedMap<ChannelKey, EventWindow>,
}

impl Flood {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            pairs: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl PairRule for Flood {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.direction == Direction::Response {
            if let Some(window) = self.pairs.get_mut(&cx.channel.key) {
                window.clear();
            }
            return;
        }
        // Those that the kernel program only counted were answered.
        if observation.operation.code >= FUNCTIONS || observation.repeats.is_some() {
            return;
        }
        let window = self.pairs.entry(cx.channel.key, EventWindow::default);
        let Some(requests) = window.record_each(self.threshold, Events::of(observation)) else {
            return;
        };
        cx.crossed(self.alert_type, observation, |finding| {
            finding.count = requests;
            finding.value("requests", requests);
            finding.value("operation_name", observation.operation.name);
        });
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.pairs.status("unanswered_dnp3_requests", 16));
    }
}
