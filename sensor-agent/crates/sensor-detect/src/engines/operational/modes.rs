//! Controllers whose operating mode changed: they accepted a command to, or say so themselves.
//!
//! Why: a controller that stops or waits to be programmed does not control its process. T0858.
//! False positives: planned work. Mute the pair.
//!
//! Codes are those of the dissectors' tables, which name their sources. Limits: a command whose
//! answer was not seen shows as the command alone.

use sensor_protocols::observation::{Direction, Observation, Outcome, Protocol};

use crate::catalogue::Engine;
use crate::engines::commands::{Command, Commands, command, is_given};
use crate::engines::numbers::{MELSOFT, PCCC, S7_USERDATA};
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::tables::When;
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};

const ID: &str = "plc_operating_mode_changed";

const TABLE: &[Command] = &[
    command(Protocol::Modbus, When::Subs(UMAS, (0x40, 0x41)), ID),
    // Start, which is the service P_PROGRAM, and stop; mode transitions that the CPU tells.
    command(Protocol::S7comm, When::Sub(0x28, 1), ID),
    command(Protocol::S7comm, When::Code(0x29), ID),
    command(Protocol::S7comm, When::Code(S7_USERDATA), ID),
    command(Protocol::Cip, When::Codes(&[0x06, 0x07]), ID),
    command(Protocol::Cip, When::Sub(0x53, 0x39), ID),
    command(Protocol::Cip, When::Sub(PCCC | 0x0f, 0x07), ID),
    command(Protocol::Cip, When::Sub(PCCC | 0x0f, 0x3a), ID),
    command(Protocol::Cip, When::Sub(PCCC | 0x0f, 0x80), ID),
    // Run, stop; into configuration mode.
    command(Protocol::Ads, When::Subs(5, (5, 6)), ID),
    command(Protocol::Ads, When::Sub(5, 16), ID),
    command(Protocol::Fins, When::Codes(&[0x0401, 0x0402]), ID),
    command(Protocol::Melsec, When::Codes(&[0x1001, 0x1002, 0x1003]), ID),
    command(
        Protocol::Melsec,
        When::Codes(&[MELSOFT | 0x1001, MELSOFT | 0x1002, MELSOFT | 0x1003]),
        ID,
    ),
    command(Protocol::GeSrtp, When::Code(0x23), ID),
    // Program is running, is halted, is paused.
    command(Protocol::TriStation, When::Codes(&[109, 110, 111]), ID),
    command(Protocol::Codesys, When::Subs(2, (0x10, 0x11)), ID),
    command(Protocol::Codesys, When::Sub(1, 0x06), ID),
    command(
        Protocol::Profinet,
        When::Holds(|observation| {
            ["provider_stop", "provider_run"].contains(&observation.operation.name)
        }),
        ID,
    ),
];

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["function_name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[
                Protocol::Modbus,
                Protocol::S7comm,
                Protocol::Cip,
                Protocol::Ads,
                Protocol::Fins,
                Protocol::Melsec,
                Protocol::GeSrtp,
                Protocol::TriStation,
                Protocol::Codesys,
                Protocol::Profinet,
            ]),
            aspects: Aspects::RESPONSE.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Modes(Commands::new(setup, TABLE))),
    },
};

struct Modes(Commands);

impl PairRule for Modes {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let told = match observation.direction {
            Direction::Request => false,
            Direction::Response => observation.outcome == Outcome::Ok,
            // A command that gets no answer does not say whether it was accepted.
            Direction::OneWay => !is_given(observation),
        };
        if !told {
            return;
        }
        if let Some(alert_type) = self.0.of(observation) {
            cx.violation(alert_type, observation, |finding| {
                // The controller is who answers or tells.
                finding.as_asked();
                finding.value("function_name", observation.operation.name);
            });
        }
    }
}
