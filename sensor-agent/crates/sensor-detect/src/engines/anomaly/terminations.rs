//! Many commands of one client that stop the same controller.
//!
//! Why: whoever stops a controller again and again keeps the process from running. T0889, T0831. Off
//! by default, as in the reference. False positives: commissioning: learn the alert.
//!
//! Limits: one window for each pair and protocol, in a bounded table that counts what it evicts.

use sensor_protocols::observation::{Observation, Protocol};

use crate::baseline::{ChannelKey, Item};
use crate::catalogue::{AlertType, Engine, Threshold};
use crate::engines::commands::Commands;
use crate::engines::operational::commands::STOPS;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::PartyKey;
use crate::state::{BoundedMap, EventWindow, Events, TableStatus};

const ID: &str = "abnormal_application_termination";

/// What is learned: that the client may stop the controller at any rate.
const FREQUENT_STOPS: Item<'_> = Item::Text {
    code: Item::ANY_OPERATION,
    kind: "activity",
    text: "frequent stops",
};

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["function_name", "events"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(Terminations::new(setup)),
    },
};

struct Terminations {
    alert_type: &'static AlertType,
    threshold: Threshold,
    stops: Commands,
    windows: BoundedMap<(PartyKey, PartyKey, Protocol), EventWindow>,
}

impl Terminations {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            stops: Commands::new(setup, STOPS),
            windows: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl PairRule for Terminations {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if self.stops.named(observation).is_none() || cx.permits(FREQUENT_STOPS, observation) {
            return;
        }
        let ChannelKey {
            client,
            server,
            protocol,
        } = ChannelKey::of(observation);
        let window = self
            .windows
            .entry((client, server, protocol), EventWindow::default);
        let Some(events) = window.record_each(self.threshold, Events::of(observation)) else {
            return;
        };
        cx.unlearned(self.alert_type, FREQUENT_STOPS, observation, |finding| {
            finding.count = events;
            finding.value("function_name", observation.operation.name);
            finding.value("events", events);
        });
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.windows.status("stop_commands", 16 * 8));
    }
}
