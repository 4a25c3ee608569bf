//! Devices that accepted a change of their configuration.
//!
//! Why: a change that nobody planned shows first in the device that took it. T0836. Off by default,
//! as in the reference. False positives: planned work. Mute the pair.

use sensor_protocols::observation::{Direction, Observation, Outcome, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::configuration::{Operations, Table, WRITES};
use crate::engines::tables::When;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};

const ID: &str = "device_configuration_changed";

/// DCP Set (IEC 61158-6-10), which has types of its own as a request.
const DCP_SET: Operations = (Protocol::ProfinetDcp, When::Code(4));

/// Protocols of the rows.
const PROTOCOLS: &[Protocol] = &[
    Protocol::S7comm,
    Protocol::Cip,
    Protocol::ProfinetDcp,
    Protocol::Ads,
    Protocol::Fins,
    Protocol::Melsec,
    Protocol::GeSrtp,
    Protocol::TriStation,
    Protocol::Codesys,
    Protocol::Sbus,
    Protocol::Bsap,
    Protocol::HartIp,
    Protocol::Roc,
];

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["function_name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(PROTOCOLS),
            aspects: Aspects::RESPONSE,
        },
        new: |setup| Box::new(Changed::new(setup)),
    },
};

struct Changed {
    alert_type: &'static AlertType,
    writes: Table,
}

impl Changed {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            writes: Table::of(&[WRITES, &[DCP_SET]].concat()),
        }
    }
}

impl PairRule for Changed {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let accepted =
            observation.direction == Direction::Response && observation.outcome == Outcome::Ok;
        if accepted && self.writes.names(observation) {
            cx.violation(self.alert_type, observation, |finding| {
                // Who asked for it comes first.
                finding.as_asked();
                finding.value("function_name", observation.operation.name);
            });
        }
    }
}
