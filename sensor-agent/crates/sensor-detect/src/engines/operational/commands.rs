//! Commands that stop a controller, one row each.
//!
//! Why: they end control of the process, whoever sends them. T0858, T0816.
//! False positives: planned stops. Mute the pair.

use sensor_protocols::dissect::melsec::MELSOFT;
use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::Engine;
use crate::engines::commands::{Command, Commands};
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::tables::When;
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};

/// UMAS 0x41 stops the controller. FINS: W342, 5-3-7. ADS: write control to state 6, stop. MELSEC: remote
/// stop of SLMP and of MELSOFT. S-Bus: stops of one or all processors. CODESYS: stop of an application.
/// `TriStation`: halt of the program.
const TABLE: &[Command] = &[
    stop(Protocol::Modbus, When::Sub(UMAS, 0x41)),
    stop(Protocol::Fins, When::Code(0x0402)),
    stop(Protocol::Ads, When::Sub(5, 6)),
    stop(Protocol::Melsec, When::Codes(&[0x1002, MELSOFT | 0x1002])),
    stop(
        Protocol::Sbus,
        When::Codes(&[60, 61, 62, 63, 64, 65, 66, 67, 68]),
    ),
    stop(Protocol::Codesys, When::Sub(2, 0x11)),
    stop(Protocol::TriStation, When::Code(21)),
];

const fn stop(protocol: Protocol, when: When) -> Command {
    Command {
        protocol,
        when,
        id: "controller_stop",
    }
}

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: "controller_stop",
        values: &["function_name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY),
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
