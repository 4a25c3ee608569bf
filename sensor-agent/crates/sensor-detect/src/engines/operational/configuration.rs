//! Devices that accepted a change of their configuration.
//!
//! Why: a change that nobody planned shows first in the device that took it. T0836. Off by default,
//! as in the reference. False positives: planned work. Mute the pair.

use sensor_protocols::observation::{Direction, Observation, Outcome, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::configuration::{self, PROTOCOLS, WRITES};
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};

const ID: &str = "device_configuration_changed";

/// DCP Set (IEC 61158-6-10).
const DCP_SET: u32 = 4;

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["function_name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            aspects: Aspects::RESPONSE,
        },
        new: |setup| Box::new(Changed(setup.alert(ID))),
    },
};

struct Changed(&'static AlertType);

impl PairRule for Changed {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let accepted =
            observation.direction == Direction::Response && observation.outcome == Outcome::Ok;
        if !accepted {
            return;
        }
        let set = observation.protocol == Protocol::ProfinetDcp
            && observation.operation.code == DCP_SET
            || PROTOCOLS.contains(&observation.protocol)
                && configuration::names(WRITES, observation);
        if set {
            cx.violation(self.0, observation, |finding| {
                // Who asked for it comes first.
                finding.as_asked();
                finding.value("function_name", observation.operation.name);
            });
        }
    }
}
