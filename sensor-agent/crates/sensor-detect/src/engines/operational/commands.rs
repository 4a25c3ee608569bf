//! Commands that stop or restart a controller, one row each.
//!
//! Why: they end control of the process, whoever sends them. T0858, T0816, T0814.
//! False positives: planned stops. Mute the pair.
//!
//! Codes are those of the dissectors' tables, which name their sources.

use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::Engine;
use crate::engines::commands::{Command, Commands, command};
use crate::engines::numbers::{MELSOFT, PCCC};
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::tables::When;
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};

const STOP: &str = "controller_stop";
const RESET: &str = "controller_reset";

/// ADS: `write_control`, whose second-level code is the state.
const WRITE_CONTROL: u32 = 5;

/// Commands that stop a controller or its program.
pub(in crate::engines) const STOPS: &[Command] = &[
    command(Protocol::Modbus, When::Sub(UMAS, 0x41), STOP),
    command(Protocol::S7comm, When::Code(0x29), "s7_stop_command"),
    command(Protocol::Cip, When::Code(0x07), STOP),
    command(Protocol::Cip, When::Sub(PCCC | 0x0f, 0x07), STOP),
    command(Protocol::Ads, When::Sub(WRITE_CONTROL, 6), STOP),
    command(Protocol::Ads, When::Sub(WRITE_CONTROL, 12), STOP),
    // Into configuration mode, in which no program runs.
    command(Protocol::Ads, When::Sub(WRITE_CONTROL, 16), STOP),
    command(Protocol::Fins, When::Code(0x0402), STOP),
    command(Protocol::Melsec, When::Codes(&[0x1002, 0x1003]), STOP),
    command(
        Protocol::Melsec,
        When::Codes(&[MELSOFT | 0x1002, MELSOFT | 0x1003]),
        STOP,
    ),
    command(Protocol::TriStation, When::Codes(&[21, 22]), STOP),
    command(Protocol::Codesys, When::Sub(2, 0x11), STOP),
    command(
        Protocol::Sbus,
        When::Codes(&[60, 61, 62, 63, 64, 65, 66, 67, 68]),
        STOP,
    ),
    command(Protocol::Dnp3, When::Code(18), STOP),
    command(Protocol::Mms, When::Codes(&[41, 44]), STOP),
    command(Protocol::Hse, When::Codes(&[0x394, 0x397]), STOP),
    command(Protocol::Powerlink, When::Holds(stops_node), STOP),
];

/// Commands that restart a controller or bring it back to its first state.
pub(in crate::engines) const RESETS: &[Command] = &[
    command(Protocol::Cip, When::Code(0x05), RESET),
    command(Protocol::Cip, When::Sub(0x54, 0x39), RESET),
    command(Protocol::Cip, When::Sub(PCCC | 0x0f, 0x0a), RESET),
    command(Protocol::Ads, When::Sub(WRITE_CONTROL, 2), RESET),
    command(Protocol::Fins, When::Code(0x0403), RESET),
    command(
        Protocol::Melsec,
        When::Codes(&[0x1006, MELSOFT | 0x1006]),
        RESET,
    ),
    command(Protocol::Codesys, When::Sub(2, 0x12), RESET),
    command(Protocol::Codesys, When::Sub(1, 0x04), RESET),
    command(
        Protocol::Sbus,
        When::Codes(&[50, 51, 52, 53, 54, 55, 56, 57]),
        RESET,
    ),
    command(
        Protocol::Sbus,
        When::Codes(&[100, 101, 102, 103, 104, 105, 106, 107, 166]),
        RESET,
    ),
    // Cold and warm restart (IEEE 1815-2012, 4.4.10 and 4.4.11).
    command(Protocol::Dnp3, When::Codes(&[13, 14]), RESET),
    // Reinitialize-Device: coldstart and warmstart (ASHRAE 135, 16.4); other states are of a backup.
    command(Protocol::Bacnet, When::Subs(20, (0, 1)), RESET),
    command(Protocol::Mms, When::Code(43), RESET),
    command(Protocol::Hse, When::Code(0x396), RESET),
    command(Protocol::HartIp, When::Holds(resets_device), RESET),
    command(Protocol::Powerlink, When::Holds(resets_node), RESET),
    // A_Restart of KNX; the reset register of an EtherCAT device.
    command(
        Protocol::Knx,
        When::Holds(|o| o.operation.name == "restart"),
        RESET,
    ),
    command(
        Protocol::Ethercat,
        When::Holds(|o| o.operation.name == "reset"),
        RESET,
    ),
];

/// NMT commands of EPSG DS 301, 7.3.1.
fn stops_node(observation: &Observation<'_>) -> bool {
    observation.operation.name.starts_with("nmt_stop_node")
}

fn resets_node(observation: &Observation<'_>) -> bool {
    ["nmt_reset_node", "nmt_sw_reset"]
        .iter()
        .any(|name| observation.operation.name.starts_with(name))
}

/// HART command 42.
fn resets_device(observation: &Observation<'_>) -> bool {
    observation.operation.name == "perform_device_reset"
}

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[raises(STOP), raises("s7_stop_command"), raises(RESET)],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Stops(Commands::of_tables(setup, &[STOPS, RESETS]))),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: &["function_name"],
    }
}

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
