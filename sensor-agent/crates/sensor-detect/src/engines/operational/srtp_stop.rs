//! Controllers of GE that stop after a client told them to change their state.
//!
//! Which value of the service request stops a controller is not published. Every response tells the
//! state of the controller, though: the alert is raised when a controller that was not known to be
//! stopped says in its answer to the request, or in the one after it, that it is. T0858, T0814. False
//! positives: planned stops. Mute the pair.
//!
//! Limits: one entry for each server, in a bounded table that counts what it evicts.

use sensor_protocols::observation::{Observation, Outcome, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::told::number;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::PartyKey;
use crate::state::{BoundedMap, TableStatus};

const ID: &str = "srtp_stop_command";

/// The service request that changes the state (DFRWS 2017, table 2).
const SET_STATE: u32 = 0x23;

/// Kind of the object that is the state of the controller.
const STATE: &str = "plc_state";

/// States in which the program does not run (GFK-0529, table 3-8).
const STOPPED: std::ops::RangeInclusive<u64> = 2..=6;

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["operation_name", "state"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::GeSrtp),
            aspects: Aspects::RESPONSE,
        },
        new: |setup| Box::new(Stops::new(setup)),
    },
};

/// What is known of one server.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    stopped: bool,
    /// It has just carried out a change of its state.
    changed: bool,
}

struct Stops {
    alert_type: &'static AlertType,
    servers: BoundedMap<PartyKey, Known>,
}

impl Stops {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            servers: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl PairRule for Stops {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let Some(state) = number(observation, STATE) else {
            return;
        };
        let server = PartyKey::from(&observation.source);
        let known = self.servers.entry(server, Known::default);
        let changes = observation.operation.code == SET_STATE && observation.outcome == Outcome::Ok;
        let stopped = STOPPED.contains(&state);
        let told = stopped && !known.stopped && (changes || known.changed);
        *known = Known {
            stopped,
            changed: changes,
        };
        if told {
            cx.violation(self.alert_type, observation, |finding| {
                // The client did it.
                finding.as_asked();
                finding.value("operation_name", "set_plc_run_or_stop");
                finding.value("state", state);
            });
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.servers.status("srtp_servers", 8));
    }
}
