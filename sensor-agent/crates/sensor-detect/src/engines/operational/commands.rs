//! Commands that stop a controller, one row each.
//!
//! Why: they end control of the process, whoever sends them. T0858, T0816.
//! False positives: planned stops. Mute the pair.

use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::Engine;
use crate::engines::commands::{Command, Commands};
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::tables::When;
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};

/// UMAS 0x41 stops the controller; DNP3 function 18 an application (IEEE 1815-2012, 4.4); MMS services
/// 41 (stop) and 44 (kill) a program invocation (ISO 9506-2).
const TABLE: &[Command] = &[
    Command {
        protocol: Protocol::Modbus,
        when: When::Sub(UMAS, 0x41),
        id: "controller_stop",
    },
    Command {
        protocol: Protocol::Dnp3,
        when: When::Code(18),
        id: "controller_stop",
    },
    Command {
        protocol: Protocol::Mms,
        when: When::Codes(&[41, 44]),
        id: "controller_stop",
    },
];

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: "controller_stop",
        values: &["function_name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(Stops(Commands::new(setup, TABLE))),
    },
};

struct Stops(Commands);

impl PairRule for Stops {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if let Some(alert_type) = self.0.named(observation) {
            cx.violation(alert_type, observation, |finding| {
                finding.value("function_name", observation.operation.name);
            });
        }
    }
}
